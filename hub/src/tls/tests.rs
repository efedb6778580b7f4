//! The two ends of TLS against each other, with a plain echo in the broker's place.

use super::*;
use crate::identity::Identity;
use picket_wire::SiteId;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(30);

struct Site {
    _folder: tempfile::TempDir,
    identity: Identity,
}

impl Site {
    fn new() -> Site {
        let folder = tempfile::tempdir().unwrap();
        let (dir, nodes) = (
            folder.path().join("identity"),
            folder.path().join("nodes.toml"),
        );
        let identity = Identity::open(&dir, &nodes, SiteId::parse("home").unwrap()).unwrap();
        Site {
            _folder: folder,
            identity,
        }
    }

    fn ca_file(&self) -> PathBuf {
        self.identity.dir().join("ca.pem")
    }

    /// A server with TLS in front of something that listens at `inner`.
    async fn serve(&self, inner: SocketAddr) -> SocketAddr {
        let (chain, key) = (self.identity.server_chain(), self.identity.server_key());
        let (listeners, server) = TlsListeners::new(chain, key, inner, 1).unwrap();
        tokio::spawn(server.run());
        let any = "127.0.0.1:0".parse().unwrap();
        let first = listeners.add(any).await.unwrap();
        let second = listeners.add(any).await.unwrap();
        assert_eq!(listeners.addresses(), [first, second]);
        second
    }
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Sends back what it is sent.
async fn echo() -> SocketAddr {
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    address
}

async fn connect(
    trust: &Trust,
    address: SocketAddr,
    name: &'static str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let connector = TlsConnector::from(trust.config());
    connector
        .connect(ServerName::try_from(name).unwrap(), stream)
        .await
}

#[tokio::test]
async fn what_is_sent_comes_back_and_the_last_byte_arrives_before_the_end() {
    let site = Site::new();
    let address = site.serve(echo().await).await;
    let trust = Trust::site(site.identity.ca_der()).unwrap();
    let mut stream = connect(&trust, address, "192.0.2.10").await.unwrap();
    let sent: Vec<u8> = (0..300_000u32).map(|i| (i % 251) as u8).collect();
    let (mut read, mut write) = tokio::io::split(&mut stream);
    let (got, ()) = tokio::join!(
        async {
            let mut got = Vec::new();
            timeout(PATIENCE, read.read_to_end(&mut got))
                .await
                .unwrap()
                .unwrap();
            got
        },
        async {
            write.write_all(&sent).await.unwrap();
            write.shutdown().await.unwrap();
        }
    );
    assert!(got == sent, "{} of {}", got.len(), sent.len());
}

#[tokio::test]
async fn who_does_not_read_is_not_read_from() {
    let site = Site::new();
    let (inner, inner_address) = listener().await;
    let address = site.serve(inner_address).await;
    let trust = Trust::site(site.identity.ca_der()).unwrap();
    let mut stream = connect(&trust, address, "192.0.2.10").await.unwrap();
    let (_unread, _) = inner.accept().await.unwrap();
    let chunk = vec![0; 64 * 1024];
    let mut sent = 0;
    // The sender is stopped by the buffers of the kernel and by nothing else.
    while let Ok(written) = timeout(Duration::from_secs(2), stream.write_all(&chunk)).await {
        written.unwrap();
        sent += chunk.len();
        assert!(sent < 64 * 1024 * 1024, "it is all taken into memory");
    }
}

#[tokio::test]
async fn when_the_broker_ends_a_connection_its_client_sees_it_end() {
    let site = Site::new();
    let (inner, inner_address) = listener().await;
    let address = site.serve(inner_address).await;
    let trust = Trust::site(site.identity.ca_der()).unwrap();
    let mut stream = connect(&trust, address, "192.0.2.10").await.unwrap();
    let (mut broker, _) = inner.accept().await.unwrap();
    broker.write_all(b"no").await.unwrap();
    drop(broker);
    let mut got = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut got))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(got, b"no");
}

