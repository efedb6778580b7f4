//! What a disk says of its own health, whoever asks it: the same readings of an NVMe and of a SATA
//! disk.

use super::{Found, Measured, Needs};
use crate::parts::Named;
use picket_wire::{Missing, Quantity, Value};

/// What is missing of the node where no disk says anything of its health. The temperature is not
/// among them: other parts have one too.
pub const QUANTITIES: [Quantity; 7] = [
    Quantity::DISK_LIFE_USED,
    Quantity::DISK_SPARE,
    Quantity::DISK_FAILING,
    Quantity::DISK_MEDIA_ERRORS,
    Quantity::DISK_UNSAFE_SHUTDOWNS,
    Quantity::DISK_POWER_ON,
    Quantity::DISK_WRITTEN_EVER,
];

/// The health of one disk, each value in the unit of its quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Hundredths of its life; may exceed 100.
    pub life_used: Value,
    /// Hundredths of its spare blocks that are left.
    pub spare: Value,
    /// 1 when it warns that it fails.
    pub failing: Value,
    /// Errors that it could not correct.
    pub media_errors: Value,
    /// Times that power went away without a word.
    pub unsafe_shutdowns: Value,
    /// Hours.
    pub power_on_h: Value,
    /// KiB.
    pub written_kib: Value,
    /// Tenths of a degree Celsius.
    pub deci_celsius: Value,
}

impl Health {
    /// A disk that says nothing, for one reason.
    pub const fn missing(why: Missing) -> Health {
        Health {
            life_used: Err(why),
            spare: Err(why),
            failing: Err(why),
            media_errors: Err(why),
            unsafe_shutdowns: Err(why),
            power_on_h: Err(why),
            written_kib: Err(why),
            deci_celsius: Err(why),
        }
    }

    /// Adds its readings; the right would give those that are denied.
    pub fn push(&self, part: &Named, needs: Needs, out: &mut Found) {
        let values = [
            self.life_used,
            self.spare,
            self.failing,
            self.media_errors,
            self.unsafe_shutdowns,
            self.power_on_h,
            self.written_kib,
        ];
        let readings = QUANTITIES.into_iter().zip(values);
        let temperature = (Quantity::TEMPERATURE, self.deci_celsius);
        out.extend(
            readings
                .chain([temperature])
                .map(|(quantity, value)| Measured::of_part(quantity, part, value).needing(needs)),
        );
    }
}

/// What a disk may have while it answers, in degrees Celsius.
const POSSIBLE_CELSIUS: std::ops::RangeInclusive<i64> = -60..=150;

/// Whole degrees as tenths of them; others than a disk can have are garbled.
pub fn deci_celsius(celsius: i64) -> Value {
    match POSSIBLE_CELSIUS.contains(&celsius) {
        true => Ok(celsius * 10),
        false => Err(Missing::Garbled),
    }
}

/// What an NVMe counts as one unit of data is 1000 times 512 bytes (NVM Express, SMART log).
pub fn data_units_kib(units: u128) -> Value {
    count(units.saturating_mul(500))
}

/// A counter; one that does not fit is garbled.
pub fn count(count: u128) -> Value {
    i64::try_from(count).map_err(|_| Missing::Garbled)
}

/// Hundredths that cannot exceed 100.
pub fn percent(percent: i64) -> Value {
    match (0..=100).contains(&percent) {
        true => Ok(percent),
        false => Err(Missing::Garbled),
    }
}

/// Hundredths of life used, as NVMe and ATA count them: one byte, of which 255 is *or more* (NVM
/// Express, SMART log).
pub fn life_used(percent: i64) -> Value {
    match (0..=255).contains(&percent) {
        true => Ok(percent),
        false => Err(Missing::Garbled),
    }
}

/// Whether the byte of critical warnings says that the disk fails. Bit 1, too hot or too cold, is
/// left to the temperature: it goes away with the heat.
pub fn failing(critical_warning: u8) -> Value {
    const TEMPERATURE: u8 = 1 << 1;
    Ok(i64::from(critical_warning & !TEMPERATURE != 0))
}
