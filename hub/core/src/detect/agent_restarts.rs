//! The agent started anew in the same boot without having said that it would stop.

use super::{Farewell, Judgement, Start, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::time::{Millis, Moment};

/// How long one session is heard before the restart before it is over.
pub(crate) const HEALTHY_AFTER: Millis = Millis::from_s(10 * 60);

/// What is remembered of a node's sessions.
#[derive(Debug, Default)]
pub(crate) struct Restarts {
    /// When the present session was first heard live.
    session_heard: Option<Moment>,
    count: u32,
}

pub(crate) fn judge(start: Start, restarts: &mut Restarts, now: Moment) -> Judgement<'static> {
    let verdict = match start {
        Start::Session(Farewell::NotSaid) => {
            restarts.session_heard = Some(now);
            restarts.count = restarts.count.saturating_add(1);
            Verdict::Faulty(finding(restarts.count))
        }
        Start::Session(Farewell::Said | Farewell::NotHeard) | Start::Boot(_) | Start::Unknown => {
            restarts.session_heard = Some(now);
            Verdict::Blind("a start whose reason is known or was not heard")
        }
        Start::No => {
            let since = *restarts.session_heard.get_or_insert(now);
            if now.since(since) < HEALTHY_AFTER {
                Verdict::Blind("the session is younger than ten minutes")
            } else {
                restarts.count = 0;
                Verdict::Healthy
            }
        }
    };
    Some((Subject::Node, verdict))
}

fn finding(count: u32) -> Finding {
    let summary = if count == 1 {
        "the agent started anew without having said that it would stop".to_owned()
    } else {
        format!("the agent started anew {count} times without having said that it would stop")
    };
    Finding {
        severity: Severity::Ticket,
        summary,
        advice: "Look at `journalctl -u picket-agent` on it.".to_owned(),
        evidence: vec![
            "a new session in the same boot is heard".to_owned(),
            "the last status of the session before was neither `stopping` nor `halted`".to_owned(),
        ],
    }
}
