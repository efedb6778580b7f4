//! The last whole scrub is too long ago, or there never was one: nobody knows how the files read.

use super::blind_probe::{self, Probe, Sighted};
use super::lasting::Lasting;
use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, Latest};
use crate::time::Millis;
use picket_wire::Quantity;

/// So many periods without a whole scrub are too many.
pub(crate) const PERIODS: u64 = 3;

/// Since when a node is known that has made no whole scrub.
#[derive(Debug, Default)]
pub(crate) struct Unscrubbed {
    since: Lasting,
}

/// Whether a scrub of this age, in seconds, is overdue where one is to be made each period.
pub(crate) fn is_overdue(age_s: i64, period_s: i64) -> bool {
    let (Ok(age_s), Ok(period_s)) = (u64::try_from(age_s), u64::try_from(period_s)) else {
        return false;
    };
    period_s > 0 && age_s > period_s.saturating_mul(PERIODS)
}

/// Judges the age of the last whole scrub. One that is missing for another reason than that there
/// was none is a probe that is blind.
pub(crate) fn judge<'a>(
    known: &'a Known,
    reading: &Latest,
    probe: Probe,
    sighted: &Sighted,
    unscrubbed: &mut Unscrubbed,
) -> Judgement<'a> {
    let is_ours = reading.part == 0;
    let period_s = known.of_node(Quantity::SCRUB_PERIOD);
    let lacks = reading.value.is_err();
    if is_ours {
        unscrubbed.since.note(lacks, reading.at);
    }
    let overdue = match (reading.value, period_s) {
        (_, None) => None,
        (Ok(age_s), Some(period_s)) => {
            is_overdue(age_s, period_s).then_some("the last whole scrub is too long ago")
        }
        (Err(_), Some(period_s)) => {
            let periods_s = u64::try_from(period_s).ok()?.saturating_mul(PERIODS);
            let span = Millis(periods_s.saturating_mul(1000));
            let lasts = unscrubbed.since.lasts(span, reading.at);
            (lasts && period_s > 0).then_some("no whole scrub was ever heard of")
        }
    };
    match overdue.filter(|_| is_ours) {
        Some(why) => Some((
            Subject::Reading(None, reading.quantity),
            Verdict::Faulty(finding(why, period_s.unwrap_or_default())),
        )),
        None => blind_probe::judge(known, reading, probe, sighted),
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
            format!("one is to be made each {} days", period_s / 86_400),
        ],
    }
}
