//! Numbers of the kernel's small files: parsed, checked for sense, and brought to another unit.

use picket_wire::{Missing, Value};
use std::ops::RangeInclusive;

/// What a thing that works can have, in thousandths of a degree. Sensors that are not there answer
/// with numbers far outside.
const POSSIBLE_MILLI_CELSIUS: RangeInclusive<i64> = -60_000..=200_000;

/// The one whole number that a file says.
pub(super) fn whole(text: &str) -> Value {
    text.trim().parse().map_err(|_| Missing::Garbled)
}

/// The same, which is garbled outside of what is possible.
pub(super) fn within(text: &str, possible: RangeInclusive<i64>) -> Value {
    let number = whole(text)?;
    match possible.contains(&number) {
        true => Ok(number),
        false => Err(Missing::Garbled),
    }
}

/// The same in a unit that is `step` times as large, rounded to the nearest, half a step up.
pub(super) fn coarser(text: &str, possible: RangeInclusive<i64>, step: i64) -> Value {
    let number = within(text, possible)?;
    let rounded = number.checked_add(step / 2).ok_or(Missing::Garbled)?;
    rounded.checked_div_euclid(step).ok_or(Missing::Garbled)
}

/// Thousandths of a degree as tenths of a degree.
pub(super) fn deci_celsius(text: &str) -> Value {
    coarser(text, POSSIBLE_MILLI_CELSIUS, 100)
}

/// A counter since boot, which the kernel keeps without a sign.
pub(super) fn count(text: &str) -> Value {
    within(text, 0..=i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GARBLED: Value = Err(Missing::Garbled);

    #[test]
    fn thousandths_become_tenths_and_nonsense_is_garbled() {
        for (text, expected) in [
            ("48251\n", Ok(483)),
            ("48249\n", Ok(482)),
            ("0\n", Ok(0)),
            ("-1049\n", Ok(-10)),
            ("-274000\n", GARBLED),
            ("999999999999\n", GARBLED),
            ("99999999999999999999\n", GARBLED),
            ("48.2\n", GARBLED),
            ("", GARBLED),
        ] {
            assert_eq!(deci_celsius(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_step_rounds_to_the_nearest_on_both_sides_of_zero() {
        let all = i64::MIN..=i64::MAX;
        for (text, step, expected) in [
            ("5179500", 1000, Ok(5180)),
            ("5179499", 1000, Ok(5179)),
            ("-1500", 1000, Ok(-1)),
            ("-1501", 1000, Ok(-2)),
            ("9223372036854775807", 1000, GARBLED),
            ("1", 0, GARBLED),
        ] {
            assert_eq!(coarser(text, all.clone(), step), expected, "{text}");
        }
    }

    #[test]
    fn a_counter_has_no_sign() {
        assert_eq!(count("18\n"), Ok(18));
        assert_eq!(count("-1\n"), GARBLED);
        assert_eq!(count("1 2\n"), GARBLED);
        assert_eq!(count("18446744073709551615\n"), GARBLED);
    }
}
