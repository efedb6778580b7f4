//! Whether the files of each disk of a node are what they were: healthy, faulty, or not watched.
//!
//! The page, the API, the command line and Home Assistant say the same, because they ask here.

#[cfg(test)]
mod tests;

use picket_hub_core::time::Millis;
use picket_hub_core::{Hub, Incident, KnownPart, KnownReading, Lack, Node, Presence};
use picket_wire::{Missing, PartKind, Quantity};

use super::words;

/// A pass that is overdue by so many periods watches nothing any more.
const OVERDUE_PERIODS: i64 = 3;

/// Name of the detector whose incidents tell of files that are not what they were.
const SILENT_CORRUPTION: &str = "silent_corruption";

/// What is known of the files of one disk, or of one filesystem of which no disk is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrubbed {
    /// Number of the part in the present session.
    pub part: u8,
    /// Whether somebody looks, and what he saw.
    pub watched: Watched,
    readings: Vec<KnownReading>,
}

/// Whether somebody looks after the files of a disk. Only what was looked at is healthy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watched {
    /// They read as they were written.
    Healthy,
    /// They do not; in what way.
    Faulty(String),
    /// Nobody knows; why.
    Blind(String),
}

impl Watched {
    /// The word that programs see.
    pub const fn name(&self) -> &'static str {
        match self {
            Watched::Healthy => "healthy",
            Watched::Faulty(_) => "faulty",
            Watched::Blind(_) => "blind",
        }
    }

    /// What is wrong, or why nobody knows; empty if all is well.
    pub fn why(&self) -> &str {
        match self {
            Watched::Healthy => "",
            Watched::Faulty(why) | Watched::Blind(why) => why,
        }
    }
}

/// Whether a scrub says this of a disk.
pub fn is_of_scrub(quantity: Quantity) -> bool {
    (Quantity::SCRUB_PROGRESS.0..=Quantity::CANARY_REFUSED.0).contains(&quantity.0)
}

/// A part that a scrub tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ToldOf {
    /// Its number in the present session.
    pub number: u8,
    /// Whether all that is said of it is that it has no such thing.
    pub is_refuted: bool,
}

/// Every part of `node` that a scrub tells anything of, by ascending number.
pub fn told_of(node: &Node) -> Vec<ToldOf> {
    let readings = readings(node);
    let parts = readings.chunk_by(|one, other| one.part == other.part);
    let told_of = |readings: &[KnownReading]| {
        Some(ToldOf {
            number: readings.first()?.part,
            is_refuted: is_refuted(readings),
        })
    };
    parts.filter_map(told_of).collect()
}

/// Whether all that is said of a part is that it has no such thing.
fn is_refuted(readings: &[KnownReading]) -> bool {
    readings.iter().all(|latest| {
        matches!(
            latest.value,
            Err(Lack::Said(Missing::NotFitted | Missing::NotSupported))
        )
    })
}

/// Every part of `node` that is read back, by ascending number.
pub fn scrubbed(hub: &Hub, node: &Node) -> Vec<Scrubbed> {
    let readings = readings(node);
    let parts = readings.chunk_by(|one, other| one.part == other.part);
    let parts = parts.filter(|readings| !is_refuted(readings));
    let mut scrubbed: Vec<Scrubbed> = parts.filter_map(Scrubbed::of).collect();
    for disk in &mut scrubbed {
        if disk.watched == Watched::Healthy {
            disk.watched = besides(hub, node, disk.part);
        }
    }
    scrubbed
}

/// What a scrub says of the parts of a node, part by part.
fn readings(node: &Node) -> Vec<KnownReading> {
    let of_scrub = |latest: &KnownReading| latest.part != 0 && is_of_scrub(latest.quantity);
    let mut readings: Vec<KnownReading> = node.readings().filter(of_scrub).collect();
    readings.sort_by_key(|latest| (latest.part, latest.quantity));
    readings
}

/// What speaks against a disk of which the readings are good: nothing of a node that does not
/// report is known now, and a manifest begun anew does not know what an open incident knows.
fn besides(hub: &Hub, node: &Node, part: u8) -> Watched {
    if !matches!(node.presence(), Presence::Alive | Presence::Late) {
        return Watched::Blind("the node does not report".to_owned());
    }
    let Some(part) = node.part(part) else {
        return Watched::Healthy;
    };
    let mut incidents = hub.incidents().filter(|incident| {
        incident.is_open() && incident.node == node.id() && is_about(part, incident)
    });
    match incidents.next() {
        Some(incident) => Watched::Faulty(incident.summary.clone()),
        None => Watched::Healthy,
    }
}

