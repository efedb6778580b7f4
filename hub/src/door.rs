//! The broker of the nodes as the one sees it who lets nodes in and out, whichever broker it is.

use crate::access::mosquitto;
#[cfg(feature = "embedded-broker")]
use crate::broker::BrokerHandle;
use crate::listen::ListenError;
use crate::roster::Roster;
use crate::settings::Settings;
use crate::tls::TlsListeners;
use picket_wire::NodeId;
use std::net::SocketAddr;

/// See the file's first lines; cheap to clone.
#[derive(Clone, Debug)]
pub struct Door {
    settings: Settings,
    tls: Option<TlsListeners>,
    #[cfg(feature = "embedded-broker")]
    embedded: Option<BrokerHandle>,
}

/// Why the broker does not listen.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The address could not be had.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The broker is none of the hub's.
    #[error("the broker is not the hub's own: its owner says where it listens")]
    NotOurs,
}

impl Door {
    /// Of a broker that is not the hub's own.
    pub fn external(settings: &Settings) -> Door {
        Door {
            settings: settings.clone(),
            tls: None,
            #[cfg(feature = "embedded-broker")]
            embedded: None,
        }
    }

    /// Of the broker in the hub's process.
    #[cfg(feature = "embedded-broker")]
    pub fn embedded(settings: &Settings, tls: TlsListeners, broker: BrokerHandle) -> Door {
        Door {
            settings: settings.clone(),
            tls: Some(tls),
            embedded: Some(broker),
        }
    }

    /// Whether the broker is the hub's own.
    pub fn is_embedded(&self) -> bool {
        self.tls.is_some()
    }

    /// Tells a broker that has files for it who may do what, and waits until it knows. The embedded
    /// one asks the roster by itself.
    pub async fn publish(&self, roster: &Roster) -> Result<(), mosquitto::PublishError> {
        mosquitto::publish(roster, &self.settings).await
    }

    /// Ends whatever is connected under the id of a node, and what is kept for it. For a node that
    /// was expelled, and for one that has joined: nothing of before may stay. Mosquitto does so
    /// itself when its files are read anew.
    pub async fn kick(&self, node: NodeId) {
        #[cfg(feature = "embedded-broker")]
        if let Some(embedded) = &self.embedded {
            embedded.kick(node).await;
        }
        #[cfg(not(feature = "embedded-broker"))]
        let _ = node;
    }

    /// The same for the bearer of a node's token, which is void.
    pub async fn kick_joining(&self, node: NodeId) {
        #[cfg(feature = "embedded-broker")]
        if let Some(embedded) = &self.embedded {
            embedded.kick_joining(node).await;
        }
        #[cfg(not(feature = "embedded-broker"))]
        let _ = node;
    }

    /// Listens with TLS on one more address, until the hub ends. Gives where it is.
    pub async fn listen(&self, address: SocketAddr) -> Result<SocketAddr, DoorError> {
        let tls = self.tls.as_ref().ok_or(DoorError::NotOurs)?;
        Ok(tls.add(address).await?)
    }

    /// Where the hub's own broker listens with TLS.
    pub fn listeners(&self) -> Vec<SocketAddr> {
        self.tls
            .as_ref()
            .map(TlsListeners::addresses)
            .unwrap_or_default()
    }
}
