//! What the node remembers of the hub's own disks, which would forget it together with the hub.
//!
//! A card that forgets at power-off what was written to it since some day takes the hub's memory of
//! its own canary along. So the hub says in its status what it knows, and every node repeats the
//! highest generation that it heard.

use heapless::Vec;
use picket_wire::section::WITNESSES;
use picket_wire::{Frame, Section, Witness};

/// Most disks that are remembered, each with the lineage of its canary: a hub has one or two, and
/// one that was written anew begins another lineage.
pub const MAX_WITNESSES: usize = 4;
/// Bytes of the section in a facts frame: a head, and numbers of at most 10, 5 and 5 bytes.
pub(crate) const WITNESSES_LEN: usize = 3 + MAX_WITNESSES * (10 + 5 + 5);
const _: () = assert!(WITNESSES < 128, "the tag is one byte of the head");

/// What was heard, what was heard last at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnesses {
    kept: Vec<Witness, MAX_WITNESSES>,
}

impl Witnesses {
    /// Takes what a status of the hub says of its disks. The caller has made sure that it is the
    /// hub's; what does not decode is left out.
    pub(crate) fn hear(&mut self, payload: &[u8]) {
        let Ok(frame) = Frame::decode(payload) else {
            return;
        };
        for section in frame.sections() {
            if let Ok(Section::Witnesses(told)) = section {
                // From the end, so that of a list that is too long the first remain.
                let told: Vec<Witness, MAX_WITNESSES> = told.take(MAX_WITNESSES).collect();
                told.iter().rev().for_each(|witness| self.keep(*witness));
            }
        }
    }

    /// Keeps the higher of what is known and what is told.
    fn keep(&mut self, told: Witness) {
        let is_known = |known: &Witness| known.disk == told.disk && known.lineage == told.lineage;
        let known = self.kept.iter().position(is_known);
        let known = known.map_or(0, |at| self.kept.remove(at).generation);
        let kept = Witness {
            generation: told.generation.max(known),
            ..told
        };
        if self.kept.is_full() {
            self.kept.remove(0);
        }
        // There is room: one was removed if there was none.
        let _ = self.kept.push(kept);
    }

    /// What is repeated to the hub.
    pub fn iter(&self) -> impl Iterator<Item = Witness> {
        self.kept.iter().copied()
    }

    /// Whether nothing was heard.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn witness(disk: u64, lineage: u32, generation: u32) -> Witness {
        Witness {
            disk,
            lineage,
            generation,
        }
    }

    fn kept(told: &[Witness]) -> Vec<Witness> {
        let mut all = Witnesses::default();
        told.iter().for_each(|one| all.keep(*one));
        all.iter().collect()
    }

    #[test]
    fn a_hub_that_forgot_does_not_make_its_witnesses_forget() {
        let known = witness(1, 5, 9);
        assert_eq!(kept(&[known, witness(1, 5, 4)]), [known]);
        assert_eq!(kept(&[known, witness(1, 5, 10)]), [witness(1, 5, 10)]);
    }

    #[test]
    fn disks_and_lineages_are_apart_and_of_too_many_the_oldest_goes() {
        let told: Vec<Witness> = (0..6).map(|n| witness(n % 3, n as u32 / 3, 1)).collect();
        let mut again = told.clone();
        again.push(told[3]);
        assert_eq!(kept(&again), [told[2], told[4], told[5], told[3]]);
    }
}
