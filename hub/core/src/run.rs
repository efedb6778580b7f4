//! Which run of the hub this is, and when it takes a new one above a higher one that it heard of.
//!
//! A hub that lost its store counts from one again, and whoever follows a higher run than that
//! refuses it. What raises it back is what it hears:
//!
//! * its own signed status and the signed facts of enrolled nodes, [`Source::Signed`]: they hold
//!   what this site's hub once said, so that one of them suffices to be above all of them;
//! * while no node is enrolled, what any node says, [`Source::FirstLook`]: there is nobody else;
//! * with nodes enrolled, what a node says that has not joined, [`Source::Stranger`], a little and
//!   rarely. It may hold a run that no enrolled node was there to hear, and would refuse this hub
//!   for ever; but whoever makes such words up must neither use the numbers up nor keep the fleet
//!   from following a run. Once an hour by 4,096 is 119 years to the last number. What it uses of
//!   its allowance is not taken from that of signed words.

use crate::seam::Run;
use crate::time::{Millis, Moment};
use picket_wire::RunBits;
use std::collections::VecDeque;

/// Evidence that is further ahead of the present ordinal is not believed: an unsigned frame must
/// not exhaust the numbers.
pub(crate) const MAX_JUMP: u32 = 65_536;
/// Most runs that are taken within [`TAKING_SPAN`]: two hubs on one broker would overtake each
/// other for ever.
pub(crate) const MAX_TAKEN: usize = 16;
/// As [`MAX_JUMP`], for a node that has not joined while others have.
pub(crate) const MAX_STRANGER_JUMP: u32 = 4_096;
/// Most runs that are taken within [`TAKING_SPAN`] because of such nodes.
pub(crate) const MAX_STRANGER_TAKEN: usize = 1;
/// See [`MAX_TAKEN`].
pub(crate) const TAKING_SPAN: Millis = Millis::from_s(3600);

/// Who gave a sign of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// This hub itself, or an enrolled node, by a signature.
    Signed,
    /// A node that has not joined, while none has.
    FirstLook,
    /// A node that has not joined, while others have.
    Stranger,
}

/// What came of a sign of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It is this run, or an older one.
    Nothing,
    /// A new run was taken above it.
    Taken(Run),
    /// It is not believed.
    Disbelieved,
}

/// The present run, and where the bits of the next come from.
#[derive(Debug)]
pub(crate) struct Runs {
    present: Run,
    /// State of a SplitMix64 generator (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
    /// Generators, 2014) over the entropy that was handed in.
    state: u64,
    taken: VecDeque<Moment>,
    taken_of_strangers: VecDeque<Moment>,
}

impl Runs {
    /// The first run of a site, until the store says otherwise.
    pub(crate) fn new(entropy: u64) -> Runs {
        let mut runs = Runs {
            present: Run {
                ordinal: 1,
                bits: RunBits::NONE,
            },
            state: entropy,
            taken: VecDeque::new(),
            taken_of_strangers: VecDeque::new(),
        };
        runs.present.bits = runs.fresh_bits();
        runs
    }

    pub(crate) fn present(&self) -> Run {
        self.present
    }

    /// The run after the last one that the store knows.
    pub(crate) fn start_after(&mut self, ordinal: u32) -> Run {
        self.present.ordinal = self.present.ordinal.max(ordinal.saturating_add(1));
        self.present
    }

    /// Somebody follows or is another run.
    pub(crate) fn hear(
        &mut self,
        source: Source,
        bits: RunBits,
        ordinal: u32,
        now: Moment,
    ) -> Heard {
        if bits == self.present.bits || ordinal < self.present.ordinal {
            return Heard::Nothing;
        }
        let (taken, max_taken, max_jump) = match source {
            Source::Signed | Source::FirstLook => (&mut self.taken, MAX_TAKEN, MAX_JUMP),
            Source::Stranger => (
                &mut self.taken_of_strangers,
                MAX_STRANGER_TAKEN,
                MAX_STRANGER_JUMP,
            ),
        };
        while taken.front().is_some_and(|at| now.since(*at) > TAKING_SPAN) {
            taken.pop_front();
        }
        let too_far = ordinal - self.present.ordinal > max_jump;
        let Some(next) = ordinal.checked_add(1).filter(|_| !too_far) else {
            return Heard::Disbelieved;
        };
        if taken.len() >= max_taken {
            return Heard::Disbelieved;
        }
        taken.push_back(now);
        self.present = Run {
            ordinal: next,
            bits: self.fresh_bits(),
        };
        Heard::Taken(self.present)
    }

    /// Bits that are neither none nor the present ones.
    fn fresh_bits(&mut self) -> RunBits {
        loop {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let bits = RunBits(((mixed ^ (mixed >> 31)) >> 32) as u32);
            if bits != RunBits::NONE && bits != self.present.bits {
                return bits;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs() -> Runs {
        let mut runs = Runs::new(7);
        runs.start_after(4);
        runs
    }

    #[test]
    fn the_first_run_follows_the_stored_one_and_has_bits() {
        let runs = runs();
        assert_eq!(runs.present().ordinal, 5);
        assert_ne!(runs.present().bits, RunBits::NONE);
    }

    #[test]
    fn only_an_ordinal_as_high_with_other_bits_makes_a_new_run() {
        let table = [
            ("lower", 4, 0),
            ("equal", 5, 6),
            ("higher", 90, 91),
            ("far ahead", 5 + MAX_JUMP, 6 + MAX_JUMP),
            ("too far ahead", 6 + MAX_JUMP, 0),
            ("the last number", u32::MAX, 0),
        ];
        for (what, ordinal, expected) in table {
            let mut runs = runs();
            let bits = runs.present().bits;
            runs.hear(Source::Signed, RunBits(bits.0 ^ 1), ordinal, Moment(0));
            let present = runs.present();
            let taken = if present.bits == bits {
                0
            } else {
                present.ordinal
            };
            assert_eq!(taken, expected, "{what}");
        }
    }

    #[test]
    fn its_own_bits_are_never_evidence() {
        let mut runs = runs();
        let bits = runs.present().bits;
        assert_eq!(
            runs.hear(Source::Signed, bits, 1_000, Moment(0)),
            Heard::Nothing
        );
    }

    #[test]
    fn two_hubs_do_not_overtake_each_other_for_ever() {
        let mut runs = runs();
        for _ in 0..100 {
            let ahead = runs.present().ordinal + 1;
            runs.hear(Source::Signed, RunBits(1), ahead, Moment(0));
        }
        assert_eq!(runs.taken.len(), MAX_TAKEN);
        let later = Moment(0) + TAKING_SPAN + Millis(1);
        let ahead = runs.present().ordinal;
        assert!(matches!(
            runs.hear(Source::Signed, RunBits(1), ahead, later),
            Heard::Taken(_)
        ));
    }
}
