//! What a healthy machine measures, from the seed: numbers wander, and none gives cause for alarm.

use crate::random::Random;
use picket_wire::{Facts, Part, PartKind, Quantity, Reading};

/// Part number of the machine's one disk.
const DISK: u8 = 1;
/// Part number of the machine's one filesystem.
const FILESYSTEM: u8 = 2;

const DAY_MS: u64 = 86_400_000;
/// What the agent writes to the disk in a day.
const OWN_KIB_A_DAY: u64 = 512;

/// The parts of every machine.
pub(crate) const PARTS: [Part<'static>; 2] = [
    Part {
        number: DISK,
        kind: PartKind::Disk.code(),
        id: "cid/0353445343",
        name: "mmcblk0",
    },
    Part {
        number: FILESYSTEM,
        kind: PartKind::Filesystem.code(),
        id: "/",
        name: "/",
    },
];

/// The facts of every machine.
pub(crate) fn facts(every_ms: u32) -> Facts<'static> {
    Facts {
        agent: "picket-sim",
        model: "Raspberry Pi 4 Model B Rev 1.4",
        os: "Debian GNU/Linux 12 (bookworm)",
        kernel: "6.6.31",
        arch: "aarch64",
        every_ms,
    }
}

/// The state that the numbers wander in.
#[derive(Debug)]
pub(crate) struct Readings {
    random: Random,
    temperature_deci_celsius: u64,
    load_centi: u64,
    written_kib: u64,
    /// What was counted before the story begins, and does not grow: no cause for alarm.
    past: u64,
}

impl Readings {
    pub(crate) fn new(mut random: Random) -> Readings {
        let temperature_deci_celsius = random.between(420, 520);
        let written_kib = random.between(0, 1 << 20);
        let past = random.between(0, 50);
        Readings {
            random,
            temperature_deci_celsius,
            load_centi: 20,
            written_kib,
            past,
        }
    }

    /// The readings of one sampling. All machines are of one model, so that a healthy one is less
    /// than 15 °C hotter than the others.
    pub(crate) fn sample(&mut self, uptime_ms: u64) -> [Reading; 19] {
        self.temperature_deci_celsius = self.wander(self.temperature_deci_celsius, 8, 400, 540);
        self.load_centi = self.wander(self.load_centi, 10, 0, 300);
        self.written_kib = self.written_kib.saturating_add(self.random.between(0, 64));
        let available_kib = self.random.between(2_000_000, 2_400_000);
        [
            reading(Quantity::CPU_TEMPERATURE, 0, self.temperature_deci_celsius),
            reading(Quantity::LOAD_1MIN, 0, self.load_centi),
            reading(Quantity::MEMORY_TOTAL, 0, 3_884_384),
            reading(Quantity::MEMORY_AVAILABLE, 0, available_kib),
            reading(Quantity::UPTIME, 0, uptime_ms / 1_000),
            reading(Quantity::DISK_WRITTEN, DISK, self.written_kib),
            reading(Quantity::FILESYSTEM_SIZE, FILESYSTEM, 30_000_000),
            reading(Quantity::FILESYSTEM_READ_ONLY, FILESYSTEM, 0),
            reading(Quantity::FILESYSTEM_ERRORS, FILESYSTEM, 0),
            reading(Quantity::UNDER_VOLTAGE_NOW, 0, 0),
            reading(Quantity::UNDER_VOLTAGE_SINCE_BOOT, 0, self.past % 2),
            reading(Quantity::UNDER_VOLTAGE_EVENTS, 0, self.past),
            reading(Quantity::THROTTLED_NOW, 0, 0),
            reading(Quantity::THROTTLING_EVENTS, 0, self.past),
            reading(Quantity::STORAGE_MESSAGES, DISK, 0),
            reading(Quantity::DISK_MEDIA_ERRORS, DISK, self.past),
            reading(Quantity::OUT_OF_MEMORY_KILLS, 0, self.past),
            reading(Quantity::OWN_WRITTEN, 0, uptime_ms / DAY_MS * OWN_KIB_A_DAY),
            // A machine without a clock is set right when the network is there.
            reading(Quantity::CLOCK_JUMPS, 0, u64::from(uptime_ms > 30_000)),
        ]
    }

    /// A step of at most `step` to either side, between `low` and `high`.
    fn wander(&mut self, from: u64, step: u64, low: u64, high: u64) -> u64 {
        let to = self
            .random
            .between(from.saturating_sub(step), from.saturating_add(step));
        to.clamp(low, high)
    }
}

fn reading(quantity: Quantity, part: u8, value: u64) -> Reading {
    Reading {
        quantity,
        part,
        value: Ok(i64::try_from(value).unwrap_or(i64::MAX)),
    }
}
