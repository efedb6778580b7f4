//! Nodes and incidents in Home Assistant, by MQTT device discovery on a connection of its own.
//!
//! Nothing of reports and orders goes over this connection. Everything on it is retained.
//!
//! | file | one idea |
//! |---|---|
//! | `connection` | when something is sent, and what is sent again |
//! | `clear` | everything of ours is taken away |
//! | `due` | what has to be looked at again |
//! | `render` | everything that is to stand at the broker |
//! | `published` | what the broker holds of ours |
//! | `discovery` | the payload that makes a device |
//! | `component` | the entities of a node, and their ids |
//! | `disk` | the entity that says whether a disk's files are what they were |
//! | `look` | how a quantity appears: class, unit, scale, and whether it stands in front |
//! | `state` | the payloads that carry values |
//! | `topics` | where all of this goes |

mod clear;
mod component;
mod connection;
mod discovery;
mod disk;
mod due;
mod look;
mod published;
mod render;
mod state;
mod topics;

pub use connection::run;

use crate::broker_url::BrokerUrl;

/// The prefix of discovery topics that Home Assistant listens to unless it is told otherwise.
pub const DISCOVERY_PREFIX: &str = "homeassistant";

/// Where Home Assistant is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Home Assistant's broker.
    pub url: BrokerUrl,
    /// The name of this connection at that broker; another one of the same name would end it.
    pub client_id: String,
    /// First level of the discovery topics; [`DISCOVERY_PREFIX`] unless set otherwise there.
    pub discovery_prefix: String,
}
