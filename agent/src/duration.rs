//! Durations as people write them: a number and its unit, such as `10s` or `2min`.

use std::time::Duration;

/// Units and their length in milliseconds.
const UNITS: [(&str, u64); 7] = [
    ("ms", 1),
    ("s", 1000),
    ("sec", 1000),
    ("min", 60_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Reads a duration. The error says what is wrong and how it is written.
///
/// # Errors
/// No whole number in front, no unit or an unknown one, or too long for milliseconds in 64 bits.
pub fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let how = "write a whole number and its unit, such as \"10s\", \"2min\" or \"1h\"";
    if number.is_empty() {
        return Err(format!("\"{text}\" is no duration: {how}"));
    }
    let unit = unit.trim();
    if unit.is_empty() {
        return Err(format!("\"{text}\" has no unit: {how}"));
    }
    let Some((_, unit_ms)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(format!("\"{unit}\" in \"{text}\" is no unit: {how}"));
    };
    let too_long = || format!("\"{text}\" is too long");
    let number: u64 = number.parse().map_err(|_| too_long())?;
    number
        .checked_mul(*unit_ms)
        .map(Duration::from_millis)
        .ok_or_else(too_long)
}

/// A duration in the largest unit that leaves no rest.
pub fn show(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let unit = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("min", 60_000),
        ("s", 1000),
    ]
    .into_iter()
    .find(|(_, unit_ms)| ms >= *unit_ms && ms.is_multiple_of(*unit_ms));
    unit.map_or_else(
        || format!("{ms}ms"),
        |(name, unit_ms)| format!("{}{name}", ms / unit_ms),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_unit_are_a_duration_and_are_shown_the_same_way() {
        for (text, ms, shown) in [
            ("10s", 10_000, "10s"),
            ("2min", 120_000, "2min"),
            ("2m", 120_000, "2min"),
            ("1h", 3_600_000, "1h"),
            ("36h", 129_600_000, "36h"),
            ("7d", 604_800_000, "7d"),
            ("90 s", 90_000, "90s"),
            ("1500ms", 1500, "1500ms"),
        ] {
            let duration = parse(text).unwrap();
            assert_eq!(duration.as_millis(), ms, "{text}");
            assert_eq!(show(duration), shown);
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_how_it_is_written() {
        for (text, expected) in [
            ("10", "has no unit"),
            ("", "is no duration"),
            ("s", "is no duration"),
            ("-1s", "is no duration"),
            ("1.5s", "is no unit"),
            ("3 days", "is no unit"),
            ("99999999999999999999s", "is too long"),
            ("18446744073709551615h", "is too long"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
