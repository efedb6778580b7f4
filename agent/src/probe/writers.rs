//! Who writes most: systemd units, containers, programs.

use super::{Found, Probe};
use crate::root::Root;
use picket_wire::Quantity;

/// The probe.
#[derive(Debug, Default)]
pub struct Writers {}

impl Probe for Writers {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn read(&mut self, _root: &Root, _out: &mut Found) {}
}
