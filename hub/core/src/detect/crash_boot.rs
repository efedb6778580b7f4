//! The machine booted without having said that it would stop.

use super::{Farewell, Judgement, Start, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::time::{Millis, Moment};

/// How long a boot is heard before the crash before it is over.
pub(crate) const HEALTHY_AFTER: Millis = Millis::from_s(3600);

/// What is remembered of a node's boots.
#[derive(Debug, Default)]
pub(crate) struct Crashes {
    /// When the present boot was first heard live.
    boot_heard: Option<Moment>,
    count: u32,
}

pub(crate) fn judge(start: Start, crashes: &mut Crashes, now: Moment) -> Judgement<'static> {
    let verdict = match start {
        Start::Boot(Farewell::NotSaid) => {
            crashes.boot_heard = Some(now);
            crashes.count = crashes.count.saturating_add(1);
            Verdict::Faulty(finding(crashes.count))
        }
        Start::Boot(Farewell::Said | Farewell::NotHeard) | Start::Unknown => {
            crashes.boot_heard = Some(now);
            Verdict::Blind("a boot whose reason is known or was not heard")
        }
        Start::No | Start::Session(_) => {
            let since = *crashes.boot_heard.get_or_insert(now);
            if now.since(since) < HEALTHY_AFTER {
                Verdict::Blind("the boot is younger than an hour")
            } else {
                crashes.count = 0;
                Verdict::Healthy
            }
        }
    };
    Some((Subject::Node, verdict))
}

fn finding(count: u32) -> Finding {
    let summary = if count == 1 {
        "the machine restarted without having said that it would stop".to_owned()
    } else {
        format!("the machine restarted {count} times without having said that it would stop")
    };
    Finding {
        severity: Severity::Ticket,
        summary,
        advice: "Look at its power supply and at `journalctl -b -1 -e` on it.".to_owned(),
        evidence: vec![
            "a new boot is heard".to_owned(),
            "the last status of the boot before was neither `stopping` nor `halted`".to_owned(),
        ],
    }
}
