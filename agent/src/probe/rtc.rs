//! The cell of the real-time clock.

use super::{Found, Measured, Needs, Probe, SLOW, class, number};
use crate::root::Root;
use picket_wire::{Missing, Quantity, Value};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Most clocks that are asked for a cell.
pub const MAX_CLOCKS: usize = 8;

const CLASS: &str = "/sys/class/rtc";
/// What the cell of a clock can have, and a charger can be set to, in microvolts: a lithium cell
/// ends below 4.4 V, which is what the Raspberry Pi 5 charges to at most.
const POSSIBLE_MICRO_VOLTS: RangeInclusive<i64> = 0..=6_000_000;
/// Below this there is no cell: a Raspberry Pi 5 without one measures 3 to 19 mV at its open
/// connector, and an empty cell still has more than a volt.
const CELL_MILLI_VOLTS: i64 = 100;

/// The probe: the first clock that measures a cell. No clock is *not fitted*, clocks that measure
/// none are *not supported*.
#[derive(Debug, Default)]
pub struct RtcCell {}

impl Probe for RtcCell {
    fn quantities(&self) -> &'static [Quantity] {
        &[Quantity::RTC_CELL_VOLTAGE, Quantity::RTC_CELL_CHARGING]
    }

    fn every(&self) -> Duration {
        SLOW
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let voltage = of_clocks(root, "battery_voltage").and_then(of_a_cell);
        let charging = of_clocks(root, "charging_voltage");
        for (quantity, value) in [
            (Quantity::RTC_CELL_VOLTAGE, voltage),
            (Quantity::RTC_CELL_CHARGING, charging),
        ] {
            out.push(Measured::of_node(quantity, value).needing(Needs::DacReadSearch));
        }
    }
}

/// What the first clock says that has such a file.
fn of_clocks(root: &Root, file: &str) -> Value {
    let entries = class::entries(root, CLASS)?;
    let mut value = Err(Missing::NotFitted);
    let clocks = entries.iter().filter(|entry| entry.starts_with("rtc"));
    for clock in clocks.take(MAX_CLOCKS) {
        value = class::attribute(root, &format!("{CLASS}/{clock}/{file}"))
            .and_then(|text| number::coarser(&text, POSSIBLE_MICRO_VOLTS, 1000));
        if value != Err(Missing::NotSupported) {
            break;
        }
    }
    value
}

fn of_a_cell(milli_volts: i64) -> Value {
    match milli_volts < CELL_MILLI_VOLTS {
        true => Err(Missing::NotFitted),
        false => Ok(milli_volts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    fn values(tree: &Tree) -> Vec<Value> {
        let mut out = Found::default();
        RtcCell::default().read(&tree.root(), &mut out);
        out.measured.iter().map(|m| m.value).collect()
    }

    #[test]
    fn a_cell_has_its_voltage_and_an_open_connector_is_no_cell() {
        for (micro_volts, expected) in [
            ("3280339\n", Ok(3280)),
            ("100000\n", Ok(100)),
            ("18803\n", Err(Missing::NotFitted)),
            ("0\n", Err(Missing::NotFitted)),
            ("-1\n", Err(Missing::Garbled)),
            ("6000001\n", Err(Missing::Garbled)),
            ("3.28\n", Err(Missing::Garbled)),
            ("\n", Err(Missing::Garbled)),
        ] {
            let tree = Tree::new()
                .file("sys/class/rtc/rtc0/battery_voltage", micro_volts)
                .file("sys/class/rtc/rtc0/charging_voltage", "0\n");
            assert_eq!(values(&tree), [expected, Ok(0)], "{micro_volts}");
        }
    }

    #[test]
    fn the_clock_that_measures_its_cell_is_asked_whatever_its_number() {
        let tree = Tree::new()
            .file("sys/class/rtc/rtc0/name", "rtc-ds1307 1-0068\n")
            .file("sys/class/rtc/rtc1/battery_voltage", "3000000\n");
        let charging = Err(Missing::NotSupported);
        assert_eq!(values(&tree), [Ok(3000), charging]);
    }

    #[test]
    fn no_clock_is_not_fitted_and_no_class_is_not_supported() {
        let tree = Tree::new().file("sys/class/rtc/uevent", "");
        assert_eq!(values(&tree), [Err(Missing::NotFitted); 2]);
        assert_eq!(values(&Tree::new()), [Err(Missing::NotSupported); 2]);
    }
}
