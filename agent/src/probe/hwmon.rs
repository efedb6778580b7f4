//! Voltage, current, power and temperature of the sensors that hwmon names.

use super::{Found, Probe};
use crate::root::Root;
use picket_wire::Quantity;

/// The probe.
#[derive(Debug, Default)]
pub struct Hwmon {}

impl Probe for Hwmon {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn read(&mut self, _root: &Root, _out: &mut Found) {}
}
