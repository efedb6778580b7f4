//! The few readings of a node that people look at first.

use picket_hub_core::{Corruption, Hub, Lack, Node};
use picket_wire::Quantity;

use crate::view::reading::value;
use crate::view::{scrub, words};

/// The columns, in order.
pub(super) const COLUMNS: [&str; 7] = [
    "Processor",
    "Power",
    "Load",
    "Memory free",
    "Fullest filesystem",
    "Files",
    "Up",
];

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its column.
    pub(super) label: &'static str,
    /// The value with its unit, or why there is none.
    pub(super) text: String,
    /// `missing` if there is none, `bad` if it says that something is wrong, else empty.
    pub(super) class: &'static str,
}

/// The cells of a node, one per column.
pub(super) fn of(hub: &Hub, node: &Node) -> Vec<Cell> {
    let whole = |quantity| value(node, quantity, 0);
    let one = |quantity| shown(quantity, whole(quantity));
    let cells = [
        plain(one(Quantity::CPU_TEMPERATURE)),
        power(node),
        plain(one(Quantity::LOAD_1MIN)),
        plain(memory(
            whole(Quantity::MEMORY_AVAILABLE),
            whole(Quantity::MEMORY_TOTAL),
        )),
        plain(fullest(node)),
        files(node, &hub.corruption(node)),
        plain(one(Quantity::UPTIME)),
    ];
    let cells = COLUMNS.into_iter().zip(cells);
    cells
        .map(|(label, (text, class))| Cell { label, text, class })
        .collect()
}

