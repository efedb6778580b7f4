//! Which flags say that something is wrong now.

use picket_wire::{Quantity, Unit};

/// Whether a quantity is a flag that says so when it is 1. What was so since boot is past, and
/// stays 1 long after the supply was mended; and a battery that gives current does what it is there
/// for.
pub fn is_problem(quantity: Quantity) -> bool {
    let is_flag = quantity.row().is_some_and(|row| row.unit == Unit::Flag);
    let says_otherwise = matches!(
        quantity,
        Quantity::UNDER_VOLTAGE_SINCE_BOOT
            | Quantity::FREQUENCY_CAPPED_SINCE_BOOT
            | Quantity::THROTTLED_SINCE_BOOT
            | Quantity::SOFT_LIMIT_SINCE_BOOT
            | Quantity::BATTERY_DISCHARGING
    );
    is_flag && !says_otherwise
}
