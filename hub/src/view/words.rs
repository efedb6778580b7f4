//! Readings, presences and lengths of time in the words of people.

use picket_hub_core::time::Millis;
use picket_hub_core::{Lack, Presence, Severity};
use picket_wire::{Missing, Quantity, Unit};

/// A reading for people: the value with its unit, or why there is none.
pub fn reading(quantity: Quantity, value: Result<i64, Lack>) -> String {
    match (value, quantity.row()) {
        (Err(why), _) => missing(why).to_owned(),
        (Ok(value), None) => format!("{value} (unknown unit)"),
        (Ok(value), Some(row)) => match row.unit {
            _ if row.quantity == Quantity::EMMC_LIFE_STEP => life_step(value),
            _ if row.quantity == Quantity::EMMC_SPARE_STATE => spare_state(value),
            Unit::Kibibytes => kibibytes(value),
            Unit::Seconds if row.decimals == 0 => whole_seconds(value),
            Unit::Hours => whole_seconds(value.saturating_mul(3600)),
            Unit::Flag if value == 0 => "no".to_owned(),
            Unit::Flag => "yes".to_owned(),
            Unit::One | Unit::Count => decimal(value, row.decimals),
            _ => format!("{} {}", decimal(value, row.decimals), row.unit.symbol()),
        },
    }
}

/// The life that an eMMC has used, in words.
fn life_step(step: i64) -> String {
    match step {
        1..=10 => format!("{} to {} % used", (step - 1) * 10, step * 10),
        11 => "more than 100 % used".to_owned(),
        _ => format!("step {step}"),
    }
}

/// How many of its spare blocks an eMMC has used, in words.
fn spare_state(state: i64) -> String {
    match state {
        1 => "normal".to_owned(),
        2 => "more than 80 % used".to_owned(),
        3 => "more than 90 % used".to_owned(),
        _ => format!("state {state}"),
    }
}

fn whole_seconds(seconds: i64) -> String {
    match u64::try_from(seconds) {
        Ok(seconds) => duration(Millis::from_s(seconds)),
        Err(_) => format!("{seconds} s"),
    }
}

/// Why a reading has no value.
pub fn missing(why: Lack) -> &'static str {
    match why {
        Lack::Said(reason) => said(reason),
        Lack::NoLongerReported => "no longer reported",
    }
}

fn said(reason: Missing) -> &'static str {
    match reason {
        Missing::NotFitted => "not fitted",
        Missing::NotSupported => "not supported here",
        Missing::Denied => "permission denied",
        Missing::Busy => "busy, not read",
        Missing::Garbled => "unreadable answer",
        Missing::TimedOut => "no answer in time",
        Missing::Unknown(_) => "missing, for a reason that this hub does not know",
    }
}

/// A whole number divided by a power of ten, with all its decimals.
pub fn decimal(value: i64, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let digits = format!("{:0width$}", value.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    let sign = if value < 0 { "-" } else { "" };
    match fraction {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// A size with about three digits, in the binary unit that fits.
pub fn kibibytes(kib: i64) -> String {
    let mut size = kib as f64;
    let mut unit = "KiB";
    for larger in ["MiB", "GiB", "TiB", "PiB"] {
        if size.abs() < 1024.0 {
            break;
        }
        size /= 1024.0;
        unit = larger;
    }
    match unit {
        "KiB" => format!("{kib} KiB"),
        _ if size.abs() < 100.0 => format!("{size:.1} {unit}"),
        _ => format!("{size:.0} {unit}"),
    }
}

/// A length of time in its two largest units.
pub fn duration(length: Millis) -> String {
    let seconds = length.0 / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) if minutes < 10 => format!("{minutes} min {} s", seconds % 60),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {} min", minutes % 60),
        (days, hours, _) => format!("{days} d {} h", hours % 24),
    }
}

/// A presence for people.
pub fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Unheard => "not heard yet",
        Presence::Alive => "alive",
        Presence::Late => "late",
        Presence::Hung => "hung or cut off",
        Presence::Gone => "agent gone",
        Presence::CutOff => "cut off",
        Presence::ExpectedOff => "off, as announced",
        Presence::NotReturned => "not returned",
    }
}

/// So many of something: `1 page`, `2 pages`.
pub fn count_of(count: usize, severity: Severity) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {}{plural}", severity.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_unit_that_people_use() {
        assert_eq!(reading(Quantity::CPU_TEMPERATURE, Ok(482)), "48.2 °C");
        assert_eq!(reading(Quantity::CPU_TEMPERATURE, Ok(-5)), "-0.5 °C");
        assert_eq!(reading(Quantity::LOAD_1MIN, Ok(7)), "0.07");
        assert_eq!(reading(Quantity::MEMORY_TOTAL, Ok(7_969_177)), "7.6 GiB");
        assert_eq!(reading(Quantity::SWAP_USED, Ok(0)), "0 KiB");
        assert_eq!(
            reading(Quantity::FILESYSTEM_SIZE, Ok(130_023_424)),
            "124 GiB"
        );
        assert_eq!(reading(Quantity::UPTIME, Ok(273_840)), "3 d 4 h");
        assert_eq!(reading(Quantity::FILESYSTEM_READ_ONLY, Ok(1)), "yes");
        assert_eq!(reading(Quantity::FILESYSTEM_ERRORS, Ok(12)), "12");
        assert_eq!(reading(Quantity::INPUT_VOLTAGE, Ok(5_115)), "5.115 V");
        assert_eq!(reading(Quantity::CURRENT, Ok(-20)), "-0.020 A");
        assert_eq!(reading(Quantity::CLOCK_JUMP, Ok(-3_250)), "-3.250 s");
        assert_eq!(reading(Quantity::DISK_POWER_ON, Ok(12_345)), "514 d 9 h");
        assert_eq!(
            reading(Quantity::DISK_POWER_ON, Ok(i64::MAX)),
            "213503982334 d 14 h"
        );
        assert_eq!(reading(Quantity::EMMC_LIFE_STEP, Ok(1)), "0 to 10 % used");
        assert_eq!(
            reading(Quantity::EMMC_LIFE_STEP, Ok(11)),
            "more than 100 % used"
        );
        assert_eq!(reading(Quantity::EMMC_LIFE_STEP, Ok(12)), "step 12");
        assert_eq!(
            reading(Quantity::EMMC_SPARE_STATE, Ok(2)),
            "more than 80 % used"
        );
        assert_eq!(reading(Quantity(4000), Ok(12)), "12 (unknown unit)");
    }

    #[test]
    fn a_missing_reading_gives_its_reason_and_never_a_zero() {
        let heat = Quantity::CPU_TEMPERATURE;
        let said = |why| reading(heat, Err(Lack::Said(why)));
        assert_eq!(said(Missing::NotFitted), "not fitted");
        assert_eq!(said(Missing::TimedOut), "no answer in time");
        let silent = reading(heat, Err(Lack::NoLongerReported));
        assert_eq!(silent, "no longer reported");
        for code in 0..=255 {
            let words = said(Missing::from_code(code));
            assert!(!words.contains(|c: char| c.is_ascii_digit()), "{words}");
        }
    }

    #[test]
    fn lengths_of_time_have_two_units_at_most() {
        let of = |seconds| duration(Millis::from_s(seconds));
        assert_eq!(of(0), "0 s");
        assert_eq!(of(59), "59 s");
        assert_eq!(of(61), "1 min 1 s");
        assert_eq!(of(1800), "30 min");
        assert_eq!(of(3660), "1 h 1 min");
        assert_eq!(of(u64::MAX / 1000), "213503982334 d 14 h");
    }
}
