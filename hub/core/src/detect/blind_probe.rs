//! A reading that had values has none: the probe is denied, busy, garbled or timed out.

use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, Latest};
use picket_wire::{Missing, Quantity, Value};
use std::collections::BTreeSet;

/// So many live reports in a row must lack the value.
pub(crate) const IN_A_ROW: u8 = 3;
/// Most readings of earlier sessions of one node that are remembered to have had values.
pub(crate) const MAX_SIGHTED: usize = 512;

/// How one reading went in the present session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Probe {
    had_value: bool,
    missing_in_a_row: u8,
}

impl Probe {
    /// Notes what a live report said.
    pub(crate) fn note(&mut self, value: Value) {
        match value {
            Ok(_) => {
                *self = Probe {
                    had_value: true,
                    missing_in_a_row: 0,
                }
            }
            Err(why) if is_blind(why) => {
                self.missing_in_a_row = self.missing_in_a_row.saturating_add(1);
            }
            Err(_) => self.missing_in_a_row = 0,
        }
    }

    pub(crate) fn had_value(self) -> bool {
        self.had_value
    }
}

/// The subjects of earlier sessions that had values.
#[derive(Debug, Default)]
pub(crate) struct Sighted {
    subjects: BTreeSet<String>,
}

impl Sighted {
    pub(crate) fn remember(&mut self, subject: String) {
        if self.subjects.len() < MAX_SIGHTED {
            self.subjects.insert(subject);
        }
    }
}

/// Whether a reason says that there is something to read.
fn is_blind(why: Missing) -> bool {
    match why {
        Missing::Denied | Missing::Busy | Missing::Garbled | Missing::TimedOut => true,
        Missing::NotFitted | Missing::NotSupported | Missing::Unknown(_) => false,
    }
}

pub(crate) fn judge<'a>(
    known: &'a Known,
    reading: &Latest,
    probe: Probe,
    sighted: &Sighted,
) -> Judgement<'a> {
    let part = known.part(reading.part);
    if reading.part != 0 && part.is_none() {
        return None;
    }
    let subject = Subject::Reading(part, reading.quantity);
    let verdict = match reading.value {
        Ok(_) => Verdict::Healthy,
        Err(why) if probe.missing_in_a_row >= IN_A_ROW => {
            if !probe.had_value && !sighted.subjects.contains(&subject.to_string()) {
                return None;
            }
            Verdict::Faulty(finding(reading.quantity, why))
        }
        Err(_) => Verdict::Blind("no value, but not for long enough"),
    };
    Some((subject, verdict))
}

/// What the node itself lacked is a value of one of its parts by now.
pub(crate) fn found_elsewhere<'a>(quantity: Quantity) -> Judgement<'a> {
    Some((Subject::Reading(None, quantity), Verdict::Healthy))
}

fn finding(quantity: Quantity, why: Missing) -> Finding {
    let advice = match why {
        Missing::Denied => "Give the agent the right to read it; `picket-agent check` names it.",
        Missing::Busy | Missing::Garbled | Missing::TimedOut => {
            "Look at `picket-agent probe` on it, and at the part itself."
        }
        Missing::NotFitted | Missing::NotSupported | Missing::Unknown(_) => {
            "Look at `picket-agent probe` on it."
        }
    };
    Finding {
        severity: Severity::Note,
        // The reason may change from report to report, and is no news each time.
        summary: format!(
            "{} had values and has none",
            quantity.row().map_or("a reading", |r| r.name)
        ),
        advice: advice.to_owned(),
        evidence: vec![
            format!("missing in {IN_A_ROW} reports in a row or more"),
            format!("the last reason: {}", why.name()),
        ],
    }
}
