//! TLS, ended and begun by the hub itself: 1.3 and nothing older, by ring.
//!
//! `listeners` ends it for the embedded broker, which knows none, and `places` has no machine take
//! all connections; `trust` is whom the hub's own connections believe.

mod listeners;
mod places;
mod trust;

pub use listeners::{TlsListeners, TlsServer};
pub use trust::{Trust, TrustError};

use std::sync::Arc;
use tokio_rustls::rustls::SupportedProtocolVersion;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::version::TLS13;

/// The only version that is spoken.
static VERSIONS: [&SupportedProtocolVersion; 1] = [&TLS13];

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[cfg(test)]
pub(crate) mod tests;
