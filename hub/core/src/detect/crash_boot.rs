//! The machine booted without having said that it would stop.

use super::cause::Cause;
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
    /// Whether the present boot follows a crash.
    crashed: bool,
    count: u32,
}

pub(crate) fn judge(
    start: Start,
    crashes: &mut Crashes,
    cause: &Cause,
    now: Moment,
) -> Judgement<'static> {
    let verdict = match start {
        Start::Boot(Farewell::NotSaid) => {
            crashes.boot_heard = Some(now);
            crashes.crashed = true;
            crashes.count = crashes.count.saturating_add(1);
            return retell(crashes, cause);
        }
        Start::Boot(Farewell::Said | Farewell::NotHeard) | Start::Unknown => {
            crashes.boot_heard = Some(now);
            crashes.crashed = false;
            Verdict::Blind("a boot whose reason is known or was not heard")
        }
        Start::No | Start::Session(_) => {
            let since = *crashes.boot_heard.get_or_insert(now);
            if now.since(since) < HEALTHY_AFTER {
                Verdict::Blind("the boot is younger than an hour")
            } else {
                (crashes.crashed, crashes.count) = (false, 0);
                Verdict::Healthy
            }
        }
    };
    Some((Subject::Node, verdict))
}

/// Tells of the crash once more, with what has become known of its cause.
pub(crate) fn retell(crashes: &Crashes, cause: &Cause) -> Judgement<'static> {
    crashes.crashed.then(|| {
        let finding = finding(crashes.count, cause);
        (Subject::Node, Verdict::Faulty(finding))
    })
}

fn finding(count: u32, cause: &Cause) -> Finding {
    let times = match count {
        1 => String::new(),
        count => format!(" {count} times"),
    };
    let clause = cause.clause();
    let mut evidence = vec![
        "a new boot is heard".to_owned(),
        "the last status of the boot before was neither `stopping` nor `halted`".to_owned(),
    ];
    evidence.extend(cause.evidence());
    Finding {
        severity: Severity::Ticket,
        summary: format!(
            "the machine restarted{times} without having said that it would stop{clause}"
        ),
        advice: cause.advice().to_owned(),
        evidence,
    }
}
