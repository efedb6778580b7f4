//! A connection to the broker that comes back by itself, after the same back-off as an agent's.

use crate::random::Random;
use picket_node::Backoff;

/// How long an attempt waits for the broker's answer.
const CONNECT_TIMEOUT_MS: u64 = 5_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Down { retry_ms: u64 },
    Connecting { until_ms: u64 },
    Up,
}

/// One end of a connection.
#[derive(Debug)]
pub(crate) struct Link {
    state: State,
    /// Counts attempts and closings; packets of an earlier connection are void.
    attempt: u32,
    backoff: Backoff,
    random: Random,
}

impl Link {
    /// A link that first connects at `at_ms`; its attempts count on from `attempt`.
    pub(crate) fn new(at_ms: u64, attempt: u32, random: Random) -> Link {
        let state = State::Down { retry_ms: at_ms };
        Link {
            state,
            attempt,
            backoff: Backoff::new(),
            random,
        }
    }

    pub(crate) fn attempt(&self) -> u32 {
        self.attempt
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Does what is due; true if a new attempt begins now.
    pub(crate) fn wake(&mut self, now_ms: u64) -> bool {
        match self.state {
            State::Down { retry_ms } if retry_ms <= now_ms => {
                self.attempt = self.attempt.wrapping_add(1);
                self.state = State::Connecting {
                    until_ms: now_ms + CONNECT_TIMEOUT_MS,
                };
                true
            }
            State::Connecting { until_ms } if until_ms <= now_ms => {
                self.close(now_ms);
                false
            }
            State::Down { .. } | State::Connecting { .. } | State::Up => false,
        }
    }

    /// The broker accepted.
    pub(crate) fn accepted(&mut self) {
        self.state = State::Up;
        self.backoff.reset();
    }

    /// The connection is gone; the next attempt follows after the back-off.
    pub(crate) fn close(&mut self, now_ms: u64) {
        // What is still under way to the closed connection is void.
        self.attempt = self.attempt.wrapping_add(1);
        let wait_ms = self.backoff.next_ms(self.random.next_u32());
        self.state = State::Down {
            retry_ms: now_ms + u64::from(wait_ms),
        };
    }

    /// When [`Link::wake`] has something to do; none while the connection stands.
    pub(crate) fn next_wake_ms(&self) -> Option<u64> {
        match self.state {
            State::Down { retry_ms } => Some(retry_ms),
            State::Connecting { until_ms } => Some(until_ms),
            State::Up => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_tries_waits_for_the_answer_and_tries_again_until_it_is_accepted() {
        let mut link = Link::new(100, 0, Random::new(1));
        assert!(!link.wake(99));
        assert!(link.wake(100));
        assert_eq!((link.attempt(), link.next_wake_ms()), (1, Some(5_100)));
        assert!(!link.wake(5_100), "nobody answered");
        let retry_ms = link.next_wake_ms().unwrap();
        assert!((5_475..5_725).contains(&retry_ms), "{retry_ms}");
        assert!(link.wake(retry_ms));
        link.accepted();
        assert!(link.is_up());
        assert_eq!(link.next_wake_ms(), None);
    }
}
