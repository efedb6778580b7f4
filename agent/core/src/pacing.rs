//! Backlog goes out slowly, so that a fleet that comes back together does not drown its broker.

/// Between two frames of backlog: 20 a second.
pub(crate) const SPACING_MS: u64 = 50;

/// From a new connection to its first frame of backlog. The hub dates backlog by the node's live
/// frames, so that the facts under its present run are to be there first.
pub(crate) const AFTER_CONNECT_MS: u64 = 1_000;

/// One token every [`SPACING_MS`]; tokens are not saved up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pacing {
    next_ms: u64,
}

impl Pacing {
    /// When the next token is there.
    pub(crate) fn next_ms(&self) -> u64 {
        self.next_ms
    }

    /// Whether a token is there.
    pub(crate) fn ready(&self, now_ms: u64) -> bool {
        now_ms >= self.next_ms
    }

    /// A connection stands.
    pub(crate) fn connected(&mut self, now_ms: u64) {
        self.next_ms = now_ms.saturating_add(AFTER_CONNECT_MS);
    }

    /// Takes the token.
    pub(crate) fn take(&mut self, now_ms: u64) {
        self.next_ms = now_ms.saturating_add(SPACING_MS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_tokens_a_second_and_none_saved_up_over_a_pause() {
        let mut pacing = Pacing::default();
        let mut taken = 0;
        for now_ms in (0..1_000).chain(60_000..61_000) {
            if pacing.ready(now_ms) {
                pacing.take(now_ms);
                taken += 1;
            }
        }
        assert_eq!(taken, 40);
    }
}
