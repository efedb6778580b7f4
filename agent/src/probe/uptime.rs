//! How long the machine has been up.

use super::{Found, Measured, Probe};
use crate::clock;
use crate::root::Root;
use picket_wire::{Missing, Quantity};

/// The probe. In another root it is *not supported*: the clock is this machine's.
#[derive(Debug)]
pub struct Uptime;

impl Probe for Uptime {
    fn quantities(&self) -> &'static [Quantity] {
        &[Quantity::UPTIME]
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let value = match clock::uptime_ms() {
            _ if root.is_moved() => Err(Missing::NotSupported),
            0 => Err(Missing::NotSupported),
            uptime_ms => i64::try_from(uptime_ms / 1000).map_err(|_| Missing::Garbled),
        };
        out.push(Measured::of_node(Quantity::UPTIME, value));
    }
}
