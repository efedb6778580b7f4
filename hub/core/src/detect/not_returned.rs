//! The node said that it stops, and its excuse for being off is over.

use super::{Judgement, Subject, silent_node};
use crate::incident::{Finding, Severity, Verdict};
use crate::presence::Presence;
use crate::time::Moment;
use crate::watch::Watch;

pub(crate) fn judge(watch: &Watch, now: Moment) -> Judgement<'static> {
    match watch.presence() {
        Presence::Alive => Some((Subject::Node, Verdict::Healthy)),
        Presence::NotReturned => {
            let finding = Finding {
                severity: Severity::Ticket,
                summary: "did not come back after it said that it stops".to_owned(),
                advice: "Start it, or look at why it does not start: power, card, network."
                    .to_owned(),
                evidence: vec![
                    "its last word was `stopping` or `halted`".to_owned(),
                    silent_node::last_heard(watch, now),
                ],
            };
            Some((Subject::Node, Verdict::Faulty(finding)))
        }
        Presence::Unheard
        | Presence::Late
        | Presence::Hung
        | Presence::Gone
        | Presence::CutOff
        | Presence::ExpectedOff => {
            Some((Subject::Node, Verdict::Blind("not heard, or still excused")))
        }
    }
}
