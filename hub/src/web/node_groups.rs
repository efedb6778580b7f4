//! The readings of a node in the groups in which people look for them.
//!
//! What has a value stands in tables. What has none stands folded at the end of its group, by the
//! reason, so that it is said and not in the way.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use picket_hub_core::{KnownReading, Node};

use super::node_disks;
use super::node_scrub::{self, ScrubGroup};
use super::topic::{TOPICS, Topic};
use super::when;
use crate::handle::Known;
use crate::view::flag::is_problem;
use crate::view::label::label;
use crate::view::rails::is_rail;
use crate::view::words;

/// One section of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Readings, a row each.
    Readings(Group),
    /// What a scrub says.
    Scrub(ScrubGroup),
}

/// One group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Group {
    /// Its name within the page.
    pub(super) id: &'static str,
    /// Its heading.
    pub(super) title: &'static str,
    /// What has a value.
    pub(super) tables: Vec<Table>,
    /// The inner voltages and currents of the board, folded.
    pub(super) rails: Vec<Row>,
    /// How many readings have no value, by reason, in words; empty if all have one.
    pub(super) missing: String,
    /// Those readings by reason.
    pub(super) reasons: Vec<(&'static str, String)>,
}

/// Readings that stand together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// What they are about; empty if the heading of the group says it.
    pub(super) title: String,
    /// What stays the same of it over boots.
    pub(super) id: String,
    /// What else is known of it, a line each.
    pub(super) lines: Vec<String>,
    /// The readings.
    pub(super) rows: Vec<Row>,
    /// Who writes to it.
    pub(super) writers: Vec<node_disks::WriterRow>,
}

/// One reading that has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// What was measured.
    pub(super) label: String,
    /// The part, if the table is not about it alone.
    pub(super) part: String,
    /// The value with its unit.
    pub(super) text: String,
    /// Whether the value says that something is wrong now.
    pub(super) bad: bool,
    /// When it was sampled.
    pub(super) age: String,
}

/// The groups of a node that have anything in them. What a scrub says stands on a card for each disk:
/// a row for each reading would say it worse.
pub(super) fn groups(node: &Node, known: &Known<'_>, zone: &TimeZone) -> Vec<Shown> {
    let groups = TOPICS.into_iter().filter_map(|topic| match topic {
        Topic::Scrub => node_scrub::group(node, known, zone).map(Shown::Scrub),
        topic => {
            let group = group(topic, node, known);
            (!group.is_empty()).then_some(Shown::Readings(group))
        }
    });
    groups.collect()
}

impl Group {
    fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.rails.is_empty() && self.reasons.is_empty()
    }
}

fn group(topic: Topic, node: &Node, known: &Known<'_>) -> Group {
    let part = |latest: &KnownReading| node.part(latest.part);
    let all: Vec<KnownReading> = node.readings().collect();
    let mut readings: Vec<&KnownReading> = all
        .iter()
        .filter(|latest| Topic::of(latest.quantity, part(latest)) == topic)
        .collect();
    readings.sort_by_key(|latest| (latest.part, latest.quantity));
    let (measured, missing): (Vec<&KnownReading>, Vec<&KnownReading>) = readings
        .into_iter()
        .partition(|latest| latest.value.is_ok());
    let (rails, plain): (Vec<&KnownReading>, Vec<&KnownReading>) = measured
        .into_iter()
        .partition(|latest| part(latest).is_some_and(|part| is_rail(&part.id)));
    let (id, title) = topic.words();
    let reasons = reasons(node, &missing);
    Group {
        id,
        title,
        tables: match topic {
            Topic::Disks => node_disks::complete(node, by_part(node, &plain, known)),
            Topic::Filesystems | Topic::Network => by_part(node, &plain, known),
            _ => together(node, &plain, known),
        },
        rails: rows(node, &rails, known, true),
        missing: in_short(&reasons),
        reasons: in_words(reasons),
    }
}

/// All of them in one table, those of the node itself first.
fn together(node: &Node, readings: &[&KnownReading], known: &Known<'_>) -> Vec<Table> {
    let table = Table {
        rows: rows(node, readings, known, true),
        ..Table::default()
    };
    (!readings.is_empty())
        .then_some(table)
        .into_iter()
        .collect()
}

/// A table for each part, and last what is of none of them.
fn by_part(node: &Node, readings: &[&KnownReading], known: &Known<'_>) -> Vec<Table> {
    let by_part = readings.chunk_by(|one, other| one.part == other.part);
    let table = |readings: &[&KnownReading]| {
        let number = readings.first()?.part;
        let part = node.part(number);
        Some(Table {
            title: match number {
                0 => "Of the node as a whole".to_owned(),
                _ => name(node, number),
            },
            id: part.map(|part| part.id.clone()).unwrap_or_default(),
            rows: rows(node, readings, known, false),
            ..Table::default()
        })
    };
    let mut tables: Vec<Table> = by_part.filter_map(table).collect();
    if readings.first().is_some_and(|latest| latest.part == 0) {
        tables.rotate_left(1);
    }
    tables
}

fn rows(node: &Node, readings: &[&KnownReading], known: &Known<'_>, named: bool) -> Vec<Row> {
    let row = |latest: &&KnownReading| Row {
        label: match named {
            true => label(latest.quantity),
            false => short(&label(latest.quantity)),
        },
        part: match latest.part {
            number if named && number != 0 => name(node, number),
            _ => String::new(),
        },
        text: words::reading(latest.quantity, latest.value),
        bad: latest.value == Ok(1) && is_problem(latest.quantity),
        age: when::ago(known.now.moment.since(latest.at)),
    };
    readings.iter().map(row).collect()
}

/// A label below the name of what it is about: `Disk failing` is `Failing` there.
fn short(label: &str) -> String {
    let whole = ["Disk ", "Filesystem ", "Link "];
    let rest = whole.iter().find_map(|whole| label.strip_prefix(whole));
    let Some(rest) = rest else {
        return label.to_owned();
    };
    let mut letters = rest.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What people call a part. Reports may come before the facts that name their parts.
fn name(node: &Node, number: u8) -> String {
    match node.part(number) {
        Some(part) => part.name.clone(),
        None => format!("part {number}"),
    }
}

/// Readings without a value by the reason.
type Reasons = BTreeMap<&'static str, Vec<String>>;

fn reasons(node: &Node, readings: &[&KnownReading]) -> Reasons {
    let mut reasons = Reasons::new();
    for latest in readings {
        let Err(why) = latest.value else { continue };
        let mut text = label(latest.quantity);
        if latest.part != 0 {
            text = format!("{text} ({})", name(node, latest.part));
        }
        let same = reasons.entry(words::missing(why)).or_default();
        same.push(text);
    }
    reasons
}

fn in_short(reasons: &Reasons) -> String {
    let counts = reasons
        .iter()
        .map(|(reason, texts)| format!("{} {reason}", texts.len()));
    counts.collect::<Vec<_>>().join(", ")
}

fn in_words(reasons: Reasons) -> Vec<(&'static str, String)> {
    let reasons = reasons.into_iter();
    reasons
        .map(|(reason, texts)| (reason, texts.join(", ")))
        .collect()
}
