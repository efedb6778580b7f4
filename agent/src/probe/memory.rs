//! Main memory and swap space, by `sysinfo`.

use super::{Found, Measured, Probe};
use crate::root::Root;
use picket_wire::{Missing, Quantity};

const QUANTITIES: [Quantity; 4] = [
    Quantity::MEMORY_TOTAL,
    Quantity::MEMORY_AVAILABLE,
    Quantity::SWAP_TOTAL,
    Quantity::SWAP_USED,
];

/// The probe. In another root it is *not supported*: `sysinfo` knows only this machine.
#[derive(Debug)]
pub struct Memory;

impl Probe for Memory {
    fn quantities(&self) -> &'static [Quantity] {
        &QUANTITIES
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        if root.is_moved() {
            return out.all_missing(&QUANTITIES, Missing::NotSupported);
        }
        // A new one each time: `sysinfo` keeps the numbers of before where it can read none.
        let mut system = match sysinfo::System::new() {
            Ok(system) => system,
            Err(error) => return out.all_missing(&QUANTITIES, super::refused(&error)),
        };
        system.refresh_memory();
        // Where it could read nothing it says 0, which no machine has.
        if system.total_memory() == 0 {
            return out.all_missing(&QUANTITIES, Missing::Garbled);
        }
        let bytes = [
            system.total_memory(),
            system.available_memory(),
            system.total_swap(),
            system.used_swap(),
        ];
        let readings = QUANTITIES.into_iter().zip(bytes);
        out.extend(readings.map(|(quantity, bytes)| {
            let kibibytes = i64::try_from(bytes / 1024).map_err(|_| Missing::Garbled);
            Measured::of_node(quantity, kibibytes)
        }));
    }
}
