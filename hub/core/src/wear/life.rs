//! The life that a disk says it has used, in its own steps of one or ten hundredths.
//!
//! A first value says nothing of when its step was taken, so that only changes under our eyes have
//! a date, and only two of them a slope. Until a further step is taken, the slope can only fall:
//! neither a step that is long in coming nor one that just came makes the days left jump.

/// A slope needs so many days between its first and its last step.
const LEAST_DAYS: u64 = 14;
/// Most changes that are kept; the oldest make room.
const MAX_CHANGES: usize = 12;
/// All of it is used.
const WHOLE_PERCENT: u64 = 100;

/// A step that was taken under our eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LifeStep {
    /// On which day, since 1970-01-01 in UTC.
    pub day: i64,
    /// What was used from then on, in hundredths.
    pub percent: u8,
}

/// What a disk said of its life so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    /// What is used at least, in hundredths; 255 is that much or more. None if the disk never said.
    pub percent: Option<u8>,
    /// Width of the disk's steps, in hundredths.
    pub width: u8,
    /// The changes under our eyes, oldest first.
    pub steps: Vec<LifeStep>,
}

impl Life {
    /// The disk says so on a day, if anybody knows which day it is.
    pub(crate) fn note(&mut self, percent: u8, width: u8, today: Option<i64>) {
        if self.percent.is_some() && width > self.width {
            // It says the same by finer steps, too.
            return;
        }
        let before = self.percent.filter(|_| width == self.width);
        self.width = width;
        self.percent = Some(percent);
        match (before, today) {
            (Some(before), Some(day)) if before < percent => {
                if self.steps.len() >= MAX_CHANGES {
                    self.steps.remove(0);
                }
                self.steps.push(LifeStep { day, percent });
            }
            // A step without a date lies between others, or is still to be followed by one.
            (Some(before), _) if before <= percent => {}
            // Life does not come back, and steps of another width are no slope with these.
            _ => self.steps.clear(),
        }
    }

    /// How many days are left by the disk's own steps; none while they tell no slope.
    pub(crate) fn days_left(&self, today: i64) -> Option<u64> {
        let (first, last) = (self.steps.first()?, self.steps.last()?);
        let gained = u64::from(last.percent.checked_sub(first.percent)?);
        let span = u64::try_from(last.day.checked_sub(first.day)?).ok()?;
        if gained == 0 || span < LEAST_DAYS {
            return None;
        }
        let seen = self.rest()?.saturating_mul(span) / gained;
        Some(seen.max(self.least_days_left(today)?))
    }

    /// How many days are left at least, since a further step was not taken until today; none
    /// without any step under our eyes.
    pub(crate) fn least_days_left(&self, today: i64) -> Option<u64> {
        let first = self.steps.first()?;
        let gained = u64::from(self.percent?.checked_sub(first.percent)?);
        let so_far = u64::try_from(today.checked_sub(first.day)?).ok()?;
        let next = gained + u64::from(self.width);
        self.rest()?.saturating_mul(so_far).checked_div(next)
    }

    /// What is not used yet, in hundredths.
    fn rest(&self) -> Option<u64> {
        Some(WHOLE_PERCENT.saturating_sub(u64::from(self.percent?)))
    }
}
