//! The detectors: each a pure rule over what is known of one node, and which of them to ask when.
//! `peers` alone compares nodes.
//!
//! They judge what is live. Backlog fills history and opens nothing; the loss records that it
//! carries are counted and judged with the next live frame.

pub(crate) mod agent_restarts;
pub(crate) mod blind_probe;
mod boot_loop;
pub(crate) mod canary;
mod cause;
mod clock_jump;
mod counter;
pub(crate) mod crash_boot;
pub(crate) mod few;
pub(crate) mod filesystem;
mod flaps;
mod lasting;
pub(crate) mod lost_reports;
mod memory;
pub(crate) mod not_returned;
pub(crate) mod overheating;
mod own_writes;
mod peers;
pub(crate) mod read_only;
pub(crate) mod rolled_back;
mod sample;
pub(crate) mod scrub_overdue;
pub(crate) mod silent_corruption;
pub(crate) mod silent_node;
pub(crate) mod storage_errors;
mod throttling;
pub(crate) mod transient_misreads;
mod under_voltage;
pub(crate) mod wear;

pub(crate) use lasting::SeenFor;
pub(crate) use sample::Sample;

use crate::incident::{Detector, Verdict};
use crate::node::{Known, KnownBoard, KnownPart, Latest};
use crate::scribe::Scribe;
use crate::time::Millis;
use core::fmt;
use picket_wire::{BootId, NodeId, Quantity};

/// What a verdict is about. Its text is made only where an incident needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject<'a> {
    /// The node itself.
    Node,
    /// A part of it.
    Part(&'a KnownPart),
    /// One reading of a part, or of the node itself.
    Reading(Option<&'a KnownPart>, Quantity),
    /// A build of a package that is installed on it: its name and the key of the build.
    Package(&'a str, u64),
    /// Where such a reading leads to.
    Rise(Option<&'a KnownPart>, Quantity),
}

/// What the text of a package's subject begins with.
const PACKAGE: &str = "package/";

/// The name and the key of a package, where the text of a subject is that of one.
pub(crate) fn package_of(subject: &str) -> Option<(&str, u64)> {
    let (name, key) = subject.strip_prefix(PACKAGE)?.split_once('/')?;
    Some((name, u64::from_str_radix(key, 16).ok()?))
}

impl Subject<'_> {
    /// What the text of a rise ends with.
    pub(crate) const RISE: &'static str = "/rise";
    /// What the name of a quantity begins with that this hub does not know.
    pub(crate) const UNKNOWN: &'static str = "quantity_";
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Subject::Node => f.write_str("node"),
            Subject::Part(part) => write!(f, "{}/{}", part.kind.name(), part.id),
            Subject::Package(name, key) => write!(f, "{PACKAGE}{name}/{key:016x}"),
            Subject::Rise(part, quantity) => {
                write!(f, "{}{}", Subject::Reading(part, quantity), Subject::RISE)
            }
            Subject::Reading(part, quantity) => {
                match part {
                    Some(part) => write!(f, "{}/", Subject::Part(part))?,
                    None => f.write_str("node/")?,
                }
                match quantity.row() {
                    Some(row) => f.write_str(row.name),
                    None => write!(f, "{}{}", Subject::UNKNOWN, quantity.0),
                }
            }
        }
    }
}

