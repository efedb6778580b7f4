//! The state of the program itself, as `/healthz`, the page and `status` show it.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Everything that can be unwell of the hub, and where it listens.
#[derive(Clone, Debug)]
pub struct Health {
    /// Version of the program.
    pub version: &'static str,
    /// The owner's name for all of this.
    pub site: String,
    /// Whether incidents survive a restart.
    pub store: StoreHealth,
    /// The connection to Picket's broker.
    pub broker: LinkHealth,
    /// The connection to Picket's broker for power alone.
    pub power: LinkHealth,
    /// The connection to Home Assistant's broker.
    pub home_assistant: LinkHealth,
    /// Where the page is, if anywhere.
    pub web: Option<SocketAddr>,
    /// Messages on topics that are no node's, or under an id that is not allowed.
    pub messages_misaddressed: u64,
    /// Signed frames that were not looked at, and words of joining nodes that were not passed on,
    /// because too many came.
    pub messages_flooded: u64,
    /// Log lines about refused input that the budget kept back.
    pub lines_suppressed: u64,
}

/// The state of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreHealth {
    /// What was saved is on the disk.
    Good {
        /// The file.
        path: PathBuf,
    },
    /// It could be opened, but not written lately; what changed waits in memory.
    Failing {
        /// The file.
        path: PathBuf,
        /// Why, in one line.
        why: String,
    },
    /// There is none: incidents are forgotten at a restart.
    Absent {
        /// Why, in one line.
        why: String,
    },
}

/// The state of a connection to a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkHealth {
    /// The broker, without password; none where no such connection is wanted.
    pub broker: Option<String>,
    /// Whether the connection is up.
    pub up: bool,
    /// How often it came up.
    pub times_up: u64,
}

impl Health {
    /// The health of a hub that is just starting: nothing is connected, and there is no store.
    pub fn starting(site: impl Into<String>) -> Health {
        Health {
            version: env!("CARGO_PKG_VERSION"),
            site: site.into(),
            store: StoreHealth::Absent {
                why: "the store is not open yet".to_owned(),
            },
            broker: LinkHealth::wanted(None),
            power: LinkHealth::wanted(None),
            home_assistant: LinkHealth::wanted(None),
            web: None,
            messages_misaddressed: 0,
            messages_flooded: 0,
            lines_suppressed: 0,
        }
    }

    /// Whether the hub hears its nodes and remembers its incidents.
    pub fn is_well(&self) -> bool {
        self.broker.up && matches!(self.store, StoreHealth::Good { .. })
    }
}

impl LinkHealth {
    /// A connection not made yet to `broker`, or none wanted.
    pub fn wanted(broker: Option<String>) -> LinkHealth {
        LinkHealth {
            broker,
            up: false,
            times_up: 0,
        }
    }

    /// Notes that the connection came up or went down.
    pub fn set(&mut self, up: bool) {
        self.times_up = self.times_up.saturating_add(u64::from(up && !self.up));
        self.up = up;
    }
}

impl StoreHealth {
    /// The one word that people and JSON see.
    pub fn word(&self) -> &'static str {
        match self {
            StoreHealth::Good { .. } => "good",
            StoreHealth::Failing { .. } => "failing",
            StoreHealth::Absent { .. } => "absent",
        }
    }
}
