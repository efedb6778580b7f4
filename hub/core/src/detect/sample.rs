//! One live report, for the detectors that look at several of its readings at once.

use super::counter::count_of;
use crate::time::{Millis, Moment};
use picket_wire::reading::Readings;
use picket_wire::{Quantity, Value};

/// The readings of one sampling.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample<'a> {
    pub(crate) readings: Option<Readings<'a>>,
    /// When it was sampled, in the hub's time.
    pub(crate) at: Moment,
    /// How often the node samples.
    pub(crate) every: Millis,
    /// The node's uptime then.
    pub(crate) uptime: Millis,
}

impl Sample<'_> {
    /// What it says of a quantity of the node itself; none if it says nothing.
    pub(crate) fn of_node(&self, quantity: Quantity) -> Option<Value> {
        let mut readings = self.readings.into_iter().flatten();
        readings
            .find(|reading| reading.part == 0 && reading.quantity == quantity)
            .map(|reading| reading.value)
    }

    /// A flag of the node; none if nothing is said of it, if it is missing, or if it is nonsense.
    pub(crate) fn flag(&self, quantity: Quantity) -> Option<bool> {
        match self.of_node(quantity)? {
            Ok(0) => Some(false),
            Ok(1) => Some(true),
            Ok(_) | Err(_) => None,
        }
    }

    /// A count of the node; none as for a flag.
    pub(crate) fn count(&self, quantity: Quantity) -> Option<u64> {
        self.of_node(quantity).and_then(count_of)
    }
}
