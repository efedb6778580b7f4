//! Which readings come from which files, and what a broken file may do beyond making them missing.

use picket_wire::{Missing, Quantity};

/// Which readings come from which files: a path, where `*` stands for anything, and the readings
/// that may be missing when it is broken. Of several that fit, all count.
pub(super) const READ_FROM: &[(&str, &[Quantity])] = &[
    ("etc/os-release", &[]),
    ("proc/sys/kernel/*", &[]),
    ("sys/class/thermal/*", &[Quantity::CPU_TEMPERATURE]),
    // Any chip could be the processor, a fan, a sensor or the firmware's alarm, until its name is
    // known.
    (
        "sys/class/hwmon/*",
        &[
            Quantity::CPU_TEMPERATURE,
            Quantity::FAN_SPEED,
            Quantity::FAN_DUTY,
            Quantity::VOLTAGE,
            Quantity::CURRENT,
            Quantity::POWER,
            Quantity::TEMPERATURE,
            Quantity::UNDER_VOLTAGE_NOW,
            Quantity::UNDER_VOLTAGE_EVENTS,
        ],
    ),
    (
        "proc/device-tree/cooling_fan/status",
        &[Quantity::FAN_SPEED, Quantity::FAN_DUTY],
    ),
    // Whether this is a board with a circuit for under-voltage, and with a mailbox at all.
    ("proc/device-tree/model", FIRMWARE),
    ("proc/device-tree/compatible", FIRMWARE),
    ("proc/device-tree/serial-number", &[]),
    ("proc/device-tree/system/linux,revision", &[]),
    ("proc/device-tree/chosen/bootloader/*", &[]),
    (
        "proc/device-tree/chosen/power/*",
        &[Quantity::INPUT_CURRENT_LIMIT],
    ),
    ("proc/cpuinfo", &[]),
    ("dev/vcio*", FIRMWARE),
    ("sys/class/misc/vcio*", FIRMWARE),
    ("sys/class/bcm2708_vcio/*", FIRMWARE),
    (
        "sys/devices/system/cpu/cpufreq/*",
        &[
            Quantity::CPU_FREQUENCY_REQUESTED,
            Quantity::CPU_FREQUENCY_LIMIT,
        ],
    ),
    (
        "sys/class/rtc/*",
        &[Quantity::RTC_CELL_VOLTAGE, Quantity::RTC_CELL_CHARGING],
    ),
    (
        "sys/class/power_supply/*",
        &[
            Quantity::VOLTAGE,
            Quantity::CURRENT,
            Quantity::POWER,
            Quantity::TEMPERATURE,
            Quantity::BATTERY_CHARGE,
            Quantity::BATTERY_DISCHARGING,
            Quantity::SUPPLY_OFFLINE,
        ],
    ),
    ("proc/pressure/cpu", &[Quantity::CPU_PRESSURE]),
    ("proc/pressure/memory", &[Quantity::MEMORY_PRESSURE]),
    ("proc/pressure/io", &[Quantity::IO_PRESSURE]),
    ("proc/vmstat", &[Quantity::OUT_OF_MEMORY_KILLS]),
    (
        "sys/devices/system/edac/*",
        &[
            Quantity::MEMORY_ERRORS_CORRECTED,
            Quantity::MEMORY_ERRORS_UNCORRECTED,
        ],
    ),
    ("proc/net/route", LINK),
    ("sys/class/net/*", LINK),
    ("proc/self/io", &[Quantity::OWN_WRITTEN]),
    ("sys/fs/cgroup/*", &[]),
    ("sys/block/*", DISK),
    ("sys/class/nvme/*", DISK),
    ("sys/bus/*", &[]),
    ("dev/mmcblk*", DISK),
    ("dev/nvme*", DISK),
    ("usr/sbin/smartctl/*", DISK),
    (
        "dev/kmsg",
        &[
            Quantity::STORAGE_MESSAGES,
            Quantity::UNDER_VOLTAGE_MESSAGES,
            Quantity::OUT_OF_MEMORY_MESSAGES,
        ],
    ),
    ("proc/self/mountinfo", FILESYSTEM),
    (
        "sys/dev/block/*/uevent",
        &[Quantity::FILESYSTEM_ERRORS, Quantity::FILESYSTEM_WRITTEN],
    ),
    ("sys/fs/ext4/*/errors_count", &[Quantity::FILESYSTEM_ERRORS]),
    (
        "sys/fs/ext4/*/lifetime_write_kbytes",
        &[Quantity::FILESYSTEM_WRITTEN],
    ),
    ("sys/fs/btrfs/*", &[Quantity::FILESYSTEM_ERRORS]),
];

const FIRMWARE: &[Quantity] = &[
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
    Quantity::CPU_FREQUENCY,
    Quantity::CORE_VOLTAGE,
    Quantity::INPUT_VOLTAGE,
    Quantity::INPUT_CURRENT_LIMIT,
    Quantity::VOLTAGE,
    Quantity::CURRENT,
];

const LINK: &[Quantity] = &[
    Quantity::LINK_ERRORS,
    Quantity::LINK_CHANGES,
    Quantity::LINK_SPEED,
];

const DISK: &[Quantity] = &[
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
    Quantity::TEMPERATURE,
    Quantity::STORAGE_MESSAGES,
];

const FILESYSTEM: &[Quantity] = &[
    Quantity::FILESYSTEM_SIZE,
    Quantity::FILESYSTEM_AVAILABLE,
    Quantity::FILESYSTEM_READ_ONLY,
    Quantity::FILESYSTEM_ERRORS,
    Quantity::FILESYSTEM_WRITTEN,
];

/// What a broken file may do beyond making its readings denied, garbled or timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum May {
    /// The readings move to a part of another id under the same name.
    ChangeIdentity,
    /// Another source stands in, or what was left out is shown: with true values.
    Show,
    /// The reading is *not supported*, or *not fitted*.
    BeMissing(Missing),
}

/// The exceptions: a path, what may happen, and why that is true all the same.
pub(super) const EXCEPTIONS: &[(&str, May, &str)] = &[
    (
        "sys/block/*/device/cid",
        May::ChangeIdentity,
        "a disk that does not say who it is goes by its name",
    ),
    (
        "sys/block/*/wwid",
        May::ChangeIdentity,
        "a disk that does not say who it is goes by its serial number or its name",
    ),
    (
        "dev/mmcblk0",
        May::Show,
        "what the kernel read of an eMMC at boot stands in for the card",
    ),
    (
        "sys/block/sda/size",
        May::Show,
        "a slot of which nobody knows that it is empty is shown",
    ),
    (
        "sys/block/sda/size",
        May::BeMissing(Missing::NotSupported),
        "and nobody recorded the health of such a disk",
    ),
];

/// Whether a path fits a pattern, in which `*` stands for any number of any characters.
pub(super) fn fits(pattern: &str, path: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[test]
fn a_pattern_fits_what_it_says() {
    for (pattern, path, expected) in [
        ("a/b", "a/b", true),
        ("a/b", "a/bc", false),
        ("a/*", "a/b/c", true),
        ("a/*/d", "a/b/c/d", true),
        ("a/*/d", "a/b/c", false),
        ("*/d", "a/d", true),
        ("a/*/c/*", "a/b/c/d", true),
        ("a/*/c/*", "a/b/d", false),
    ] {
        assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
    }
}
