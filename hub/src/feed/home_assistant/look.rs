//! How a quantity appears in Home Assistant: platform, class, unit and scale.
//!
//! Classes, and which units and state classes go with them, are Home Assistant's; the tests hold
//! this file to the excerpt in `classes.txt`.

mod place;

use picket_wire::quantity::Row;
use picket_wire::{Quantity, Unit};
use serde_json::Number;

pub(super) use place::{Place, place};

use crate::view::flag::is_problem;
use crate::view::number;

/// What kind of entity a component becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Platform {
    Sensor,
    BinarySensor,
}

impl Platform {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Platform::Sensor => "sensor",
            Platform::BinarySensor => "binary_sensor",
        }
    }
}

/// Everything about an entity but its name and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) platform: Platform,
    pub(super) device_class: Option<&'static str>,
    pub(super) unit: Option<&'static str>,
    pub(super) state_class: Option<&'static str>,
    /// Digits after the point that are shown.
    pub(super) precision: Option<u8>,
    /// Where it stands.
    pub(super) place: Place,
}

/// How a quantity appears, of the part with this id if it is of one.
pub(super) fn look(row: &Row, part: Option<&str>) -> Look {
    let (device_class, unit) = class(row);
    let flag = row.unit == Unit::Flag;
    Look {
        platform: if flag {
            Platform::BinarySensor
        } else {
            Platform::Sensor
        },
        device_class,
        unit,
        state_class: (!flag).then(|| state_class(row)),
        precision: (!flag).then(|| scale(row).decimals),
        place: place(row.quantity, part),
    }
}

/// Device class and unit.
fn class(row: &Row) -> (Option<&'static str>, Option<&'static str>) {
    let class = match row.unit {
        Unit::One | Unit::Count => return (None, None),
        Unit::Flag => return (is_problem(row.quantity).then_some("problem"), None),
        Unit::Percent if row.quantity == Quantity::BATTERY_CHARGE => Some("battery"),
        Unit::Percent | Unit::TurnsPerMinute => None,
        Unit::Celsius => Some("temperature"),
        Unit::Kibibytes => Some("data_size"),
        Unit::Seconds | Unit::Hours => Some("duration"),
        Unit::Volts => Some("voltage"),
        Unit::Amperes => Some("current"),
        Unit::Watts => Some("power"),
        Unit::Megahertz => Some("frequency"),
        Unit::MegabitsPerSecond => Some("data_rate"),
    };
    (class, Some(scale(row).unit))
}

/// Counts and what was written only grow, until they begin anew; how many files of a disk are bad
/// falls again when they are mended.
fn state_class(row: &Row) -> &'static str {
    let falls = matches!(
        row.quantity,
        Quantity::CORRUPT_FILES
            | Quantity::FLAPPING_FILES
            | Quantity::UNREADABLE_FILES
            | Quantity::SCRUB_UNREAD
    );
    let grows = (row.unit == Unit::Count && !falls)
        || is_written(row.quantity)
        || matches!(
            row.quantity,
            Quantity::OWN_WRITTEN | Quantity::DISK_POWER_ON
        );
    if grows {
        "total_increasing"
    } else {
        "measurement"
    }
}

/// Whether it is what a disk or a filesystem took, which makers state in decimal units.
fn is_written(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::DISK_WRITTEN | Quantity::DISK_WRITTEN_EVER | Quantity::FILESYSTEM_WRITTEN
    )
}

/// What lasts for days: its minutes say nothing new.
fn is_long(quantity: Quantity) -> bool {
    matches!(quantity, Quantity::SCRUB_AGE | Quantity::SCRUB_PERIOD)
}

fn is_some_hours(quantity: Quantity) -> bool {
    matches!(quantity, Quantity::UPTIME | Quantity::SCRUB_REMAINING)
}

/// How a number of the wire becomes a state. It is coarse on purpose: a state changes, and is
/// recorded there, only when it says something new.
struct Scale {
    /// Its unit there.
    unit: &'static str,
    /// The number of the wire times this…
    times: i128,
    /// …divided by this is the number there, in steps of…
    divided_by: i128,
    /// …one divided by ten to this power.
    decimals: u8,
}

fn scale(row: &Row) -> Scale {
    let scale = |unit, times, divided_by, decimals| Scale {
        unit,
        times,
        divided_by,
        decimals,
    };
    let filesystem = matches!(
        row.quantity,
        Quantity::FILESYSTEM_SIZE | Quantity::FILESYSTEM_AVAILABLE
    );
    match row.unit {
        Unit::Kibibytes if is_written(row.quantity) => scale("GB", 100 * 1024, 1_000_000_000, 2),
        Unit::Kibibytes if filesystem || row.quantity == Quantity::SCRUB_READ => {
            scale("GiB", 100, 1024 * 1024, 2)
        }
        Unit::Kibibytes => scale("MiB", 10, 1024, 1),
        Unit::Seconds if is_long(row.quantity) => scale("d", 10, 86_400, 1),
        Unit::Seconds if is_some_hours(row.quantity) => scale("h", 10, 3600, 1),
        Unit::Percent if row.quantity == Quantity::SCRUB_PROGRESS => scale("%", 1, 10, 1),
        // Millivolts, milliamperes and milliwatts are the noise of the measurement.
        Unit::Volts | Unit::Amperes | Unit::Watts => {
            let by = 10_i128.pow(u32::from(row.decimals.saturating_sub(2)));
            scale(row.unit.symbol(), 1, by, row.decimals.min(2))
        }
        _ => scale(row.unit.symbol(), 1, 1, row.decimals),
    }
}

