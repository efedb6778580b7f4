//! A quantity's value as a JSON number, without the noise of binary fractions.

use picket_wire::quantity::Row;
use serde_json::Number;

/// Powers of ten that a `f64` holds exactly, and more decimals than any quantity has.
const MAX_DECIMALS: u8 = 9;

/// The value in its unit: `482` with one decimal is `48.2`. An integer stays one.
///
/// Both integers of the division are exact as `f64` below 2^53, so the quotient is the nearest
/// number to the decimal fraction and prints as just that.
pub fn scaled(value: i64, decimals: u8) -> Number {
    if decimals == 0 {
        return Number::from(value);
    }
    let divisor = 10_f64.powi(i32::from(decimals.min(MAX_DECIMALS)));
    Number::from_f64(value as f64 / divisor).unwrap_or_else(|| Number::from(value))
}

/// The value of a row of the table in its unit.
pub fn of_row(row: &Row, value: i64) -> Number {
    scaled(value, row.decimals)
}

/// Milliseconds as seconds with one decimal.
pub fn tenths_of_s(millis: picket_hub_core::time::Millis) -> f64 {
    (millis.0 / 100) as f64 / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_value_prints_as_the_decimal_fraction_that_was_measured() {
        let printed = |value, decimals| scaled(value, decimals).to_string();
        assert_eq!(printed(482, 1), "48.2");
        assert_eq!(printed(-7, 1), "-0.7");
        assert_eq!(printed(500, 1), "50.0");
        assert_eq!(printed(3, 2), "0.03");
        assert_eq!(printed(16_384_000, 0), "16384000");
        assert_eq!(printed(i64::MIN, 0), "-9223372036854775808");
        for value in -20_000..20_000 {
            let text = printed(value, 2);
            assert!(text.len() <= 7, "{value} became {text}");
            let digits = format!("{:.2}", text.parse::<f64>().unwrap()).replace('.', "");
            assert_eq!(digits.parse::<i64>().unwrap(), value);
        }
    }

    #[test]
    fn a_value_beyond_all_sense_is_still_a_number() {
        assert_eq!(scaled(i64::MAX, 1).to_string(), "9.223372036854776e+17");
        assert!(scaled(i64::MIN, 255).as_f64().is_some());
    }
}
