//! Waiting for a condition, with a deadline and without guessing how long it takes.

use std::time::{Duration, Instant};

/// How often a condition is looked at: rarely enough for one that starts a program or asks a hub.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Longest that a test waits for anything that is not about a longer time by itself: what takes
/// moments, on a machine that is busy.
pub const SOON: Duration = Duration::from_secs(20);

/// So many seconds.
#[must_use]
pub const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Looks until `look` gives something, and gives that.
///
/// # Panics
/// After the deadline, naming `what`.
#[track_caller]
pub fn wait_for<T>(what: &str, deadline: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            begin.elapsed() < deadline,
            "waited {deadline:?} in vain for: {what}"
        );
        std::thread::sleep(LOOK_EVERY);
    }
}

/// The same for what is so or not, [`SOON`].
///
/// # Panics
/// After the deadline, naming `what`.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_for(what, SOON, || is_so().then_some(()));
}
