//! The machine boots again and again, whatever it says before.

use super::cause::Cause;
use super::lasting::Repeats;
use super::{Judgement, Start, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::time::{Millis, Moment};

/// So many new boots within [`LOOP_WITHIN`] are a loop.
pub(crate) const LOOP: usize = 3;
/// See [`LOOP`].
pub(crate) const LOOP_WITHIN: Millis = Millis::from_s(30 * 60);
/// How long one boot is heard before the loop is over.
pub(crate) const HEALTHY_AFTER: Millis = Millis::from_s(3600);

/// What is remembered of a node's boots.
#[derive(Debug, Default)]
pub(crate) struct Boots {
    /// When the present boot was first heard live.
    heard: Option<Moment>,
    lately: Repeats<LOOP>,
    /// New boots since it was well.
    count: u32,
    looping: bool,
}

pub(crate) fn judge(
    start: Start,
    boots: &mut Boots,
    cause: &Cause,
    now: Moment,
) -> Judgement<'static> {
    let verdict = match start {
        Start::Boot(_) => {
            boots.heard = Some(now);
            boots.count = boots.count.saturating_add(1);
            boots.lately.happened(1, now);
            boots.looping |= boots.lately.within(LOOP_WITHIN, now);
            return retell(boots, cause);
        }
        Start::Unknown => {
            boots.heard = Some(now);
            Verdict::Blind("not known since when it runs")
        }
        Start::No | Start::Session(_) => {
            let since = *boots.heard.get_or_insert(now);
            if now.since(since) < HEALTHY_AFTER {
                Verdict::Blind("the boot is younger than an hour")
            } else {
                (boots.count, boots.looping) = (0, false);
                Verdict::Healthy
            }
        }
    };
    Some((Subject::Node, verdict))
}

/// Tells of a loop once more, with what has become known of its cause.
pub(crate) fn retell(boots: &Boots, cause: &Cause) -> Judgement<'static> {
    let count = boots.count;
    boots.looping.then(|| {
        let mut evidence = vec![format!("{count} new boots at least since it began")];
        evidence.extend(cause.evidence());
        let finding = Finding {
            severity: Severity::Ticket,
            summary: format!("the machine boots again and again{}", cause.clause()),
            advice: cause.advice().to_owned(),
            evidence,
        };
        (Subject::Node, Verdict::Faulty(finding))
    })
}