/// The text of a cell, and how it is shown.
type Styled = (String, &'static str);

fn plain(shown: Shown) -> Styled {
    match shown {
        Ok(text) => (text, ""),
        Err(text) => (text, "missing"),
    }
}

/// What the firmware says of power and throttling now. Only what was looked at is well.
fn power(node: &Node) -> Styled {
    let of = |quantities: &[Quantity]| -> Vec<Option<Value>> {
        let values = quantities.iter();
        values.map(|quantity| value(node, *quantity, 0)).collect()
    };
    let voltage = of(&[Quantity::UNDER_VOLTAGE_NOW]);
    let throttling = of(&[
        Quantity::FREQUENCY_CAPPED_NOW,
        Quantity::THROTTLED_NOW,
        Quantity::SOFT_LIMIT_NOW,
    ]);
    let so = |values: &[Option<Value>]| {
        let mut values = values.iter();
        values.any(|value| matches!(value, Some(Ok(flag)) if *flag != 0))
    };
    let looked = |values: &[Option<Value>]| values.iter().all(|value| matches!(value, Some(Ok(_))));
    let heard = || voltage.iter().chain(&throttling).any(Option::is_some);
    let (text, class) = match (so(&voltage), so(&throttling)) {
        (true, true) => ("under-voltage, throttled", "bad"),
        (true, false) => ("under-voltage", "bad"),
        (false, true) => ("throttled", "bad"),
        (false, false) => match (looked(&voltage), looked(&throttling)) {
            (true, true) => ("ok", ""),
            (true, false) => ("no under-voltage", ""),
            (false, true) => ("not throttled", ""),
            (false, false) if heard() => ("not measurable", "missing"),
            (false, false) => ("not reported", "missing"),
        },
    };
    (text.to_owned(), class)
}

/// Whether the files of the disks are what they were: the worst of them, in a word, or how many read
/// wrong.
fn files(node: &Node, disks: &[Corruption<'_>]) -> Styled {
    let word = scrub::overall(disks.iter().map(|disk| disk.state.name()));
    let corrupt = disks
        .iter()
        .filter_map(|disk| value(node, Quantity::CORRUPT_FILES, disk.part.number)?.ok());
    let corrupt = corrupt.fold(0, i64::saturating_add);
    match word {
        scrub::FAULTY if corrupt > 0 => (format!("{corrupt} corrupt"), "bad"),
        scrub::FAULTY => (word.to_owned(), "bad"),
        scrub::AS_WRITTEN => (word.to_owned(), ""),
        _ => (word.to_owned(), "missing"),
    }
}

/// A text, or why there is none.
type Shown = Result<String, String>;

/// A value, or why there is none.
type Value = Result<i64, Lack>;

fn shown(quantity: Quantity, value: Option<Value>) -> Shown {
    match value {
        Some(Ok(value)) => Ok(words::reading(quantity, Ok(value))),
        Some(Err(reason)) => Err(words::missing(reason).to_owned()),
        None => Err("not reported".to_owned()),
    }
}

fn memory(available: Option<Value>, total: Option<Value>) -> Shown {
    let free = shown(Quantity::MEMORY_AVAILABLE, available)?;
    Ok(match total {
        Some(Ok(total)) => format!("{free} of {}", words::kibibytes(total)),
        _ => free,
    })
}

/// How full the fullest filesystem is, and which that is.
fn fullest(node: &Node) -> Shown {
    let mut fullest: Option<(i64, u8)> = None;
    let mut why_none = None;
    for latest in node
        .readings()
        .filter(|r| r.quantity == Quantity::FILESYSTEM_SIZE)
    {
        let available = value(node, Quantity::FILESYSTEM_AVAILABLE, latest.part);
        match (latest.value, available) {
            (Ok(size), Some(Ok(available))) if size > 0 => {
                let used = i128::from(size) - i128::from(available);
                let percent = (used * 100 / i128::from(size)).clamp(0, 100) as i64;
                fullest = fullest.max(Some((percent, latest.part)));
            }
            (Err(reason), _) | (_, Some(Err(reason))) => why_none = Some(reason),
            _ => {}
        }
    }
    match (fullest, why_none) {
        (Some((percent, part)), _) => {
            let name = node
                .part(part)
                .map_or_else(|| format!("part {part}"), |p| p.name.clone());
            Ok(format!("{percent} % of {name}"))
        }
        (None, Some(reason)) => Err(words::missing(reason).to_owned()),
        (None, None) => Err("not reported".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::sample::{Fleet, PI_READINGS};
    use picket_hub_core::Millis;
    use picket_wire::{Missing, NodeId};

    #[test]
    fn a_filesystem_that_is_no_longer_reported_is_not_the_fullest_one() {
        let mut fleet = Fleet::new();
        fleet.add_pi("pi-01");
        let shown =
            |fleet: &Fleet| fullest(fleet.hub.node(NodeId::parse("pi-01").unwrap()).unwrap());
        assert_eq!(shown(&fleet), Ok("75 % of /".to_owned()));
        let without_root: Vec<_> = PI_READINGS.into_iter().filter(|row| row.1 != 3).collect();
        fleet.reports_for("pi-01", Millis::from_s(200), &without_root);
        assert_eq!(shown(&fleet), Ok("15 % of /boot/firmware".to_owned()));
        fleet.reports_for("pi-01", Millis::from_s(200), &PI_READINGS[..1]);
        assert_eq!(shown(&fleet), Err("no longer reported".to_owned()));
    }

    #[test]
    fn files_are_as_written_only_where_somebody_looked() {
        let counts = |part, value| {
            let counts = [
                Quantity::CORRUPT_FILES,
                Quantity::FLAPPING_FILES,
                Quantity::UNREADABLE_FILES,
                Quantity::SCRUB_ERA,
                Quantity::SCRUB_ROOT,
            ];
            counts.map(|quantity| (quantity, part, value)).to_vec()
        };
        let passes = |part, passes| (Quantity::SCRUB_PASSES, part, Ok(passes));
        let (good, busy) = (|part| counts(part, Ok(0)), counts(3, Err(Missing::Busy)));
        let dropped = vec![(Quantity::CANARY_DROPPED, 1, Ok(1))];
        let corrupt = vec![(Quantity::CORRUPT_FILES, 1, Ok(2))];
        for (readings, expected) in [
            (vec![], ("not watched", "missing")),
            (good(1), ("as written", "")),
            ([good(1), good(3)].concat(), ("as written", "")),
            (busy.clone(), ("not watched", "missing")),
            (
                [good(1), busy.clone()].concat(),
                ("partly watched", "missing"),
            ),
            ([corrupt, busy.clone()].concat(), ("2 corrupt", "bad")),
            ([dropped, busy].concat(), ("faulty", "bad")),
        ] {
            let mut fleet = Fleet::new();
            fleet.add_pi("pi-01");
            for pass in [1, 2] {
                let parts = [1, 3].into_iter();
                let parts = parts.filter(|part| readings.iter().any(|row| row.1 == *part));
                let passes = parts.map(|part| passes(part, pass));
                let files = [(Quantity::SCRUB_FILES, 0, Ok(60_000))];
                let said = readings.iter().copied().chain(passes);
                let readings: Vec<_> = said.chain(files).collect();
                fleet.report("pi-01", &readings);
            }
            let node = fleet.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
            let (text, class) = files(node, &fleet.hub.corruption(node));
            assert_eq!((text.as_str(), class), expected);
        }
    }

    #[test]
    fn power_is_ok_only_where_somebody_looked() {
        let flags = [
            Quantity::UNDER_VOLTAGE_NOW,
            Quantity::FREQUENCY_CAPPED_NOW,
            Quantity::THROTTLED_NOW,
            Quantity::SOFT_LIMIT_NOW,
        ];
        let no = Err(Missing::NotSupported);
        for (values, expected) in [
            ([Ok(0), Ok(0), Ok(0), Ok(0)], ("ok", "")),
            ([Ok(1), Ok(0), Ok(0), Ok(0)], ("under-voltage", "bad")),
            ([Ok(0), Ok(0), Ok(0), Ok(1)], ("throttled", "bad")),
            ([Ok(1), Ok(1), no, no], ("under-voltage, throttled", "bad")),
            ([no, Ok(0), Ok(1), Ok(0)], ("throttled", "bad")),
            ([no, Ok(0), Ok(0), Ok(0)], ("not throttled", "")),
            ([Ok(0), no, no, no], ("no under-voltage", "")),
            ([no, Ok(0), no, Ok(0)], ("not measurable", "missing")),
            ([no, no, no, no], ("not measurable", "missing")),
        ] {
            let mut fleet = Fleet::new();
            let readings: Vec<_> = flags.into_iter().zip(values).collect();
            let readings: Vec<_> = readings.into_iter().map(|(q, v)| (q, 0, v)).collect();
            fleet.report("pi-01", &readings);
            let node = fleet.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
            let (text, class) = power(node);
            assert_eq!((text.as_str(), class), expected, "{values:?}");
        }
        let mut fleet = Fleet::new();
        fleet.add_pi("pi-01");
        let node = fleet.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
        assert_eq!(power(node).0, "not reported");
    }
}
