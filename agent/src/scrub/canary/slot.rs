//! One place of the canary's file: who wrote it, a pattern that nothing else has, and a digest.

use crate::scrub::files::Buffer;
use picket_wire::{Missing, Value};

/// Bytes of a place: a block of every common filesystem.
pub(super) const SLOT: usize = 4096;
/// Which file this is, and how it is laid out.
const MAGIC: [u8; 8] = *b"PicketC\x01";
/// Bytes of the numbers behind that.
const NUMBERS: usize = 4 + 4 + 4 + 1 + 4 + 8 + 8;
/// Bytes of the digest of everything before it.
const DIGEST: usize = blake3::OUT_LEN;

/// What stood there at the first look of a boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    None,
    Garbled,
    Generation(u32),
}

impl Found {
    pub(super) fn value(self) -> Value {
        match self {
            Found::None => Err(Missing::NotFitted),
            Found::Garbled => Err(Missing::Garbled),
            Found::Generation(generation) => Ok(generation.into()),
        }
    }

    fn code(self) -> (u8, u32) {
        match self {
            Found::None => (0, 0),
            Found::Garbled => (1, 0),
            Found::Generation(generation) => (2, generation),
        }
    }

    fn of((code, generation): (u8, u32)) -> Option<Found> {
        match code {
            0 => Some(Found::None),
            1 => Some(Found::Garbled),
            2 => Some(Found::Generation(generation)),
            _ => None,
        }
    }
}

/// A writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// The random number that the canary began with.
    pub(super) lineage: u32,
    pub(super) generation: u32,
    /// The boot in which it was written, and what the first look of that boot found: a process that
    /// is started again in it has not to write to know.
    pub(super) boot: u32,
    pub(super) found: Found,
    /// When it was written, by both clocks.
    pub(super) uptime_ms: u64,
    pub(super) unix_s: u64,
}

impl Slot {
    /// The first of a lineage.
    pub(super) fn first(lineage: u32) -> Slot {
        Slot {
            lineage,
            generation: 1,
            boot: 0,
            found: Found::None,
            uptime_ms: 0,
            unix_s: 0,
        }
    }

    /// In which of the two places it is written: they take turns.
    pub(super) fn place(&self) -> usize {
        usize::from(!self.generation.is_multiple_of(2))
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let (code, generation) = self.found.code();
        let mut bytes = Vec::with_capacity(SLOT);
        bytes.extend(MAGIC);
        bytes.extend(self.lineage.to_le_bytes());
        bytes.extend(self.generation.to_le_bytes());
        bytes.extend(self.boot.to_le_bytes());
        bytes.push(code);
        bytes.extend(generation.to_le_bytes());
        bytes.extend(self.uptime_ms.to_le_bytes());
        bytes.extend(self.unix_s.to_le_bytes());
        // No two writings have a sector in common, so that an older one shows wherever it stands.
        let mut pattern = vec![0; SLOT - DIGEST - bytes.len()];
        blake3::Hasher::new()
            .update(&bytes)
            .finalize_xof()
            .fill(&mut pattern);
        bytes.extend(pattern);
        bytes.extend(blake3::hash(&bytes).as_bytes());
        bytes
    }

    /// The same where the kernel wants it.
    pub(super) fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::new(SLOT);
        for (to, from) in buffer.all().iter_mut().zip(self.bytes()) {
            *to = from;
        }
        buffer
    }

    /// Both places of a new file.
    pub(super) fn twice(&self) -> Vec<u8> {
        self.bytes().repeat(2)
    }

    /// Of the bytes of a place; none if they are anything else.
    pub(super) fn read(bytes: &[u8]) -> Option<Slot> {
        let (said, digest) = bytes.split_last_chunk::<DIGEST>()?;
        if bytes.len() != SLOT || blake3::hash(said) != blake3::Hash::from_bytes(*digest) {
            return None;
        }
        let numbers = said.strip_prefix(&MAGIC)?.first_chunk::<NUMBERS>()?;
        let mut numbers = Numbers(numbers);
        let slot = Slot {
            lineage: u32::from_le_bytes(numbers.take()?),
            generation: u32::from_le_bytes(numbers.take()?),
            boot: u32::from_le_bytes(numbers.take()?),
            found: Found::of((
                u8::from_le_bytes(numbers.take()?),
                u32::from_le_bytes(numbers.take()?),
            ))?,
            uptime_ms: u64::from_le_bytes(numbers.take()?),
            unix_s: u64::from_le_bytes(numbers.take()?),
        };
        Some(slot)
    }

    /// The newer of the two places of a file.
    pub(super) fn newest(both: &[u8]) -> Option<Slot> {
        let slots = both.chunks(SLOT).take(2).filter_map(Slot::read);
        slots.max_by_key(|slot| slot.generation)
    }
}

/// Numbers one after the other.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn take<const LEN: usize>(&mut self) -> Option<[u8; LEN]> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(generation: u32) -> Slot {
        Slot {
            generation,
            boot: 0xb007,
            found: Found::Generation(generation - 1),
            uptime_ms: 1 << 40,
            unix_s: 1_800_000_000,
            ..Slot::first(0xffff_fffe)
        }
    }

    #[test]
    fn what_was_written_is_read_and_a_flipped_bit_is_seen_wherever_it_is() {
        let mut bytes = slot(7).bytes();
        assert_eq!(bytes.len(), SLOT);
        assert_eq!(Slot::read(&bytes), Some(slot(7)));
        for at in 0..SLOT {
            bytes[at] ^= 1 << (at % 8);
            assert_eq!(Slot::read(&bytes), None, "{at}");
            bytes[at] ^= 1 << (at % 8);
        }
        for found in [Found::None, Found::Garbled] {
            let other = Slot { found, ..slot(7) };
            assert_eq!(Slot::read(&other.bytes()), Some(other));
        }
    }

    #[test]
    fn a_torn_place_leaves_the_other_one() {
        let (six, seven, eight) = (slot(6).bytes(), slot(7).bytes(), slot(8).bytes());
        assert_ne!(slot(6).place(), slot(7).place());
        let torn = [&eight[..512], &six[512..]].concat();
        assert_eq!(
            Slot::newest(&[torn.clone(), seven.clone()].concat()),
            Some(slot(7))
        );
        assert_eq!(Slot::newest(&[eight, seven].concat()), Some(slot(8)));
        assert_eq!(Slot::newest(&[torn, vec![0; SLOT]].concat()), None);
        assert_eq!(Slot::newest(b""), None);
    }

    #[test]
    fn two_generations_have_no_sector_in_common() {
        let (one, other) = (slot(7).bytes(), slot(9).bytes());
        let sectors = one.chunks(512).zip(other.chunks(512));
        assert_eq!(sectors.filter(|(one, other)| one == other).count(), 0);
    }
}
