//! What the canary of a disk says by itself: what is written to the disk is lost, or refused.
//!
//! Neither is a file that reads wrong, and neither is the filesystem's own word of being read-only:
//! each is an incident of its own.

use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{KnownPart, Scrubbed, flag};
use picket_wire::Quantity;

/// What was written, and confirmed, is not what is read back.
pub(crate) fn dropped<'a>(part: &'a KnownPart, scrubbed: &Scrubbed) -> Judgement<'a> {
    let said = scrubbed.dropped?;
    let verdict = match flag(Some(said)) {
        Some(false) => Verdict::Healthy,
        Some(true) => Verdict::Faulty(Finding {
            severity: Severity::Page,
            summary: format!("what is written to the {} {} is lost", part.kind, part.name),
            advice: "Copy what matters to another disk before any reboot: what programs see since \
                     then may be in memory alone."
                .to_owned(),
            evidence: vec![
                "4 KiB were written and confirmed, and something else is read back past the cache"
                    .to_owned(),
            ],
        }),
        None => Verdict::Blind("whether what is written stays is missing"),
    };
    let subject = Subject::Reading(Some(part), Quantity::CANARY_DROPPED);
    Some((subject, verdict))
}

/// It cannot be written, though its filesystem says that it is writable.
pub(crate) fn refused<'a>(part: &'a KnownPart, scrubbed: &Scrubbed) -> Judgement<'a> {
    let said = scrubbed.refused?;
    let verdict = match flag(Some(said)) {
        Some(false) => Verdict::Healthy,
        Some(true) => Verdict::Faulty(Finding {
            severity: Severity::Page,
            summary: format!(
                "the {} {} takes no writes, though its filesystem says that it is writable",
                part.kind, part.name
            ),
            advice: "Copy what matters before any reboot, then look at `dmesg` for errors of the \
                     disk."
                .to_owned(),
            evidence: vec!["4 KiB could not be written to a file of the scrub".to_owned()],
        }),
        None => Verdict::Blind("whether it takes writes is missing"),
    };
    let subject = Subject::Reading(Some(part), Quantity::CANARY_REFUSED);
    Some((subject, verdict))
}
