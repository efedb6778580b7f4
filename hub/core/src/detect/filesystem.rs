//! A filesystem counts errors.

use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, KnownPart, Latest};
use picket_wire::Quantity;

pub(crate) fn judge<'a>(known: &'a Known, reading: &Latest) -> Judgement<'a> {
    if reading.quantity != Quantity::FILESYSTEM_ERRORS {
        return None;
    }
    let part = known.part(reading.part)?;
    let verdict = match reading.value {
        Ok(0) => Verdict::Healthy,
        Ok(errors @ 1..) => Verdict::Faulty(finding(part, errors)),
        Ok(_) => Verdict::Blind("a negative count of errors"),
        Err(_) => Verdict::Blind("the count of errors is missing"),
    };
    Some((Subject::Part(part), verdict))
}

fn finding(part: &KnownPart, errors: i64) -> Finding {
    Finding {
        severity: Severity::Ticket,
        summary: format!("the filesystem {} has counted errors", part.name),
        advice: "Back it up, then check it: ext4 by `e2fsck` while it is not mounted, btrfs by \
                 `btrfs scrub` and `btrfs device stats`; and look at the disk under it."
            .to_owned(),
        evidence: vec![format!("it counts {errors}")],
    }
}
