//! The one clock of the agent: CLOCK_BOOTTIME.

use nix::time::{ClockId, clock_gettime};

/// Milliseconds since the machine booted, suspension included.
///
/// Only a kernel without this clock (Linux before 2.6.39) has no answer; the time is 0 then.
pub fn uptime_ms() -> u64 {
    let Ok(time) = clock_gettime(ClockId::CLOCK_BOOTTIME) else {
        return 0;
    };
    let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
    let milliseconds = u64::try_from(time.tv_nsec() / 1_000_000).unwrap_or_default();
    seconds.saturating_mul(1000).saturating_add(milliseconds)
}