#[tokio::test]
async fn a_client_that_never_ends_does_not_hold_the_broker_s_side() {
    let site = Site::new();
    let (inner, inner_address) = listener().await;
    let address = site.serve(inner_address).await;
    let trust = Trust::site(site.identity.ca_der()).unwrap();
    let _held = connect(&trust, address, "192.0.2.10").await.unwrap();
    let (mut broker, _) = inner.accept().await.unwrap();
    broker.shutdown().await.unwrap();
    let ended = timeout(PATIENCE, broker.read(&mut [0; 8])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
}

#[tokio::test]
async fn who_says_nothing_or_no_tls_is_let_go_and_others_are_served_meanwhile() {
    let site = Site::new();
    let address = site.serve(echo().await).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain
        .write_all(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, plain.read_to_end(&mut answer))
        .await
        .unwrap();
    assert!(!answer.starts_with(&[0x20]), "no word of MQTT");
    let trust = Trust::site(site.identity.ca_der()).unwrap();
    connect(&trust, address, "192.0.2.10").await.unwrap();
    let ended = timeout(PATIENCE, silent.read(&mut [0; 8])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)));
}

#[tokio::test]
async fn who_says_nothing_on_many_connections_is_turned_away_until_some_end() {
    let site = Site::new();
    let address = site.serve(echo().await).await;
    let mut silent = Vec::new();
    for _ in 0..places::HANDSHAKES {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    // The silent ones would be let go after ten seconds.
    let mut one_more = TcpStream::connect(address).await.unwrap();
    let ended = timeout(Duration::from_secs(5), one_more.read(&mut [0; 8])).await;
    assert!(matches!(ended, Ok(Ok(0) | Err(_))), "{ended:?}");
    silent.clear();
    let trust = Trust::site(site.identity.ca_der()).unwrap();
    let served = async { while connect(&trust, address, "192.0.2.10").await.is_err() {} };
    timeout(PATIENCE, served).await.unwrap();
}

/// A greeting of TLS 1.2 (RFC 5246): one cipher suite, elliptic curve and signature that everybody
/// has, and no word of a newer version.
fn greeting_of_1_2() -> Vec<u8> {
    let mut hello = vec![3, 3];
    hello.extend([7; 32]);
    // No session, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, no compression.
    hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0]);
    // secp256r1, and ECDSA of it with SHA-256.
    hello.extend([0, 16, 0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = hello.len() as u8;
    let mut record = vec![22, 3, 1, 0, length + 4, 1, 0, 0, length];
    record.extend(hello);
    record
}

#[tokio::test]
async fn an_older_tls_is_refused_by_its_name() {
    let site = Site::new();
    let address = site.serve(echo().await).await;
    let mut older = TcpStream::connect(address).await.unwrap();
    older.write_all(&greeting_of_1_2()).await.unwrap();
    let mut alert = [0; 7];
    timeout(PATIENCE, older.read_exact(&mut alert))
        .await
        .unwrap()
        .unwrap();
    // Alert, two bytes: fatal, protocol_version.
    assert_eq!((alert[0], &alert[3..]), (21, &[0, 2, 2, 70][..]));
}

#[tokio::test]
async fn a_site_is_believed_by_its_ca_alone_and_a_file_by_the_host_name_too() {
    let (site, other) = (Site::new(), Site::new());
    let address = site.serve(echo().await).await;
    let own = Trust::site(site.identity.ca_der()).unwrap();
    let foreign = Trust::site(other.identity.ca_der()).unwrap();
    let by_file = Trust::file(&site.ca_file()).unwrap();
    for (trust, name, believed) in [
        (&own, "whatever.lan", true),
        (&own, "192.0.2.10", true),
        (&foreign, "hub.picket.internal", false),
        (&by_file, "hub.picket.internal", true),
        (&by_file, "whatever.lan", false),
    ] {
        let met = connect(trust, address, name).await;
        assert_eq!(met.is_ok(), believed, "{name}: {:?}", met.err());
    }
}

#[test]
fn a_file_without_a_ca_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "no certificate").unwrap();
    for path in [file, folder.path().join("missing")] {
        let error = Trust::file(&path).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
}
