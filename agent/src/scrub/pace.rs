//! How fast a pass reads, and when it rests: decided without a clock and without a file; `signs` is
//! what it is decided by.
//!
//! A pass is to take [`SHARE`] of its period, so that a few days of rest do not make it late. It does
//! not read slower than [`SLOWEST`]: that harms nobody, and lets a disk sleep for the rest of the
//! week. It rests while the machine runs on its battery, is hot, or others wait for its disks.

pub mod signs;

pub use signs::{Signs, Watch};

use std::time::Duration;

/// Part of its period that a pass is to take, in percent.
pub const SHARE: u64 = 80;
/// Slowest reading, in bytes a second: a hundredth of what the slowest cards read.
pub const SLOWEST: u64 = 1024 * 1024;
/// Shortest nap. What is owed is saved up so long, since each nap wakes the machine.
pub const SHORTEST_NAP: Duration = Duration::from_secs(1);
/// Longest nap.
pub const LONGEST_NAP: Duration = Duration::from_secs(30);
/// Who reads at the disk's own speed owes nothing, and naps so often nevertheless: only while it naps
/// can be seen whether others wait.
pub const LONGEST_STRETCH: Duration = Duration::from_secs(10);
/// What takes only the processor's time is followed by a nap of so many times its length.
pub const LOOK_REST: u32 = 4;
/// Between two looks while it rests.
pub const REST: Duration = Duration::from_secs(10);
/// At this temperature it rests, in tenths of a degree: 5 below the one at which a Raspberry Pi
/// begins to slow itself down.
pub const HOT: i64 = 750;
/// At this one it goes on.
pub const COOL: i64 = 700;
/// It rests when others waited for disks in so much of the time, in percent.
pub const BUSY: u64 = 30;
/// It goes on at this.
pub const IDLE: u64 = 10;
/// Longest rest because others wait for disks: where that is always so, files are read
/// nevertheless, a segment at a time.
pub const LONGEST_BUSY: Duration = Duration::from_secs(600);

/// Why a pass rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is no mains.
    OnBattery,
    /// The machine is hot, or the firmware slows it down.
    Hot,
    /// Others wait for disks.
    Busy,
}

impl Why {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Why::OnBattery => "the machine runs on its battery",
            Why::Hot => "the machine is hot",
            Why::Busy => "others wait for the disks",
        }
    }
}

/// The pace of a pass.
#[derive(Debug)]
pub struct Pace {
    /// Bytes a second.
    rate: u64,
    /// How long it is to nap for what it has read.
    owed: Duration,
    /// How long it has read since it napped.
    stretch: Duration,
    resting: Option<Why>,
    /// How long it has rested because others wait for disks.
    busy_for: Duration,
}

impl Pace {
    /// For a pass that has so many bytes to read.
    pub fn new(expected_bytes: u64, period: Duration) -> Pace {
        let seconds = (period.as_secs() * SHARE / 100).max(1);
        Pace {
            rate: (expected_bytes / seconds).max(SLOWEST),
            owed: Duration::ZERO,
            stretch: Duration::ZERO,
            resting: None,
            busy_for: Duration::ZERO,
        }
    }

    /// Bytes a second.
    pub fn rate(&self) -> u64 {
        self.rate
    }

    /// So many bytes were read in so much time.
    pub fn read(&mut self, bytes: u64, took: Duration) {
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(self.rate);
        let due = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.owed += due.saturating_sub(took);
        self.stretch += took;
    }

    /// Something else than reading took so long. It keeps no medium busy, but a core: names in their
    /// millions, or holes.
    pub fn looked(&mut self, took: Duration) {
        self.owed += took * LOOK_REST;
        self.stretch += took;
    }

    /// How long to nap before the next segment; none if it may be read at once.
    pub fn nap(&self) -> Option<Duration> {
        let is_due = self.owed >= SHORTEST_NAP || self.stretch >= LONGEST_STRETCH;
        is_due.then(|| self.owed.clamp(SHORTEST_NAP, LONGEST_NAP))
    }

    /// It has napped or rested so long, and saw this meanwhile: why it rests on, none if it goes on.
    pub fn napped(&mut self, slept: Duration, signs: &Signs) -> Option<Why> {
        self.owed = self.owed.saturating_sub(slept);
        self.stretch = Duration::ZERO;
        if self.resting == Some(Why::Busy) {
            self.busy_for += slept;
        }
        let busy_bound = match self.resting {
            Some(Why::Busy) => IDLE,
            _ => BUSY,
        };
        let hot_bound = match self.resting {
            Some(Why::Hot) => COOL,
            _ => HOT,
        };
        let is_hot = signs.temperature.is_some_and(|now| now >= hot_bound);
        let is_busy = signs.waited.is_some_and(|waited| waited >= busy_bound);
        self.resting = match signs {
            Signs {
                on_battery: true, ..
            } => Some(Why::OnBattery),
            Signs {
                is_throttled: true, ..
            } => Some(Why::Hot),
            _ if is_hot => Some(Why::Hot),
            _ if is_busy && self.busy_for < LONGEST_BUSY => Some(Why::Busy),
            _ => None,
        };
        if self.resting != Some(Why::Busy) {
            self.busy_for = Duration::ZERO;
        }
        self.resting
    }

    /// How long the rest takes, in seconds.
    pub fn remaining_s(&self, bytes: u64) -> u64 {
        bytes.div_ceil(self.rate)
    }
}

#[cfg(test)]
mod tests;
