//! The ports that a start needs: had, or moved to the next free ones, before anything starts.

use super::RunError;
use crate::broker_url::BrokerUrl;
use crate::listen::ListenError;
use crate::settings::{Broker, Settings};
use std::net::SocketAddr;
use std::pin::Pin;
use tokio::net::TcpListener;

/// Ports that are tried when the wanted one is taken, if that is allowed.
const NEXT_PORTS: u16 = 100;

/// What to do about a taken port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Fail: whoever set the port relies on it.
    Fail,
    /// Take the next free one.
    Next,
}

/// The embedded broker at work, once somebody runs it.
pub(super) type Serving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The broker of the nodes, and its ports if it is the embedded one.
#[cfg(feature = "embedded-broker")]
pub(super) async fn broker(
    settings: &Settings,
    taken: Taken,
) -> Result<(BrokerUrl, Option<Serving>), RunError> {
    use crate::broker::Broker as Embedded;
    let wanted = match &settings.broker {
        Broker::External(url) => return Ok((url.clone(), None)),
        Broker::Embedded { listen } => listen,
    };
    let mut steps = 0;
    loop {
        let tried = wanted.iter().map(|address| ahead(*address, steps));
        let tried: Vec<_> = tried.collect();
        match Embedded::bind(&tried, settings.max_nodes).await {
            Ok(broker) => {
                let address = broker.addresses().first().copied();
                let url = address.map_or_else(|| settings.broker_url(), crate::settings::url_of);
                return Ok((url, Some(Box::pin(broker.run()))));
            }
            Err(error) if error.is_taken() && taken == Taken::Next && steps < NEXT_PORTS => {
                steps += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The broker of the nodes, which cannot be an embedded one.
#[cfg(not(feature = "embedded-broker"))]
pub(super) async fn broker(
    settings: &Settings,
    _taken: Taken,
) -> Result<(BrokerUrl, Option<Serving>), RunError> {
    match &settings.broker {
        Broker::External(url) => Ok((url.clone(), None)),
        Broker::Embedded { .. } => Err(RunError::NoBroker),
    }
}

/// The port of the page.
pub(super) async fn page(wanted: SocketAddr, taken: Taken) -> Result<TcpListener, ListenError> {
    let mut steps = 0;
    loop {
        let address = ahead(wanted, steps);
        let source = match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(source) => source,
        };
        let who = "page";
        let error = ListenError {
            who,
            address,
            source,
        };
        if !error.is_taken() || taken == Taken::Fail || steps >= NEXT_PORTS {
            return Err(error);
        }
        steps += 1;
    }
}

/// Some ports further; at the end of all ports, the last one.
fn ahead(address: SocketAddr, steps: u16) -> SocketAddr {
    SocketAddr::new(address.ip(), address.port().saturating_add(steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn taken_port() -> (TcpListener, SocketAddr) {
        let taken = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = taken.local_addr().unwrap();
        (taken, address)
    }

    #[tokio::test]
    async fn a_taken_port_fails_or_moves_on_as_asked() {
        let (_taken, address) = taken_port().await;
        let error = page(address, Taken::Fail).await.unwrap_err();
        assert!(
            error.to_string().contains("another program has the port"),
            "{error}"
        );
        let next = page(address, Taken::Next).await.unwrap();
        assert!(next.local_addr().unwrap().port() > address.port());
    }

    #[cfg(feature = "embedded-broker")]
    #[tokio::test]
    async fn the_broker_moves_on_too_and_says_where_it_is() {
        let (_taken, address) = taken_port().await;
        let listen = vec![address];
        let settings = Settings {
            broker: Broker::Embedded { listen },
            ..Settings::default()
        };
        assert!(broker(&settings, Taken::Fail).await.is_err());
        let (url, serving) = broker(&settings, Taken::Next).await.unwrap();
        assert!(url.port() > address.port());
        assert!(serving.is_some());
    }

    #[tokio::test]
    async fn an_external_broker_needs_no_port() {
        let external = BrokerUrl::new("192.0.2.1", 1883);
        let settings = Settings {
            broker: Broker::External(external.clone()),
            ..Settings::default()
        };
        let (url, serving) = broker(&settings, Taken::Fail).await.unwrap();
        assert_eq!(url, external);
        assert!(serving.is_none());
    }
}
