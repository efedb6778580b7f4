//! The few readings of a node that people look at first.

use picket_hub_core::{Latest, Node};
use picket_wire::{Quantity, Value};

use crate::view::words;

/// The columns, in order.
pub(super) const COLUMNS: [&str; 5] = [
    "Processor",
    "Load",
    "Memory free",
    "Fullest filesystem",
    "Up",
];

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its column.
    pub(super) label: &'static str,
    /// The value with its unit, or why there is none.
    pub(super) text: String,
    /// Whether there is none.
    pub(super) missing: bool,
}

/// The cells of a node, one per column.
pub(super) fn of(node: &Node) -> Vec<Cell> {
    let whole = |quantity| value(node, quantity, 0);
    let one = |quantity| shown(quantity, whole(quantity));
    let texts = [
        one(Quantity::CPU_TEMPERATURE),
        one(Quantity::LOAD_1MIN),
        memory(
            whole(Quantity::MEMORY_AVAILABLE),
            whole(Quantity::MEMORY_TOTAL),
        ),
        fullest(node),
        one(Quantity::UPTIME),
    ];
    let cells = COLUMNS.into_iter().zip(texts);
    cells
        .map(|(label, text)| match text {
            Ok(text) => Cell {
                label,
                text,
                missing: false,
            },
            Err(text) => Cell {
                label,
                text,
                missing: true,
            },
        })
        .collect()
}

/// A text, or why there is none.
type Shown = Result<String, String>;

fn value(node: &Node, quantity: Quantity, part: u8) -> Option<Value> {
    let mut readings = node.readings();
    let found = |latest: &&Latest| latest.quantity == quantity && latest.part == part;
    readings.find(found).map(|latest| latest.value)
}

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
