//! The machine's wall clock jumped.
//!
//! A machine without a clock of its own is set right once after it booted, by however much: that
//! is expected. Jumps from before the first look of a session are past.

use super::counter::{Change, Counter, Counts, count_of};
use super::sample::Sample;
use super::{Judgement, Subject, at_least};
use crate::incident::{Finding, Severity, Verdict};
use crate::time::Millis;
use picket_wire::Quantity;

/// How long after its boot a machine may set its clock.
pub(crate) const SETTING: Millis = Millis::from_s(10 * 60);
/// Over after so long without a jump.
pub(crate) const HEALTHY_AFTER: Millis = Millis::from_s(24 * 3600);

pub(crate) fn judge(sample: &Sample<'_>, jumps: &mut Counter) -> Judgement<'static> {
    let value = sample.of_node(Quantity::CLOCK_JUMPS)?;
    let Some(value) = count_of(value) else {
        return Some((Subject::Node, Verdict::Blind("the count is missing")));
    };
    let verdict = match jumps.look(value, Counts::FromStart, sample.at) {
        Change::Rose(_) if sample.uptime > SETTING => {
            Verdict::Faulty(finding(sample, jumps.rose()))
        }
        Change::First | Change::Rose(_) | Change::Same => {
            if sample.uptime <= SETTING {
                jumps.well();
            }
            if jumps.is_quiet_for(HEALTHY_AFTER, sample.at) {
                jumps.well();
                Verdict::Healthy
            } else {
                Verdict::Blind("no jump for less than a day")
            }
        }
    };
    Some((Subject::Node, verdict))
}

fn finding(sample: &Sample<'_>, count: u64) -> Finding {
    let mut evidence = vec![format!("{} since it began", at_least(count))];
    if let Some(Ok(milliseconds)) = sample.of_node(Quantity::CLOCK_JUMP) {
        let seconds = milliseconds as f64 / 1000.0;
        evidence.push(format!("the last time by {seconds:+.3} s"));
    }
    Finding {
        severity: Severity::Note,
        summary: "its wall clock jumped".to_owned(),
        advice:
            "Look at `timedatectl timesync-status` and `journalctl -u systemd-timesyncd` on it."
                .to_owned(),
        evidence,
    }
}