/// Whether an incident is one of silent corruption of this part.
pub fn is_about(part: &KnownPart, incident: &Incident) -> bool {
    let subject = incident.subject.as_str();
    let rest = subject
        .strip_prefix(part.kind.name())
        .and_then(|rest| rest.strip_prefix('/'))
        .and_then(|rest| rest.strip_prefix(part.id.as_str()));
    let of_part = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    of_part && incident.detector.name() == SILENT_CORRUPTION
}

/// Whether an incident is one of silent corruption of any disk or filesystem.
pub fn is_of_disk(incident: &Incident) -> bool {
    let kinds = [PartKind::Disk, PartKind::Filesystem];
    let mut kinds = kinds.iter().map(|kind| kind.name());
    let kind = incident.subject.split('/').next().unwrap_or_default();
    incident.detector.name() == SILENT_CORRUPTION && kinds.any(|known| known == kind)
}

impl Scrubbed {
    fn of(readings: &[KnownReading]) -> Option<Scrubbed> {
        let mut scrubbed = Scrubbed {
            part: readings.first()?.part,
            watched: Watched::Healthy,
            readings: readings.to_vec(),
        };
        scrubbed.watched = scrubbed.judged();
        Some(scrubbed)
    }

    /// What was said last of a quantity; none if nothing was.
    pub fn latest(&self, quantity: Quantity) -> Option<&KnownReading> {
        let mut readings = self.readings.iter();
        readings.find(|latest| latest.quantity == quantity)
    }

    /// The value of a quantity.
    pub fn value(&self, quantity: Quantity) -> Option<i64> {
        self.latest(quantity)?.value.ok()
    }

    fn judged(&self) -> Watched {
        let faults = self.faults();
        if !faults.is_empty() {
            return Watched::Faulty(faults.join(", "));
        }
        match self.blindness() {
            Some(why) => Watched::Blind(why),
            None => Watched::Healthy,
        }
    }

    /// What is wrong, a few words each.
    fn faults(&self) -> Vec<String> {
        let files = |quantity, one: &str, many: &str| match self.value(quantity) {
            Some(1) => Some(format!("1 file {one}")),
            Some(count @ 2..) => Some(format!("{count} files {many}")),
            _ => None,
        };
        let flag = |quantity, words: &str| {
            let is_so = self.value(quantity) == Some(1);
            is_so.then(|| words.to_owned())
        };
        let faults = [
            files(Quantity::CORRUPT_FILES, "corrupt", "corrupt"),
            files(
                Quantity::FLAPPING_FILES,
                "reads otherwise each time",
                "read otherwise each time",
            ),
            files(Quantity::UNREADABLE_FILES, "unreadable", "unreadable"),
            flag(Quantity::CANARY_DROPPED, "what is written is lost"),
            flag(Quantity::CANARY_REFUSED, "writes are refused"),
        ];
        faults.into_iter().flatten().collect()
    }

    /// Why nobody knows whether the files are good; none if somebody does.
    fn blindness(&self) -> Option<String> {
        let needed = [
            Quantity::CORRUPT_FILES,
            Quantity::FLAPPING_FILES,
            Quantity::UNREADABLE_FILES,
            Quantity::SCRUB_AGE,
        ];
        for quantity in needed {
            let why = match self.latest(quantity).map(|latest| latest.value) {
                Some(Ok(0..)) => continue,
                Some(Ok(_)) => "less than nothing is reported",
                Some(Err(Lack::Said(Missing::Busy))) => "no whole scrub yet",
                Some(Err(why)) => words::missing(why),
                None => "not reported",
            };
            return Some(why.to_owned());
        }
        let age = self.value(Quantity::SCRUB_AGE)?;
        let period = self.value(Quantity::SCRUB_PERIOD).filter(|s| *s > 0)?;
        let overdue = age > period.saturating_mul(OVERDUE_PERIODS);
        overdue.then(|| {
            let [age, period] = [age, period]
                .map(|s| words::duration(Millis::from_s(u64::try_from(s).unwrap_or(0))));
            format!("the last whole scrub was {age} ago, due every {period}")
        })
    }
}
