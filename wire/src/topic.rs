//! The MQTT topics, built and taken apart in this one place.

use crate::id::{IdError, NodeId};
use core::fmt::{self, Write};

/// First two levels of every topic of Picket's own.
pub const ROOT: &str = "picket/v1";
/// The hub's signed sign of life, retained.
pub const HUB_STATUS: &str = "picket/v1/hub/status";
/// `online` or `offline` on the Home Assistant connection, retained.
pub const HUB_AVAILABLE: &str = "picket/v1/hub/available";
/// What a hub subscribes to: every node's frames but those of power, status, and joining.
pub const HUB_SUBSCRIPTIONS: [&str; 4] = [
    "picket/v1/+/status",
    "picket/v1/+/facts",
    "picket/v1/+/report",
    "picket/v1/+/join",
];
/// What a hub subscribes to on a connection of its own, so that no backlog stands before a UPS that
/// is on battery.
pub const HUB_POWER_SUBSCRIPTION: &str = "picket/v1/+/power";
/// Longest topic of a node, in bytes.
pub const MAX_LEN: usize = ROOT.len() + 1 + crate::id::MAX_LEN + 1 + LONGEST_LEVEL;
const LONGEST_LEVEL: usize = "status".len();

/// A topic as text.
pub type TopicText = heapless::String<MAX_LEN>;

/// The last level of a node's topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeTopic {
    /// Text for people, retained; the node's and its will.
    Status,
    /// Signed frame, retained.
    Facts,
    /// Frame.
    Report,
    /// Signed frame.
    Power,
    /// Signed frame from the hub, never retained.
    Order,
    /// Joining, node to hub.
    Join,
    /// Joining, hub to node.
    Joined,
}

impl NodeTopic {
    const ALL: [NodeTopic; 7] = [
        NodeTopic::Status,
        NodeTopic::Facts,
        NodeTopic::Report,
        NodeTopic::Power,
        NodeTopic::Order,
        NodeTopic::Join,
        NodeTopic::Joined,
    ];

    /// The level as text.
    pub const fn name(self) -> &'static str {
        match self {
            NodeTopic::Status => "status",
            NodeTopic::Facts => "facts",
            NodeTopic::Report => "report",
            NodeTopic::Power => "power",
            NodeTopic::Order => "order",
            NodeTopic::Join => "join",
            NodeTopic::Joined => "joined",
        }
    }

    /// The whole topic of `node`.
    pub fn of(self, node: NodeId) -> TopicText {
        let mut text = TopicText::new();
        // MAX_LEN is made of the longest parts, so that this always fits.
        let _ = write!(text, "{ROOT}/{}/{}", node.as_str(), self.name());
        text
    }
}

impl fmt::Display for NodeTopic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

const _: () = {
    let mut i = 0;
    while i < NodeTopic::ALL.len() {
        assert!(NodeTopic::ALL[i].name().len() <= LONGEST_LEVEL);
        i += 1;
    }
};

/// A topic taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A node's topic.
    Node(NodeId, NodeTopic),
    /// [`HUB_STATUS`].
    HubStatus,
    /// A node's topic by its form, but with an id that is not allowed.
    BadId(IdError),
    /// Nothing that Picket knows.
    Unknown,
}

impl Topic {
    /// Takes a topic apart.
    pub fn parse(topic: &str) -> Topic {
        if topic == HUB_STATUS {
            return Topic::HubStatus;
        }
        let Some((id, last)) = topic
            .strip_prefix(ROOT)
            .and_then(|rest| rest.strip_prefix('/'))
            .and_then(|rest| rest.split_once('/'))
        else {
            return Topic::Unknown;
        };
        let Some(kind) = NodeTopic::ALL.into_iter().find(|t| t.name() == last) else {
            return Topic::Unknown;
        };
        match NodeId::parse(id) {
            Ok(node) => Topic::Node(node, kind),
            Err(why) => Topic::BadId(why),
        }
    }
}
