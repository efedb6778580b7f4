//! Which makers' cards tell their health to a command that only reads, and what the answer means.
//!
//! There is no standard: the command is the general one of the SD specification (CMD56), whose
//! argument and answer each maker chose. The offsets were published by owners of such cards
//! (github.com/Ognian/sdmon), the numbers of the makers by Linux (drivers/mmc/core/quirks.h) and
//! by lists of real cards.

use crate::device::BLOCK;
use crate::probe::cid::Card;
use picket_wire::{Missing, Value};

/// How a maker's card is asked.
#[derive(Debug)]
pub(super) struct Method {
    maker: u8,
    /// None for any.
    oem: Option<u16>,
    /// The argument of the command; bit 0 says that it reads.
    pub(super) arg: u32,
    /// The first two bytes of an answer.
    signatures: &'static [[u8; 2]],
    /// Where the percentage stands.
    at: usize,
    /// Whether it counts what is left instead of what is used.
    counts_left: bool,
}

const METHODS: [Method; 4] = [
    // SanDisk and Western Digital. Theirs may go beyond 100; such a number is not told from
    // nonsense, and is garbled.
    Method {
        maker: 0x03,
        oem: Some(0x5344),
        arg: 0x0000_0001,
        signatures: &[[0x44, 0x53], [0x44, 0x57]],
        at: 8,
        counts_left: false,
    },
    // ADATA.
    Method {
        maker: 0x1d,
        oem: Some(0x4144),
        arg: 0x1100_05f1,
        signatures: &[[0x09, 0x41]],
        at: 70,
        counts_left: true,
    },
    // Swissbit.
    Method {
        maker: 0x5d,
        oem: Some(0x5342),
        arg: 0x5342_0001,
        signatures: &[[0x53, 0x77]],
        at: 80,
        counts_left: true,
    },
    // Transcend.
    Method {
        maker: 0x74,
        oem: None,
        arg: 0x1100_05f9,
        signatures: &[[0x54, 0x72]],
        at: 70,
        counts_left: true,
    },
];

/// Makers whose cards tell their health only after a command that writes: Phison with its many
/// names, Kingston under two numbers. It is never sent.
const ONLY_AFTER_A_WRITE: [u8; 3] = [0x27, 0x41, 0x9f];

/// How this card is asked.
///
/// # Errors
/// Why it is not, for the owner.
pub(super) fn method(card: &Card) -> Result<&'static Method, &'static str> {
    let fits = |method: &&Method| {
        method.maker == card.maker && method.oem.is_none_or(|oem| oem == card.oem)
    };
    match METHODS.iter().find(fits) {
        Some(method) => Ok(method),
        None if ONLY_AFTER_A_WRITE.contains(&card.maker) => {
            Err("its maker's cards tell their health only after a command that writes")
        }
        None => Err("how its maker's cards are asked is not known"),
    }
}

impl Method {
    /// Hundredths of life used, from two answers.
    ///
    /// # Errors
    /// *Garbled* unless both are the same, carry the maker's signature and are plausible. A block
    /// of zeros or of ones, which other cards answer, has no signature.
    pub(super) fn used(&self, first: &[u8; BLOCK], second: &[u8; BLOCK]) -> Value {
        let signed = |signature: &&[u8; 2]| first.starts_with(*signature);
        let percent = match first.get(self.at) {
            Some(percent @ 0..=100) if first == second => i64::from(*percent),
            _ => return Err(Missing::Garbled),
        };
        match self.signatures.iter().find(signed) {
            Some(_) if self.counts_left => Ok(100 - percent),
            Some(_) => Ok(percent),
            None => Err(Missing::Garbled),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::cid::Cid;

    fn block(start: &[u8], at: usize, percent: u8) -> [u8; BLOCK] {
        let mut block = [0x20; BLOCK];
        block[..start.len()].copy_from_slice(start);
        block[at] = percent;
        block
    }

    fn card(maker: u8, oem: u16) -> Card {
        let text = format!("{maker:02x}{oem:04x}{}", "00".repeat(13));
        Cid::parse(&text).unwrap().sd().unwrap()
    }

    #[test]
    fn each_maker_has_its_own_argument_signature_and_place() {
        for (maker, oem, arg, start, at, percent, used) in [
            (0x03, 0x5344, 0x0000_0001, b"DS", 8, 1, 1),
            (0x03, 0x5344, 0x0000_0001, b"DW", 8, 100, 100),
            (0x1d, 0x4144, 0x1100_05f1, b"\x09A", 70, 97, 3),
            (0x5d, 0x5342, 0x5342_0001, b"Sw", 80, 100, 0),
            (0x74, 0x4a45, 0x1100_05f9, b"Tr", 70, 0, 100),
        ] {
            let method = method(&card(maker, oem)).unwrap();
            assert_eq!(method.arg, arg);
            let answer = block(start, at, percent);
            assert_eq!(method.used(&answer, &answer), Ok(used), "{maker:#x}");
        }
    }

    #[test]
    fn only_commands_that_read_are_in_the_table() {
        assert!(METHODS.iter().all(|method| method.arg & 1 == 1));
    }

    #[test]
    fn two_equal_plausible_answers_or_nothing() {
        let sandisk = method(&card(0x03, 0x5344)).unwrap();
        let good = block(b"DS", 8, 7);
        let mut other = good;
        other[511] ^= 1;
        for (first, second) in [
            ([0; BLOCK], [0; BLOCK]),
            ([0xff; BLOCK], [0xff; BLOCK]),
            (good, other),
            (good, [0; BLOCK]),
            (block(b"DS", 8, 101), block(b"DS", 8, 101)),
            (block(b"SD", 8, 7), block(b"SD", 8, 7)),
            (block(b"Tr", 8, 7), block(b"Tr", 8, 7)),
        ] {
            assert_eq!(sandisk.used(&first, &second), Err(Missing::Garbled));
        }
        assert_eq!(sandisk.used(&good, &good), Ok(7));
    }

    #[test]
    fn a_card_of_another_maker_is_not_asked_and_the_owner_is_told_why() {
        for (maker, oem, why) in [
            (0x27, 0x5048, "writes"),
            (0x41, 0x3432, "writes"),
            (0x9f, 0x5449, "writes"),
            (0x1b, 0x534d, "not known"),
            (0x03, 0x0000, "not known"),
            (0x00, 0x0000, "not known"),
        ] {
            let refusal = method(&card(maker, oem)).unwrap_err();
            assert!(refusal.contains(why), "{maker:#x}: {refusal}");
        }
    }
}
