//! Picket itself writes to the machine's disks: more than the little that it should in a day, beside
//! the manifest of a scrub, which grows with what there is to read back.

use super::counter::count_of;
use super::lasting::SeenFor;
use super::sample::Sample;
use super::{Judgement, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::Known;
use crate::time::{Millis, Moment};
use picket_wire::Quantity;
use std::collections::VecDeque;

/// More than this within [`DAY`] is noted, in KiB, beside the manifest of a scrub.
pub(crate) const MOST_KIB: u64 = 1024;
/// So many files of a scrub may take a KiB of its manifest: a record is of some 70 bytes and what
/// its path does not share with the one before. The agent's test
/// `a_manifest_is_no_longer_than_the_hub_allows_for` holds its manifests to this number and the next.
const FILES_A_KIB: u64 = 8;
/// And so many KiB of content: 4 bytes for each 4 KiB are half of that.
const READ_KIB_A_KIB: u64 = 512;
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
    /// The largest manifest of late, and when it was so large: the next pass begins small.
    manifest: Option<(Moment, u64)>,
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

    /// What a manifest may take that was written within the day.
    fn manifest_kib(&mut self, kib: u64, at: Moment) -> u64 {
        let kept = self.manifest.filter(|(since, _)| at.since(*since) < DAY);
        let largest = kept.filter(|(_, before)| *before > kib);
        let (_, most_kib) = *self.manifest.insert(largest.unwrap_or((at, kib)));
        most_kib
    }

    fn of_a_day_kib(&self) -> u64 {
        let sums = self.hours.iter().map(|(_, sum)| *sum);
        sums.fold(0, u64::saturating_add)
    }
}

pub(crate) fn judge(
    known: &Known,
    sample: &Sample<'_>,
    written: &mut Written,
) -> Judgement<'static> {
    let value = sample.of_node(Quantity::OWN_WRITTEN)?;
    let Some(kib) = count_of(value) else {
        return Some((Subject::Node, Verdict::Blind("what it writes is missing")));
    };
    written.look(kib, sample.at);
    let sum_kib = written.of_a_day_kib();
    let most_kib = MOST_KIB.saturating_add(written.manifest_kib(manifest_kib(known), sample.at));
    let is_well = sum_kib <= most_kib;
    written.well.note(is_well, sample.at, sample.every);
    let verdict = if !is_well {
        Verdict::Faulty(finding(sum_kib, most_kib, kib))
    } else if written.well.lasts(DAY, sample.at) {
        Verdict::Healthy
    } else {
        Verdict::Blind("not too much for less than a day")
    };
    Some((Subject::Node, verdict))
}

/// What the manifest of the pass under way, or of the last one, may take so far.
fn manifest_kib(known: &Known) -> u64 {
    let count = |quantity| known.of_node(quantity).and_then(|n| u64::try_from(n).ok());
    let files = count(Quantity::SCRUB_FILES).unwrap_or(0);
    let read_kib = count(Quantity::SCRUB_READ).unwrap_or(0);
    (files / FILES_A_KIB).saturating_add(read_kib / READ_KIB_A_KIB)
}

fn finding(of_a_day_kib: u64, most_kib: u64, kib: u64) -> Finding {
    Finding {
        severity: Severity::Note,
        summary: "Picket itself writes more to its disks than it should in a day".to_owned(),
        advice: "Look at `journalctl -u 'picket-*'` on it for what repeats itself.".to_owned(),
        evidence: vec![
            format!("{of_a_day_kib} KiB within a day, where {most_kib} KiB would be well"),
            format!("{kib} KiB since the agent started"),
        ],
    }
}
