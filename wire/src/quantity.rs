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
}

impl Unit {
    /// The sign that people and JSON see; empty where there is none.
    pub const fn symbol(self) -> &'static str {
        match self {
            Unit::One | Unit::Count | Unit::Flag => "",
            Unit::Celsius => "°C",
            Unit::Kibibytes => "KiB",
            Unit::Seconds => "s",
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
    /// Errors that ext4 keeps in its super block, over reboots (`/sys/fs/ext4/*/errors_count`).
    FILESYSTEM_ERRORS = 14, "filesystem_errors", Count, 0;
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
