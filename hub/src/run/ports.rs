//! The ports that a start needs: had, or moved to the next free ones, before anything starts.

use super::{RunError, links};
use crate::broker_url::BrokerUrl;
use crate::door::Door;
use crate::identity::Identity;
use crate::listen::ListenError;
#[cfg(feature = "embedded-broker")]
use crate::settings::DEFAULT_BROKER;
use crate::settings::{Broker, External, Settings};
#[cfg(feature = "embedded-broker")]
use crate::tls::TlsListeners;
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

/// Something at work, once somebody runs it.
pub(super) type Serving = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The broker of the nodes.
pub(super) struct Nodes {
    /// How the hub's own connections reach it.
    pub(super) url: BrokerUrl,
    /// How nodes are let in and out.
    pub(super) door: Door,
    /// The embedded broker, and what ends TLS for it.
    pub(super) serving: Option<[Serving; 2]>,
}

/// The broker of the nodes, and its ports if it is the embedded one.
#[cfg(feature = "embedded-broker")]
pub(super) async fn broker(
    settings: &Settings,
    identity: &Identity,
    taken: Taken,
) -> Result<Nodes, RunError> {
    use crate::access::Access;
    let (listen, listen_tls) = match &settings.broker {
        Broker::External(external) => return elsewhere(settings, external, identity),
        Broker::Embedded { listen, listen_tls } => (listen, listen_tls),
    };
    let prefix = &settings.home_assistant.discovery_prefix;
    let access = Access::new(identity.roster(), prefix);
    let broker = bind(listen, settings.max_nodes, &access, taken).await?;
    let (tls, server) = TlsListeners::new(
        identity.server_chain(),
        identity.server_key(),
        broker.inner(),
        settings.max_nodes,
    )
    .map_err(|error| RunError::Tls(error.to_string()))?;
    for address in listen_tls {
        tls.add(*address).await?;
    }
    let plain = broker.addresses().iter().chain(listen).next().copied();
    let url = crate::settings::url_of(plain.unwrap_or(DEFAULT_BROKER));
    Ok(Nodes {
        url: url.with_login(links::own_login(identity)),
        door: Door::embedded(settings, tls, broker.handle()),
        serving: Some([Box::pin(broker.run()), Box::pin(server.run())]),
    })
}

#[cfg(feature = "embedded-broker")]
async fn bind(
    wanted: &[SocketAddr],
    max_nodes: usize,
    access: &crate::access::Access,
    taken: Taken,
) -> Result<crate::broker::Broker, ListenError> {
    let mut steps = 0;
    loop {
        let tried = wanted.iter().map(|address| ahead(*address, steps));
        let tried: Vec<_> = tried.collect();
        match crate::broker::Broker::bind(&tried, max_nodes, access.clone()).await {
            Err(error) if error.is_taken() && taken == Taken::Next && steps < NEXT_PORTS => {
                steps += 1;
            }
            bound => return bound,
        }
    }
}

/// The broker of the nodes, which cannot be an embedded one.
#[cfg(not(feature = "embedded-broker"))]
pub(super) async fn broker(
    settings: &Settings,
    identity: &Identity,
    _taken: Taken,
) -> Result<Nodes, RunError> {
    match &settings.broker {
        Broker::External(external) => elsewhere(settings, external, identity),
        Broker::Embedded { .. } => Err(RunError::NoBroker),
    }
}

fn elsewhere(
    settings: &Settings,
    external: &External,
    identity: &Identity,
) -> Result<Nodes, RunError> {
    Ok(Nodes {
        url: links::external(external, identity)?,
        door: Door::external(settings),
        serving: None,
    })
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
    use picket_wire::SiteId;
    use std::path::Path;

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

    fn identity(folder: &tempfile::TempDir) -> Identity {
        let site = SiteId::parse("home").unwrap();
        let (dir, nodes) = (
            folder.path().join("identity"),
            folder.path().join("nodes.toml"),
        );
        Identity::open(&dir, &nodes, site).unwrap()
    }

    #[cfg(feature = "embedded-broker")]
    #[tokio::test]
    async fn the_broker_moves_on_too_and_says_where_it_is() {
        let (_taken, address) = taken_port().await;
        let folder = tempfile::tempdir().unwrap();
        let identity = identity(&folder);
        let any = "127.0.0.1:0".parse().unwrap();
        let settings = Settings {
            broker: Broker::Embedded {
                listen: vec![address],
                listen_tls: vec![any, any],
            },
            ..Settings::default()
        };
        assert!(broker(&settings, &identity, Taken::Fail).await.is_err());
        let nodes = broker(&settings, &identity, Taken::Next).await.unwrap();
        assert!(nodes.url.port() > address.port());
        assert_eq!(nodes.url.login().unwrap().user(), "hub");
        assert!(nodes.serving.is_some() && nodes.door.is_embedded());
        assert_eq!(nodes.door.listeners().len(), 2);
    }

    #[tokio::test]
    async fn an_external_broker_needs_no_port_and_is_met_as_the_settings_say() {
        let folder = tempfile::tempdir().unwrap();
        let identity = identity(&folder);
        for (text, user, trusted) in [
            ("[mqtt]\nurl = \"mqtt://127.0.0.1:1\"", None, false),
            ("[mqtt]\nurl = \"mqtts://192.0.2.1\"", None, true),
            (
                "[mqtt]\nurl = \"mqtt://[::1]\"\npassword_file = \"/a/p\"\nacl_file = \"/a/a\"",
                Some("hub"),
                false,
            ),
        ] {
            let settings = Settings::parse(text, Path::new("hub.toml")).unwrap();
            let nodes = broker(&settings, &identity, Taken::Fail).await.unwrap();
            assert_eq!(nodes.url.login().map(|login| login.user()), user);
            assert_eq!(nodes.url.trust().is_some(), trusted);
            assert!(nodes.serving.is_none() && !nodes.door.is_embedded());
        }
    }

    #[tokio::test]
    async fn a_password_of_the_owner_s_is_read_before_anything_starts() {
        let folder = tempfile::tempdir().unwrap();
        let identity = identity(&folder);
        let text = "[mqtt]\nurl = \"mqtt://127.0.0.1\"\nuser = \"me\"\n\
                    password_from = \"/nonexistent/password\"";
        let settings = Settings::parse(text, Path::new("hub.toml")).unwrap();
        let error = broker(&settings, &identity, Taken::Fail)
            .await
            .err()
            .unwrap();
        assert!(
            error.to_string().contains("/nonexistent/password"),
            "{error}"
        );
    }
}
