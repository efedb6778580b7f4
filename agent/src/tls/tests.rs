//! A server of rustls with certificates of all kinds, and whether it is taken for the hub.

use super::*;
use picket_testing::{Ca, Leaf};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use std::net::TcpListener;

/// What the client says of a server that shows `leaf` and then `others`.
fn greeted(tls: &Tls, leaf: &Leaf, others: &[&Ca]) -> Result<(), Distrust> {
    let mut chain = vec![CertificateDer::from(leaf.der.clone())];
    chain.extend(others.iter().map(|ca| CertificateDer::from(ca.der())));
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(leaf.key.clone()));
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        // A client that does not believe it ends the handshake.
        let _ = connection.complete_io(&mut stream);
    });
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let greeted = tls.greet(stream);
    server.join().unwrap();
    greeted
}

fn fingerprint(ca: &Ca) -> [u8; FINGERPRINT_LEN] {
    Sha256::digest(ca.der()).into()
}

#[test]
fn a_certificate_of_the_known_ca_is_the_hubs_and_one_of_another_is_not() {
    let (ca, other) = (Ca::generate(), Ca::generate());
    let tls = Tls::of_ca(&ca.der()).unwrap();
    assert_eq!(greeted(&tls, &ca.hub(), &[&ca]), Ok(()));
    assert_eq!(greeted(&tls, &ca.hub(), &[]), Ok(()));
    let stranger = greeted(&tls, &other.hub(), &[&other]);
    assert_eq!(stranger, Err(Distrust::OtherCa));
    // Of the same name, with the right CA shown beside it.
    let stranger = greeted(&tls, &other.hub(), &[&ca]);
    assert_eq!(stranger, Err(Distrust::OtherCa));
}

#[test]
fn a_certificate_of_the_known_ca_for_another_name_is_not_the_hubs() {
    let ca = Ca::generate();
    let tls = Tls::of_ca(&ca.der()).unwrap();
    for name in ["127.0.0.1", "localhost", "pi-01.picket.internal"] {
        let leaf = ca.leaf(name, 2000, 2100);
        assert_eq!(greeted(&tls, &leaf, &[]), Err(Distrust::NotAHub), "{name}");
    }
}

#[test]
fn the_machines_date_is_not_asked() {
    let ca = Ca::generate();
    let tls = Tls::of_ca(&ca.der()).unwrap();
    // Neither today nor in 1970 would a clock find this one valid.
    let leaf = ca.leaf(SERVER_NAME, 2049, 2051);
    assert_eq!(greeted(&tls, &leaf, &[]), Ok(()));
    // And the moment is inside of what is looked at.
    let leaf = ca.leaf(SERVER_NAME, 2000, 2049);
    assert!(matches!(greeted(&tls, &leaf, &[]), Err(Distrust::Other(_))));
}

#[test]
fn a_fingerprint_finds_the_ca_that_the_hub_shows_and_keeps_it() {
    let (ca, other) = (Ca::generate(), Ca::generate());
    let tls = Tls::of_fingerprint(fingerprint(&ca)).unwrap();
    assert_eq!(tls.ca(), None);
    assert_eq!(greeted(&tls, &ca.hub(), &[&other, &ca]), Ok(()));
    assert_eq!(tls.ca(), Some(ca.der()));
}

#[test]
fn a_fingerprint_of_what_is_not_shown_or_does_not_vouch_for_the_server_is_refused() {
    let (ca, other) = (Ca::generate(), Ca::generate());
    let tls = Tls::of_fingerprint(fingerprint(&ca)).unwrap();
    for (leaf, shown) in [
        (ca.hub(), &[][..]),
        (other.hub(), &[&other]),
        // The CA's certificate is public: whoever has it shows it with a server's of his own.
        (other.hub(), &[&ca]),
        (other.hub(), &[&ca, &other]),
    ] {
        assert_eq!(greeted(&tls, &leaf, shown), Err(Distrust::OtherCa));
        assert_eq!(tls.ca(), None);
    }
    let leaf = ca.leaf("localhost", 2000, 2100);
    assert_eq!(greeted(&tls, &leaf, &[&ca]), Err(Distrust::NotAHub));
    assert_eq!(tls.ca(), None);
}

#[test]
fn what_is_no_certificate_is_no_ca() {
    assert!(Tls::of_ca(b"").is_err());
    assert!(Tls::of_ca(&[0x30; 400]).is_err());
}
