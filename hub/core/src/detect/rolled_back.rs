//! A disk shows in a new boot an older state than it had confirmed: what was written between is
//! lost. A card that forgets does so, and an owner who restores an image.

use super::Subject;
use crate::incident::{Finding, Severity, Verdict};
use crate::node::KnownPart;
use crate::witness::{Older, RolledBack};
use picket_wire::Quantity;

/// What the incident is about.
pub(crate) fn subject(part: &KnownPart) -> Subject<'_> {
    Subject::Reading(Some(part), Quantity::CANARY_GENERATION)
}

/// `unasked` says that the boot follows one whose last word was none: nobody restored an image and
/// shut the machine down for it.
pub(crate) fn judge(part: &KnownPart, shown: &RolledBack, unasked: bool) -> Verdict {
    let canary = shown.canary.map(|Older { found, remembered }| {
        format!(
            "Picket's own test file: writing number {remembered} was confirmed before this boot, \
             number {found} is found now"
        )
    });
    let manifest = shown.manifest.map(of_manifest);
    let evidence: Vec<String> = canary.into_iter().chain(manifest).collect();
    if evidence.is_empty() {
        return Verdict::Healthy;
    }
    let severity = match unasked {
        true => Severity::Page,
        false => Severity::Ticket,
    };
    Verdict::Faulty(finding(part, severity, evidence))
}

/// What others remember of the hub's own disk.
pub(crate) fn by_others(part: &KnownPart, shown: u32, told: u32) -> Finding {
    let evidence = format!(
        "Picket's own test file: writing number {shown} is found on it, and other nodes heard of \
         number {told}"
    );
    finding(part, Severity::Ticket, vec![evidence])
}

fn of_manifest(Older { found, remembered }: Older) -> String {
    match found == remembered {
        true => format!(
            "Picket's list of what it read back: that of scrub {found} is another one than before \
             this boot"
        ),
        false => format!(
            "Picket's list of what it read back: that of scrub {remembered} was confirmed before \
             this boot, that of scrub {found} is found now"
        ),
    }
}

fn finding(part: &KnownPart, severity: Severity, evidence: Vec<String>) -> Finding {
    Finding {
        severity,
        summary: format!(
            "the {} {} went back to an older state when the machine booted",
            part.kind, part.name
        ),
        advice:
            "If you restored it from an image or a backup yourself, nothing is to be done: this ends \
                 at the next boot that shows what was remembered. Else copy what matters: what was \
                 confirmed as written was lost, and will be again."
                .to_owned(),
        evidence,
    }
}
