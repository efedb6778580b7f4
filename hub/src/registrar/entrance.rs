//! By which broker nodes come in, and where that one is found.

use super::Work;
use super::address::{self, Chosen, Listener};
use super::refused::Refused;
use super::shapes::BrokerKind;
use crate::door::DoorError;
use crate::settings::{Broker, External};
use std::net::SocketAddr;

/// Listeners for other machines at most.
const MAX_LISTENERS: usize = 8;

impl Work {
    /// Whose the broker is.
    pub(super) fn broker_kind(&self) -> BrokerKind {
        match &self.own.settings.broker {
            Broker::Embedded { .. } => BrokerKind::Embedded,
            Broker::External(External { files: Some(_), .. }) => BrokerKind::Mosquitto,
            Broker::External(_) => BrokerKind::Foreign,
        }
    }

    /// Whether another machine could come in with a token.
    pub(super) fn lets_others_in(&self) -> Result<(), Refused> {
        match self.broker_kind() {
            BrokerKind::Embedded if self.own.door.listeners().is_empty() => {
                Err(Refused::NoListener)
            }
            BrokerKind::Embedded | BrokerKind::Mosquitto => Ok(()),
            BrokerKind::Foreign => Err(Refused::Foreign(self.broker_url())),
        }
    }

    /// The address that a token tells, or why there is none.
    pub(super) fn address(&self, named: Option<&str>) -> Result<Chosen, Refused> {
        let settings = self.own.settings.address.as_deref();
        let found = address::on_default_route;
        Ok(address::choose(named, settings, self.listener(), found)?)
    }

    fn listener(&self) -> Listener {
        let first = self.own.door.listeners().first().copied();
        match &self.own.settings.broker {
            Broker::Embedded { .. } => first.map_or(Listener::Local, Listener::At),
            // The port of loopback is not the one of the nodes.
            Broker::External(external) if external.url.is_loopback() => Listener::Local,
            Broker::External(External { url, .. }) => {
                Listener::Elsewhere(format!("{}:{}", url.host(), url.port()))
            }
        }
    }

    /// `host:port` for programs of this machine, without TLS; none where that is not known.
    pub(super) fn local(&self) -> Option<String> {
        let url = &self.own.connection.url;
        let is_plain = url.is_loopback() && !url.is_tls();
        is_plain.then(|| format!("{}:{}", url.host(), url.port()))
    }

    /// The broker, in words.
    pub(super) fn broker_url(&self) -> String {
        self.own.connection.url.to_string()
    }

    /// Has the embedded broker listen on one more address.
    pub(super) async fn listen(&self, address: SocketAddr) -> Result<SocketAddr, Refused> {
        let there = self.own.door.listeners();
        if there.contains(&address) {
            return Ok(address);
        }
        if there.len() >= MAX_LISTENERS {
            let why = format!("the broker listens on {MAX_LISTENERS} addresses already");
            return Err(Refused::Listen(why));
        }
        let address = match self.own.door.listen(address).await {
            Ok(address) => address,
            Err(DoorError::NotOurs) => return Err(Refused::External(self.broker_url())),
            Err(error) => return Err(Refused::Listen(error.to_string())),
        };
        tracing::info!("listening: nodes reach the broker at {address} by TLS");
        Ok(address)
    }
}
