//! The load averages, by `sysinfo`.

use super::{Found, Measured, Probe};
use crate::root::Root;
use picket_wire::{Missing, Quantity, Value};

const QUANTITIES: [Quantity; 3] = [
    Quantity::LOAD_1MIN,
    Quantity::LOAD_5MIN,
    Quantity::LOAD_15MIN,
];

/// The probe. In another root it is *not supported*: `sysinfo` knows only this machine.
#[derive(Debug)]
pub struct Load;

impl Probe for Load {
    fn quantities(&self) -> &'static [Quantity] {
        &QUANTITIES
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        if root.is_moved() {
            return out.all_missing(&QUANTITIES, Missing::NotSupported);
        }
        match sysinfo::System::load_average() {
            Ok(load) => {
                let values = [load.one, load.five, load.fifteen].map(hundredths);
                out.extend(
                    QUANTITIES
                        .into_iter()
                        .zip(values)
                        .map(|(q, v)| Measured::of_node(q, v)),
                );
            }
            Err(error) => out.all_missing(&QUANTITIES, super::refused(&error)),
        }
    }
}

/// Highest load that is believed: Linux counts tasks, of which there are at most 2^22.
const MAX_LOAD: f64 = 4_194_304.0;

fn hundredths(load: f64) -> Value {
    if !(0.0..=MAX_LOAD).contains(&load) {
        return Err(Missing::Garbled);
    }
    // The range was checked above, so that the cast is exact but for the rounding that is meant.
    Ok((load * 100.0).round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_becomes_hundredths_and_nonsense_is_garbled() {
        assert_eq!(hundredths(0.29), Ok(29));
        assert_eq!(hundredths(12.345), Ok(1235));
        for nonsense in [f64::NAN, f64::INFINITY, -0.01, 1e9] {
            assert_eq!(hundredths(nonsense), Err(Missing::Garbled), "{nonsense}");
        }
    }
}
