//! What a reading belongs to on the page of a node: the one table of its groups.

use picket_hub_core::KnownPart;
use picket_wire::{PartKind, Quantity};

use crate::view::scrub::{self, is_of_scrub};

/// A group of readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Power,
    Heat,
    Processor,
    Disks,
    Filesystems,
    Scrub,
    Network,
    Picket,
    Other,
}

/// All of them, in the order of the page.
pub(super) const TOPICS: [Topic; 9] = [
    Topic::Power,
    Topic::Heat,
    Topic::Processor,
    Topic::Disks,
    Topic::Filesystems,
    Topic::Scrub,
    Topic::Network,
    Topic::Picket,
    Topic::Other,
];

impl Topic {
    /// What a reading belongs to: one of a disk, a filesystem or an interface stands with it, all
    /// others, and what a scrub says of any of them, go by what was measured.
    pub(super) fn of(quantity: Quantity, part: Option<&KnownPart>) -> Topic {
        if is_of_scrub(quantity) {
            return Topic::Scrub;
        }
        match part.map(|part| part.kind) {
            Some(PartKind::Disk) => Topic::Disks,
            Some(PartKind::Filesystem) => Topic::Filesystems,
            Some(PartKind::Interface) => Topic::Network,
            _ => {
                let mut topics = TOPICS.into_iter();
                let found = topics.find(|topic| topic.quantities().contains(&quantity));
                found.unwrap_or(Topic::Other)
            }
        }
    }

    /// Name within the page, and heading.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Topic::Power => ("power", "Power and throttling"),
            Topic::Heat => ("heat", "Temperature and fan"),
            Topic::Processor => ("processor", "Processor and memory"),
            Topic::Disks => ("disks", "Disks"),
            Topic::Filesystems => ("filesystems", "Filesystems"),
            Topic::Scrub => ("scrub", "Files read back"),
            Topic::Network => ("network", "Network"),
            Topic::Picket => ("picket", "Picket itself"),
            Topic::Other => ("other", "Other"),
        }
    }

    fn quantities(self) -> &'static [Quantity] {
        match self {
            Topic::Power => POWER,
            Topic::Heat => HEAT,
            Topic::Processor => PROCESSOR,
            Topic::Disks => DISKS,
            Topic::Filesystems => FILESYSTEMS,
            Topic::Scrub => scrub::QUANTITIES,
            Topic::Network => NETWORK,
            Topic::Picket => PICKET,
            Topic::Other => &[],
        }
    }
}

const POWER: &[Quantity] = &[
    Quantity::UNDER_VOLTAGE_NOW,
    Quantity::FREQUENCY_CAPPED_NOW,
    Quantity::THROTTLED_NOW,
    Quantity::SOFT_LIMIT_NOW,
    Quantity::UNDER_VOLTAGE_SINCE_BOOT,
    Quantity::FREQUENCY_CAPPED_SINCE_BOOT,
    Quantity::THROTTLED_SINCE_BOOT,
    Quantity::SOFT_LIMIT_SINCE_BOOT,
    Quantity::UNDER_VOLTAGE_EVENTS,
    Quantity::THROTTLING_EVENTS,
    Quantity::UNDER_VOLTAGE_MESSAGES,
    Quantity::CORE_VOLTAGE,
    Quantity::INPUT_VOLTAGE,
    Quantity::INPUT_CURRENT_LIMIT,
    Quantity::VOLTAGE,
    Quantity::CURRENT,
    Quantity::POWER,
    Quantity::RTC_CELL_VOLTAGE,
    Quantity::RTC_CELL_CHARGING,
    Quantity::BATTERY_CHARGE,
    Quantity::BATTERY_DISCHARGING,
    Quantity::SUPPLY_OFFLINE,
];

const HEAT: &[Quantity] = &[
    Quantity::CPU_TEMPERATURE,
    Quantity::TEMPERATURE,
    Quantity::FAN_SPEED,
    Quantity::FAN_DUTY,
];

const PROCESSOR: &[Quantity] = &[
    Quantity::LOAD_1MIN,
    Quantity::LOAD_5MIN,
    Quantity::LOAD_15MIN,
    Quantity::MEMORY_TOTAL,
    Quantity::MEMORY_AVAILABLE,
    Quantity::SWAP_TOTAL,
    Quantity::SWAP_USED,
    Quantity::UPTIME,
    Quantity::CPU_FREQUENCY,
    Quantity::CPU_FREQUENCY_REQUESTED,
    Quantity::CPU_FREQUENCY_LIMIT,
    Quantity::OUT_OF_MEMORY_MESSAGES,
    Quantity::OUT_OF_MEMORY_KILLS,
    Quantity::CPU_PRESSURE,
    Quantity::MEMORY_PRESSURE,
    Quantity::IO_PRESSURE,
    Quantity::MEMORY_ERRORS_CORRECTED,
    Quantity::MEMORY_ERRORS_UNCORRECTED,
];

const DISKS: &[Quantity] = &[
    Quantity::DISK_WRITTEN,
    Quantity::EMMC_LIFE_STEP,
    Quantity::EMMC_SPARE_STATE,
    Quantity::DISK_LIFE_USED,
    Quantity::DISK_SPARE,
    Quantity::DISK_FAILING,
    Quantity::DISK_MEDIA_ERRORS,
    Quantity::DISK_UNSAFE_SHUTDOWNS,
    Quantity::DISK_POWER_ON,
    Quantity::DISK_WRITTEN_EVER,
    Quantity::STORAGE_MESSAGES,
];

const FILESYSTEMS: &[Quantity] = &[
    Quantity::FILESYSTEM_SIZE,
    Quantity::FILESYSTEM_AVAILABLE,
    Quantity::FILESYSTEM_READ_ONLY,
    Quantity::FILESYSTEM_ERRORS,
    Quantity::FILESYSTEM_WRITTEN,
];

const NETWORK: &[Quantity] = &[
    Quantity::LINK_ERRORS,
    Quantity::LINK_CHANGES,
    Quantity::LINK_SPEED,
];

const PICKET: &[Quantity] = &[
    Quantity::OWN_WRITTEN,
    Quantity::CLOCK_JUMPS,
    Quantity::CLOCK_JUMP,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quantity_of_the_table_belongs_to_one_group() {
        for row in picket_wire::quantity::TABLE {
            let belongs = |topic: &Topic| topic.quantities().contains(&row.quantity);
            let topics = TOPICS.into_iter().filter(belongs).count();
            assert_eq!(topics, 1, "{}", row.name);
        }
        assert_eq!(Topic::of(Quantity(4000), None), Topic::Other);
    }
}
