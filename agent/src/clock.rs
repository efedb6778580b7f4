//! The clocks of the agent: CLOCK_BOOTTIME for everything, and CLOCK_REALTIME only to see it jump.

use nix::sys::time::TimeValLike;
use nix::time::{ClockId, clock_gettime};

/// Longest that reading two clocks one after the other may take, so that they still belong
/// together.
const TOGETHER_MS: i64 = 100;
/// How often both are read anew when that took longer.
const TRIES: u8 = 3;

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
}
