//! Whether the files of each disk read as they were written, for people and for Home Assistant.

use crate::detect::{scrub_overdue, silent_corruption};
use crate::hub::Hub;
use crate::incident::{Detector, Severity};
use crate::node::{KnownPart, Node, Scrubbed, number};
use crate::presence::Presence;
use core::cmp::Reverse;
use picket_wire::Quantity;

/// Fewest whole scrubs after which files are called well: the first one has nothing to compare with.
const FEWEST_PASSES: u32 = 2;

/// What is known of something that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Seen to be well.
    Healthy,
    /// Seen to be at fault.
    Faulty,
    /// Nobody can see it; the words say why.
    Blind(&'static str),
}

/// Whether the files of one disk, or of a filesystem of which no disk is known, read as they were
/// written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption<'n> {
    /// The disk or the filesystem.
    pub part: &'n KnownPart,
    /// Whether they do.
    pub state: Watched,
    /// The same in one line.
    pub words: String,
}

impl Watched {
    /// The word that programs see.
    pub const fn name(self) -> &'static str {
        match self {
            Watched::Healthy => "healthy",
            Watched::Faulty => "faulty",
            Watched::Blind(_) => "blind",
        }
    }
}

impl Hub {
    /// Whether the files of each disk of a node that is read back, and of each filesystem of which
    /// no disk is known, read as they were written, by ascending part number.
    pub fn corruption<'n>(&self, node: &'n Node) -> Vec<Corruption<'n>> {
        let read_back = node.parts().filter_map(|part| {
            let scrubbed = node.scrubbed(part).filter(|it| !it.is_refuted)?;
            let (state, words) = self.watched(node, part, &scrubbed);
            Some(Corruption { part, state, words })
        });
        read_back.collect()
    }

    /// What was found stands whatever the readings say now, and also of a node that does not report.
    /// A note is no fault: what read wrong once and then right is past.
    fn watched(&self, node: &Node, part: &KnownPart, scrubbed: &Scrubbed) -> (Watched, String) {
        let open = self.ledger.open_of_part(node.id, part);
        let faults = open.filter(|incident| {
            incident.detector == Detector::SilentCorruption && incident.severity > Severity::Note
        });
        // Of two that want as much the older one.
        if let Some(worst) = faults.min_by_key(|incident| Reverse(incident.severity)) {
            return (Watched::Faulty, worst.summary.clone());
        }
        if scrubbed.wrong() > 0 {
            let wrong = silent_corruption::wrong_now(node.known.findings_of(part.number));
            let summary = silent_corruption::summary(part, scrubbed.wrong(), &wrong);
            return (Watched::Faulty, summary);
        }
        let is_there = matches!(node.presence(), Presence::Alive | Presence::Late);
        let why = (!is_there).then_some("the node does not report");
        match why.or_else(|| node.why_blind(part, scrubbed)) {
            Some(why) => (Watched::Blind(why), why.to_owned()),
            None => (Watched::Healthy, node.words_of_health()),
        }
    }
}

impl Node {
    /// Whether files of a part are read back: none if no scrub tells of it, false if all that one
    /// says is that there is no such thing.
    pub fn is_read_back(&self, part: &KnownPart) -> Option<bool> {
        self.scrubbed(part).map(|scrubbed| !scrubbed.is_refuted)
    }

    fn scrubbed(&self, part: &KnownPart) -> Option<Scrubbed> {
        self.known.scrubbed(part, self.watch.every())
    }

    /// Why nobody can say that the files of a disk of which nothing bad is known are well.
    fn why_blind(&self, part: &KnownPart, scrubbed: &Scrubbed) -> Option<&'static str> {
        let of_node = |quantity| self.known.of_node(quantity);
        let age_s = of_node(Quantity::SCRUB_AGE);
        let age = age_s.zip(of_node(Quantity::SCRUB_PERIOD));
        let place = self.places.of(&part.id);
        if scrubbed.counts().is_none() {
            Some("no whole scrub has compared its files")
        } else if age.is_some_and(|(age_s, period_s)| scrub_overdue::is_overdue(age_s, period_s)) {
            Some("the last whole scrub is too long ago")
        } else if number(scrubbed.passes).is_none_or(|passes: u32| passes < FEWEST_PASSES) {
            Some("its files were read once so far; a second scrub confirms them")
        } else if self.is_nothing_read() {
            Some("the scrub has read no file back")
        } else if !place.is_some_and(|place| place.is_witnessed()) {
            Some(
                "this hub has not seen a whole scrub of it end yet; after the next one it can tell",
            )
        } else {
            None
        }
    }

    /// Whether the last whole pass read no file. One that has just begun has read none yet.
    fn is_nothing_read(&self) -> bool {
        let of_node = |quantity| self.known.of_node(quantity);
        // In hundredths of a percent.
        let is_under_way = of_node(Quantity::SCRUB_PROGRESS).is_some_and(|done| done < 10_000);
        !is_under_way && of_node(Quantity::SCRUB_FILES).is_none_or(|files| files <= 0)
    }

    /// The scrub counts what nobody looked at for the whole machine, not for each disk.
    fn words_of_health(&self) -> String {
        match self.known.of_node(Quantity::SCRUB_UNREAD) {
            Some(unread @ 1..) => format!(
                "every file that was read reads as it was written; files of this machine that were \
                 not read: {unread}"
            ),
            _ => "every file reads as it was written".to_owned(),
        }
    }
}
