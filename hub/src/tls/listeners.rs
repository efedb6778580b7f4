//! Listeners that end TLS and hand the bytes to the embedded broker's inner listener.
//!
//! ```text
//! node ==TLS==> TlsServer --TCP on loopback--> the broker's listener that lets nobody in unnamed
//! ```
//! Nothing is buffered but one piece in each direction: who does not read is not read from.

use super::places::{Place, Places};
use super::{VERSIONS, provider};
use crate::listen::ListenError;
use crate::seldom::Seldom;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{Error, ServerConfig};

/// Time for a new connection to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Connections at once, however few nodes there may be.
const CONNECTIONS: usize = 512;
/// Connections at once for each node that may be: its own, and the one of before that nobody has
/// missed yet.
const PER_NODE: usize = 2;
/// Time for the second direction of a connection to end after the first.
const LEAVE: Duration = Duration::from_secs(5);
/// Wait after an error of accepting, such as too many open files.
const RETRY: Duration = Duration::from_millis(200);
/// Listeners at most.
const LISTENERS: usize = 16;

/// Adds listeners while the server runs; cheap to clone.
#[derive(Clone, Debug)]
pub struct TlsListeners {
    new: mpsc::Sender<TcpListener>,
    addresses: Arc<Mutex<Vec<SocketAddr>>>,
}

/// Serves the listeners: somebody has to run it.
pub struct TlsServer {
    acceptor: TlsAcceptor,
    inner: SocketAddr,
    places: Places,
    new: mpsc::Receiver<TcpListener>,
}

impl TlsListeners {
    /// No listener yet. `inner` is where the broker takes the bytes; `max_nodes` is how many nodes
    /// there may be.
    pub fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        inner: SocketAddr,
        max_nodes: usize,
    ) -> Result<(TlsListeners, TlsServer), Error> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&VERSIONS)?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        // A node connects seldom: nothing is gained by sessions that are kept for it.
        config.send_tls13_tickets = 0;
        let (new, listeners) = mpsc::channel(LISTENERS);
        let handle = TlsListeners {
            new,
            addresses: Arc::default(),
        };
        let server = TlsServer {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            inner,
            places: Places::new(CONNECTIONS.max(max_nodes.saturating_mul(PER_NODE))),
            new: listeners,
        };
        Ok((handle, server))
    }

    /// Listens on one more address from now on; port 0 means any free one. Gives where it is.
    pub async fn add(&self, address: SocketAddr) -> Result<SocketAddr, ListenError> {
        let error = |source| ListenError {
            who: "broker",
            address,
            source,
        };
        let listener = TcpListener::bind(address).await.map_err(error)?;
        let bound = listener.local_addr().map_err(error)?;
        let full = |_| error(io::Error::other("there are too many listeners already"));
        self.new.try_send(listener).map_err(full)?;
        let mut addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        addresses.push(bound);
        Ok(bound)
    }

    /// Where it listens.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        addresses.clone()
    }
}

impl TlsServer {
    /// Serves until dropped, which ends every connection.
    pub async fn run(mut self) {
        let mut listeners = Vec::new();
        let mut connections = JoinSet::<Result<(), String>>::new();
        let mut failures = Seldom::new();
        let mut turned_away = Seldom::new();
        let mut open = true;
        loop {
            tokio::select! {
                listener = self.new.recv(), if open && listeners.len() < LISTENERS => {
                    match listener {
                        Some(listener) => listeners.push(listener),
                        None => open = false,
                    }
                }
                Some(ended) = connections.join_next() => {
                    if let Ok(Err(failed)) = ended {
                        failures.warn(&failed);
                    }
                }
                accepted = accept(&listeners) => match accepted {
                    Ok((stream, peer)) => match self.places.take(peer.ip()) {
                        Ok(place) => {
                            let acceptor = self.acceptor.clone();
                            connections.spawn(serve(acceptor, stream, (peer, place), self.inner));
                        }
                        Err(full) => {
                            turned_away.warn(&format!("the broker turns a connection away: {full}"));
                        }
                    },
                    Err(error) => {
                        failures.warn(&format!("the broker cannot take a connection: {error}"));
                        tokio::time::sleep(RETRY).await;
                    }
                }
            }
        }
    }
}

/// The next connection of any of them.
async fn accept(listeners: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    poll_fn(|context| {
        let mut polled = listeners
            .iter()
            .map(|listener| listener.poll_accept(context));
        polled.find(Poll::is_ready).unwrap_or(Poll::Pending)
    })
    .await
}

/// One connection from its first byte to its last; an error is a line for the log.
async fn serve(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    (peer, mut place): (SocketAddr, Place),
    inner: SocketAddr,
) -> Result<(), String> {
    let _ = stream.set_nodelay(true);
    let agreed = match timeout(HANDSHAKE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(format!("no TLS with {peer}: {error}")),
        Err(_) => {
            return Err(format!(
                "no TLS with {peer}: nothing came for {HANDSHAKE:?}"
            ));
        }
    };
    place.agreed();
    let broker = TcpStream::connect(inner).await;
    let broker = broker.map_err(|error| format!("the broker does not take {peer}: {error}"))?;
    let _ = broker.set_nodelay(true);
    pipe(agreed, broker).await;
    Ok(())
}

/// Carries bytes both ways. When one side ends, the other has a moment to say its last.
async fn pipe(one: impl AsyncRead + AsyncWrite, other: impl AsyncRead + AsyncWrite) {
    let (mut from_one, mut to_one) = split(one);
    let (mut from_other, mut to_other) = split(other);
    let up = async {
        let _ = copy(&mut from_one, &mut to_other).await;
        let _ = to_other.shutdown().await;
    };
    let down = async {
        let _ = copy(&mut from_other, &mut to_one).await;
        let _ = to_one.shutdown().await;
    };
    tokio::pin!(up, down);
    // How the second direction ends does not matter: after this moment both are dropped.
    let _ = tokio::select! {
        () = &mut up => timeout(LEAVE, down).await,
        () = &mut down => timeout(LEAVE, up).await,
    };
}

impl std::fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TlsServer")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
