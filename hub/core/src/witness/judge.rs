//! What a live report of a disk means for its incidents.

use super::{FoundIn, Kept, Look, Place};
use crate::counters::count;
use crate::detect::{Subject, canary, rolled_back, silent_corruption, transient_misreads};
use crate::incident::{Detector, Verdict};
use crate::node::{Known, KnownPart, Node, Scrubbed};
use crate::scribe::Scribe;
use crate::seam::Save;
use picket_wire::reading::Readings;
use picket_wire::{BootId, Finding, NodeId};
use std::collections::BTreeSet;

/// The parts that a report says something of what was read back from them. They are not more than
/// there are numbers of parts.
pub(crate) fn looked_at<'f>(
    readings: Option<Readings<'_>>,
    findings: impl Iterator<Item = Finding<'f>>,
) -> BTreeSet<u8> {
    let readings = readings.into_iter().flatten();
    let of_places = readings.filter(|reading| Scrubbed::has(reading.quantity));
    let of_places = of_places.map(|reading| reading.part);
    of_places
        .chain(findings.map(|finding| finding.part))
        .collect()
}

/// Judges these parts by what is known of them now.
pub(crate) fn report(
    node: &mut Node,
    boot: BootId,
    parts: impl IntoIterator<Item = u8>,
    scribe: &mut Scribe<'_>,
) {
    let (id, every) = (node.id, node.watch.every());
    let Node { known, places, .. } = node;
    for part in parts {
        let Some(part) = known.part(part) else {
            continue;
        };
        let Some(scrubbed) = known.scrubbed(part, every) else {
            continue;
        };
        let unasked = places.unasked == Some(boot);
        let Some(place) = places.of_part(part, scribe.now.moment) else {
            count(&mut scribe.counters.beyond_bounds);
            continue;
        };
        let report = Report {
            node: id,
            known,
            part,
            scrubbed,
            look: Look::new(boot, known.machine, &scrubbed),
            unasked,
        };
        report.judge(place, scribe);
    }
}

/// What a live report leaves known of one part.
struct Report<'k> {
    node: NodeId,
    known: &'k Known,
    part: &'k KnownPart,
    scrubbed: Scrubbed,
    look: Look,
    /// Whether its boot follows one whose last word was none.
    unasked: bool,
}

impl Report<'_> {
    fn judge(&self, place: &mut Place, scribe: &mut Scribe<'_>) {
        let before = place.kept.clone();
        let seen = place.look(&self.look);
        if seen.began_anew {
            self.verdict(rolled_back::subject(self.part), Verdict::Ended, scribe);
        }
        if let Some(rolled_back) = seen.rolled_back {
            let verdict = rolled_back::judge(self.part, &rolled_back, self.unasked);
            self.verdict(rolled_back::subject(self.part), verdict, scribe);
        }
        self.judge_files(&mut place.kept, scribe);
        self.judge_transient(place, scribe);
        let dropped = canary::dropped(self.part, &self.scrubbed);
        scribe.judged(self.node, Detector::SilentCorruption, dropped);
        let refused = canary::refused(self.part, &self.scrubbed);
        scribe.judged(self.node, Detector::ReadOnly, refused);
        if place.kept != before {
            let saved = place.save(self.node, scribe.now.wall.day());
            scribe.effects.save(Save::Witness(saved));
        }
    }

    /// The files that read wrong each time, or not at all.
    fn judge_files(&self, kept: &mut Kept, scribe: &mut Scribe<'_>) {
        let subject = Subject::Part(self.part);
        let is_past = |found_in: &FoundIn| self.look.is_of_other_content(found_in);
        if kept.found_in.as_ref().is_some_and(is_past) {
            kept.found_in = None;
            kept.named.clear();
            self.verdict(subject, Verdict::Ended, scribe);
        }
        let mut files = silent_corruption::Files {
            part: self.part,
            scrubbed: &self.scrubbed,
            findings: self.known.findings_of(self.part.number).collect(),
            found_in: kept.found_in,
            era: self.look.found_in().era,
            is_open: scribe
                .ledger
                .is_open(self.node, Detector::SilentCorruption, subject),
        };
        if files.answers_for(&kept.named) {
            kept.found_in = Some(self.look.found_in());
            files.found_in = kept.found_in;
        }
        let verdict = files.judge();
        match verdict {
            Verdict::Faulty(_) => {
                let found_in = *kept.found_in.get_or_insert(self.look.found_in());
                if found_in.era == files.era {
                    files.name(&mut kept.named);
                }
            }
            Verdict::Healthy | Verdict::Ended => {
                kept.found_in = None;
                kept.named.clear();
            }
            Verdict::Blind(_) => {}
        }
        self.verdict(subject, verdict, scribe);
    }

    fn judge_transient(&self, place: &mut Place, scribe: &mut Scribe<'_>) {
        let at = scribe.now.moment;
        let transient = &mut place.transient;
        let judged =
            transient_misreads::judge(self.part, &self.scrubbed, self.look.boot(), transient, at);
        scribe.judged(self.node, Detector::SilentCorruption, judged);
    }

    fn verdict(&self, subject: Subject<'_>, verdict: Verdict, scribe: &mut Scribe<'_>) {
        scribe.verdict(self.node, Detector::SilentCorruption, subject, verdict);
    }
}
