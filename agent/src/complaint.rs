//! One warning a minute: a fault that repeats itself does not fill the log.

/// Shortest time between two warnings of one kind, in milliseconds.
pub const PAUSE_MS: u64 = 60_000;

/// Says when a warning is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Complaint {
    last_ms: Option<u64>,
}

impl Complaint {
    /// Whether to warn: the first time, and then at most once in [`PAUSE_MS`].
    pub fn due(&mut self, now_ms: u64) -> bool {
        let due = self
            .last_ms
            .is_none_or(|last_ms| now_ms.saturating_sub(last_ms) >= PAUSE_MS);
        if due {
            self.last_ms = Some(now_ms);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fault_is_told_at_once_and_the_next_after_a_minute() {
        let mut complaint = Complaint::default();
        let told: Vec<bool> = [0, 1, 59_999, 60_000, 60_001]
            .into_iter()
            .map(|ms| complaint.due(ms))
            .collect();
        assert_eq!(told, [true, false, false, true, false]);
    }
}
