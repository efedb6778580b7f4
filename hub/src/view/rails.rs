//! Readings that are many and seldom of interest: the inner voltages of a board.

/// What the ids of such parts begin with: rails of the power chip of a Raspberry Pi 5, and the pins
/// that its other chip measures.
const INNER: [&str; 2] = ["pmic/", "hwmon/rp1_adc/in"];

/// Whether a part is one of those, by its id.
pub fn is_rail(id: &str) -> bool {
    INNER.iter().any(|inner| id.starts_with(inner))
}
