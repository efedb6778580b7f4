//! The seam between the hub's core and its shell: everything that goes in, everything that comes
//! out. The enums are closed and stay small: a new detector adds no input, a new feed no effect.
//!
//! The design's `Send(order)` joins these with the orders.

use crate::incident::{Incident, Severity};
use crate::time::{Moment, Wall};
use crate::wear::{Day, Life};
use crate::witness::Kept;
use core::fmt;
use picket_wire::{BootId, NodeId, Reading, RunBits};

/// One start of the hub: what tells live frames from history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Counts the starts of this site's hub from 1.
    pub ordinal: u32,
    /// Random, never [`RunBits::NONE`].
    pub bits: RunBits,
}

/// What happens to the hub.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// Bytes arrived on a topic of frames. They may be anything.
    Frame(Arrival<'a>),
    /// Bytes arrived on a node's status topic. They may be anything.
    Status {
        /// Whose topic it was.
        node: NodeId,
        /// The payload.
        payload: &'a [u8],
        /// Whether the broker kept it from earlier.
        retained: bool,
    },
    /// The connection to Picket's broker came up (true) or went down.
    Link(bool),
    /// What became of a notice.
    Done {
        /// Which.
        notice: u64,
        /// Whether it was delivered; if not, it is said again.
        delivered: bool,
    },
    /// What the store kept. Given once, first; an empty one if there is no store.
    Restore(Saved),
}

/// A frame as it arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// On which topic.
    pub topic: FrameTopic,
    /// Whether the shell found the signature right: on a node's topic that of its enrolled key, on
    /// the hub's own that of a key of this hub.
    pub verified: bool,
    /// Whether the broker kept it from earlier.
    pub retained: bool,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// The topics of frames that a hub hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameTopic {
    /// `<node>/facts`.
    Facts(NodeId),
    /// `<node>/report`.
    Report(NodeId),
    /// `<node>/power`.
    Power(NodeId),
    /// `hub/status`: this hub's own, an earlier one's, or another's.
    HubStatus,
}

/// What the shell is to do. All effects of one input that are Save or Say are one transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Keep this over a restart.
    Save(Save),
    /// Something changed that feeds may show.
    Show(Show),
    /// Tell the owner.
    Say(Notice),
}

/// What is kept over a restart of the hub.
#[derive(Clone, Debug, PartialEq)]
pub enum Save {
    /// An incident opened, changed or closed.
    Incident(Incident),
    /// What must be known of a node to notice that it did not come back.
    Node(SavedNode),
    /// What was written to a disk; once a day, and when it is first seen in a boot.
    Disk(SavedDisk),
    /// What a disk may forget; about once a day, and once in each boot.
    Witness(SavedWitness),
    /// This run's ordinal.
    Run(Run),
    /// A notice was delivered and is struck out.
    Said(u64),
    /// A node is known no more; its closed incidents stay.
    Forget(NodeId),
}

/// What changed. A feed asks the hub for the rest.
#[derive(Clone, Debug, PartialEq)]
pub enum Show {
    /// Presence, facts or readings of a node.
    Node(NodeId),
    /// Readings with the moment at which they were sampled, for history.
    Report {
        /// Whose.
        node: NodeId,
        /// When they were sampled, in the hub's own time.
        at: Moment,
        /// Whether they were sent later than sampled.
        backlog: bool,
        /// What was measured. Part numbers are those of the node's present session; of another
        /// session's report there are only the readings of the node itself, part 0.
        readings: Vec<Reading>,
    },
    /// An incident, by its id.
    Incident(String),
    /// The hub took a run; its status is to be published at once.
    Run(Run),
    /// A node is known no more: it was expelled, or gave its place to an enrolled one.
    Expelled(NodeId),
}

/// Something said to the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Names the notice until it is Done.
    pub id: u64,
    /// How much it wants of the owner.
    pub severity: Severity,
    /// The incident it is about.
    pub incident: String,
    /// One line.
    pub text: String,
}

/// What must be known of a node after a restart of the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedNode {
    /// Which.
    pub id: NodeId,
    /// The boot heard last.
    pub boot: Option<BootId>,
    /// A report is due every so many milliseconds.
    pub every_ms: u32,
    /// When it was heard live last.
    pub last_heard: Option<Wall>,
    /// Whether its last word was that it stops: the excuse lasts until this wall time.
    pub excused_until: Option<Wall>,
    /// The day since which it says that no whole scrub was ever made, counted from 1970; none if
    /// there was one, if it makes none, or while the hub's clock was not synchronised.
    pub unscrubbed_day: Option<i64>,
}

/// What must be known of a disk after a restart of the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedDisk {
    /// Whose it is.
    pub node: NodeId,
    /// The id of its part; unique in the node.
    pub id: String,
    /// Its name on the machine; empty once another disk has it.
    pub name: String,
    /// Its counter as last read, and the boot that it counts in.
    pub counter: Option<(BootId, u64)>,
    /// Written since it was first seen.
    pub written_kib: u64,
    /// Written since it was made, as it says itself.
    pub ever_kib: Option<u64>,
    /// What was written until each day began, oldest first.
    pub days: Vec<Day>,
    /// What it said of its life.
    pub life: Life,
    /// Spare blocks left, in hundredths.
    pub spare_percent: Option<u8>,
    /// The state of an eMMC's spare blocks.
    pub spare_state: Option<u8>,
}

/// What must be known over a restart of the hub of a disk that is read back, and may forget it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedWitness {
    /// Whose it is.
    pub node: NodeId,
    /// The id of its part; unique in the node.
    pub id: String,
    /// What is known of it.
    pub kept: Kept,
    /// The day of this change, counted from 1970; none if the hub's clock was not synchronised.
    pub day: Option<i64>,
}

/// Everything that the store kept.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// Ordinal of the last run; 0 if there was none.
    pub run_ordinal: u32,
    /// All nodes.
    pub nodes: Vec<SavedNode>,
    /// Disks of these nodes, of each the newest first.
    pub disks: Vec<SavedDisk>,
    /// What disks of these nodes may forget, of each node the newest first.
    pub witnesses: Vec<SavedWitness>,
    /// All open incidents, and the newest closed ones.
    pub incidents: Vec<Incident>,
    /// Notices that were not delivered.
    pub notices: Vec<Notice>,
}

/// What the owner wants. It is answered at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// This node is enrolled: its key is known to the shell. Wished for every enrolled node at the
    /// start, and when one joins; again it does no harm, also with another key.
    Enrol(NodeId),
    /// This node belongs to the site no more. It is forgotten, and its incidents are over.
    Expel(NodeId),
}

/// A wish that was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The node is enrolled.
    Enrolled,
    /// The node is forgotten.
    Expelled {
        /// Incidents that were open and are closed as retired.
        retired: usize,
    },
}

/// Why a wish was not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Nothing is known of this node.
    Unknown(NodeId),
    /// As many nodes are enrolled as may be known.
    NoRoom {
        /// How many that is.
        max_nodes: usize,
    },
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Denied::Unknown(node) => write!(
                f,
                "this hub knows no node {node}; `picket-hub status` lists those that it knows"
            ),
            Denied::NoRoom { max_nodes } => write!(
                f,
                "max_nodes = {max_nodes} nodes are enrolled; raise max_nodes, or expel one"
            ),
        }
    }
}

impl core::error::Error for Denied {}
