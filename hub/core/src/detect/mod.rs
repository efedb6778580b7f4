//! The detectors: each a pure rule over what is known of one node, and which of them to ask when.
//!
//! They judge what is live. Backlog fills history and opens nothing; the loss records that it
//! carries are counted and judged with the next live frame.

pub(crate) mod agent_restarts;
pub(crate) mod blind_probe;
pub(crate) mod crash_boot;
pub(crate) mod filesystem;
pub(crate) mod lost_reports;
pub(crate) mod not_returned;
pub(crate) mod overheating;
pub(crate) mod read_only;
pub(crate) mod silent_node;
pub(crate) mod wear;

use crate::incident::{Detector, Verdict};
use crate::node::{Known, KnownPart, Latest};
use crate::time::Millis;
use core::fmt;
use picket_wire::Quantity;

/// What a verdict is about. Its text is made only where an incident needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject<'a> {
    /// The node itself.
    Node,
    /// A part of it.
    Part(&'a KnownPart),
    /// One reading of a part, or of the node itself.
    Reading(Option<&'a KnownPart>, Quantity),
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Node => f.write_str("node"),
            Subject::Part(part) => write!(f, "{}/{}", part.kind.name(), part.id),
            Subject::Reading(part, quantity) => {
                match part {
                    Some(part) => write!(f, "{}/", Subject::Part(part))?,
                    None => f.write_str("node/")?,
                }
                match quantity.row() {
                    Some(row) => f.write_str(row.name),
                    None => write!(f, "quantity_{}", quantity.0),
                }
            }
        }
    }
}

/// A verdict about a subject; none where a detector has nothing to say.
pub(crate) type Judgement<'a> = Option<(Subject<'a>, Verdict)>;

/// What the detectors of one node remember.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) crashes: crash_boot::Crashes,
    pub(crate) restarts: agent_restarts::Restarts,
    pub(crate) losses: lost_reports::Losses,
    pub(crate) heat: overheating::Heats,
    pub(crate) writable: read_only::Writable,
    pub(crate) sighted: blind_probe::Sighted,
}

/// A live frame as the start of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// Of the session that was heard before it.
    No,
    /// The first since the hub started, or of a session that was heard before: tells nothing.
    Unknown,
    /// A new session in the same boot.
    Session(Farewell),
    /// A new boot of the machine.
    Boot(Farewell),
}

/// The last word of the session before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// It said that it stops.
    Said,
    /// It did not.
    NotSaid,
    /// The hub was not listening all the time since.
    NotHeard,
}

/// Asks the detectors that judge one live reading.
pub(crate) fn of_reading(
    known: &Known,
    memory: &mut Memory,
    reading: &Latest,
    sampling: Sampling,
    mut apply: impl FnMut(Detector, Subject<'_>, Verdict),
) {
    let mut tell = |detector, judgement: Judgement<'_>| {
        if let Some((subject, verdict)) = judgement {
            apply(detector, subject, verdict);
        }
    };
    let probe = sampling.probe;
    tell(
        Detector::BlindProbe,
        blind_probe::judge(known, reading, probe, &memory.sighted),
    );
    match reading.quantity {
        Quantity::CPU_TEMPERATURE => {
            let judgement = overheating::judge(known, reading, sampling, &mut memory.heat);
            tell(Detector::Overheating, judgement);
        }
        Quantity::FILESYSTEM_ERRORS => {
            tell(Detector::Filesystem, filesystem::judge(known, reading));
        }
        Quantity::FILESYSTEM_READ_ONLY => {
            let judgement = read_only::judge(known, reading, &mut memory.writable);
            tell(Detector::ReadOnly, judgement);
        }
        _ => {}
    }
}

/// When and how often a reading was sampled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampling {
    /// The node's uptime at the sampling, in milliseconds.
    pub(crate) uptime_ms: u64,
    /// How often the node samples.
    pub(crate) every: Millis,
    /// How the reading went so far in this session.
    pub(crate) probe: blind_probe::Probe,
}

/// Asks again the detectors that could not judge readings while their parts had no name.
pub(crate) fn of_parts(
    known: &Known,
    memory: &mut Memory,
    mut apply: impl FnMut(Detector, Subject<'_>, Verdict),
) {
    for reading in known.readings() {
        if let Some((subject, verdict)) = filesystem::judge(known, reading) {
            apply(Detector::Filesystem, subject, verdict);
        }
        if let Some((subject, verdict)) = read_only::judge(known, reading, &mut memory.writable) {
            apply(Detector::ReadOnly, subject, verdict);
        }
    }
}
