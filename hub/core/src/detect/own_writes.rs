//! Picket itself writes to the machine's disks: more than the little that it should in a day.

use super::counter::count_of;
use super::lasting::SeenFor;
use super::sample::Sample;
use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::time::{Millis, Moment};
use picket_wire::Quantity;
use std::collections::VecDeque;

/// More than this within [`DAY`] is noted, in KiB.
pub(crate) const MOST_KIB: u64 = 1024;
/// The span that is summed up, and how long it must not be too much until it is over.
pub(crate) const DAY: Millis = Millis::from_s(24 * 3600);
/// What is written within so long is one number.
pub(crate) const BUCKET: Millis = Millis::from_s(3600);

/// What one node's agent wrote within a day.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// The agent's count of the present session.
    last_kib: Option<u64>,
    /// Whether this is the first session that is heard: what it wrote before is past.
    heard: bool,
    /// When each hour began, and what was written in it; at most a day of them.
    hours: VecDeque<(Moment, u64)>,
    /// How long it was seen not to be too much.
    well: SeenFor,
}

impl Written {
    /// Another session counts from 0.
    pub(crate) fn new_session(&mut self) {
        self.last_kib = self.heard.then_some(0);
    }

    fn look(&mut self, kib: u64, at: Moment) {
        let grown = self.last_kib.map_or(0, |last| kib.saturating_sub(last));
        (self.last_kib, self.heard) = (Some(kib), true);
        while self
            .hours
            .front()
            .is_some_and(|(began, _)| at.since(*began) >= DAY)
        {
            self.hours.pop_front();
        }
        match self.hours.back_mut() {
            Some((began, sum)) if at.since(*began) < BUCKET => *sum = sum.saturating_add(grown),
            _ if grown > 0 => self.hours.push_back((at, grown)),
            _ => {}
        }
    }

    fn of_a_day_kib(&self) -> u64 {
        let sums = self.hours.iter().map(|(_, sum)| *sum);
        sums.fold(0, u64::saturating_add)
    }
}

pub(crate) fn judge(sample: &Sample<'_>, written: &mut Written) -> Judgement<'static> {
    let value = sample.of_node(Quantity::OWN_WRITTEN)?;
    let Some(kib) = count_of(value) else {
        return Some((Subject::Node, Verdict::Blind("what it writes is missing")));
    };
    written.look(kib, sample.at);
    let sum_kib = written.of_a_day_kib();
    let is_well = sum_kib <= MOST_KIB;
    written.well.note(is_well, sample.at, sample.every);
    let verdict = if !is_well {
        Verdict::Faulty(finding(sum_kib, kib))
    } else if written.well.lasts(DAY, sample.at) {
        Verdict::Healthy
    } else {
        Verdict::Blind("not too much for less than a day")
    };
    Some((Subject::Node, verdict))
}

fn finding(of_a_day_kib: u64, kib: u64) -> Finding {
    Finding {
        severity: Severity::Note,
        summary: "Picket itself writes more than 1 MiB a day to its disks".to_owned(),
        advice: "Look at `journalctl -u 'picket-*'` on it for what repeats itself.".to_owned(),
        evidence: vec![
            format!("{of_a_day_kib} KiB within a day"),
            format!("{kib} KiB since the agent started"),
        ],
    }
}
