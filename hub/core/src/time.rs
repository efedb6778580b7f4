//! The two times of the hub: one that only runs, and one that people read.

use core::ops::{Add, Sub};

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// CLOCK_BOOTTIME of the hub's machine, in milliseconds. Every decision rests on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// From whole seconds.
    pub const fn from_s(seconds: u64) -> Millis {
        Millis(seconds.saturating_mul(1000))
    }
}

impl Add<Millis> for Moment {
    type Output = Moment;
    fn add(self, rhs: Millis) -> Moment {
        Moment(self.0.saturating_add(rhs.0))
    }
}

impl Sub<Millis> for Moment {
    type Output = Moment;
    fn sub(self, rhs: Millis) -> Moment {
        Moment(self.0.saturating_sub(rhs.0))
    }
}

impl Moment {
    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Moment) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }
}

/// Time of day, for people only: it may be wrong, and says whether it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wall {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub unix_ms: i64,
    /// Whether the machine's clock was synchronised when it was read. The hub may be a Pi that
    /// has no clock of its own.
    pub synchronised: bool,
}

impl Wall {
    /// The days since 1970-01-01 in UTC; none while the clock may be wrong.
    pub fn day(&self) -> Option<i64> {
        self.synchronised.then(|| self.unix_ms.div_euclid(DAY_MS))
    }
}

/// Both times, read together by the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The time that decisions rest on.
    pub moment: Moment,
    /// The time that people read.
    pub wall: Wall,
}

impl Now {
    /// What the wall clock would have shown at `moment`.
    pub fn wall_at(&self, moment: Moment) -> Wall {
        let ahead_ms = i64::try_from(moment.0).unwrap_or(i64::MAX);
        let here_ms = i64::try_from(self.moment.0).unwrap_or(i64::MAX);
        let unix_ms = self
            .wall
            .unix_ms
            .saturating_add(ahead_ms.saturating_sub(here_ms));
        Wall {
            unix_ms,
            synchronised: self.wall.synchronised,
        }
    }
}
