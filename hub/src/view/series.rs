//! `/api/v1/nodes/ID/history`: the recent past of one series.

use picket_hub_core::time::{Moment, Now};
use picket_wire::NodeId;
use picket_wire::quantity::Row;
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::{number, time};
use crate::history::History;

/// The answer: points by ascending time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Whose.
    pub node: String,
    /// The quantity's name.
    pub name: String,
    /// The part's name; `node` for the node itself.
    pub part: String,
    /// The unit's sign; empty for a plain number.
    pub unit: String,
    /// Whether the times can be trusted: `synchronised` or `unsynchronised`.
    pub clock: String,
    /// The points; none if the hub knows no such series.
    pub points: Vec<Point>,
    /// Always null: a series is bounded, and one answer holds it.
    pub next: Option<String>,
}

/// One value at its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When it was sampled, in the hub's time.
    pub at: String,
    /// The value in its unit.
    pub value: Number,
}

/// The points of one series from `from` on.
pub fn series(
    history: &History,
    now: &Now,
    node: NodeId,
    row: &Row,
    part: &str,
    from: Moment,
) -> Series {
    let point = |(at, value)| Point {
        at: time::rfc3339(now.wall_at(at)),
        value: number::of_row(row, value),
    };
    Series {
        node: node.as_str().to_owned(),
        name: row.name.to_owned(),
        part: part.to_owned(),
        unit: row.unit.symbol().to_owned(),
        clock: time::clock(now.wall.synchronised),
        points: history
            .series(node, row.quantity, part, from)
            .map(point)
            .collect(),
        next: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_hub_core::time::Wall;
    use picket_wire::Quantity;
    use serde_json::json;

    #[test]
    fn points_have_the_wall_time_of_their_moment_and_the_unit_of_their_quantity() {
        let node = NodeId::parse("pi-01").unwrap();
        let mut history = History::new();
        history.record(node, Moment(50_000), "node", Quantity::CPU_TEMPERATURE, 482);
        history.record(node, Moment(40_000), "node", Quantity::CPU_TEMPERATURE, 475);
        history.record(node, Moment(10_000), "node", Quantity::CPU_TEMPERATURE, 460);
        let wall = Wall {
            unix_ms: 1_795_244_333_000,
            synchronised: true,
        };
        let now = Now {
            moment: Moment(60_000),
            wall,
        };
        let row = Quantity::CPU_TEMPERATURE.row().unwrap();
        let shown = series(&history, &now, node, row, "node", Moment(40_000));
        assert_eq!(
            serde_json::to_value(shown).unwrap(),
            json!({
                "node": "pi-01", "name": "cpu_temperature", "part": "node", "unit": "°C",
                "clock": "synchronised",
                "points": [
                    {"at": "2026-11-21T06:58:33Z", "value": 47.5},
                    {"at": "2026-11-21T06:58:43Z", "value": 48.2},
                ],
                "next": null,
            })
        );
    }
}
