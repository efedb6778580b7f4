//! Lengths of time as people write them: a number and its unit, such as `90s` or `10min`.

use picket_hub_core::time::Millis;

/// Units from the shortest to the longest, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1000),
    ("min", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// Reads a whole number and its unit; the error says what to write.
pub(super) fn parse(text: &str) -> Result<Millis, String> {
    let bad =
        || format!("{text:?} is no length of time; write it like \"90s\", \"10min\" or \"2h\"");
    let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().map_err(|_| bad())?;
    let (_, factor) = UNITS
        .iter()
        .find(|(name, _)| *name == unit.trim_start())
        .ok_or_else(bad)?;
    number.checked_mul(*factor).map(Millis).ok_or_else(bad)
}
