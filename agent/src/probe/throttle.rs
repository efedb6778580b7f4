//! The firmware's word on voltage and throttling, from its mailbox, else from `rpi_volt`.

use super::{Found, Probe};
use crate::root::Root;
use picket_wire::Quantity;

/// The probe.
#[derive(Debug, Default)]
pub struct Throttle {}

impl Probe for Throttle {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn read(&mut self, _root: &Root, _out: &mut Found) {}
}