/// The value in the unit of [`look`], rounded to its step.
pub(super) fn value(row: &Row, value: i64) -> Number {
    let Scale {
        times,
        divided_by,
        decimals,
        ..
    } = scale(row);
    let steps = (i128::from(value) * times * 2 + divided_by).div_euclid(divided_by * 2);
    // No scale of the table makes a number larger.
    let steps = i64::try_from(steps).unwrap_or(if steps < 0 { i64::MIN } else { i64::MAX });
    number::scaled(steps, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: &str = include_str!("classes.txt");

    /// Units and state classes that Home Assistant takes with a class.
    fn allowed(class: &str) -> Option<(Vec<&'static str>, Vec<&'static str>)> {
        let mut rows = CLASSES.lines().filter(|line| !line.starts_with('#'));
        let row = rows.find(|line| line.split(" | ").next() == Some(class))?;
        let mut columns = row
            .split(" | ")
            .skip(1)
            .map(|list| list.split(' ').collect());
        Some((columns.next()?, columns.next()?))
    }

    #[test]
    fn every_quantity_has_a_class_unit_and_state_class_that_go_together() {
        for row in picket_wire::quantity::TABLE {
            let look = look(row, None);
            let name = row.name;
            match look.platform {
                Platform::BinarySensor => {
                    assert!(
                        matches!(look.device_class, None | Some("problem")),
                        "{name}"
                    );
                    assert_eq!((look.unit, look.state_class), (None, None), "{name}");
                    assert_eq!((row.unit, look.precision), (Unit::Flag, None), "{name}");
                }
                Platform::Sensor => {
                    let class = look.device_class.unwrap_or("none");
                    let (units, state_classes) = allowed(class).unwrap();
                    assert!(units.contains(&look.unit.unwrap_or("none")), "{name}");
                    assert!(state_classes.contains(&look.state_class.unwrap()), "{name}");
                }
            }
        }
    }

    #[test]
    fn what_is_past_is_no_problem_of_now() {
        let class = |quantity: Quantity| look(quantity.row().unwrap(), None).device_class;
        assert_eq!(class(Quantity::UNDER_VOLTAGE_NOW), Some("problem"));
        assert_eq!(class(Quantity::UNDER_VOLTAGE_SINCE_BOOT), None);
        assert_eq!(class(Quantity::BATTERY_DISCHARGING), None);
        assert_eq!(class(Quantity::BATTERY_CHARGE), Some("battery"));
    }

    #[test]
    fn what_is_mended_falls_and_what_happened_does_not() {
        let class = |quantity: Quantity| look(quantity.row().unwrap(), None).state_class;
        assert_eq!(class(Quantity::CORRUPT_FILES), Some("measurement"));
        assert_eq!(
            class(Quantity::TRANSIENT_MISREADS),
            Some("total_increasing")
        );
    }

    #[test]
    fn values_are_in_the_unit_that_is_announced() {
        for (quantity, raw, expected, unit) in [
            (Quantity::CPU_TEMPERATURE, 482, "48.2", "°C"),
            (Quantity::MEMORY_TOTAL, 7_969_177, "7782.4", "MiB"),
            (Quantity::FILESYSTEM_AVAILABLE, 7_864_320, "7.5", "GiB"),
            (Quantity::DISK_WRITTEN, 1_536_000, "1.57", "GB"),
            (Quantity::DISK_WRITTEN_EVER, 5_000_000_000, "5120.0", "GB"),
            (Quantity::OWN_WRITTEN, 100, "0.1", "MiB"),
            (Quantity::UPTIME, 273_840, "76.1", "h"),
            (Quantity::CLOCK_JUMP, -3_250, "-3.25", "s"),
            (Quantity::DISK_POWER_ON, 12_345, "12345", "h"),
            (Quantity::LOAD_1MIN, 7, "0.07", ""),
            (Quantity::INPUT_VOLTAGE, 5_115, "5.12", "V"),
            (Quantity::CURRENT, -26, "-0.03", "A"),
            (Quantity::POWER, 3_456, "3.46", "W"),
            (Quantity::CPU_FREQUENCY, 2_400, "2400", "MHz"),
            (Quantity::FAN_SPEED, 3_200, "3200", "rpm"),
            (Quantity::LINK_SPEED, 1_000, "1000", "Mbit/s"),
            (Quantity::IO_PRESSURE, 125, "1.25", "%"),
            (Quantity::FILESYSTEM_READ_ONLY, 1, "1", ""),
            (Quantity::FILESYSTEM_ERRORS, 3, "3", ""),
            (Quantity::SCRUB_PROGRESS, 4_321, "43.2", "%"),
            (Quantity::SCRUB_READ, 3_670_016, "3.5", "GiB"),
            (Quantity::SCRUB_REMAINING, 9_000, "2.5", "h"),
            (Quantity::SCRUB_AGE, 273_840, "3.2", "d"),
            (Quantity::CORRUPT_FILES, 2, "2", ""),
        ] {
            let row = quantity.row().unwrap();
            assert_eq!(value(row, raw).to_string(), expected, "{}", row.name);
            assert_eq!(look(row, None).unit.unwrap_or(""), unit, "{}", row.name);
        }
    }

    #[test]
    fn a_value_beyond_all_sense_is_still_a_number() {
        for row in picket_wire::quantity::TABLE {
            for extreme in [i64::MIN, i64::MAX] {
                assert!(value(row, extreme).as_f64().is_some(), "{}", row.name);
            }
        }
    }
}
