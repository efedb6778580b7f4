//! What the page of a node says of each disk that is read back: whether its files are what they
//! were, how far the pass under way is, and what was found on it before.

#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use picket_hub_core::Node;
use picket_wire::{PartKind, Quantity};

use super::incident_row::{self, IncidentRow};
use crate::handle::Known;
use crate::view::scrub::{self, Scrubbed, Watched};
use crate::view::words;

/// Incidents of one disk, open or closed, that its card lists.
const MAX_PAST: usize = 5;
/// What the progress of a pass is between two passes, in hundredths of a percent.
const WHOLE: i64 = 10_000;

/// All that a scrub says of one disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Card {
    /// Its name within the page.
    pub(super) id: String,
    /// What people call the disk.
    pub(super) title: String,
    /// What stays the same of it over boots.
    pub(super) part_id: String,
    /// Whether its files are what they were, in a word.
    pub(super) word: &'static str,
    /// That as a colour.
    pub(super) mood: &'static str,
    /// What is wrong, or why nobody knows; empty if all is well.
    pub(super) why: String,
    /// The pass under way; none between two passes.
    pub(super) pass: Option<Pass>,
    /// What else is known: what it is called, and what it is.
    pub(super) rows: Vec<(&'static str, String)>,
    /// The newest incidents of silent corruption of it.
    pub(super) past: Vec<IncidentRow>,
}

/// The pass under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    /// How much of it is done, in whole percent.
    pub(super) percent: i64,
    /// The same for people, with what was read and how long it will go on.
    pub(super) text: String,
}

/// The cards of a node, by the numbers of its disks.
pub(super) fn cards(node: &Node, known: &Known<'_>, zone: &TimeZone) -> Vec<Card> {
    let all = scrub::scrubbed(known.hub, node).into_iter();
    all.map(|disk| card(node, &disk, known, zone)).collect()
}

/// What is to be said where there are disks and nobody tells of reading them back.
pub(super) fn nobody(node: &Node, cards: &[Card]) -> Option<&'static str> {
    let has_disk = node.parts().any(|part| part.kind == PartKind::Disk);
    (cards.is_empty() && has_disk).then_some(
        "Nobody reads the files of this node back, so that silent corruption of them is not seen. \
         On the node, see: systemctl status picket-scrub",
    )
}

/// Incidents of disks that this node has no more.
pub(super) fn of_other_disks(node: &Node, known: &Known<'_>, zone: &TimeZone) -> Vec<IncidentRow> {
    if node.parts().next().is_none() {
        return Vec::new();
    }
    incident_row::matching(known, node.id(), MAX_PAST, zone, |incident| {
        scrub::is_of_disk(incident) && !node.parts().any(|part| scrub::is_about(part, incident))
    })
}

fn card(node: &Node, disk: &Scrubbed, known: &Known<'_>, zone: &TimeZone) -> Card {
    let part = node.part(disk.part);
    let past = part.map(|part| {
        let is_about = |incident: &_| scrub::is_about(part, incident);
        incident_row::matching(known, node.id(), MAX_PAST, zone, is_about)
    });
    let (word, mood) = match disk.watched {
        Watched::Healthy => ("healthy", "good"),
        Watched::Faulty(_) => ("faulty", "bad"),
        Watched::Blind(_) => ("not watched", "warn"),
    };
    Card {
        id: format!("scrub-{}", disk.part),
        title: part.map_or_else(|| format!("part {}", disk.part), |part| part.name.clone()),
        part_id: part.map(|part| part.id.clone()).unwrap_or_default(),
        word,
        mood,
        why: disk.watched.why().to_owned(),
        pass: pass(disk),
        rows: rows(disk),
        past: past.unwrap_or_default(),
    }
}

fn pass(disk: &Scrubbed) -> Option<Pass> {
    let progress = disk.value(Quantity::SCRUB_PROGRESS)?;
    if !(0..WHOLE).contains(&progress) {
        return None;
    }
    let shown = |quantity| {
        let value = disk.value(quantity)?;
        Some(words::reading(quantity, Ok(value)))
    };
    let read = [
        Some(format!("{} %", words::decimal(progress, 2))),
        shown(Quantity::SCRUB_FILES).map(|count| format!("{count} files")),
        shown(Quantity::SCRUB_READ).map(|size| format!("{size} read")),
        shown(Quantity::SCRUB_REMAINING).map(|length| format!("{length} remaining")),
    ];
    let read: Vec<String> = read.into_iter().flatten().collect();
    Some(Pass {
        percent: progress / 100,
        text: read.join(", "),
    })
}

/// What else is known of a disk; what is not said of it has no row.
fn rows(disk: &Scrubbed) -> Vec<(&'static str, String)> {
    let rows = [
        (Quantity::SCRUB_AGE, "Last whole scrub"),
        (Quantity::SCRUB_UNREAD, "Files not read back"),
        (Quantity::TRANSIENT_MISREADS, "Read wrong once, then right"),
        (Quantity::CANARY_GENERATION, "Canary written and read back"),
    ];
    let text = |quantity| {
        Some(match (quantity, disk.latest(quantity)?.value) {
            (Quantity::SCRUB_AGE, Ok(age)) => ended(age, disk),
            (Quantity::SCRUB_AGE, Err(_)) | (Quantity::TRANSIENT_MISREADS, Ok(0)) => return None,
            (Quantity::CANARY_GENERATION, Ok(1)) => "once".to_owned(),
            (Quantity::CANARY_GENERATION, Ok(times)) => format!("{times} times"),
            (quantity, value) => words::reading(quantity, value),
        })
    };
    let rows = rows.into_iter();
    rows.filter_map(|(quantity, label)| Some((label, text(quantity)?)))
        .collect()
}

/// When the last whole pass ended, and how often there is to be one.
fn ended(age: i64, disk: &Scrubbed) -> String {
    let age = words::reading(Quantity::SCRUB_AGE, Ok(age));
    match disk.value(Quantity::SCRUB_PERIOD) {
        Some(period) => {
            let period = words::reading(Quantity::SCRUB_PERIOD, Ok(period));
            format!("{age} ago, due every {period}")
        }
        None => format!("{age} ago"),
    }
}
