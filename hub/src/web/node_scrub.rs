//! What the page of a node says of the disks that are read back: how far the pass under way is,
//! whether their files are what they were, and what was found on them before.

#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use picket_hub_core::{Corruption, Detector, Incident, Lack, Node, Watched};
use picket_wire::{Missing, PartKind, Quantity};

use super::finding_row::{self, FindingRow};
use super::incident_row::{self, IncidentRow};
use super::topic::Topic;
use crate::handle::Known;
use crate::view::label::label;
use crate::view::reading::value;
use crate::view::words;

/// Incidents of one disk, open or closed, that its card lists.
const MAX_PAST: usize = 5;
/// What the progress of a pass is between two passes, in hundredths of a percent.
const WHOLE: i64 = 10_000;

/// What a thing is called, and what it is.
type Fact = (String, String);

/// All that a scrub says of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScrubGroup {
    /// Its name within the page.
    pub(super) id: &'static str,
    /// Its heading.
    pub(super) title: &'static str,
    /// That nobody reads its disks back, in one sentence; empty if somebody does.
    pub(super) trouble: String,
    /// How far it is.
    pub(super) pass: Option<Pass>,
    /// The disks that are read back.
    pub(super) cards: Vec<Card>,
    /// Incidents of disks that are no longer there.
    pub(super) past: Vec<IncidentRow>,
}

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
    /// The same in one line.
    pub(super) words: String,
    /// What else is known.
    pub(super) facts: Vec<Fact>,
    /// Files that are not what they were.
    pub(super) findings: Vec<FindingRow>,
    /// How many of them are not listed.
    pub(super) more_findings: usize,
    /// The newest incidents of silent corruption of it.
    pub(super) past: Vec<IncidentRow>,
}

/// The pass under way, or the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pass {
    /// How much of it is done, in whole percent; none between two passes.
    pub(super) percent: Option<i64>,
    /// The same for people, with what was read and how long it will go on.
    pub(super) text: String,
    /// What else is known.
    pub(super) facts: Vec<Fact>,
}

/// What a scrub says of a node; none if there is nothing to say.
pub(super) fn group(node: &Node, known: &Known<'_>, zone: &TimeZone) -> Option<ScrubGroup> {
    let (id, title) = Topic::Scrub.words();
    let cards = cards(node, known, zone);
    let group = ScrubGroup {
        id,
        title,
        trouble: nobody(node, &cards),
        pass: pass(node).filter(|_| !cards.is_empty()),
        past: of_other_disks(node, known, zone),
        cards,
    };
    let is_empty = group.cards.is_empty() && group.past.is_empty() && group.trouble.is_empty();
    (!is_empty).then_some(group)
}

/// The cards of a node, by the numbers of its disks.
fn cards(node: &Node, known: &Known<'_>, zone: &TimeZone) -> Vec<Card> {
    let all = known.hub.corruption(node).into_iter();
    all.map(|disk| card(node, disk, known, zone)).collect()
}

/// What is to be said where there are disks and nobody reads them back; empty if somebody does.
fn nobody(node: &Node, cards: &[Card]) -> String {
    let has_disk = node.parts().any(|part| part.kind == PartKind::Disk);
    if !cards.is_empty() || !has_disk {
        return String::new();
    }
    const UNSEEN: &str = "so that silent corruption of them is not seen";
    match value(node, Quantity::SCRUB_AGE, 0) {
        Some(Err(Lack::Said(Missing::NotSupported))) => {
            format!(
                "Reading its files back is switched off ([scrub] enabled = false in agent.toml), {UNSEEN}."
            )
        }
        Some(Err(Lack::Said(Missing::Busy))) => {
            format!("Its files have not been read back yet, {UNSEEN}.")
        }
        _ => format!(
            "Nobody reads its files back, {UNSEEN}. On the node, see: systemctl status picket-scrub"
        ),
    }
}

