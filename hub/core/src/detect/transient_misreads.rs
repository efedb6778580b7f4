//! Files read wrong once and then right: the bus, the host or its memory. A note, and news only
//! when it happens again.

use super::counter::{Change, Counter, Counts};
use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{KnownPart, Scrubbed, number};
use crate::time::Moment;
use picket_wire::{BootId, Quantity};

/// So many scrubs must end after one: the first of them may have begun before it.
pub(crate) const HEALTHY_AFTER_PASSES: u32 = 2;

/// What is remembered of the misreads of one disk.
#[derive(Debug, Default)]
pub(crate) struct Misreads {
    count: Counter,
    /// The era of the manifest and its whole scrubs when the count rose last, or was looked at first.
    since: Option<(u64, u32)>,
}

impl Misreads {
    /// Takes a count, and where the manifest is. Gives whether it rose.
    fn look(&mut self, value: u64, now: Option<(u64, u32)>, boot: BootId, at: Moment) -> bool {
        let change = self.count.look(value, Counts::OverBoots(boot), at);
        // Scrubs of another manifest are counted anew.
        let goes_on = now
            .zip(self.since)
            .is_some_and(|((era, passes), since)| era == since.0 && passes >= since.1);
        if change != Change::Same || (now.is_some() && !goes_on) {
            self.since = now;
        }
        matches!(change, Change::Rose(_))
    }

    /// Whether a whole scrub, from its beginning to its end, lies after the last rise.
    fn is_past(&self, now: Option<(u64, u32)>) -> bool {
        now.zip(self.since)
            .is_some_and(|((_, passes), (_, since))| {
                passes >= since.saturating_add(HEALTHY_AFTER_PASSES)
            })
    }
}

pub(crate) fn judge<'a>(
    part: &'a KnownPart,
    scrubbed: &Scrubbed,
    boot: BootId,
    misreads: &mut Misreads,
    at: Moment,
) -> Judgement<'a> {
    let said = scrubbed.transient?;
    let subject = Subject::Reading(Some(part), Quantity::TRANSIENT_MISREADS);
    let Some(value) = number::<u64>(Some(said)) else {
        return Some((subject, Verdict::Blind("the count is missing")));
    };
    let now = number(scrubbed.era).zip(number(scrubbed.passes));
    let verdict = if misreads.look(value, now, boot, at) {
        Verdict::Faulty(finding(part, misreads.count.rose(), value))
    } else if misreads.is_past(now) {
        misreads.count.well();
        Verdict::Healthy
    } else {
        Verdict::Blind("no whole scrub since")
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
