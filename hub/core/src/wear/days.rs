//! What was written until each day began, or until its first reading. It is noted once and never
//! changed, so that a hub that restarts on the same day knows it as well as before, and one that is
//! off at midnight goes on with the days that it saw.

use super::rate::{Day, MOST_DAYS, Rate};
use std::collections::VecDeque;

/// Most days that are kept of a disk: the beginnings and the end of those that count.
pub(crate) const MAX_DAYS: usize = MOST_DAYS as usize + 1;

/// The days of one disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct Days {
    /// The newest day with a reading, since 1970-01-01 in UTC.
    today: Option<i64>,
    /// The days with a reading, oldest first.
    begun: VecDeque<Day>,
    /// The rate by these days.
    rate: Option<Rate>,
}

impl Days {
    /// As the store kept them.
    pub(crate) fn restored(mut saved: Vec<Day>) -> Days {
        saved.sort_by_key(|day| day.number);
        let beyond = saved.len().saturating_sub(MAX_DAYS);
        let mut days = Days {
            today: saved.last().map(|day| day.number),
            begun: saved.into_iter().skip(beyond).collect(),
            rate: None,
        };
        days.measure();
        days
    }

    /// What the store is to keep.
    pub(crate) fn saved(&self) -> Vec<Day> {
        self.begun.iter().copied().collect()
    }

    /// Notes which day it is, and what is written by now; true if it is the first reading of a day.
    pub(crate) fn reach(&mut self, today: i64, written_kib: u64) -> bool {
        // Days that are still to come were noted by a clock that was wrong.
        if self.begun.back().is_some_and(|day| day.number > today) {
            self.begun.retain(|day| day.number <= today);
            self.measure();
        }
        let before = self.today.replace(today);
        if before.is_some_and(|before| before >= today) {
            return false;
        }
        self.begun.push_back(Day {
            number: today,
            written_kib,
        });
        if self.begun.len() > MAX_DAYS {
            self.begun.pop_front();
        }
        self.measure();
        true
    }

    /// The rate changes with the days only.
    fn measure(&mut self) {
        self.rate = Rate::of(self.begun.make_contiguous());
    }

    pub(crate) fn today(&self) -> Option<i64> {
        self.today
    }

    pub(crate) fn rate(&self) -> Option<Rate> {
        self.rate
    }

    /// How many whole days there are.
    pub(crate) fn history(&self) -> u32 {
        let first = self.begun.front().map_or(0, |day| day.number);
        let last = self.begun.back().map_or(0, |day| day.number);
        u32::try_from(last.saturating_sub(first)).unwrap_or(0)
    }
}
