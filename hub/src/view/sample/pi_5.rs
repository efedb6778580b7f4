//! A Raspberry Pi 5 with everything that an agent can find, for tests.

use picket_wire::section::{BOARD, MEDIA, WRITERS};
use picket_wire::{Board, Medium, MediumKind, Missing, Returns, Writer};

use super::*;

const DISK: u8 = 1;
const NVME: u8 = 2;
const ROOT: u8 = 3;
const BOOT: u8 = 4;
const ETHERNET: u8 = 5;
const WIFI: u8 = 6;
const SENSOR: u8 = 7;
const CHIP: u8 = 8;
const FIRST_RAIL: u8 = 9;

/// The rails that a Pi 5 measures, voltage and current of each.
const RAILS: [&str; 12] = [
    "3V7_WL_SW",
    "3V3_SYS",
    "1V8_SYS",
    "DDR_VDD2",
    "DDR_VDDQ",
    "1V1_SYS",
    "0V8_SW",
    "VDD_CORE",
    "3V3_DAC",
    "3V3_ADC",
    "0V8_AON",
    "HDMI",
];

/// What it has one of.
const NODE: [(Quantity, i64); 41] = [
    (Quantity::CPU_TEMPERATURE, 562),
    (Quantity::LOAD_1MIN, 42),
    (Quantity::LOAD_5MIN, 31),
    (Quantity::LOAD_15MIN, 28),
    (Quantity::MEMORY_TOTAL, 8_255_488),
    (Quantity::MEMORY_AVAILABLE, 6_291_456),
    (Quantity::SWAP_TOTAL, 524_272),
    (Quantity::SWAP_USED, 0),
    (Quantity::UPTIME, 273_840),
    (Quantity::UNDER_VOLTAGE_NOW, 1),
    (Quantity::FREQUENCY_CAPPED_NOW, 0),
    (Quantity::THROTTLED_NOW, 0),
    (Quantity::SOFT_LIMIT_NOW, 0),
    (Quantity::UNDER_VOLTAGE_SINCE_BOOT, 1),
    (Quantity::FREQUENCY_CAPPED_SINCE_BOOT, 0),
    (Quantity::THROTTLED_SINCE_BOOT, 0),
    (Quantity::SOFT_LIMIT_SINCE_BOOT, 0),
    (Quantity::UNDER_VOLTAGE_EVENTS, 3),
    (Quantity::THROTTLING_EVENTS, 0),
    (Quantity::CPU_FREQUENCY, 1_500),
    (Quantity::CPU_FREQUENCY_REQUESTED, 1_500),
    (Quantity::CPU_FREQUENCY_LIMIT, 2_400),
    (Quantity::CORE_VOLTAGE, 870),
    (Quantity::INPUT_VOLTAGE, 4_715),
    (Quantity::INPUT_CURRENT_LIMIT, 3_000),
    (Quantity::FAN_SPEED, 3_214),
    (Quantity::FAN_DUTY, 49),
    (Quantity::RTC_CELL_VOLTAGE, 3_012),
    (Quantity::RTC_CELL_CHARGING, 0),
    (Quantity::STORAGE_MESSAGES, 0),
    (Quantity::UNDER_VOLTAGE_MESSAGES, 2),
    (Quantity::OUT_OF_MEMORY_MESSAGES, 0),
    (Quantity::OUT_OF_MEMORY_KILLS, 0),
    (Quantity::CPU_PRESSURE, 134),
    (Quantity::MEMORY_PRESSURE, 0),
    (Quantity::IO_PRESSURE, 12),
    (Quantity::MEMORY_ERRORS_CORRECTED, 0),
    (Quantity::MEMORY_ERRORS_UNCORRECTED, 0),
    (Quantity::OWN_WRITTEN, 12),
    (Quantity::CLOCK_JUMPS, 1),
    (Quantity::CLOCK_JUMP, -3_250),
];

