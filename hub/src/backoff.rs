//! How long to wait before trying again: doubling, with jitter.

use std::time::Duration;

/// Wait after the first failure.
const FIRST_MS: u64 = 500;
/// Longest wait, before jitter. Nodes wait up to 30 s, because they are many; the hub is one, and
/// nobody is heard until it is back.
const LONGEST_MS: u64 = 5_000;

/// Counts failures in a row.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// No failure yet.
    pub fn new() -> Backoff {
        Backoff::default()
    }

    /// Counts a failure and gives the wait after it: 0.5 s doubling to 5 s, ± 25 % by `entropy`.
    pub fn next_wait(&mut self, entropy: u32) -> Duration {
        let doubled = FIRST_MS.checked_shl(self.failures).unwrap_or(LONGEST_MS);
        let base = doubled.min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1).min(16);
        let share = u64::from(entropy % 501);
        Duration::from_millis(base * (750 + share) / 1000)
    }

    /// Whether nothing failed since the last success.
    pub fn is_fresh(&self) -> bool {
        self.failures == 0
    }

    /// It worked: the next failure is a first one.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Random bits for jitter; none are no reason to fail, only to wait as long as others.
pub(crate) fn entropy() -> u32 {
    getrandom::u32().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_five_seconds_and_start_anew_after_a_success() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..20)
            .map(|_| backoff.next_wait(250).as_millis())
            .collect();
        assert_eq!(waits[..5], [500, 1000, 2000, 4000, 5000]);
        assert!(waits[5..].iter().all(|wait| *wait == 5000));
        backoff.reset();
        assert_eq!(backoff.next_wait(0).as_millis(), 375);
    }

    #[test]
    fn jitter_stays_within_a_quarter() {
        for entropy in [0, 250, 500, 501, u32::MAX] {
            let wait = Backoff::new().next_wait(entropy).as_millis();
            assert!((375..=625).contains(&wait), "{wait}");
        }
    }
}
