//! The node is hung, gone or cut off.

use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::presence::Presence;
use crate::time::Moment;
use crate::watch::Watch;

pub(crate) fn judge(watch: &Watch, now: Moment) -> Judgement<'static> {
    let (summary, advice) = match watch.presence() {
        // Being alive rests on a live frame alone.
        Presence::Alive => return Some((Subject::Node, Verdict::Healthy)),
        Presence::Unheard | Presence::Late | Presence::ExpectedOff | Presence::NotReturned => {
            return Some((
                Subject::Node,
                Verdict::Blind("not heard, and not convicted"),
            ));
        }
        Presence::Hung => (
            "silent: hung or cut off; the broker still holds its connection",
            "Ping it: if it answers, look at `systemctl status picket-agent` and its disk; if not, \
             look at its power, network and console.",
        ),
        Presence::Gone => (
            "the agent died; the machine was well and closed its connection",
            "Look at `journalctl -u picket-agent` on it, and start the agent again.",
        ),
        Presence::CutOff if watch.is_missed() => (
            "enrolled, and not heard since this hub began to wait for it",
            "Look whether it is on, and at `systemctl status picket-agent` on it; if its card was \
             written anew, `picket-hub enroll --replace` it; if it is gone for good, \
             `picket-hub expel` it.",
        ),
        Presence::CutOff => (
            "cut off: silent, and its connection is lost; power, network or kernel cannot be told \
             apart",
            "Look at its power and its network, then at its console.",
        ),
    };
    let finding = Finding {
        severity: Severity::Ticket,
        summary: summary.to_owned(),
        advice: advice.to_owned(),
        evidence: vec![last_heard(watch, now), due(watch)],
    };
    Some((Subject::Node, Verdict::Faulty(finding)))
}

pub(super) fn last_heard(watch: &Watch, now: Moment) -> String {
    match watch.last_beat() {
        Some(beat) => format!("last live frame {} s before this", now.since(beat).0 / 1000),
        None => "no live frame since this hub started".to_owned(),
    }
}

fn due(watch: &Watch) -> String {
    let every = watch.every().0;
    format!(
        "a report is due every {}.{} s",
        every / 1000,
        every % 1000 / 100
    )
}
