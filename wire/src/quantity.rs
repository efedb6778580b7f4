//! The one table of everything that can be measured: code, name, unit, decimals.
//!
//! A new quantity adds a row here, and page, metrics and store show it unchanged. A code is never
//! used twice, and a row never changes its unit or its decimals.

use core::fmt;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A ratio or an index without a unit.
    One,
    /// How many of something.
    Count,
    /// 0 or 1; 1 means that what the name says is so.
    Flag,
    /// Degrees Celsius.
    Celsius,
    /// Kibibytes.
    Kibibytes,
    /// Seconds.
    Seconds,
    /// Hours.
    Hours,
    /// Volts.
    Volts,
    /// Amperes.
    Amperes,
    /// Watts.
    Watts,
    /// Megahertz.
    Megahertz,
    /// Hundredths of a whole.
    Percent,
    /// Turns a minute.
    TurnsPerMinute,
    /// Megabits a second, of 1,000,000 bits.
    MegabitsPerSecond,
}

impl Unit {
    /// The sign that people and JSON see; empty where there is none.
    pub const fn symbol(self) -> &'static str {
        match self {
            Unit::One | Unit::Count | Unit::Flag => "",
            Unit::Celsius => "°C",
            Unit::Kibibytes => "KiB",
            Unit::Seconds => "s",
            Unit::Hours => "h",
            Unit::Volts => "V",
            Unit::Amperes => "A",
            Unit::Watts => "W",
            Unit::Megahertz => "MHz",
            Unit::Percent => "%",
            Unit::TurnsPerMinute => "rpm",
            Unit::MegabitsPerSecond => "Mbit/s",
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The quantity that the row describes.
    pub quantity: Quantity,
    /// Lower-case words joined by `_`, without the unit.
    pub name: &'static str,
    /// What the number counts.
    pub unit: Unit,
    /// The value is the number on the wire divided by ten to this power.
    pub decimals: u8,
}

/// A quantity by its code. A code of a newer node has no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(pub u16);

/// Highest code that may be given out: two bytes on the wire at most.
pub const MAX_CODE: u16 = (1 << 13) - 1;

macro_rules! table {
    ($($(#[$doc:meta])* $constant:ident = $code:literal, $name:literal, $unit:ident, $decimals:literal;)*) => {
        impl Quantity {
            $($(#[$doc])* pub const $constant: Quantity = Quantity($code);)*
        }
        /// All rows, by ascending code.
        pub const TABLE: &[Row] = &[
            $(Row { quantity: Quantity($code), name: $name, unit: Unit::$unit, decimals: $decimals },)*
        ];
    };
}

table! {
    /// Temperature of the processor. Linux: thermal zone or hwmon, by name.
    CPU_TEMPERATURE = 1, "cpu_temperature", Celsius, 1;
    /// Load average over one minute (`/proc/loadavg`).
    LOAD_1MIN = 2, "load_1min", One, 2;
    /// Load average over five minutes.
    LOAD_5MIN = 3, "load_5min", One, 2;
    /// Load average over fifteen minutes.
    LOAD_15MIN = 4, "load_15min", One, 2;
    /// Main memory that the kernel manages (`MemTotal`).
    MEMORY_TOTAL = 5, "memory_total", Kibibytes, 0;
    /// Memory that new programs can have without swapping (`MemAvailable`).
    MEMORY_AVAILABLE = 6, "memory_available", Kibibytes, 0;
    /// Swap space fitted.
    SWAP_TOTAL = 7, "swap_total", Kibibytes, 0;
    /// Swap space in use.
    SWAP_USED = 8, "swap_used", Kibibytes, 0;
    /// Time since the machine booted, suspension included (CLOCK_BOOTTIME).
    UPTIME = 9, "uptime", Seconds, 0;
    /// Written to a disk since boot, from field 7 of the block device's `stat`, always in units of
    /// 512 bytes (Linux, Documentation/block/stat.rst).
    DISK_WRITTEN = 10, "disk_written", Kibibytes, 0;
    /// Size of a filesystem.
    FILESYSTEM_SIZE = 11, "filesystem_size", Kibibytes, 0;
    /// Space of a filesystem that an ordinary user may still fill.
    FILESYSTEM_AVAILABLE = 12, "filesystem_available", Kibibytes, 0;
    /// 1 when the filesystem itself is read-only (its super block, not one mount of it).
    FILESYSTEM_READ_ONLY = 13, "filesystem_read_only", Flag, 0;
    /// Errors that ext4 keeps in its super block, over reboots (`/sys/fs/ext4/*/errors_count`), or
    /// that btrfs keeps of all its devices (`/sys/fs/btrfs/*/devinfo/*/error_stats`).
    FILESYSTEM_ERRORS = 14, "filesystem_errors", Count, 0;
    /// 1 when the firmware saw too low an input voltage at any time since the report before, as far
    /// as the agent looked: bit 0 of `get_throttled`, or the alarm of the kernel's `rpi_volt`.
    UNDER_VOLTAGE_NOW = 15, "under_voltage_now", Flag, 0;
    /// The same of bit 1: the processor's frequency is capped.
    FREQUENCY_CAPPED_NOW = 16, "frequency_capped_now", Flag, 0;
    /// The same of bit 2: the processor is throttled.
    THROTTLED_NOW = 17, "throttled_now", Flag, 0;
    /// The same of bit 3: the soft temperature limit is active.
    SOFT_LIMIT_NOW = 18, "soft_limit_now", Flag, 0;
    /// 1 when bit 16 of `get_throttled` says that the voltage was too low since boot, or since
    /// somebody cleared it.
    UNDER_VOLTAGE_SINCE_BOOT = 19, "under_voltage_since_boot", Flag, 0;
    /// The same of bit 17, frequency capped.
    FREQUENCY_CAPPED_SINCE_BOOT = 20, "frequency_capped_since_boot", Flag, 0;
    /// The same of bit 18, throttled.
    THROTTLED_SINCE_BOOT = 21, "throttled_since_boot", Flag, 0;
    /// The same of bit 19, soft temperature limit.
    SOFT_LIMIT_SINCE_BOOT = 22, "soft_limit_since_boot", Flag, 0;
    /// How often the voltage was seen to become too low since the agent started.
    UNDER_VOLTAGE_EVENTS = 23, "under_voltage_events", Count, 0;
    /// How often throttling (bits 1, 2 or 3) was seen to begin since the agent started.
    THROTTLING_EVENTS = 24, "throttling_events", Count, 0;
    /// The processor's real clock, as the firmware measures it.
    CPU_FREQUENCY = 25, "cpu_frequency", Megahertz, 0;
    /// The clock that the kernel asked for (`scaling_cur_freq`).
    CPU_FREQUENCY_REQUESTED = 26, "cpu_frequency_requested", Megahertz, 0;
    /// The highest clock that the kernel may ask for (`scaling_max_freq`).
    CPU_FREQUENCY_LIMIT = 27, "cpu_frequency_limit", Megahertz, 0;
    /// Voltage of the processor's core.
    CORE_VOLTAGE = 28, "core_voltage", Volts, 3;
    /// Voltage at the board's 5 V input, behind its protection (Raspberry Pi 5: EXT5V).
    INPUT_VOLTAGE = 29, "input_voltage", Volts, 3;
    /// Current that the power supply offers (Raspberry Pi 5: `chosen/power/max_current`).
    INPUT_CURRENT_LIMIT = 30, "input_current_limit", Amperes, 3;
    /// Voltage of a rail, a sensor or a power supply.
    VOLTAGE = 31, "voltage", Volts, 3;
    /// Current through a rail, a sensor or a power supply; negative flows back.
    CURRENT = 32, "current", Amperes, 3;
    /// Power through a sensor or a power supply.
    POWER = 33, "power", Watts, 3;
    /// Temperature of a part: a disk, a chip of the board, a battery.
    TEMPERATURE = 34, "temperature", Celsius, 1;
    /// How fast a fan turns.
    FAN_SPEED = 35, "fan_speed", TurnsPerMinute, 0;
    /// How hard a fan is driven.
    FAN_DUTY = 36, "fan_duty", Percent, 0;
    /// Voltage of the clock's cell.
    RTC_CELL_VOLTAGE = 37, "rtc_cell_voltage", Volts, 3;
    /// Voltage to which the clock's cell is charged; 0 is not at all.
    RTC_CELL_CHARGING = 38, "rtc_cell_charging", Volts, 3;
    /// How full a battery is.
    BATTERY_CHARGE = 39, "battery_charge", Percent, 0;
    /// 1 while a battery gives current; *not supported* where its driver cannot tell.
    BATTERY_DISCHARGING = 40, "battery_discharging", Flag, 0;
    /// 1 when a mains or USB supply gives no power; *not supported* where its driver cannot tell.
    SUPPLY_OFFLINE = 41, "supply_offline", Flag, 0;
    /// Life that an eMMC says it has used, the higher of its two types, in steps of ten hundredths:
    /// 1 is up to 10 %, 10 up to 100 %, 11 beyond (JEDEC eMMC, EXT_CSD bytes 268 and 269).
    EMMC_LIFE_STEP = 42, "emmc_life_step", One, 0;
    /// Spare blocks that an eMMC has used: 1 normal, 2 more than 80 %, 3 more than 90 % (EXT_CSD
    /// byte 267).
    EMMC_SPARE_STATE = 43, "emmc_spare_state", One, 0;
    /// Life that a disk or card says it has used; may exceed 100 (NVMe SMART, ATA SMART, the
    /// answer of an SD card to its maker's own command).
    DISK_LIFE_USED = 44, "disk_life_used", Percent, 0;
    /// Spare blocks that a disk has left.
    DISK_SPARE = 45, "disk_spare", Percent, 0;
    /// 1 when a disk itself warns that it fails (NVMe critical warning other than of temperature,
    /// ATA SMART status).
    DISK_FAILING = 46, "disk_failing", Flag, 0;
    /// Errors of a disk's medium that it could not correct, since it was made.
    DISK_MEDIA_ERRORS = 47, "disk_media_errors", Count, 0;
    /// How often power went away without a word, since the disk was made.
    DISK_UNSAFE_SHUTDOWNS = 48, "disk_unsafe_shutdowns", Count, 0;
    /// How long a disk has been powered since it was made.
    DISK_POWER_ON = 49, "disk_power_on", Hours, 0;
    /// Written to a disk since it was made, as it says itself.
    DISK_WRITTEN_EVER = 50, "disk_written_ever", Kibibytes, 0;
    /// Written to a filesystem since it was made, as its super block says; a clone takes the
    /// number along (`lifetime_write_kbytes` of ext4).
    FILESYSTEM_WRITTEN = 51, "filesystem_written", Kibibytes, 0;
    /// Kernel messages about errors of storage since boot, of a disk or, where they name none, of
    /// the node.
    STORAGE_MESSAGES = 52, "storage_messages", Count, 0;
    /// Kernel messages about under-voltage since boot. The kernel says no more than three in five
    /// minutes.
    UNDER_VOLTAGE_MESSAGES = 53, "under_voltage_messages", Count, 0;
    /// Kernel messages about memory that ran out since boot.
    OUT_OF_MEMORY_MESSAGES = 54, "out_of_memory_messages", Count, 0;
    /// Programs that the kernel ended because memory ran out, since boot (`oom_kill` of
    /// `/proc/vmstat`).
    OUT_OF_MEMORY_KILLS = 55, "out_of_memory_kills", Count, 0;
    /// Time in which something waited for the processor, of the last minute (`/proc/pressure/cpu`,
    /// `some avg60`).
    CPU_PRESSURE = 56, "cpu_pressure", Percent, 2;
    /// Time in which everything waited for memory, of the last minute (`full avg60`).
    MEMORY_PRESSURE = 57, "memory_pressure", Percent, 2;
    /// Time in which everything waited for disks, of the last minute (`full avg60`).
    IO_PRESSURE = 58, "io_pressure", Percent, 2;
    /// Errors of main memory that were corrected, since boot (EDAC).
    MEMORY_ERRORS_CORRECTED = 59, "memory_errors_corrected", Count, 0;
    /// Errors of main memory that could not be corrected, since boot (EDAC).
    MEMORY_ERRORS_UNCORRECTED = 60, "memory_errors_uncorrected", Count, 0;
    /// Receive and send errors of an interface since it was made.
    LINK_ERRORS = 61, "link_errors", Count, 0;
    /// How often an interface lost or got its carrier since it was made.
    LINK_CHANGES = 62, "link_changes", Count, 0;
    /// Speed of an interface; *not supported* where its driver cannot tell, as of Wi-Fi.
    LINK_SPEED = 63, "link_speed", MegabitsPerSecond, 0;
    /// Written to disks by the agent since it started (`write_bytes` of `/proc/self/io`), and by its
    /// scrub since that agent heard of it first.
    OWN_WRITTEN = 64, "own_written", Kibibytes, 0;
    /// How often the machine's wall clock was seen to jump since the agent started.
    CLOCK_JUMPS = 65, "clock_jumps", Count, 0;
    /// How far the last jump of the wall clock went; negative is back. 0 before the first.
    CLOCK_JUMP = 66, "clock_jump", Seconds, 3;
    /// How much of the pass under way the scrub has read back; 100 between two passes.
    SCRUB_PROGRESS = 67, "scrub_progress", Percent, 2;
    /// Files that it has read back in the pass under way, or in the last one.
    SCRUB_FILES = 68, "scrub_files", Count, 0;
    /// What it has read back in that pass.
    SCRUB_READ = 69, "scrub_read", Kibibytes, 0;
    /// How long the pass under way will go on, as it goes now; 0 between two passes.
    SCRUB_REMAINING = 70, "scrub_remaining", Seconds, 0;
    /// Files of that pass that nobody looked at: what could not be read past the cache is not good.
    SCRUB_UNREAD = 71, "scrub_unread", Count, 0;
    /// How long ago the last whole pass ended; *busy* before the first.
    SCRUB_AGE = 72, "scrub_age", Seconds, 0;
    /// How often a whole pass is meant to be made.
    SCRUB_PERIOD = 73, "scrub_period", Seconds, 0;
    /// Whole passes over a disk since its manifest was begun; of several manifests, their sum.
    SCRUB_PASSES = 74, "scrub_passes", Count, 0;
    /// Random number that the manifest of a disk began with: another one is another manifest, and
    /// knows nothing of what the one before knew.
    SCRUB_ERA = 75, "scrub_era", One, 0;
    /// First 48 bits of the digest root of a disk's manifest, as of its last whole pass.
    SCRUB_ROOT = 76, "scrub_root", One, 0;
    /// Files of a disk that do not read as they were written, each time the same; *busy* until a
    /// whole pass has compared them.
    CORRUPT_FILES = 77, "corrupt_files", Count, 0;
    /// Files of a disk that read otherwise each time.
    FLAPPING_FILES = 78, "flapping_files", Count, 0;
    /// Files of a disk of which the medium, or the filesystem's own checksum, gives an error.
    UNREADABLE_FILES = 79, "unreadable_files", Count, 0;
    /// How often a file of a disk read wrong once and then right, since its manifest was begun.
    TRANSIENT_MISREADS = 80, "transient_misreads", Count, 0;
    /// The canary of a disk: how often it was written and then read back past the cache.
    CANARY_GENERATION = 81, "canary_generation", Count, 0;
    /// The generation of the canary that stood on the disk when it was looked at first in this boot;
    /// *not fitted* if there was none.
    CANARY_FOUND = 82, "canary_found", Count, 0;
    /// Random number that the canary began with: another one is another card or installation.
    CANARY_LINEAGE = 83, "canary_lineage", One, 0;
    /// 1 when what was written to the canary, and confirmed, is not what is read back past the cache.
    CANARY_DROPPED = 84, "canary_dropped", Flag, 0;
    /// 1 when the canary cannot be written though its filesystem says that it is writable.
    CANARY_REFUSED = 85, "canary_refused", Flag, 0;
}

impl Quantity {
    /// The row of this quantity; none for a code that this version does not know.
    pub fn row(self) -> Option<&'static Row> {
        let index = usize::from(self.0).checked_sub(1)?;
        TABLE.get(index)
    }

    /// The quantity of a name.
    pub fn from_name(name: &str) -> Option<Quantity> {
        TABLE
            .iter()
            .find(|row| row.name == name)
            .map(|row| row.quantity)
    }
}

impl fmt::Display for Quantity {
    /// The name, and for a quantity of a newer node its code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row() {
            Some(row) => f.pad(row.name),
            None => write!(f, "unknown quantity {}", self.0),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.symbol())
    }
}

// The lookup by index rests on codes that count from 1 without a gap.
const _: () = {
    let mut i = 0;
    while i < TABLE.len() {
        assert!(TABLE[i].quantity.0 as usize == i + 1);
        assert!(TABLE[i].quantity.0 <= MAX_CODE);
        i += 1;
    }
};
