//! What the commands ask of the registrar and what it answers, as JSON on the unix socket.

use super::address::Source;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A text that is shown to who asked for it and to nobody else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// `POST /api/v1/enroll`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrollWish {
    /// Names of the nodes.
    pub nodes: Vec<String>,
    /// Whether a node that is enrolled may be replaced by another card.
    #[serde(default)]
    pub replace: bool,
    /// `host:port` that the nodes are told.
    #[serde(default)]
    pub address: Option<String>,
}

/// The answer to [`EnrollWish`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GivenTokens {
    /// One for each node, in the order of the wish.
    pub tokens: Vec<GivenToken>,
    /// Where the address in them comes from.
    pub address_from: Source,
}

/// A token for a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GivenToken {
    /// The node.
    pub node: String,
    /// The word that is carried there.
    pub token: Hidden,
    /// Seconds for which it is good.
    pub valid_s: u64,
    /// `host:port` that it tells.
    pub address: String,
}

/// `POST /api/v1/enroll-home-assistant`
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HomeAssistantWish {
    /// `host:port` that Home Assistant is told.
    #[serde(default)]
    pub address: Option<String>,
}

/// What Home Assistant needs to connect. The password is not told a second time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HomeAssistantLogin {
    /// User name.
    pub user: String,
    /// Made anew at each wish.
    pub password: Hidden,
    /// `host:port` over TLS; none while no listener for other machines is there.
    pub address: Option<String>,
    /// `host:port` without TLS, for a Home Assistant on this machine; none if there is no such
    /// listener.
    pub local: Option<String>,
    /// The site's CA on this machine.
    pub ca_file: PathBuf,
    /// The name in the broker's certificate.
    pub server_name: String,
}

/// `POST /api/v1/expel`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpelWish {
    /// Its name.
    pub node: String,
}

/// The answer to [`ExpelWish`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expelled {
    /// Its name.
    pub node: String,
    /// Whether it had joined.
    pub was_enrolled: bool,
    /// Incidents that were open and are closed as retired.
    pub retired: usize,
}

/// `POST /api/v1/clear`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClearWish {
    /// Everything; there is no part of it to choose yet.
    pub all: bool,
}

/// The answer to [`ClearWish`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// Retained messages removed from the broker of the nodes.
    pub nodes_broker: usize,
    /// Retained messages removed from Home Assistant's broker.
    pub home_assistant: usize,
}

/// `POST /api/v1/listen`, and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// Of this machine.
    pub address: SocketAddr,
}

/// Whose the broker of the nodes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerKind {
    /// In the hub's own process.
    Embedded,
    /// An external one, whose users the hub writes.
    Mosquitto,
    /// An external one, whose users the owner manages.
    Foreign,
}

/// `GET /api/v1/joining`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Joining {
    /// What signatures are bound to.
    pub site: String,
    /// Fingerprint of the CA, in hex.
    pub ca_sha256: String,
    /// Whose the broker is.
    pub broker: BrokerKind,
    /// Where the embedded broker listens for other machines.
    pub listeners_tls: Vec<SocketAddr>,
    /// `host:port` that a token would tell now; none if that is not known.
    pub address: Option<String>,
    /// The settings that the hub was started with; none if it has no such file.
    pub config: Option<PathBuf>,
}
