//! Health of an SD card by its maker's own command, where the owner allows it.

use super::{Found, Probe};
use crate::root::Root;
use picket_wire::Quantity;

/// The probe.
#[derive(Debug, Default)]
pub struct SdHealth {}

impl Probe for SdHealth {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn read(&mut self, _root: &Root, _out: &mut Found) {}
}
