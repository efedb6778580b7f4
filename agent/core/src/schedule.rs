//! When to sample: a fixed cadence from the start of the agent, missed ticks are skipped, and one
//! sample more when a new listener is there.

/// Ticks at `start`, `start + every`, `start + 2 × every`, …, and whenever one is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    every_ms: u64,
    next_ms: u64,
    at_once: bool,
}

impl Schedule {
    /// The first tick is due at once. An `every_ms` of 0 counts as 1.
    pub fn new(every_ms: u32, now_ms: u64) -> Schedule {
        Schedule {
            every_ms: u64::from(every_ms.max(1)),
            next_ms: now_ms,
            at_once: false,
        }
    }

    /// When the next tick is due; 0 when one was asked for.
    pub fn next_ms(&self) -> u64 {
        if self.at_once { 0 } else { self.next_ms }
    }

    /// Makes a tick due at once. The cadence goes on as if nothing had been.
    pub fn at_once(&mut self) {
        self.at_once = true;
    }

    /// The length of the cadence in milliseconds, at least 1.
    pub fn every_ms(&self) -> u64 {
        self.every_ms
    }

    /// Whether a tick is due; true once per tick. Ticks that passed unasked, as in a suspended
    /// machine, count as one, because several samples of one moment say no more than one.
    pub fn due(&mut self, now_ms: u64) -> bool {
        let asked_for = core::mem::take(&mut self.at_once);
        let Some(past_ms) = now_ms.checked_sub(self.next_ms) else {
            return asked_for;
        };
        // The divisor is never 0; the default keeps this free of a panic by construction.
        let missed = past_ms.checked_div(self.every_ms).unwrap_or(0);
        let ahead_ms = missed.saturating_add(1).saturating_mul(self.every_ms);
        self.next_ms = self.next_ms.saturating_add(ahead_ms);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_sample_is_due_at_once_and_each_tick_once() {
        let mut schedule = Schedule::new(10_000, 700);
        assert!(schedule.due(700));
        assert!(!schedule.due(700));
        assert!(!schedule.due(10_699));
        assert!(schedule.due(10_700));
        assert_eq!(schedule.next_ms(), 20_700);
    }

    #[test]
    fn a_sample_taken_late_does_not_move_the_cadence() {
        let mut schedule = Schedule::new(1_000, 0);
        assert!(schedule.due(0));
        assert!(schedule.due(1_900));
        assert_eq!(schedule.next_ms(), 2_000);
    }

    #[test]
    fn a_machine_that_was_suspended_for_an_hour_samples_once() {
        let mut schedule = Schedule::new(1_000, 0);
        assert!(schedule.due(0));
        assert!(schedule.due(3_600_500));
        assert!(!schedule.due(3_600_500));
        assert_eq!(schedule.next_ms(), 3_601_000);
    }

    #[test]
    fn a_sample_asked_for_comes_once_and_does_not_move_the_cadence() {
        let mut schedule = Schedule::new(10_000, 0);
        assert!(schedule.due(0));
        schedule.at_once();
        assert!(schedule.next_ms() <= 3_000);
        assert!(schedule.due(3_000));
        assert!(!schedule.due(3_000));
        assert_eq!(schedule.next_ms(), 10_000);
    }

    #[test]
    fn an_interval_of_zero_and_the_end_of_time_are_harmless() {
        let mut schedule = Schedule::new(0, 0);
        assert!(schedule.due(0));
        assert_eq!(schedule.next_ms(), 1);
        assert!(schedule.due(u64::MAX));
        assert_eq!(schedule.next_ms(), u64::MAX);
    }

    proptest! {
        #[test]
        fn after_a_tick_the_next_lies_ahead_by_at_most_one_interval_and_on_the_grid(
            every_ms in 1u32..100_000,
            start_ms in 0u64..1 << 40,
            steps_ms in prop::collection::vec(0u64..1_000_000, 1..50),
        ) {
            let mut schedule = Schedule::new(every_ms, start_ms);
            let mut now_ms = start_ms;
            for step_ms in steps_ms {
                now_ms += step_ms;
                let was_ms = schedule.next_ms();
                prop_assert_eq!(schedule.due(now_ms), now_ms >= was_ms);
                prop_assert!(schedule.next_ms() > now_ms);
                prop_assert!(schedule.next_ms() - now_ms <= u64::from(every_ms));
                prop_assert_eq!((schedule.next_ms() - start_ms) % u64::from(every_ms), 0);
            }
        }
    }
}
