//! One budget for all log lines about input that was not taken, so that rubbish cannot fill a log.

use picket_hub_core::time::{Millis, Moment};

/// Lines within one window.
const LINES: u32 = 10;
/// Length of a window.
const WINDOW: Millis = Millis::from_s(60);

/// Counts lines in windows that begin with their first line.
#[derive(Debug, Default)]
pub struct LineBudget {
    began: Option<Moment>,
    lines: u32,
    suppressed: u64,
    suppressed_ever: u64,
}

impl LineBudget {
    /// Nothing said yet.
    pub fn new() -> LineBudget {
        LineBudget::default()
    }

    /// Whether one more line may be written. Ask [`LineBudget::summary`] first.
    pub fn allows(&mut self, now: Moment) -> bool {
        self.began.get_or_insert(now);
        if self.lines < LINES {
            self.lines += 1;
            return true;
        }
        self.suppressed = self.suppressed.saturating_add(1);
        self.suppressed_ever = self.suppressed_ever.saturating_add(1);
        false
    }

    /// Once a window is over: how many lines it kept back, if any. Begins the next one.
    pub fn summary(&mut self, now: Moment) -> Option<u64> {
        let began = self.began?;
        if now.since(began) < WINDOW {
            return None;
        }
        self.began = None;
        self.lines = 0;
        let suppressed = std::mem::take(&mut self.suppressed);
        (suppressed > 0).then_some(suppressed)
    }

    /// When [`LineBudget::summary`] has something to say.
    pub fn due(&self) -> Option<Moment> {
        self.began
            .filter(|_| self.suppressed > 0)
            .map(|began| began + WINDOW)
    }

    /// Lines kept back since the start.
    pub fn suppressed_ever(&self) -> u64 {
        self.suppressed_ever
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_leaves_ten_lines_and_one_that_counts_the_rest() {
        let mut budget = LineBudget::new();
        let mut lines = 0;
        for ms in 0..50_000 {
            assert_eq!(budget.summary(Moment(ms)), None);
            lines += u32::from(budget.allows(Moment(ms)));
        }
        assert_eq!(lines, 10);
        assert_eq!(budget.due(), Some(Moment(60_000)));
        assert_eq!(budget.summary(Moment(59_999)), None);
        assert_eq!(budget.summary(Moment(60_000)), Some(49_990));
        assert_eq!(budget.suppressed_ever(), 49_990);
        assert!(
            budget.allows(Moment(60_001)),
            "the next window begins afresh"
        );
    }

    #[test]
    fn a_few_lines_need_no_summary() {
        let mut budget = LineBudget::new();
        assert!(budget.allows(Moment(0)));
        assert_eq!(budget.due(), None);
        assert_eq!(budget.summary(Moment(70_000)), None);
        assert!(budget.allows(Moment(70_000)));
    }
}
