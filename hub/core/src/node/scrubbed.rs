//! What the newest readings say of one place that is read back: a disk, or a filesystem of which no
//! disk is known.

use super::repeated::Lack;
use super::{Known, KnownFinding, KnownPart};
use crate::time::Millis;
use picket_wire::{Missing, PartKind, Quantity};

/// What was said of one quantity; none if nothing was.
type Said = Option<Result<i64, Lack>>;

/// What the newest readings say of one place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Scrubbed {
    pub(crate) corrupt: Said,
    pub(crate) flapping: Said,
    pub(crate) unreadable: Said,
    pub(crate) transient: Said,
    pub(crate) era: Said,
    pub(crate) passes: Said,
    pub(crate) root: Said,
    pub(crate) generation: Said,
    pub(crate) found: Said,
    pub(crate) lineage: Said,
    pub(crate) dropped: Said,
    pub(crate) refused: Said,
    /// All that is said is that there is no such thing.
    pub(crate) is_refuted: bool,
}

impl Scrubbed {
    fn said_of(&mut self, quantity: Quantity) -> Option<&mut Said> {
        Some(match quantity {
            Quantity::CORRUPT_FILES => &mut self.corrupt,
            Quantity::FLAPPING_FILES => &mut self.flapping,
            Quantity::UNREADABLE_FILES => &mut self.unreadable,
            Quantity::TRANSIENT_MISREADS => &mut self.transient,
            Quantity::SCRUB_ERA => &mut self.era,
            Quantity::SCRUB_PASSES => &mut self.passes,
            Quantity::SCRUB_ROOT => &mut self.root,
            Quantity::CANARY_GENERATION => &mut self.generation,
            Quantity::CANARY_FOUND => &mut self.found,
            Quantity::CANARY_LINEAGE => &mut self.lineage,
            Quantity::CANARY_DROPPED => &mut self.dropped,
            Quantity::CANARY_REFUSED => &mut self.refused,
            _ => return None,
        })
    }

    /// Whether a quantity is one of a place that is read back.
    pub(crate) fn has(quantity: Quantity) -> bool {
        Scrubbed::default().said_of(quantity).is_some()
    }

    /// The three counts of files that read wrong; none if one is missing or nonsense.
    pub(crate) fn counts(&self) -> Option<[u64; 3]> {
        Some([
            number(self.corrupt)?,
            number(self.flapping)?,
            number(self.unreadable)?,
        ])
    }

    /// How many files read wrong, as far as it is said.
    pub(crate) fn wrong(&self) -> u64 {
        let all = [self.corrupt, self.flapping, self.unreadable];
        let counts = all.into_iter().filter_map(number::<u64>);
        counts.fold(0, u64::saturating_add)
    }
}

/// A number within its range; none if it is missing or nonsense.
pub(crate) fn number<T: TryFrom<i64>>(said: Said) -> Option<T> {
    T::try_from(said?.ok()?).ok()
}

/// A flag; none if it is missing or nonsense.
pub(crate) fn flag(said: Said) -> Option<bool> {
    match said?.ok()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

fn is_refuted(said: Result<i64, Lack>) -> bool {
    let no_such_thing = [Missing::NotFitted, Missing::NotSupported];
    matches!(said, Err(Lack::Said(why)) if no_such_thing.contains(&why))
}

impl Known {
    /// What the newest readings of a part say, of a node that reports each `every`; none if nothing
    /// was said, or if the part is none that files lie on.
    pub(crate) fn scrubbed(&self, part: &KnownPart, every: Millis) -> Option<Scrubbed> {
        if !matches!(part.kind, PartKind::Disk | PartKind::Filesystem) {
            return None;
        }
        let mut all = Scrubbed {
            is_refuted: true,
            ..Scrubbed::default()
        };
        let mut is_said = false;
        for reading in self.present(every).filter(|r| r.part == part.number) {
            if let Some(said) = all.said_of(reading.quantity) {
                *said = Some(reading.value);
                is_said = true;
                all.is_refuted &= is_refuted(reading.value);
            }
        }
        is_said.then_some(all)
    }

    /// The findings of a part.
    pub(crate) fn findings_of(&self, part: u8) -> impl Iterator<Item = &KnownFinding> {
        self.findings.iter().filter(move |known| known.part == part)
    }
}
