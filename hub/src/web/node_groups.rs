//! The readings of a node in the groups in which people look for them.
//!
//! What has a value stands in tables. What has none stands folded at the end of its group, by the
//! reason, so that it is said and not in the way.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use picket_hub_core::{KnownPart, Latest, Node};
use picket_wire::{PartKind, Quantity, Unit};

use super::node_disks;
use super::when;
use crate::handle::Known;
use crate::view::label::label;
use crate::view::rails::is_rail;
use crate::view::words;

/// What a reading belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    Power,
    Heat,
    Processor,
    Disks,
    Filesystems,
    Network,
    Picket,
    Other,
}

const TOPICS: [Topic; 8] = [
    Topic::Power,
    Topic::Heat,
    Topic::Processor,
    Topic::Disks,
    Topic::Filesystems,
    Topic::Network,
    Topic::Picket,
    Topic::Other,
];

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

/// The groups of a node that have anything in them.
pub(super) fn groups(node: &Node, known: &Known<'_>) -> Vec<Group> {
    let group = |topic: Topic| {
        let mut readings: Vec<&Latest> = node
            .readings()
            .filter(|latest| self::topic(latest.quantity, node.part(latest.part)) == topic)
            .collect();
        readings.sort_by_key(|latest| (latest.part, latest.quantity));
        let (id, title) = topic.words();
        let (good, bad): (Vec<&Latest>, Vec<&Latest>) = readings
            .into_iter()
            .partition(|latest| latest.value.is_ok());
        let (rails, plain): (Vec<&Latest>, Vec<&Latest>) = good
            .into_iter()
            .partition(|latest| node.part(latest.part).is_some_and(|part| is_rail(&part.id)));
        let tables = match topic {
            Topic::Disks | Topic::Filesystems | Topic::Network => by_part(node, &plain, known),
            _ => together(node, &plain, known),
        };
        let reasons = reasons(node, &bad);
        let group = Group {
            id,
            title,
            tables: match topic {
                Topic::Disks => node_disks::complete(node, tables),
                _ => tables,
            },
            rails: rows(node, &rails, known, true),
            missing: in_short(&reasons),
            reasons: in_words(reasons),
        };
        let empty = group.tables.is_empty() && group.rails.is_empty() && group.reasons.is_empty();
        (!empty).then_some(group)
    };
    TOPICS.into_iter().filter_map(group).collect()
}

impl Topic {
    /// Name within the page, and heading.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Topic::Power => ("power", "Power and throttling"),
            Topic::Heat => ("heat", "Temperature and fan"),
            Topic::Processor => ("processor", "Processor and memory"),
            Topic::Disks => ("disks", "Disks"),
            Topic::Filesystems => ("filesystems", "Filesystems"),
            Topic::Network => ("network", "Network"),
            Topic::Picket => ("picket", "Picket itself"),
            Topic::Other => ("other", "Other"),
        }
    }
}

/// A reading of a disk, a filesystem or an interface stands with it; all others go by what was
/// measured.
fn topic(quantity: Quantity, part: Option<&KnownPart>) -> Topic {
    match part.map(|part| part.kind) {
        Some(PartKind::Disk) => return Topic::Disks,
        Some(PartKind::Filesystem) => return Topic::Filesystems,
        Some(PartKind::Interface) => return Topic::Network,
        _ => {}
    }
    match quantity {
        Quantity::CPU_TEMPERATURE
        | Quantity::TEMPERATURE
        | Quantity::FAN_SPEED
        | Quantity::FAN_DUTY => Topic::Heat,
        Quantity::OWN_WRITTEN | Quantity::CLOCK_JUMPS | Quantity::CLOCK_JUMP => Topic::Picket,
        Quantity::DISK_WRITTEN | Quantity::STORAGE_MESSAGES => Topic::Disks,
        Quantity::FILESYSTEM_WRITTEN => Topic::Filesystems,
        Quantity::UNDER_VOLTAGE_MESSAGES => Topic::Power,
        other => match other.0 {
            2..=9 | 25..=27 | 54..=60 => Topic::Processor,
            11..=14 => Topic::Filesystems,
            15..=24 | 28..=33 | 37..=41 => Topic::Power,
            42..=50 => Topic::Disks,
            61..=63 => Topic::Network,
            _ => Topic::Other,
        },
    }
}

/// All of them in one table, those of the node itself first.
fn together(node: &Node, readings: &[&Latest], known: &Known<'_>) -> Vec<Table> {
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
fn by_part(node: &Node, readings: &[&Latest], known: &Known<'_>) -> Vec<Table> {
    let by_part = readings.chunk_by(|one, other| one.part == other.part);
    let table = |readings: &[&Latest]| {
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

fn rows(node: &Node, readings: &[&Latest], known: &Known<'_>, named: bool) -> Vec<Row> {
    let row = |latest: &&Latest| Row {
        label: match named {
            true => label(latest.quantity),
            false => short(&label(latest.quantity)),
        },
        part: match latest.part {
            number if named && number != 0 => name(node, number),
            _ => String::new(),
        },
        text: words::reading(latest.quantity, latest.value),
        bad: is_bad(latest),
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

/// Whether a flag says that something is wrong now. What was so since boot is past.
fn is_bad(latest: &Latest) -> bool {
    let is_flag = latest
        .quantity
        .row()
        .is_some_and(|row| row.unit == Unit::Flag);
    let past = Quantity::UNDER_VOLTAGE_SINCE_BOOT.0..=Quantity::SOFT_LIMIT_SINCE_BOOT.0;
    is_flag && latest.value == Ok(1) && !past.contains(&latest.quantity.0)
}

/// Readings without a value by the reason.
type Reasons = BTreeMap<&'static str, Vec<String>>;

fn reasons(node: &Node, readings: &[&Latest]) -> Reasons {
    let mut reasons = Reasons::new();
    for latest in readings {
        let Err(reason) = latest.value else { continue };
        let mut text = label(latest.quantity);
        if latest.part != 0 {
            text = format!("{text} ({})", name(node, latest.part));
        }
        let same = reasons.entry(words::missing(reason)).or_default();
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
