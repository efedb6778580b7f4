//! What an incident is made of. How it opens and closes is the ledger's.

use crate::detect::Subject;
use crate::node::KnownPart;
use crate::time::Wall;
use picket_wire::{NodeId, PartKind, Quantity};

/// A rule over what is known of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detector {
    /// The node is hung, gone or cut off.
    SilentNode,
    /// The node's excuse for being off is over.
    NotReturned,
    /// The machine booted without having said that it would stop.
    CrashBoot,
    /// The agent started anew in the same boot without having said that it would stop.
    AgentRestarts,
    /// The machine boots again and again.
    BootLoop,
    /// The processor runs slower than asked, because of heat or voltage.
    Throttling,
    /// The input voltage is too low.
    UnderVoltage,
    /// The processor is too hot.
    Overheating,
    /// A disk will be worn out.
    Wear,
    /// The kernel, or a disk itself, tells of errors of storage.
    StorageErrors,
    /// Main memory fails or runs out.
    Memory,
    /// A filesystem counts errors.
    Filesystem,
    /// Files read otherwise than they were written, or what is written is lost.
    SilentCorruption,
    /// A filesystem that was writable, or takes writes by its own word, is read-only.
    ReadOnly,
    /// Reports were lost between node and hub.
    LostReports,
    /// A reading that had values has none.
    BlindProbe,
    /// The machine's wall clock jumped.
    ClockJump,
    /// Picket itself writes to the machine's disks.
    OwnWrites,
}

impl Detector {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Detector; 18] = [
        Detector::SilentNode,
        Detector::NotReturned,
        Detector::CrashBoot,
        Detector::BootLoop,
        Detector::AgentRestarts,
        Detector::UnderVoltage,
        Detector::Throttling,
        Detector::Overheating,
        Detector::SilentCorruption,
        Detector::ReadOnly,
        Detector::Filesystem,
        Detector::StorageErrors,
        Detector::Wear,
        Detector::Memory,
        Detector::LostReports,
        Detector::BlindProbe,
        Detector::ClockJump,
        Detector::OwnWrites,
    ];

    /// The word that people, JSON and the store see.
    pub const fn name(self) -> &'static str {
        match self {
            Detector::SilentNode => "silent_node",
            Detector::NotReturned => "not_returned",
            Detector::CrashBoot => "crash_boot",
            Detector::AgentRestarts => "agent_restarts",
            Detector::BootLoop => "boot_loop",
            Detector::Throttling => "throttling",
            Detector::UnderVoltage => "under_voltage",
            Detector::Overheating => "overheating",
            Detector::Wear => "wear",
            Detector::StorageErrors => "storage_errors",
            Detector::Memory => "memory",
            Detector::Filesystem => "filesystem",
            Detector::SilentCorruption => "silent_corruption",
            Detector::ReadOnly => "read_only",
            Detector::LostReports => "lost_reports",
            Detector::BlindProbe => "blind_probe",
            Detector::ClockJump => "clock_jump",
            Detector::OwnWrites => "own_writes",
        }
    }

    /// The detector of a name.
    pub fn from_name(name: &str) -> Option<Detector> {
        Detector::ALL.into_iter().find(|d| d.name() == name)
    }
}

/// How much an incident wants of its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Stays on the page.
    Note,
    /// For the morning.
    Ticket,
    /// Wakes.
    Page,
}

impl Severity {
    /// The word that people, JSON and the store see.
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Ticket => "ticket",
            Severity::Page => "page",
        }
    }

    /// The severity of a name.
    pub fn from_name(name: &str) -> Option<Severity> {
        [Severity::Note, Severity::Ticket, Severity::Page]
            .into_iter()
            .find(|s| s.name() == name)
    }
}

/// Why an incident is over. Silence is no reason: absence is not recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClosedBy {
    /// Its detector said Healthy.
    Healthy,
    /// Its subject ended, and that is proven.
    Retired,
    /// The owner said so.
    Owner,
}

impl ClosedBy {
    /// The word that people, JSON and the store see.
    pub const fn name(self) -> &'static str {
        match self {
            ClosedBy::Healthy => "healthy",
            ClosedBy::Retired => "retired",
            ClosedBy::Owner => "owner",
        }
    }

    /// The reason of a name.
    pub fn from_name(name: &str) -> Option<ClosedBy> {
        [ClosedBy::Healthy, ClosedBy::Retired, ClosedBy::Owner]
            .into_iter()
            .find(|c| c.name() == name)
    }
}

/// What a detector says of one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Seen to be well.
    Healthy,
    /// What it was about is proven to have ended: an incident is closed as retired.
    Ended,
    /// Seen to be at fault.
    Faulty(Finding),
    /// Cannot see; the words say why. An open incident stays open, a closed one closed.
    Blind(&'static str),
}

/// What a Faulty verdict rests on, in words for the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it wants of the owner.
    pub severity: Severity,
    /// What is the matter, in one line.
    pub summary: String,
    /// What to do next, in one line.
    pub advice: String,
    /// What was seen, a line each; at most [`MAX_EVIDENCE`].
    pub evidence: Vec<String>,
}

/// Most lines of evidence that an incident keeps.
pub const MAX_EVIDENCE: usize = 16;

/// One fault of one subject from opening to closing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// The hub's run in hex, a dash, and a number: unique for the site.
    pub id: String,
    /// The node it is about.
    pub node: NodeId,
    /// The part it is about: `node`, or kind and id of the part, such as `filesystem//`; what is
    /// about one reading adds the quantity, such as `node/cpu_temperature`; a build
    /// of a package is `package/libc6/` and its key in hex.
    pub subject: String,
    /// The rule that found it.
    pub detector: Detector,
    /// How much it wants of the owner.
    pub severity: Severity,
    /// When it began, as far as known.
    pub opened: Wall,
    /// When it ended, and by what; none while it is open.
    pub closed: Option<(Wall, ClosedBy)>,
    /// What is the matter, in one line.
    pub summary: String,
    /// What to do next, in one line.
    pub advice: String,
    /// What was seen, a line each; at most [`MAX_EVIDENCE`].
    pub evidence: Vec<String>,
}

impl Incident {
    /// Whether it is not over.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether it is of this part, or of one of its readings.
    pub fn is_of(&self, part: &KnownPart) -> bool {
        is_of(&self.subject, &Subject::Part(part).to_string())
    }

    /// Whether it is of a part of this kind, which its node may have no more.
    pub fn is_of_kind(&self, kind: PartKind) -> bool {
        self.subject.split('/').next() == Some(kind.name())
    }
}

/// Whether a subject is `part`, or one of its readings. The id of a part may hold a slash, as that of
/// a filesystem does, and then the one of another filesystem begins with it.
pub(crate) fn is_of(subject: &str, part: &str) -> bool {
    let of_reading = |rest: &str| {
        let name = rest.strip_suffix(Subject::RISE).unwrap_or(rest);
        name.starts_with(Subject::UNKNOWN) || Quantity::from_name(name).is_some()
    };
    subject
        .strip_prefix(part)
        .is_some_and(|rest| rest.is_empty() || rest.strip_prefix('/').is_some_and(of_reading))
}
