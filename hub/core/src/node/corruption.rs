//! Whether the files of each disk read as they were written, for people and for Home Assistant.

use super::{KnownFinding, KnownPart, Node, Scrubbed, flag, number};
use crate::detect::{scrub_overdue, silent_corruption};
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

impl Node {
    /// What its scrub says of each disk, by ascending part number. Nothing of a node that has none.
    pub fn corruption(&self) -> impl Iterator<Item = Corruption<'_>> {
        self.parts().filter_map(|part| {
            let scrubbed = self.known.scrubbed(part, self.watch.every())?;
            Some(self.corruption_of(part, &scrubbed))
        })
    }

    /// Files that read otherwise than they were written, as its present session tells them, ended
    /// ones too, the worst first; at most [`MAX_FINDINGS`](super::MAX_FINDINGS).
    pub fn findings(&self) -> Vec<&KnownFinding> {
        silent_corruption::worst_first(self.known.findings.iter())
    }

    fn corruption_of<'n>(&'n self, part: &'n KnownPart, scrubbed: &Scrubbed) -> Corruption<'n> {
        let faulty = |words: String| Corruption {
            part,
            state: Watched::Faulty,
            words,
        };
        if scrubbed.wrong() > 0 {
            let open = silent_corruption::wrong_now(self.known.findings_of(part.number));
            return faulty(silent_corruption::summary(part, scrubbed.wrong(), &open));
        }
        if flag(scrubbed.dropped) == Some(true) {
            return faulty("what is written to it is lost".to_owned());
        }
        let place = self.places.of(&part.id);
        if place.is_some_and(|place| place.kept.found_in.is_some()) {
            return faulty("files read wrong, and were not seen to be good again".to_owned());
        }
        let why = self.why_blind(part, scrubbed);
        Corruption {
            part,
            state: why.map_or(Watched::Healthy, Watched::Blind),
            words: why.map_or_else(|| self.words_of_health(), str::to_owned),
        }
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
            Some("this hub knows its manifest since the last scrub only; the next one tells")
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
