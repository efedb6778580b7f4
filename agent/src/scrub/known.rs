//! What is known of the files of one place: which manifest, how many passes, and what is against
//! which file.

use super::finding::Finding;
use super::ledger::Counts;
use super::pass::Progress;
use super::standing::Place;
use crate::parts::Named;
use picket_wire::{Missing, Value};

/// What is known of the files of one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The random number that the manifest began with.
    pub era: u32,
    /// Whole passes since then.
    pub passes: u32,
    /// The digest root of the manifest, as of the last whole pass; none before the first.
    pub root: Option<[u8; 32]>,
    /// When that pass ended, in seconds since 1970 by this machine's clock.
    pub ended_unix_s: Option<u64>,
    /// What that pass looked at; none before the first.
    pub progress: Option<Progress>,
    /// How much is against them.
    pub counts: Counts,
    /// What is open, the newest first, and then what ended lately; at most
    /// [`MAX_TOLD`](super::finding::MAX_TOLD) in all.
    pub findings: Vec<Finding>,
}

impl Known {
    /// What is told of it.
    pub fn place(&self, part: Named) -> Place {
        let first_48_bits = |root: [u8; 32]| {
            let first = root.iter().take(6);
            first.fold(0, |bits, byte| bits << 8 | i64::from(*byte))
        };
        Place {
            part,
            corrupt: self.count(self.counts.corrupt),
            flapping: self.count(self.counts.flapping),
            unreadable: self.count(self.counts.unreadable),
            transient: self.count(self.counts.transient),
            // 0 is that of a manifest that is not begun.
            era: match self.era {
                0 => Err(Missing::Busy),
                era => Ok(i64::from(era)),
            },
            passes: Ok(i64::from(self.passes)),
            root: self.root.map(first_48_bits).ok_or(Missing::Busy),
            findings: self.findings.clone(),
        }
    }

    /// Nothing found is no answer until a whole pass has looked; something found is.
    fn count(&self, found: u64) -> Value {
        match (found, self.passes) {
            (0, 0) => Err(Missing::Busy),
            (found, _) => Ok(i64::try_from(found).unwrap_or(i64::MAX)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_wire::PartKind;

    #[test]
    fn the_era_of_a_manifest_that_is_not_begun_is_not_known() {
        let part = Named::new(PartKind::Disk, "cid/1", "mmcblk0");
        let era = |era| {
            Known {
                era,
                ..Known::default()
            }
            .place(part.clone())
            .era
        };
        assert_eq!(era(0), Err(Missing::Busy));
        assert_eq!(era(7), Ok(7));
    }
}
