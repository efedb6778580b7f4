//! Which entities an owner meets first: the one table of what stands where in Home Assistant.
//!
//! A Raspberry Pi 5 with everything gives more than a hundred readings. An owner who opens the
//! device at night is to see the few that say whether something is wrong; the others wait among
//! the diagnostics, and those that hardly anybody plots are there to be enabled.

use picket_wire::Quantity;

use crate::view::rails::is_rail;

/// Where an entity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::feed::home_assistant) enum Place {
    /// Among the sensors of the device.
    First,
    /// Among its diagnostics.
    Diagnostic,
    /// Among its diagnostics, not enabled unless the owner does it.
    Disabled,
    /// It has no entity: a random number that only programs compare.
    Nowhere,
}

/// Where the entity of a quantity stands, of the part with this id if it is of one. A quantity
/// that stands nowhere in the table is a diagnostic.
pub(in crate::feed::home_assistant) fn place(quantity: Quantity, part: Option<&str>) -> Place {
    if part.is_some_and(is_rail) {
        return Place::Disabled;
    }
    let rows = [
        (FIRST, Place::First),
        (DIAGNOSTIC, Place::Diagnostic),
        (DISABLED, Place::Disabled),
        (NOWHERE, Place::Nowhere),
    ];
    let row = rows.iter().find(|(row, _)| row.contains(&quantity));
    row.map_or(Place::Diagnostic, |(_, place)| *place)
}

/// What says how the machine does now.
const FIRST: &[Quantity] = &[
    Quantity::CPU_TEMPERATURE,
    Quantity::LOAD_1MIN,
    Quantity::MEMORY_AVAILABLE,
    Quantity::FILESYSTEM_AVAILABLE,
    Quantity::FILESYSTEM_READ_ONLY,
    Quantity::UNDER_VOLTAGE_NOW,
    Quantity::THROTTLED_NOW,
    Quantity::INPUT_VOLTAGE,
    Quantity::POWER,
    Quantity::TEMPERATURE,
    Quantity::FAN_SPEED,
    Quantity::BATTERY_CHARGE,
    Quantity::BATTERY_DISCHARGING,
    Quantity::SUPPLY_OFFLINE,
    Quantity::EMMC_LIFE_STEP,
    Quantity::DISK_LIFE_USED,
    Quantity::DISK_FAILING,
];

/// What is looked at when something is wrong, and counts that automations rest on.
const DIAGNOSTIC: &[Quantity] = &[
    Quantity::UPTIME,
    Quantity::DISK_WRITTEN,
    Quantity::FILESYSTEM_ERRORS,
    Quantity::FREQUENCY_CAPPED_NOW,
    Quantity::SOFT_LIMIT_NOW,
    Quantity::UNDER_VOLTAGE_SINCE_BOOT,
    Quantity::THROTTLED_SINCE_BOOT,
    Quantity::UNDER_VOLTAGE_EVENTS,
    Quantity::THROTTLING_EVENTS,
    Quantity::CPU_FREQUENCY,
    Quantity::VOLTAGE,
    Quantity::CURRENT,
    Quantity::RTC_CELL_VOLTAGE,
    Quantity::EMMC_SPARE_STATE,
    Quantity::DISK_SPARE,
    Quantity::DISK_MEDIA_ERRORS,
    Quantity::DISK_WRITTEN_EVER,
    Quantity::STORAGE_MESSAGES,
    Quantity::OUT_OF_MEMORY_KILLS,
    Quantity::CPU_PRESSURE,
    Quantity::MEMORY_PRESSURE,
    Quantity::IO_PRESSURE,
    Quantity::MEMORY_ERRORS_UNCORRECTED,
    Quantity::LINK_ERRORS,
    Quantity::LINK_SPEED,
    Quantity::OWN_WRITTEN,
    Quantity::CLOCK_JUMPS,
    Quantity::SCRUB_PROGRESS,
    Quantity::SCRUB_REMAINING,
    Quantity::SCRUB_AGE,
    Quantity::CORRUPT_FILES,
];

/// What does not change, what another entity says better, and what is for experts.
const DISABLED: &[Quantity] = &[
    Quantity::LOAD_5MIN,
    Quantity::LOAD_15MIN,
    Quantity::MEMORY_TOTAL,
    Quantity::SWAP_TOTAL,
    Quantity::SWAP_USED,
    Quantity::FILESYSTEM_SIZE,
    Quantity::FREQUENCY_CAPPED_SINCE_BOOT,
    Quantity::SOFT_LIMIT_SINCE_BOOT,
    Quantity::CPU_FREQUENCY_REQUESTED,
    Quantity::CPU_FREQUENCY_LIMIT,
    Quantity::CORE_VOLTAGE,
    Quantity::INPUT_CURRENT_LIMIT,
    Quantity::FAN_DUTY,
    Quantity::RTC_CELL_CHARGING,
    Quantity::DISK_UNSAFE_SHUTDOWNS,
    Quantity::DISK_POWER_ON,
    Quantity::FILESYSTEM_WRITTEN,
    Quantity::UNDER_VOLTAGE_MESSAGES,
    Quantity::OUT_OF_MEMORY_MESSAGES,
    Quantity::MEMORY_ERRORS_CORRECTED,
    Quantity::LINK_CHANGES,
    Quantity::CLOCK_JUMP,
    Quantity::FLAPPING_FILES,
    Quantity::UNREADABLE_FILES,
    Quantity::SCRUB_UNREAD,
    Quantity::SCRUB_FILES,
    Quantity::SCRUB_READ,
    Quantity::SCRUB_PERIOD,
    Quantity::SCRUB_PASSES,
    Quantity::TRANSIENT_MISREADS,
    Quantity::CANARY_GENERATION,
    Quantity::CANARY_DROPPED,
    Quantity::CANARY_REFUSED,
];

/// What tells manifests and canaries apart: it means nothing to people.
const NOWHERE: &[Quantity] = &[
    Quantity::SCRUB_ERA,
    Quantity::SCRUB_ROOT,
    Quantity::CANARY_FOUND,
    Quantity::CANARY_LINEAGE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quantity_stands_in_exactly_one_place() {
        for row in picket_wire::quantity::TABLE {
            let lists = [FIRST, DIAGNOSTIC, DISABLED, NOWHERE];
            let places = lists.iter().filter(|list| list.contains(&row.quantity));
            assert_eq!(places.count(), 1, "{}", row.name);
        }
    }

    #[test]
    fn the_rails_of_a_power_chip_wait_to_be_enabled_and_a_sensor_on_a_bus_does_not() {
        for quantity in [Quantity::VOLTAGE, Quantity::CURRENT] {
            assert_eq!(place(quantity, Some("pmic/VDD_CORE")), Place::Disabled);
            assert_eq!(place(quantity, Some("hwmon/rp1_adc/in1")), Place::Disabled);
            assert_eq!(
                place(quantity, Some("hwmon/ina219/1-0040")),
                Place::Diagnostic
            );
        }
        assert_eq!(place(Quantity(4000), None), Place::Diagnostic);
    }
}
