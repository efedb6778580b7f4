//! The two times of the hub, read together: the only place that reads a clock.

use nix::time::{ClockId, clock_gettime};
use picket_hub_core::time::{Millis, Moment, Now, Wall};
use picket_wire::BootId;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Whether the wall clock is synchronised is asked again after so long.
const ASK_AGAIN: Millis = Millis::from_s(10);
/// systemd-timesyncd touches this file when it has set the clock.
const TIMESYNC: &str = "/run/systemd/timesync/synchronized";
/// The kernel's random name of this boot.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Reads both times.
#[derive(Debug, Default)]
pub struct Clock {
    asked: Option<Moment>,
    synchronised: bool,
}

impl Clock {
    /// A clock not read yet.
    pub fn new() -> Clock {
        Clock::default()
    }

    /// Both times.
    pub fn now(&mut self) -> Now {
        let moment = moment();
        if self
            .asked
            .is_none_or(|asked| moment.since(asked) >= ASK_AGAIN)
        {
            self.asked = Some(moment);
            self.synchronised = kernel_is_synchronised() || Path::new(TIMESYNC).exists();
        }
        let unix_ms = milliseconds(ClockId::CLOCK_REALTIME);
        Now {
            moment,
            wall: Wall {
                unix_ms,
                synchronised: self.synchronised,
            },
        }
    }
}

/// CLOCK_BOOTTIME, which goes on while the machine sleeps.
pub fn moment() -> Moment {
    Moment(u64::try_from(milliseconds(ClockId::CLOCK_BOOTTIME)).unwrap_or(0))
}

fn milliseconds(clock: ClockId) -> i64 {
    // Both clocks exist on every Linux that this program starts on; the time of a missing one
    // would be the epoch.
    let Ok(time) = clock_gettime(clock) else {
        return 0;
    };
    let whole = time.tv_sec().saturating_mul(1000);
    whole.saturating_add(time.tv_nsec() / 1_000_000)
}

/// What the kernel was told by whatever sets the clock: chrony, ntpd, timesyncd.
fn kernel_is_synchronised() -> bool {
    // TIME_ERROR of adjtimex(2): the clock is not synchronised.
    const NOT_SYNCHRONISED: nix::libc::c_int = 5;
    let mut timex = std::mem::MaybeUninit::<nix::libc::timex>::zeroed();
    #[expect(unsafe_code, reason = "no safe crate in the tree wraps adjtimex")]
    // SAFETY: `timex` is plain integers, for which zero is a value, and modes = 0 only asks; the
    // kernel writes into the struct that the pointer names, which outlives the call.
    let state = unsafe { nix::libc::adjtimex(timex.as_mut_ptr()) };
    (0..NOT_SYNCHRONISED).contains(&state)
}

/// Names this boot of the machine on the wire: the first 32 bits of SHA-256 of the kernel's text.
pub fn boot() -> std::io::Result<BootId> {
    let text = std::fs::read_to_string(BOOT_ID)?;
    let hash = Sha256::digest(text.trim().as_bytes());
    Ok(BootId(u32::from_be_bytes(
        hash.first_chunk().copied().unwrap_or_default(),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_run_forward_and_agree_with_the_kernels_uptime() {
        let before = moment();
        let text = std::fs::read_to_string("/proc/uptime").unwrap();
        let uptime_s: f64 = text.split(' ').next().unwrap().parse().unwrap();
        let after = moment();
        assert!(before <= after);
        let uptime_ms = (uptime_s * 1000.0) as u64;
        assert!((before.0.saturating_sub(20)..=after.0 + 20).contains(&uptime_ms));
    }

    #[test]
    fn the_wall_time_is_that_of_the_system() {
        let now = Clock::new().now();
        let system = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        assert!(now.wall.unix_ms.abs_diff(system.as_millis() as i64) < 5000);
    }

    #[test]
    fn the_boot_stays_the_same() {
        assert_eq!(boot().unwrap(), boot().unwrap());
    }
}
