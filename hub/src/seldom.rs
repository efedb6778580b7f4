//! A warning that is said as often as it may be, whoever causes it however often.

use crate::garbage::LineBudget;
use picket_hub_core::time::Moment;
use std::time::Instant;

/// One kind of warning; for the first of them each minute, and a count of the others.
#[derive(Debug)]
pub(crate) struct Seldom {
    began: Instant,
    budget: LineBudget,
}

impl Default for Seldom {
    fn default() -> Seldom {
        Seldom {
            began: Instant::now(),
            budget: LineBudget::new(),
        }
    }
}

impl Seldom {
    /// Nothing said yet.
    pub(crate) fn new() -> Seldom {
        Seldom::default()
    }

    /// Says it, or counts it.
    pub(crate) fn warn(&mut self, line: &str) {
        let now = Moment(u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX));
        if let Some(count) = self.budget.summary(now) {
            tracing::warn!("{count} more lines like the following were kept back");
        }
        if self.budget.allows(now) {
            tracing::warn!("{line}");
        }
    }
}
