//! The newest reading of one quantity of one part.

use picket_hub_core::{KnownReading, Lack, Node};
use picket_wire::Quantity;

/// Its value, or why there is none; none if nothing was said of it. Part 0 is the node itself.
pub fn value(node: &Node, quantity: Quantity, part: u8) -> Option<Result<i64, Lack>> {
    let mut readings = node.readings();
    let is_it = |latest: &KnownReading| latest.quantity == quantity && latest.part == part;
    readings.find(is_it).map(|latest| latest.value)
}
