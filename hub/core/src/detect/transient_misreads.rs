//! Files read wrong once and then right: the bus, the host or its memory. A note, and news only
//! when it happens again.

use super::counter::{Change, Counter, Counts};
use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{KnownPart, Scrubbed, number};
use crate::time::{Millis, Moment};
use picket_wire::{BootId, Quantity};

/// Over after so long without another one: a scrub is made each week, and one of them was whole.
pub(crate) const HEALTHY_AFTER: Millis = Millis::from_s(14 * 24 * 3600);

pub(crate) fn judge<'a>(
    part: &'a KnownPart,
    scrubbed: &Scrubbed,
    boot: BootId,
    counter: &mut Counter,
    at: Moment,
) -> Judgement<'a> {
    let said = scrubbed.transient?;
    let subject = Subject::Reading(Some(part), Quantity::TRANSIENT_MISREADS);
    let Some(value) = number::<u64>(Some(said)) else {
        return Some((subject, Verdict::Blind("the count is missing")));
    };
    let rose = matches!(
        counter.look(value, Counts::OverBoots(boot), at),
        Change::Rose(_)
    );
    let verdict = if rose {
        Verdict::Faulty(finding(part, counter.rose(), value))
    } else if counter.is_quiet_for(HEALTHY_AFTER, at) {
        counter.well();
        Verdict::Healthy
    } else {
        Verdict::Blind("no further one for less than two weeks")
    };
    Some((subject, verdict))
}

fn finding(part: &KnownPart, new: u64, all: u64) -> Finding {
    Finding {
        severity: Severity::Note,
        summary: format!(
            "files of the {} {} read wrong once and then right",
            part.kind, part.name
        ),
        advice:
            "Nothing is lost. If it goes on, look at the cable, the power supply and memory; an \
                 SD card may do better with `dtparam=sd_cqe=off`."
                .to_owned(),
        evidence: vec![format!(
            "at least {new} times since it began, {all} times since its manifest was begun"
        )],
    }
}