/// What its parts have.
const OF_PARTS: [(Quantity, u8, i64); 34] = [
    (Quantity::DISK_WRITTEN, DISK, 1_536_000),
    (Quantity::STORAGE_MESSAGES, DISK, 0),
    (Quantity::DISK_WRITTEN, NVME, 48_000_000),
    (Quantity::DISK_LIFE_USED, NVME, 7),
    (Quantity::DISK_SPARE, NVME, 100),
    (Quantity::DISK_FAILING, NVME, 0),
    (Quantity::DISK_MEDIA_ERRORS, NVME, 0),
    (Quantity::DISK_UNSAFE_SHUTDOWNS, NVME, 14),
    (Quantity::DISK_POWER_ON, NVME, 12_345),
    (Quantity::DISK_WRITTEN_EVER, NVME, 5_000_000_000),
    (Quantity::TEMPERATURE, NVME, 412),
    (Quantity::STORAGE_MESSAGES, NVME, 0),
    (Quantity::FILESYSTEM_SIZE, ROOT, 31_457_280),
    (Quantity::FILESYSTEM_AVAILABLE, ROOT, 7_864_320),
    (Quantity::FILESYSTEM_READ_ONLY, ROOT, 0),
    (Quantity::FILESYSTEM_ERRORS, ROOT, 0),
    (Quantity::FILESYSTEM_WRITTEN, ROOT, 91_000_000),
    (Quantity::FILESYSTEM_SIZE, BOOT, 524_288),
    (Quantity::FILESYSTEM_AVAILABLE, BOOT, 443_392),
    (Quantity::FILESYSTEM_READ_ONLY, BOOT, 0),
    (Quantity::LINK_ERRORS, ETHERNET, 0),
    (Quantity::LINK_CHANGES, ETHERNET, 3),
    (Quantity::LINK_SPEED, ETHERNET, 1_000),
    (Quantity::LINK_ERRORS, WIFI, 0),
    (Quantity::LINK_CHANGES, WIFI, 0),
    (Quantity::VOLTAGE, SENSOR, 5_115),
    (Quantity::CURRENT, SENSOR, 812),
    (Quantity::POWER, SENSOR, 4_153),
    (Quantity::BATTERY_CHARGE, SENSOR, 98),
    (Quantity::BATTERY_DISCHARGING, SENSOR, 0),
    (Quantity::SUPPLY_OFFLINE, SENSOR, 0),
    (Quantity::TEMPERATURE, SENSOR, 241),
    (Quantity::TEMPERATURE, CHIP, 498),
    (Quantity::VOLTAGE, CHIP, 1_480),
];

/// What its scrub says: in the middle of a pass.
const OF_PASS: [(Quantity, u8, i64); 7] = [
    (Quantity::SCRUB_PROGRESS, 0, 4_321),
    (Quantity::SCRUB_FILES, 0, 12_345),
    (Quantity::SCRUB_READ, 0, 3_670_016),
    (Quantity::SCRUB_REMAINING, 0, 183_600),
    (Quantity::SCRUB_UNREAD, 0, 12),
    (Quantity::SCRUB_AGE, 0, 273_840),
    (Quantity::SCRUB_PERIOD, 0, 604_800),
];

/// What it says of each disk: the card has a file that rots, and one that cannot be read.
const OF_SCRUB: [(Quantity, u8, i64); 24] = [
    (Quantity::SCRUB_PASSES, DISK, 6),
    (Quantity::SCRUB_ERA, DISK, 3_735_928_559),
    (Quantity::SCRUB_ROOT, DISK, 281_474_976_710_655),
    (Quantity::CORRUPT_FILES, DISK, 1),
    (Quantity::FLAPPING_FILES, DISK, 0),
    (Quantity::UNREADABLE_FILES, DISK, 1),
    (Quantity::TRANSIENT_MISREADS, DISK, 3),
    (Quantity::CANARY_GENERATION, DISK, 41),
    (Quantity::CANARY_FOUND, DISK, 40),
    (Quantity::CANARY_LINEAGE, DISK, 3_405_691_582),
    (Quantity::CANARY_DROPPED, DISK, 0),
    (Quantity::CANARY_REFUSED, DISK, 0),
    (Quantity::SCRUB_PASSES, NVME, 2),
    (Quantity::SCRUB_ERA, NVME, 1_122_334_455),
    (Quantity::SCRUB_ROOT, NVME, 66_778_899),
    (Quantity::CORRUPT_FILES, NVME, 0),
    (Quantity::FLAPPING_FILES, NVME, 0),
    (Quantity::UNREADABLE_FILES, NVME, 0),
    (Quantity::TRANSIENT_MISREADS, NVME, 0),
    (Quantity::CANARY_GENERATION, NVME, 1),
    (Quantity::CANARY_FOUND, NVME, 0),
    (Quantity::CANARY_LINEAGE, NVME, 305_419_896),
    (Quantity::CANARY_DROPPED, NVME, 0),
    (Quantity::CANARY_REFUSED, NVME, 0),
];

/// What it found on the card.
const PI_5_FINDINGS: [Finding<'static>; 2] = [
    PI_ROT,
    Finding {
        kind: FindingKind::Unreadable.code(),
        truth: GroundTruth::None.code(),
        flags: 0,
        block: 0,
        blocks: 0,
        sector: 0,
        path_hash: [8; 32],
        path: "/srv/photos/2024/IMG_2041.jpg",
        package: "",
        ..PI_ROT
    },
];

/// What it lacks, and why.
const MISSING: [(Quantity, u8, Missing); 5] = [
    (Quantity::EMMC_LIFE_STEP, 0, Missing::NotFitted),
    (Quantity::EMMC_SPARE_STATE, 0, Missing::NotFitted),
    (Quantity::DISK_LIFE_USED, DISK, Missing::NotSupported),
    (Quantity::FILESYSTEM_ERRORS, BOOT, Missing::NotSupported),
    (Quantity::LINK_SPEED, WIFI, Missing::NotSupported),
];

