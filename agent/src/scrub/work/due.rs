//! When the next pass over a folder is due: a period after the last whole one ended.

use crate::clock::Moment;

/// What is known of the last whole pass over a folder, and of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// When it ended, in seconds since 1970 by the clock of then; none before the first.
    pub ended_unix_s: Option<u64>,
    /// Uptime in seconds at which it ended or this process began to look, whichever is later: the
    /// wall clock may be wrong, as on a board without a battery for it, and this clock is not.
    pub since_uptime_s: u64,
    /// Whether it ended in this process: then nothing but the uptime counts, for the wall clock may
    /// have been set since.
    pub is_of_this_process: bool,
}

/// How far ahead of now a pass may have ended by a clock that was a little wrong, in seconds. One
/// that ended later did so under a clock that ran far ahead, and nobody knows when that was.
const MOST_AHEAD_S: u64 = 86_400;

impl Last {
    /// How long ago the pass ended, in seconds; none before the first, and if nobody knows. A wall
    /// clock that stands a little before the end of the pass was set back: then it counts from when
    /// this process began to look.
    pub fn age_s(&self, now: Moment) -> Option<u64> {
        let by_uptime_s = now.uptime_s().saturating_sub(self.since_uptime_s);
        let ended_unix_s = self.ended_unix_s?;
        if self.is_of_this_process {
            return Some(by_uptime_s);
        }
        if ended_unix_s > now.unix_s().saturating_add(MOST_AHEAD_S) {
            return None;
        }
        let by_wall_s = now.unix_s().checked_sub(ended_unix_s);
        // What this process has seen itself is the least that it can be.
        Some(by_wall_s.unwrap_or(0).max(by_uptime_s))
    }

    /// Whether another one is due. A clock that runs ahead begins one too early, which does no harm.
    pub fn is_due(&self, now: Moment, period_s: u64) -> bool {
        self.age_s(now).is_none_or(|age_s| age_s >= period_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK_S: u64 = 7 * 86_400;
    const ENDED_S: u64 = 1_790_000_000;

    fn at(unix_s: u64, uptime_s: u64) -> Moment {
        Moment {
            unix_ns: i64::try_from(unix_s).unwrap() * 1_000_000_000,
            uptime_ms: uptime_s * 1000,
        }
    }

    #[test]
    fn the_age_is_that_of_the_wall_clock_unless_it_was_set_back() {
        let last = Last {
            ended_unix_s: Some(ENDED_S),
            since_uptime_s: 100,
            is_of_this_process: false,
        };
        for (unix_s, uptime_s, age_s) in [
            (ENDED_S, 100, 0),
            (ENDED_S + 5, 105, 5),
            (ENDED_S + WEEK_S, 200, WEEK_S),
            (ENDED_S - 1, 160, 60),
            (ENDED_S - MOST_AHEAD_S, 100 + WEEK_S, WEEK_S),
        ] {
            let now = at(unix_s, uptime_s);
            assert_eq!(last.age_s(now), Some(age_s));
            assert_eq!(last.is_due(now, WEEK_S), age_s == WEEK_S);
        }
    }

    #[test]
    fn a_pass_that_ended_far_ahead_of_now_ended_nobody_knows_when() {
        let last = Last {
            ended_unix_s: Some(ENDED_S),
            since_uptime_s: 100,
            is_of_this_process: false,
        };
        let now = at(ENDED_S - MOST_AHEAD_S - 1, 101);
        assert_eq!(last.age_s(now), None);
        assert!(last.is_due(now, WEEK_S));
    }

    #[test]
    fn a_clock_that_is_set_after_a_pass_makes_it_neither_older_nor_younger() {
        let last = Last {
            ended_unix_s: Some(ENDED_S),
            since_uptime_s: 100,
            is_of_this_process: true,
        };
        for unix_s in [0, ENDED_S, ENDED_S + 9 * WEEK_S] {
            let now = at(unix_s, 160);
            assert_eq!(last.age_s(now), Some(60));
        }
    }

    #[test]
    fn the_first_pass_is_due_at_once() {
        let last = Last {
            ended_unix_s: None,
            since_uptime_s: 0,
            is_of_this_process: false,
        };
        let now = at(0, 0);
        assert_eq!(last.age_s(now), None);
        assert!(last.is_due(now, WEEK_S));
    }
}
