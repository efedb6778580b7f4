//! How long to wait before the next connection: doubling, bounded, and spread over the fleet.

/// The first wait, before it is spread.
pub const FIRST_MS: u32 = 500;
/// The longest wait, before it is spread.
pub const LONGEST_MS: u32 = 30_000;

/// Doubles from [`FIRST_MS`] to [`LONGEST_MS`], each wait spread by ±25 % so that a fleet does not
/// come back to its broker all at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    next_ms: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff::new()
    }
}

impl Backoff {
    /// Starts with the first wait.
    pub const fn new() -> Backoff {
        Backoff { next_ms: FIRST_MS }
    }

    /// The wait before the next attempt. `entropy` is any random number, fresh for each call.
    pub fn next_ms(&mut self, entropy: u32) -> u32 {
        let base_ms = self.next_ms;
        self.next_ms = base_ms.saturating_mul(2).min(LONGEST_MS);
        // A fraction of 2^32 of half the base, counted from three quarters of it.
        let spread_ms = (u64::from(base_ms / 2) * u64::from(entropy)) >> 32;
        let spread_ms = u32::try_from(spread_ms).unwrap_or(0);
        base_ms - base_ms / 4 + spread_ms
    }

    /// A connection stood: the next wait is the first one again.
    pub fn reset(&mut self) {
        self.next_ms = FIRST_MS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_double_from_half_a_second_to_half_a_minute_and_start_again_after_success() {
        let mut backoff = Backoff::new();
        let middle = u32::MAX / 2 + 1;
        let waits: std::vec::Vec<u32> = (0..9).map(|_| backoff.next_ms(middle)).collect();
        assert_eq!(
            waits,
            [
                500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000
            ]
        );
        backoff.reset();
        assert_eq!(backoff.next_ms(middle), 500);
    }

    #[test]
    fn the_spread_reaches_a_quarter_to_both_sides() {
        assert_eq!(Backoff::new().next_ms(0), 375);
        assert_eq!(Backoff::new().next_ms(u32::MAX), 624);
    }

    proptest! {
        #[test]
        fn no_wait_leaves_its_bounds(entropy in prop::collection::vec(any::<u32>(), 1..20)) {
            let mut backoff = Backoff::new();
            let mut base_ms = FIRST_MS;
            for entropy in entropy {
                let wait_ms = backoff.next_ms(entropy);
                prop_assert!(wait_ms >= base_ms - base_ms / 4);
                prop_assert!(wait_ms < base_ms + base_ms / 4);
                base_ms = (base_ms * 2).min(LONGEST_MS);
            }
        }
    }
}
