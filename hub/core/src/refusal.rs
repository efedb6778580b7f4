//! Why something that arrived was not taken, and the newest of these reasons.

use crate::time::Moment;
use core::fmt;
use picket_wire::{FrameError, Kind, NodeId, SectionError};
use std::collections::VecDeque;

/// Most refusals that are remembered; the oldest make room.
pub const MAX_REFUSALS: usize = 32;

/// Why a payload was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The bytes are no frame.
    Garbled(FrameError),
    /// A section's content does not decode.
    Section(SectionError),
    /// The frame is of another kind than its topic.
    Kind(Kind),
    /// The node is unknown and there is no room for one more.
    TooManyNodes {
        /// How many are known and allowed.
        max_nodes: usize,
    },
    /// The payload of a status topic is no status text.
    Status,
    /// The node is enrolled, and the signature of its key is missing or wrong.
    NotSigned,
    /// What stands on the hub's own topic is not signed by this hub.
    OtherHub,
    /// Only a node that has joined may send this.
    NotJoined,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Garbled(why) => write!(f, "no frame: {why}"),
            Refusal::Section(why) => write!(f, "no frame: {why}"),
            Refusal::Kind(kind) => write!(f, "a frame of kind {kind:?} on another kind's topic"),
            Refusal::TooManyNodes { max_nodes } => write!(
                f,
                "unknown node, and max_nodes = {max_nodes} are known; raise max_nodes if it is yours"
            ),
            Refusal::Status => f.write_str("no status text"),
            Refusal::NotSigned => f.write_str(
                "its signature is missing, or is not that of the key it joined with; if its card \
                 was written anew, `picket-hub enroll --replace` makes a token for it",
            ),
            Refusal::OtherHub => f.write_str(
                "it is not signed by this hub: another one speaks at the same broker; stop it, or \
                 give it a broker of its own",
            ),
            Refusal::NotJoined => f.write_str(
                "it has not joined, and only a joined node may report a UPS; `picket-hub enroll` \
                 makes a token for it",
            ),
        }
    }
}

/// A payload that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// When it arrived.
    pub at: Moment,
    /// On whose topic; none if it was the hub's.
    pub node: Option<NodeId>,
    /// Why it was not taken.
    pub why: Refusal,
}

/// The newest refusals, at most [`MAX_REFUSALS`].
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    newest: VecDeque<Refused>,
}

impl Refusals {
    pub(crate) fn push(&mut self, refused: Refused) {
        if self.newest.len() >= MAX_REFUSALS {
            self.newest.pop_front();
        }
        self.newest.push_back(refused);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Refused> {
        self.newest.iter()
    }
}
