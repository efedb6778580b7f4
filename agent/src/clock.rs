//! The clocks of the agent: CLOCK_BOOTTIME for everything, and CLOCK_REALTIME only to see it jump.

use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};

/// Longest that reading two clocks one after the other may take, so that they still belong
/// together.
const TOGETHER_MS: i64 = 100;
/// How often both are read anew when that took longer.
const TRIES: u8 = 3;
/// Nanoseconds of a second.
const NS_PER_S: i64 = 1_000_000_000;

/// Milliseconds since the machine booted, suspension included.
///
/// Only a kernel without this clock (Linux before 2.6.39) has no answer; the time is 0 then.
pub fn uptime_ms() -> u64 {
    let uptime_ms = read_ms(ClockId::CLOCK_BOOTTIME).unwrap_or_default();
    u64::try_from(uptime_ms).unwrap_or_default()
}

/// Milliseconds since boot and on the wall clock (since 1970) at one moment; none if the kernel has
/// no answer, or the machine is so busy that there was no such moment.
pub fn both_ms() -> Option<(i64, i64)> {
    (0..TRIES).find_map(|_| {
        let before_ms = read_ms(ClockId::CLOCK_BOOTTIME)?;
        let wall_ms = read_ms(ClockId::CLOCK_REALTIME)?;
        let after_ms = read_ms(ClockId::CLOCK_BOOTTIME)?;
        (after_ms.saturating_sub(before_ms) <= TOGETHER_MS).then_some((before_ms, wall_ms))
    })
}

/// The clocks at one moment, as far as a scrub needs it: a busy machine may read one of them a good
/// while after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Nanoseconds since 1970 on the wall clock, as the filesystem's times are.
    pub unix_ns: i64,
    /// Milliseconds since the machine booted, suspension included.
    pub uptime_ms: u64,
}

impl Moment {
    /// This one. Every kernel has a wall clock; without an answer it is 1970, which is a clock that
    /// was set back.
    pub fn now() -> Moment {
        let wall = clock_gettime(ClockId::CLOCK_REALTIME);
        Moment {
            unix_ns: wall.map_or(0, |time| time.num_nanoseconds()),
            uptime_ms: uptime_ms(),
        }
    }

    /// Seconds since 1970; 0 before that.
    pub fn unix_s(&self) -> u64 {
        u64::try_from(self.unix_ns / NS_PER_S).unwrap_or_default()
    }

    /// Seconds since the machine booted.
    pub fn uptime_s(&self) -> u64 {
        self.uptime_ms / 1000
    }
}

fn read_ms(clock: ClockId) -> Option<i64> {
    clock_gettime(clock)
        .ok()
        .map(|time| time.num_milliseconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clocks_are_read_at_one_moment() {
        let before_ms = uptime_ms();
        let (uptime, wall) = both_ms().unwrap();
        assert!(u64::try_from(uptime).unwrap() >= before_ms);
        // This was written in 2026.
        assert!(wall > 1_700_000_000_000, "{wall}");
    }

    #[test]
    fn a_moment_is_told_in_seconds_as_well() {
        let now = Moment::now();
        assert!(now.unix_s() > 1_700_000_000 && now.uptime_s() == now.uptime_ms / 1000);
        let before_1970 = Moment {
            unix_ns: -NS_PER_S,
            uptime_ms: 1999,
        };
        assert_eq!((before_1970.unix_s(), before_1970.uptime_s()), (0, 1));
    }
}
