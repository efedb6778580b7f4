//! A counter that a node reports: what it rose by, and since when it does not rise.
//!
//! A count that is high and does not grow is history, and keeps nobody awake.

use crate::time::{Millis, Moment};
use picket_wire::{BootId, Value};

/// A count as a number; none if it is missing or nonsense.
pub(crate) fn count_of(value: Value) -> Option<u64> {
    value.ok().and_then(|count| u64::try_from(count).ok())
}

/// What the evidence of an incident says of a count since boot, after all else.
pub(crate) fn since_boot(count: u64) -> String {
    format!(", {count} since boot")
}

/// How many of a count since boot were told by incidents with such evidence; 0 if there is no
/// incident. One whose evidence says nothing of it has told all.
pub(crate) fn told<'e>(incidents: impl Iterator<Item = &'e [String]>) -> u64 {
    let told = incidents.map(|evidence| {
        let mut counts = evidence.iter().filter_map(|line| count_in(line));
        counts.next().unwrap_or(u64::MAX)
    });
    told.max().unwrap_or(0)
}

fn count_in(line: &str) -> Option<u64> {
    let (_, count) = line.strip_suffix(" since boot")?.rsplit_once(", ")?;
    count.parse().ok()
}

/// What a look at a counter showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It was never looked at before: what it counted is past.
    First,
    /// It rose by so much since the look before; never 0.
    Rose(u64),
    /// It did not rise. One that runs backwards counts anew.
    Same,
}

/// Since when a counter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// Since this boot: all that it counts in a new one is new.
    FromBoot(BootId),
    /// Since long before this boot.
    OverBoots(BootId),
    /// Since the agent started; it is to be forgotten with a new session.
    FromStart,
}

/// One counter.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counter {
    last: Option<u64>,
    /// What that counted from, and when it was looked at.
    looked: Option<(Counts, Moment)>,
    /// Whether it never showed more than 0 in that boot.
    clean: bool,
    /// Since when it does not rise. Time in which the machine was off is left out.
    quiet_since: Moment,
    /// What it rose by since it was well.
    rose: u64,
}

impl Counter {
    /// Looks at it.
    pub(crate) fn look(&mut self, value: u64, counts: Counts, at: Moment) -> Change {
        let before = self.looked.replace((counts, at));
        let (Some(last), Some((before, looked))) = (self.last.replace(value), before) else {
            (self.clean, self.quiet_since) = (value == 0, at);
            return Change::First;
        };
        let new_boot = before != counts;
        if new_boot {
            self.quiet_since = self.quiet_since + at.since(looked);
        }
        self.clean = value == 0 && (new_boot || self.clean);
        let anew = new_boot && matches!(counts, Counts::FromBoot(_));
        let rose = value.saturating_sub(if anew { 0 } else { last });
        if rose == 0 {
            return Change::Same;
        }
        self.rise(rose, at);
        Change::Rose(rose)
    }

    /// What it counted before the first look is news as well, as far as it was not told. Gives by
    /// how much it rose.
    pub(crate) fn rise_from(&mut self, told: u64, value: u64, at: Moment) -> u64 {
        let by = value.saturating_sub(told);
        if by > 0 {
            self.rise(by, at);
        }
        by
    }

    fn rise(&mut self, by: u64, at: Moment) {
        self.rose = self.rose.saturating_add(by);
        self.quiet_since = at;
    }

    /// What it counts means nothing any more; the next look is a first one.
    pub(crate) fn forget(&mut self) {
        self.last = None;
    }

    /// Whether it has not risen for so long.
    pub(crate) fn is_quiet_for(&self, span: Millis, at: Moment) -> bool {
        at.since(self.quiet_since) >= span
    }

    /// Whether it never showed more than 0 in this boot.
    pub(crate) fn is_clean(&self) -> bool {
        self.clean
    }

    /// What it showed last.
    pub(crate) fn last(&self) -> Option<u64> {
        self.last
    }

    /// What it rose by since it was well.
    pub(crate) fn rose(&self) -> u64 {
        self.rose
    }

    /// It is well.
    pub(crate) fn well(&mut self) {
        self.rose = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Counts = Counts::FromBoot(BootId(1));
    const B: Counts = Counts::FromBoot(BootId(2));

    #[test]
    fn only_what_grows_under_our_eyes_rises() {
        // Value, boot, what it showed, whether this boot is clean.
        let table = [
            (7, A, Change::First, false),
            (7, A, Change::Same, false),
            (9, A, Change::Rose(2), false),
            (3, A, Change::Same, false),
            (4, A, Change::Rose(1), false),
            (0, A, Change::Same, false),
            (0, B, Change::Same, true),
            (0, B, Change::Same, true),
            (1, B, Change::Rose(1), false),
            (1, A, Change::Rose(1), false),
            (u64::MAX, A, Change::Rose(u64::MAX - 1), false),
        ];
        let mut counter = Counter::default();
        for (step, (value, boot, change, clean)) in table.into_iter().enumerate() {
            let showed = counter.look(value, boot, Moment(step as u64));
            assert_eq!((showed, counter.is_clean()), (change, clean), "step {step}");
        }
        assert_eq!(counter.rose(), u64::MAX);
    }

    #[test]
    fn it_is_quiet_since_it_last_rose() {
        let mut counter = Counter::default();
        let span = Millis(100);
        counter.look(5, A, Moment(0));
        assert!(counter.is_quiet_for(span, Moment(100)));
        counter.look(6, A, Moment(200));
        assert!(!counter.is_quiet_for(span, Moment(299)));
        assert!(counter.is_quiet_for(span, Moment(300)));
    }

    #[test]
    fn time_in_which_the_machine_is_off_is_not_quiet() {
        let over = |boot| Counts::OverBoots(BootId(boot));
        // What it counts from and shows at first, and in the next boot.
        for (first, next, value) in [(A, B, 0), (over(1), over(2), 6)] {
            let mut counter = Counter::default();
            let span = Millis(100);
            counter.look(5, first, Moment(0));
            counter.look(6, first, Moment(10));
            counter.look(6, first, Moment(40));
            assert_eq!(counter.look(value, next, Moment(1_000)), Change::Same);
            assert!(!counter.is_quiet_for(span, Moment(1_069)), "{next:?}");
            assert!(counter.is_quiet_for(span, Moment(1_070)), "{next:?}");
            counter.look(value, next, Moment(5_000));
            assert!(counter.is_quiet_for(span, Moment(5_000)), "it was up");
        }
    }

    #[test]
    fn what_the_evidence_says_was_told() {
        let with = |count| vec![format!("at least 1 since it began{}", since_boot(count))];
        let table = [
            (vec![], 0),
            (vec![with(7)], 7),
            (vec![with(7), with(9), with(2)], 9),
            (vec![vec!["in other words".to_owned()]], u64::MAX),
            (vec![vec![]], u64::MAX),
        ];
        for (incidents, expected) in table {
            let evidence = incidents.iter().map(Vec::as_slice);
            assert_eq!(told(evidence), expected, "{incidents:?}");
        }
    }

    #[test]
    fn a_count_is_never_negative_or_missing() {
        assert_eq!(count_of(Ok(3)), Some(3));
        assert_eq!(count_of(Ok(-1)), None);
        assert_eq!(count_of(Err(picket_wire::Missing::Busy)), None);
    }
}
