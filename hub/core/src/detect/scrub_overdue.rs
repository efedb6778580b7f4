//! The last whole scrub is too long ago, or there never was one: nobody knows how the files read.

use super::blind_probe::{self, Probe, Sighted};
use super::lasting::Lasting;
use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, Latest};
use crate::time::{Millis, Moment};
use picket_wire::{Missing, Quantity, Value};

/// So many periods without a whole scrub are too many.
pub(crate) const PERIODS: u64 = 3;
/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// Since when a node is known that has made no whole scrub.
#[derive(Debug, Default)]
pub(crate) struct Unscrubbed {
    since: Lasting,
    /// The day on which it was so first, which is kept over a restart of the hub; none while the
    /// clock was not synchronised.
    day: Option<i64>,
}

impl Unscrubbed {
    /// The day that the store is to keep, counted from 1970.
    pub(crate) fn day(&self) -> Option<i64> {
        self.day
    }

    /// Takes up the day that the store kept.
    pub(crate) fn restore(&mut self, day: Option<i64>) {
        self.day = day;
    }

    fn note(&mut self, age: Value, at: Moment, today: Option<i64>) {
        let lacks = match age {
            Err(Missing::Busy) => true,
            Ok(_) | Err(Missing::NotFitted | Missing::NotSupported) => false,
            // Nobody asked the scrub, as for a moment at each start of the agent.
            Err(Missing::Denied | Missing::Garbled | Missing::TimedOut | Missing::Unknown(_)) => {
                return;
            }
        };
        self.since.note(lacks, at);
        self.day = self.day.or(today).filter(|_| lacks);
    }

    /// Whether it holds for so long, in this run of the hub or by the days of the calendar.
    fn lasts(&self, span: Millis, at: Moment, today: Option<i64>) -> bool {
        // The first of the days and the last one are parts of days.
        let whole_days = self.day.zip(today).map(|(day, today)| {
            let days = u64::try_from(today.saturating_sub(day)).unwrap_or(0);
            days.saturating_sub(1)
        });
        self.since.lasts(span, at) || whole_days.is_some_and(|days| span.0 <= days * DAY_MS)
    }
}

/// Whether a scrub of this age, in seconds, is overdue where one is to be made each period.
pub(crate) fn is_overdue(age_s: i64, period_s: i64) -> bool {
    let (Ok(age_s), Ok(period_s)) = (u64::try_from(age_s), u64::try_from(period_s)) else {
        return false;
    };
    period_s > 0 && age_s > period_s.saturating_mul(PERIODS)
}

/// Judges the age of the last whole scrub. A node that reads files back says `busy` before there was
/// one; an age that is missing for another reason is a probe that is blind. `today` is counted from 1970; none while the hub's clock is not
/// synchronised.
pub(crate) fn judge<'a>(
    known: &'a Known,
    reading: &Latest,
    probe: Probe,
    sighted: &Sighted,
    (unscrubbed, today): (&mut Unscrubbed, Option<i64>),
) -> Judgement<'a> {
    let is_ours = reading.part == 0;
    let period_s = known.of_node(Quantity::SCRUB_PERIOD);
    if is_ours {
        unscrubbed.note(reading.value, reading.at, today);
    }
    let overdue = match (reading.value, period_s) {
        (_, None) => None,
        (Ok(age_s), Some(period_s)) => {
            is_overdue(age_s, period_s).then_some("the last whole scrub is too long ago")
        }
        (Err(Missing::Busy), Some(period_s)) => {
            let periods_s = u64::try_from(period_s).ok()?.saturating_mul(PERIODS);
            let span = Millis(periods_s.saturating_mul(1000));
            let lasts = unscrubbed.lasts(span, reading.at, today);
            (lasts && period_s > 0).then_some("no whole scrub was ever heard of")
        }
        (Err(_), Some(_)) => None,
    };
    match overdue.filter(|_| is_ours) {
        Some(why) => Some((
            Subject::Reading(None, reading.quantity),
            Verdict::Faulty(finding(why, period_s.unwrap_or_default())),
        )),
        None => blind_probe::judge(known, reading, probe, sighted),
    }
}

/// A span in the largest unit that it is a whole number of, from hours on.
fn span_words(span_s: i64) -> String {
    let (count, unit) = match (span_s % 86_400, span_s % 3600) {
        (0, _) => (span_s / 86_400, "day"),
        (_, 0) => (span_s / 3600, "hour"),
        _ => (span_s / 60, "minute"),
    };
    match count {
        1 => unit.to_owned(),
        count => format!("{count} {unit}s"),
    }
}

fn finding(why: &str, period_s: i64) -> Finding {
    Finding {
        severity: Severity::Note,
        summary: "the scrub is overdue: nobody knows how the files read".to_owned(),
        advice:
            "Look at `systemctl status picket-scrub` on the node, and whether it is always hot, \
                 busy or on battery: then the scrub rests."
                .to_owned(),
        evidence: vec![
            why.to_owned(),
            format!("one is to be made each {}", span_words(period_s)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_said_in_a_unit_that_fits() {
        let table = [
            (7 * 86_400, "7 days"),
            (86_400, "day"),
            (36 * 3600, "36 hours"),
            (3600, "hour"),
            (90 * 60, "90 minutes"),
        ];
        for (span_s, words) in table {
            assert_eq!(span_words(span_s), words);
        }
    }
}