impl Fleet {
    /// A Pi 5 with everything, alive.
    pub(crate) fn add_pi_5(&mut self, id: &str) {
        let rails: Vec<String> = RAILS.iter().map(|rail| format!("pmic/{rail}")).collect();
        let mut parts = vec![
            part(DISK, PartKind::Disk, "cid/03534453443332478061", "mmcblk0"),
            part(NVME, PartKind::Disk, "serial/S6B0NL0W127373", "nvme0n1"),
            part(ROOT, PartKind::Filesystem, "uuid/7d3e-01bb", "/"),
            part(
                BOOT,
                PartKind::Filesystem,
                "uuid/9c1f-22aa",
                "/boot/firmware",
            ),
            part(ETHERNET, PartKind::Interface, "net/eth0", "eth0"),
            part(WIFI, PartKind::Interface, "net/wlan0", "wlan0"),
            part(SENSOR, PartKind::PowerSupply, "supply/ups", "ups"),
            part(CHIP, PartKind::Sensor, "hwmon/rp1_adc", "rp1_adc"),
        ];
        let names = rails.iter().zip(RAILS).zip(FIRST_RAIL..);
        parts.extend(names.map(|((id, name), at)| part(at, PartKind::Sensor, id, name)));
        let facts = Facts {
            model: "Raspberry Pi 5 Model B Rev 1.0",
            ..PI_FACTS
        };
        self.say(id, Kind::Facts, |writer| {
            writer.section(FACTS, &facts).unwrap();
            writer.repeated(PARTS, &parts).unwrap();
            writer.section(BOARD, &PI_5_BOARD).unwrap();
            writer.repeated(MEDIA, PI_5_MEDIA).unwrap();
        });
        // The pass before, without which nobody could have witnessed the last one.
        let before = OF_SCRUB.map(|(quantity, part, value)| match quantity {
            Quantity::SCRUB_PASSES => (quantity, part, Ok(value - 1)),
            Quantity::CORRUPT_FILES | Quantity::UNREADABLE_FILES => (quantity, part, Ok(0)),
            _ => (quantity, part, Ok(value)),
        });
        self.report(id, &before);
        self.say(id, Kind::Report, |writer| {
            writer.readings(readings()).unwrap();
            writer.repeated(WRITERS, PI_5_WRITERS).unwrap();
            writer.repeated(FINDINGS, PI_5_FINDINGS).unwrap();
        });
    }
}

fn part<'a>(number: u8, kind: PartKind, id: &'a str, name: &'a str) -> Part<'a> {
    Part {
        number,
        kind: kind.code(),
        id,
        name,
    }
}

fn readings() -> Vec<Reading> {
    let reading = |quantity, part, value| Reading {
        quantity,
        part,
        value,
    };
    let node = NODE.map(|(quantity, value)| reading(quantity, 0, Ok(value)));
    let parts = OF_PARTS.iter().chain(&OF_PASS).chain(&OF_SCRUB);
    let parts = parts.map(|(quantity, part, value)| reading(*quantity, *part, Ok(*value)));
    let missing = MISSING.map(|(quantity, part, why)| reading(quantity, part, Err(why)));
    let rails = (FIRST_RAIL..).take(RAILS.len()).flat_map(|rail| {
        [(Quantity::VOLTAGE, 3_312), (Quantity::CURRENT, 95)]
            .map(|(quantity, value)| reading(quantity, rail, Ok(value)))
    });
    let all = node.into_iter().chain(parts).chain(missing);
    all.chain(rails).collect()
}

const PI_5_BOARD: Board<'static> = Board {
    revision: 0x00d0_4170,
    serial: "1000000012345678",
    boot_loader: "f788aab6",
    boot_loader_built_s: 1_739_448_000,
    reset_reason: "power-on",
    reset_source: "rsts 0x1000",
    returns: Returns::No.code(),
    returns_because: "WAIT_FOR_POWER_BUTTON=1",
};

const PI_5_MEDIA: [Medium<'static>; 2] = [
    Medium {
        part: DISK,
        kind: MediumKind::Sd.code(),
        maker: 0x03,
        oem: 0x5344,
        product: "SD32G",
        serial: "0x12345678",
        revision: "8.0",
        made_year: 2021,
        made_month: 3,
        size_kib: 31_166_976,
    },
    Medium {
        part: NVME,
        kind: MediumKind::Nvme.code(),
        maker: 0,
        oem: 0,
        product: "Samsung SSD 980 500GB",
        serial: "S64DNL0W127373",
        revision: "3B4QFXO7",
        made_year: 0,
        made_month: 0,
        size_kib: 488_386_584,
    },
];

const PI_5_WRITERS: [Writer<'static>; 3] = [
    Writer {
        part: NVME,
        name: "influxdb.service",
        written_kib: 72_000,
        over_s: 600,
    },
    Writer {
        part: NVME,
        name: "docker/homeassistant",
        written_kib: 4_100,
        over_s: 600,
    },
    Writer {
        part: 0,
        name: "rsyslog.service",
        written_kib: 310,
        over_s: 600,
    },
];
