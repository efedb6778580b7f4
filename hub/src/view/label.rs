//! What a quantity is called in front of people: the heading of a row, the name of an entity.

use picket_wire::Quantity;

/// The name of a quantity as a heading: `cpu_temperature` is `CPU temperature`.
pub fn label(quantity: Quantity) -> String {
    if let Some(special) = special(quantity) {
        return special.to_owned();
    }
    let Some(row) = quantity.row() else {
        return format!("Quantity {}", quantity.0);
    };
    let words = row.name.split('_').enumerate().map(|(index, word)| {
        let digits = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(0);
        match (index, word, digits) {
            (_, "cpu", _) => "CPU".to_owned(),
            (_, "rtc", _) => "RTC".to_owned(),
            (0, word, _) => {
                let (first, rest) = word.split_at(word.len().min(1));
                format!("{}{rest}", first.to_ascii_uppercase())
            }
            (_, word, 0) => word.to_owned(),
            // `1min` is `1 min`.
            (_, word, digits) => {
                let (number, unit) = word.split_at(digits);
                format!("{number} {unit}")
            }
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The names that are not English when their words are only put side by side.
fn special(quantity: Quantity) -> Option<&'static str> {
    Some(match quantity {
        Quantity::DISK_WRITTEN => "Disk written since boot",
        Quantity::FILESYSTEM_READ_ONLY => "Filesystem read-only",
        Quantity::UNDER_VOLTAGE_NOW => "Under-voltage now",
        Quantity::SOFT_LIMIT_NOW => "Soft temperature limit now",
        Quantity::UNDER_VOLTAGE_SINCE_BOOT => "Under-voltage since boot",
        Quantity::SOFT_LIMIT_SINCE_BOOT => "Soft temperature limit since boot",
        Quantity::UNDER_VOLTAGE_EVENTS => "Under-voltage events",
        Quantity::RTC_CELL_CHARGING => "RTC cell charging voltage",
        Quantity::EMMC_LIFE_STEP => "eMMC life step",
        Quantity::EMMC_SPARE_STATE => "eMMC spare state",
        Quantity::DISK_POWER_ON => "Disk powered on",
        Quantity::DISK_WRITTEN_EVER => "Disk written in its life",
        Quantity::FILESYSTEM_WRITTEN => "Filesystem written in its life",
        Quantity::STORAGE_MESSAGES => "Storage error messages",
        Quantity::UNDER_VOLTAGE_MESSAGES => "Under-voltage messages",
        Quantity::OUT_OF_MEMORY_MESSAGES => "Out-of-memory messages",
        Quantity::OUT_OF_MEMORY_KILLS => "Out-of-memory kills",
        Quantity::IO_PRESSURE => "I/O pressure",
        Quantity::OWN_WRITTEN => "Written by Picket",
        Quantity::CLOCK_JUMP => "Last clock jump",
        Quantity::SCRUB_FILES => "Files read back",
        Quantity::SCRUB_READ => "Content read back",
        Quantity::SCRUB_REMAINING => "Scrub time remaining",
        Quantity::SCRUB_UNREAD => "Files not read back",
        Quantity::SCRUB_AGE => "Last whole scrub",
        Quantity::SCRUB_PERIOD => "Scrub due every",
        Quantity::SCRUB_PASSES => "Whole scrubs",
        Quantity::FLAPPING_FILES => "Read otherwise each time",
        Quantity::TRANSIENT_MISREADS => "Read wrong once, then right",
        Quantity::CANARY_FOUND => "Canary found at boot",
        Quantity::CANARY_DROPPED => "Writes are lost",
        Quantity::CANARY_REFUSED => "Writes are refused",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_of_the_table_read_like_headings() {
        for (quantity, expected) in [
            (Quantity::CPU_TEMPERATURE, "CPU temperature"),
            (Quantity::LOAD_15MIN, "Load 15 min"),
            (Quantity::RTC_CELL_VOLTAGE, "RTC cell voltage"),
            (Quantity::CPU_FREQUENCY_LIMIT, "CPU frequency limit"),
            (Quantity::EMMC_LIFE_STEP, "eMMC life step"),
            (Quantity::IO_PRESSURE, "I/O pressure"),
            (Quantity::SCRUB_PROGRESS, "Scrub progress"),
            (Quantity::CORRUPT_FILES, "Corrupt files"),
            (Quantity::SCRUB_AGE, "Last whole scrub"),
            (Quantity(4000), "Quantity 4000"),
        ] {
            assert_eq!(label(quantity), expected);
        }
    }

    #[test]
    fn every_quantity_has_a_name_of_its_own_in_sentence_case() {
        let mut seen = BTreeSet::new();
        for row in picket_wire::quantity::TABLE {
            let label = label(row.quantity);
            assert!(!label.contains('_') && label.len() <= 40, "{label}");
            let first = label.split(' ').next().unwrap_or_default();
            assert!(first.contains(|c: char| c.is_ascii_uppercase()), "{label}");
            assert!(seen.insert(label), "{} is not alone", row.name);
        }
    }
}
