//! What is known of one node: facts, parts, the latest readings. All of it is bounded.

use crate::presence::Presence;
use crate::time::Moment;
use picket_wire::{BootId, Facts, NodeId, Part, PartKind, Quantity, Reading, SessionId, Value};
use std::collections::BTreeSet;

/// Most parts that are kept of one node: as many as there are numbers for.
pub const MAX_PARTS: usize = 255;
/// Most latest readings that are kept of one node.
pub const MAX_READINGS: usize = 512;
/// Most unknown tags that are kept of one node.
pub const MAX_SKIPPED_TAGS: usize = 32;
/// What `every` is taken to be until facts say it, in milliseconds.
pub const DEFAULT_EVERY_MS: u32 = 10_000;

/// The facts of a node, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFacts {
    /// Name and version of the agent.
    pub agent: String,
    /// The machine; empty if it does not say.
    pub model: String,
    /// The operating system.
    pub os: String,
    /// The kernel's release.
    pub kernel: String,
    /// The processor architecture.
    pub arch: String,
    /// A report is due every so many milliseconds, as the node says it.
    pub every_ms: u32,
}

impl From<&Facts<'_>> for KnownFacts {
    fn from(facts: &Facts<'_>) -> KnownFacts {
        KnownFacts {
            agent: facts.agent.to_owned(),
            model: facts.model.to_owned(),
            os: facts.os.to_owned(),
            kernel: facts.kernel.to_owned(),
            arch: facts.arch.to_owned(),
            every_ms: facts.every_ms,
        }
    }
}

/// A part of a node, as its present session numbers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPart {
    /// What readings name it by; 1 to 255.
    pub number: u8,
    /// What it is.
    pub kind: PartKind,
    /// What stays the same over boots.
    pub id: String,
    /// What people call it on this machine.
    pub name: String,
}

/// The newest live reading of one quantity of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest {
    /// What was measured.
    pub quantity: Quantity,
    /// The part it is about; 0 is the node itself.
    pub part: u8,
    /// The number, or why there is none.
    pub value: Value,
    /// When it was sampled, in the hub's time.
    pub at: Moment,
}

/// One node.
#[derive(Debug)]
pub struct Node {
    id: NodeId,
    presence: Presence,
    presence_since: Moment,
    facts: Option<KnownFacts>,
    parts: Vec<KnownPart>,
    readings: Vec<Latest>,
    skipped_tags: BTreeSet<u16>,
    last_live: Option<Moment>,
    last_report: Option<Moment>,
    present: Option<(BootId, SessionId)>,
    lost_reports: u64,
}

impl Node {
    /// Its id.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Whether its key is enrolled. None is: signatures are not read yet.
    pub fn joined(&self) -> bool {
        false
    }

    /// Whether it is there, and if not, how it went.
    pub fn presence(&self) -> Presence {
        self.presence
    }

    /// Since when it is so.
    pub fn presence_since(&self) -> Moment {
        self.presence_since
    }

    /// What rarely changes; none until facts were heard.
    pub fn facts(&self) -> Option<&KnownFacts> {
        self.facts.as_ref()
    }

    /// Its parts by ascending number. Part 0, the node itself, is not among them.
    pub fn parts(&self) -> impl Iterator<Item = &KnownPart> {
        self.parts.iter()
    }

    /// The part of a number; none for 0, the node itself.
    pub fn part(&self, number: u8) -> Option<&KnownPart> {
        let at = self.parts.binary_search_by_key(&number, |part| part.number).ok()?;
        self.parts.get(at)
    }

    /// The latest live readings of its present session, by quantity and part.
    pub fn readings(&self) -> impl Iterator<Item = &Latest> {
        self.readings.iter()
    }

    /// When the last live frame arrived; none since the hub started.
    pub fn last_live(&self) -> Option<Moment> {
        self.last_live
    }

    /// When the last live report arrived; none since the hub started.
    pub fn last_report(&self) -> Option<Moment> {
        self.last_report
    }

    /// Tags of sections that this hub does not know, or not in such a frame.
    pub fn skipped_tags(&self) -> impl Iterator<Item = u16> {
        self.skipped_tags.iter().copied()
    }

    /// The boot heard last.
    pub fn boot(&self) -> Option<BootId> {
        self.present.map(|(boot, _)| boot)
    }

    /// The session heard last.
    pub fn session(&self) -> Option<SessionId> {
        self.present.map(|(_, session)| session)
    }

    /// Reports that are lost for good, since the hub started.
    pub fn lost_reports(&self) -> u64 {
        self.lost_reports
    }
}
