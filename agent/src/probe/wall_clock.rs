//! Jumps of the wall clock, by CLOCK_REALTIME against CLOCK_BOOTTIME.

use super::{Found, Probe};
use crate::root::Root;
use picket_wire::Quantity;

/// The probe.
#[derive(Debug, Default)]
pub struct WallClock {}

impl Probe for WallClock {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn read(&mut self, _root: &Root, _out: &mut Found) {}
}
