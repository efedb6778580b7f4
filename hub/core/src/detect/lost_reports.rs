//! Reports were lost between node and hub.

use super::lasting::SeenFor;
use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::time::{Millis, Moment};

/// How long no report must be lost until it is over.
pub(crate) const HEALTHY_AFTER: Millis = Millis::from_s(3600);

/// The losses of one node that are not over.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// Whether there are any.
    some: bool,
    /// How long the node was heard without a new one.
    quiet: SeenFor,
    count: u64,
    /// Whether the count has risen since the last verdict.
    fresh: bool,
}

impl Losses {
    /// Reports are proven lost.
    pub(crate) fn lost(&mut self, count: u64) {
        if count > 0 {
            self.some = true;
            self.count = self.count.saturating_add(count);
            self.fresh = true;
        }
    }

    /// There is an open incident of an earlier run of the hub.
    pub(crate) fn restore(&mut self) {
        self.some = true;
    }
}

/// To be asked on live frames only; `every` is how often the node samples.
pub(crate) fn judge(losses: &mut Losses, now: Moment, every: Millis) -> Judgement<'static> {
    if !losses.some {
        return None;
    }
    let fresh = core::mem::take(&mut losses.fresh);
    if fresh {
        losses.quiet = SeenFor::default();
    }
    losses.quiet.note(true, now, every);
    let verdict = if fresh {
        Verdict::Faulty(finding(losses.count))
    } else if !losses.quiet.lasts(HEALTHY_AFTER, now) {
        Verdict::Blind("less than an hour since the last loss")
    } else {
        *losses = Losses::default();
        Verdict::Healthy
    };
    Some((Subject::Node, verdict))
}

fn finding(count: u64) -> Finding {
    Finding {
        severity: Severity::Note,
        summary: "reports were lost between node and hub".to_owned(),
        advice: "Look at its network and at the broker, if it happens again.".to_owned(),
        evidence: vec![format!("{count} reports since it began")],
    }
}
