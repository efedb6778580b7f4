//! Whether the files of each disk of a node are what they were: healthy, faulty, or not watched.
//!
//! The page, the API, the command line and Home Assistant say the same, because they ask here.

#[cfg(test)]
mod tests;

use picket_hub_core::{
    Corruption, Detector, Hub, Incident, KnownPart, KnownReading, Lack, Node, Presence, Severity,
    Watched,
};
use picket_wire::{Missing, PartKind, Quantity};

/// The word of a state that programs see.
pub const fn name(state: Watched) -> &'static str {
    match state {
        Watched::Healthy => "healthy",
        Watched::Faulty => "faulty",
        Watched::Blind(_) => "blind",
    }
}

/// What is said of a node of which nobody reads a file back.
const NOT_WATCHED: &str = "not watched";
/// What is said of a node of which every file that was read is what it was.
pub const AS_WRITTEN: &str = "as written";
/// What is said of a disk of which the files are not what they were.
pub const FAULTY: &str = name(Watched::Faulty);
/// What is said of a disk of which they all are.
pub const HEALTHY: &str = name(Watched::Healthy);

/// Whether the files of all disks of a node are what they were, by the [`name`]s of their states:
/// the worst of them, in a word.
pub fn overall<'s>(states: impl IntoIterator<Item = &'s str>) -> &'static str {
    let (mut healthy, mut all) = (0, 0);
    for state in states {
        if state == FAULTY {
            return FAULTY;
        }
        all += 1;
        healthy += usize::from(state == HEALTHY);
    }
    match healthy {
        0 => NOT_WATCHED,
        healthy if healthy == all => AS_WRITTEN,
        _ => "partly watched",
    }
}

/// What a scrub says of a disk, or of the pass under way.
pub const QUANTITIES: &[Quantity] = &[
    Quantity::SCRUB_PROGRESS,
    Quantity::SCRUB_FILES,
    Quantity::SCRUB_READ,
    Quantity::SCRUB_REMAINING,
    Quantity::SCRUB_UNREAD,
    Quantity::SCRUB_AGE,
    Quantity::SCRUB_PERIOD,
    Quantity::SCRUB_PASSES,
    Quantity::SCRUB_ERA,
    Quantity::SCRUB_ROOT,
    Quantity::CORRUPT_FILES,
    Quantity::FLAPPING_FILES,
    Quantity::UNREADABLE_FILES,
    Quantity::TRANSIENT_MISREADS,
    Quantity::CANARY_GENERATION,
    Quantity::CANARY_FOUND,
    Quantity::CANARY_LINEAGE,
    Quantity::CANARY_DROPPED,
    Quantity::CANARY_REFUSED,
];

/// Whether a scrub says this.
pub fn is_of_scrub(quantity: Quantity) -> bool {
    QUANTITIES.contains(&quantity)
}

/// Every disk of `node` that is read back, and every filesystem of which no disk is known, by
/// ascending number.
pub fn corruption<'n>(hub: &Hub, node: &'n Node) -> Vec<Corruption<'n>> {
    let mut all: Vec<Corruption<'n>> = node
        .corruption()
        .filter(|disk| !is_refuted(node, disk.part))
        .collect();
    for disk in &mut all {
        if disk.state == Watched::Healthy {
            besides(hub, node, disk);
        }
    }
    all
}

/// What speaks against a disk of which the readings are good: nothing of a node that does not
/// report is known now, and an incident of it may be open for another reason. A note is none: what
/// read wrong once and then right is past.
fn besides(hub: &Hub, node: &Node, disk: &mut Corruption<'_>) {
    if !matches!(node.presence(), Presence::Alive | Presence::Late) {
        let why = "the node does not report";
        disk.state = Watched::Blind(why);
        why.clone_into(&mut disk.words);
    }
    let mut incidents = hub.incidents().filter(|incident| {
        let counts = incident.is_open() && incident.severity > Severity::Note;
        counts && incident.node == node.id() && is_about(disk.part, incident)
    });
    if let Some(incident) = incidents.next() {
        disk.state = Watched::Faulty;
        disk.words.clone_from(&incident.summary);
    }
}

/// Whether all that a scrub says of a part is that it has no such thing.
pub fn is_refuted(node: &Node, part: &KnownPart) -> bool {
    let mut said = said_of(node, part.number).peekable();
    said.peek().is_some()
        && said.all(|latest| {
            matches!(
                latest.value,
                Err(Lack::Said(Missing::NotFitted | Missing::NotSupported))
            )
        })
}

/// What a scrub says of the part of a number; 0 is the pass under way.
fn said_of(node: &Node, part: u8) -> impl Iterator<Item = KnownReading> {
    let readings = node.readings();
    readings.filter(move |latest| latest.part == part && is_of_scrub(latest.quantity))
}

/// Whether an incident is one of silent corruption of this part.
pub fn is_about(part: &KnownPart, incident: &Incident) -> bool {
    let subject = incident.subject.as_str();
    let rest = subject
        .strip_prefix(part.kind.name())
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.strip_prefix(part.id.as_str()));
    let of_part = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    of_part && incident.detector == Detector::SilentCorruption
}

/// Whether an incident is one of silent corruption of any disk or filesystem.
pub fn is_of_disk(incident: &Incident) -> bool {
    let kinds = [PartKind::Disk, PartKind::Filesystem];
    let mut kinds = kinds.iter().map(|kind| kind.name());
    let kind = incident.subject.split('/').next().unwrap_or_default();
    incident.detector == Detector::SilentCorruption && kinds.any(|known| known == kind)
}