/// Incidents of disks that this node has no more.
fn of_other_disks(node: &Node, known: &Known<'_>, zone: &TimeZone) -> Vec<IncidentRow> {
    if node.parts().next().is_none() {
        return Vec::new();
    }
    incident_row::matching(known, node.id(), MAX_PAST, zone, |incident| {
        let kinds = [PartKind::Disk, PartKind::Filesystem];
        incident.detector == Detector::SilentCorruption
            && kinds.into_iter().any(|kind| incident.is_of_kind(kind))
            && !node.parts().any(|part| incident.is_of(part))
    })
}

fn card(node: &Node, disk: Corruption<'_>, known: &Known<'_>, zone: &TimeZone) -> Card {
    let part = disk.part;
    let is_about = |incident: &Incident| {
        incident.detector == Detector::SilentCorruption && incident.is_of(part)
    };
    let (word, mood) = match disk.state {
        Watched::Healthy => ("healthy", "good"),
        Watched::Faulty => ("faulty", "bad"),
        Watched::Blind(_) => ("not watched", "warn"),
    };
    let (findings, more_findings) = finding_row::open(node, part, known, zone);
    Card {
        id: format!("scrub-{}", part.number),
        title: part.name.clone(),
        part_id: part.id.clone(),
        word,
        mood,
        words: disk.words,
        facts: of_disk(node, part.number),
        findings,
        more_findings,
        past: incident_row::matching(known, node.id(), MAX_PAST, zone, is_about),
    }
}

/// What else is known of a disk; what is not said of it has no row.
fn of_disk(node: &Node, part: u8) -> Vec<Fact> {
    let said = |quantity| value(node, quantity, part);
    let counts = [
        Quantity::CORRUPT_FILES,
        Quantity::FLAPPING_FILES,
        Quantity::UNREADABLE_FILES,
        Quantity::TRANSIENT_MISREADS,
        Quantity::SCRUB_PASSES,
    ];
    let some = counts
        .into_iter()
        .filter_map(|quantity| match said(quantity)? {
            Ok(count @ 1..) => Some((label(quantity), count.to_string())),
            _ => None,
        });
    let canary = said(Quantity::CANARY_GENERATION).map(|generation| match generation {
        Ok(1) => "written and read back once".to_owned(),
        Ok(times) => format!("written and read back {times} times"),
        Err(_) => words::reading(Quantity::CANARY_GENERATION, generation),
    });
    let refused = said(Quantity::CANARY_REFUSED) == Some(Ok(1));
    let refused = refused.then(|| ("Writes".to_owned(), "refused".to_owned()));
    let canary = canary.map(|canary| ("Canary".to_owned(), canary));
    some.chain(canary).chain(refused).collect()
}

/// The pass of a node; none where nothing is said of one.
fn pass(node: &Node) -> Option<Pass> {
    let said = |quantity| value(node, quantity, 0);
    let shown = |quantity| match said(quantity)? {
        Ok(value) => Some(words::reading(quantity, Ok(value))),
        Err(_) => None,
    };
    let under_way = said(Quantity::SCRUB_PROGRESS).and_then(Result::ok);
    let under_way = under_way.filter(|progress| (0..WHOLE).contains(progress));
    let read = [
        under_way.map(|progress| format!("{} %", words::decimal(progress, 2))),
        shown(Quantity::SCRUB_FILES).map(|count| format!("{count} files")),
        shown(Quantity::SCRUB_READ).map(|size| format!("{size} read")),
        under_way.and_then(|_| {
            shown(Quantity::SCRUB_REMAINING).map(|length| format!("{length} remaining"))
        }),
    ];
    let read: Vec<String> = read.into_iter().flatten().collect();
    let age = shown(Quantity::SCRUB_AGE).map(|age| match shown(Quantity::SCRUB_PERIOD) {
        Some(period) => format!("{age} ago, due every {period}"),
        None => format!("{age} ago"),
    });
    let facts = [
        age.map(|age| (label(Quantity::SCRUB_AGE), age)),
        shown(Quantity::SCRUB_UNREAD).map(|count| (label(Quantity::SCRUB_UNREAD), count)),
    ];
    let pass = Pass {
        percent: under_way.map(|progress| progress / 100),
        text: read.join(", "),
        facts: facts.into_iter().flatten().collect(),
    };
    (pass != Pass::default()).then_some(pass)
}