/// How often, in words. What an earlier run of the hub counted is not in it.
fn at_least(count: u64) -> String {
    match count {
        0 | 1 => "once at least".to_owned(),
        count => format!("{count} times at least"),
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
    cause: cause::Cause,
    boots: boot_loop::Boots,
    voltage: flaps::Flaps,
    throttled: throttling::Throttled,
    disks: storage_errors::Disks,
    chips: memory::Chips,
    jumps: counter::Counter,
    written: own_writes::Written,
    pub(crate) unscrubbed: scrub_overdue::Unscrubbed,
    warmth: peers::Warmth,
}

impl Memory {
    /// Part numbers, and counts since the agent started, mean something within one session only.
    pub(crate) fn new_session(&mut self) {
        self.heat.new_session();
        self.voltage.new_session();
        self.throttled.new_session();
        self.jumps.forget();
        self.written.new_session();
    }

    /// How many disks and how many counters of memory are told apart.
    #[cfg(test)]
    pub(crate) fn lengths(&self) -> (usize, usize) {
        (self.disks.len(), self.chips.len())
    }
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

/// Asks the detectors that judge how a live frame begins something. `known` is what was known
/// before it, `board` what the frame itself says,
/// `every` how often the node samples.
pub(crate) fn of_start(
    id: NodeId,
    known: &Known,
    board: Option<&KnownBoard>,
    memory: &mut Memory,
    start: Start,
    every: Millis,
    scribe: &mut Scribe<'_>,
) {
    let now = scribe.now.moment;
    if matches!(start, Start::Boot(_)) {
        memory.cause = cause::Cause::new(known, board);
    }
    let crashed = crash_boot::judge(start, &mut memory.crashes, &memory.cause, now);
    scribe.judged(id, Detector::CrashBoot, crashed);
    let looping = boot_loop::judge(start, &mut memory.boots, &memory.cause, now);
    scribe.judged(id, Detector::BootLoop, looping);
    let restarted = agent_restarts::judge(start, &mut memory.restarts, now);
    scribe.judged(id, Detector::AgentRestarts, restarted);
    let lost = lost_reports::judge(&mut memory.losses, now, every);
    scribe.judged(id, Detector::LostReports, lost);
}

/// Live facts name the board: what is told of the boot may have a cause.
pub(crate) fn of_board(id: NodeId, known: &Known, memory: &mut Memory, scribe: &mut Scribe<'_>) {
    let Some(board) = &known.board else { return };
    if memory.cause.named(board) {
        let crashed = crash_boot::retell(&memory.crashes, &memory.cause);
        scribe.judged(id, Detector::CrashBoot, crashed);
        let looping = boot_loop::retell(&memory.boots, &memory.cause);
        scribe.judged(id, Detector::BootLoop, looping);
    }
}

/// Asks the detectors that judge one live report as a whole. Gives whether the node is to be
/// compared with its peers.
pub(crate) fn of_report(
    id: NodeId,
    known: &Known,
    memory: &mut Memory,
    sample: &Sample<'_>,
    scribe: &mut Scribe<'_>,
) -> bool {
    let voltage = under_voltage::judge(known, sample, &mut memory.voltage);
    scribe.judged(id, Detector::UnderVoltage, voltage);
    let is_low = scribe
        .ledger
        .is_open(id, Detector::UnderVoltage, Subject::Node);
    let throttled = throttling::judge(sample, &mut memory.throttled, is_low);
    scribe.judged(id, Detector::Throttling, throttled);
    let jumped = clock_jump::judge(sample, &mut memory.jumps);
    scribe.judged(id, Detector::ClockJump, jumped);
    let written = own_writes::judge(known, sample, &mut memory.written);
    scribe.judged(id, Detector::OwnWrites, written);
    memory.warmth.sampled(sample)
}

/// Asks the detectors that judge one live reading.
pub(crate) fn of_reading(
    id: NodeId,
    known: &Known,
    memory: &mut Memory,
    reading: &Latest,
    sampling: Sampling,
    scribe: &mut Scribe<'_>,
) {
    let (probe, sighted) = (sampling.probe, &memory.sighted);
    let blind = match reading.quantity {
        Quantity::SCRUB_AGE => {
            let unscrubbed = (&mut memory.unscrubbed, scribe.now.wall.day());
            scrub_overdue::judge(known, reading, probe, sighted, unscrubbed)
        }
        _ => blind_probe::judge(known, reading, probe, sighted),
    };
    scribe.judged(id, Detector::BlindProbe, blind);
    match reading.quantity {
        Quantity::CPU_TEMPERATURE => {
            let judgement = overheating::judge(known, reading, sampling, &mut memory.heat);
            scribe.judged(id, Detector::Overheating, judgement);
            let rise = overheating::judge_rise(known, reading, &mut memory.heat);
            scribe.judged(id, Detector::Overheating, rise);
        }
        Quantity::FILESYSTEM_ERRORS => {
            let judgement = filesystem::judge(known, reading);
            scribe.judged(id, Detector::Filesystem, judgement);
        }
        Quantity::FILESYSTEM_READ_ONLY => {
            let judgement = read_only::judge(known, reading, &mut memory.writable);
            scribe.judged(id, Detector::ReadOnly, judgement);
        }
        Quantity::STORAGE_MESSAGES | Quantity::DISK_MEDIA_ERRORS | Quantity::DISK_FAILING => {
            let told = |subject: Subject<'_>| {
                counter::told(scribe.closed_within(
                    id,
                    Detector::StorageErrors,
                    subject,
                    sampling.uptime,
                ))
            };
            let judgement =
                storage_errors::judge(known, reading, sampling, &mut memory.disks, told);
            scribe.judged(id, Detector::StorageErrors, judgement);
            let whole = storage_errors::judge_whole(known, reading, &mut memory.disks);
            scribe.judged(id, Detector::StorageErrors, whole);
        }
        Quantity::MEMORY_ERRORS_CORRECTED
        | Quantity::MEMORY_ERRORS_UNCORRECTED
        | Quantity::OUT_OF_MEMORY_KILLS
        | Quantity::MEMORY_PRESSURE => {
            let told = |subject: Subject<'_>| {
                counter::told(scribe.closed_within(id, Detector::Memory, subject, sampling.uptime))
            };
            let judgement = memory::judge(known, reading, sampling, &mut memory.chips, told);
            scribe.judged(id, Detector::Memory, judgement);
        }
        _ => {}
    }
}

/// When and how often a reading was sampled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sampling {
    /// The node's boot.
    pub(crate) boot: BootId,
    /// The node's uptime at the sampling.
    pub(crate) uptime: Millis,
    /// How often the node samples.
    pub(crate) every: Millis,
    /// How the reading went so far in this session.
    pub(crate) probe: blind_probe::Probe,
}

/// Asks again the detectors that could not judge the newest readings while their parts had no name.
/// What older ones said is past: a filesystem that is no longer there has its last reading for ever.
pub(crate) fn of_parts(id: NodeId, known: &Known, memory: &mut Memory, scribe: &mut Scribe<'_>) {
    let newest = known.readings().map(|reading| reading.at).max();
    for reading in known
        .readings()
        .filter(|reading| Some(reading.at) == newest)
    {
        let errors = filesystem::judge(known, reading);
        scribe.judged(id, Detector::Filesystem, errors);
        let read_only = read_only::judge(known, reading, &mut memory.writable);
        scribe.judged(id, Detector::ReadOnly, read_only);
    }
}
