//! The kernel's messages about storage, voltage and memory, counted.

use super::{Found, Probe};
use crate::root::Root;
use picket_wire::Quantity;

/// The probe.
#[derive(Debug, Default)]
pub struct KernelLog {}

impl Probe for KernelLog {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn read(&mut self, _root: &Root, _out: &mut Found) {}
}
