//! How a quantity appears in Home Assistant: platform, class, unit and scale.
//!
//! Classes, and which units and state classes go with them, are Home Assistant's; the tests hold
//! this file to the excerpt in `classes.txt`.

use picket_wire::quantity::Row;
use picket_wire::{Quantity, Unit};
use serde_json::Number;

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
    /// Whether it belongs among the details.
    pub(super) diagnostic: bool,
}

/// How a quantity appears.
pub(super) fn look(row: &Row) -> Look {
    let sensor = Look {
        platform: Platform::Sensor,
        device_class: None,
        unit: None,
        state_class: Some("measurement"),
        precision: Some(row.decimals),
        diagnostic: false,
    };
    let classed = |class, unit: Unit| Look {
        device_class: Some(class),
        unit: Some(unit.symbol()),
        ..sensor
    };
    match row.unit {
        Unit::Celsius => Look {
            device_class: Some("temperature"),
            unit: Some("°C"),
            ..sensor
        },
        Unit::Kibibytes => Look {
            device_class: Some("data_size"),
            unit: Some("MiB"),
            state_class: Some(match row.quantity {
                Quantity::DISK_WRITTEN => "total_increasing",
                _ => "measurement",
            }),
            precision: Some(0),
            diagnostic: is_fixed(row.quantity),
            ..sensor
        },
        Unit::Seconds => Look {
            device_class: Some("duration"),
            unit: Some("h"),
            precision: Some(1),
            ..sensor
        },
        Unit::One => sensor,
        Unit::Hours => classed("duration", row.unit),
        Unit::Volts => classed("voltage", row.unit),
        Unit::Amperes => classed("current", row.unit),
        Unit::Watts => classed("power", row.unit),
        Unit::Megahertz => classed("frequency", row.unit),
        Unit::MegabitsPerSecond => classed("data_rate", row.unit),
        Unit::Percent | Unit::TurnsPerMinute => Look {
            unit: Some(row.unit.symbol()),
            ..sensor
        },
        Unit::Count => Look {
            state_class: Some("total_increasing"),
            ..sensor
        },
        // Every flag of the table is one that should be 0.
        Unit::Flag => Look {
            platform: Platform::BinarySensor,
            device_class: Some("problem"),
            state_class: None,
            precision: None,
            ..sensor
        },
    }
}

/// Sizes of what is fitted hardly ever change.
fn is_fixed(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::MEMORY_TOTAL | Quantity::SWAP_TOTAL | Quantity::FILESYSTEM_SIZE
    )
}

/// The value in the unit of [`look`]. Sizes have tenths of a MiB and times tenths of an hour, so
/// that a state changes, and is recorded there, only when it says something new.
pub(super) fn value(row: &Row, value: i64) -> Number {
    let tenths = |per_unit: i128| {
        let tenths = (i128::from(value) * 10).div_euclid(per_unit);
        // Ten times an i64, divided by more than ten, is an i64 again.
        number::scaled(i64::try_from(tenths).unwrap_or(i64::MAX), 1)
    };
    match row.unit {
        Unit::Kibibytes => tenths(1024),
        Unit::Seconds => tenths(3600),
        _ => number::of_row(row, value),
    }
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
            let look = look(row);
            let name = row.name;
            match look.platform {
                Platform::BinarySensor => {
                    assert_eq!(look.device_class, Some("problem"), "{name}");
                    assert_eq!((look.unit, look.state_class), (None, None), "{name}");
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
    fn values_are_in_the_unit_that_is_announced() {
        let of = |quantity: Quantity, raw| value(quantity.row().unwrap(), raw).to_string();
        assert_eq!(of(Quantity::CPU_TEMPERATURE, 482), "48.2");
        assert_eq!(of(Quantity::MEMORY_TOTAL, 7_969_177), "7782.3");
        assert_eq!(of(Quantity::UPTIME, 273_840), "76.0");
        assert_eq!(of(Quantity::LOAD_1MIN, 7), "0.07");
        assert_eq!(of(Quantity::FILESYSTEM_READ_ONLY, 1), "1");
        assert_eq!(of(Quantity::FILESYSTEM_ERRORS, 3), "3");
        for extreme in [i64::MIN, i64::MAX] {
            assert!(
                value(Quantity::UPTIME.row().unwrap(), extreme)
                    .as_f64()
                    .is_some()
            );
        }
    }
}
