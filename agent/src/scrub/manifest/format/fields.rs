//! Numbers and bytes of a frame, one after the other.

use picket_wire::varint;

/// Appends a number.
pub(super) fn put(number: u64, out: &mut Vec<u8>) {
    let mut room = [0; varint::MAX_LEN];
    let used = varint::write(number, &mut room).unwrap_or_default();
    out.extend(room.iter().take(used));
}

/// Appends a number that may be below zero.
pub(super) fn put_signed(number: i64, out: &mut Vec<u8>) {
    put(varint::zigzag(number), out);
}

/// What is left of a frame; none is given where it ends early.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn number(&mut self) -> Option<u64> {
        let (number, rest) = varint::read(self.0)?;
        self.0 = rest;
        Some(number)
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        self.number().map(varint::unzigzag)
    }

    /// None as well if it is more than 32 bits.
    pub(super) fn short(&mut self) -> Option<u32> {
        self.number()?.try_into().ok()
    }

    /// None as well if it is more than `most`.
    pub(super) fn count(&mut self, most: usize) -> Option<usize> {
        let count = self.number()?.try_into().ok()?;
        (count <= most).then_some(count)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }
}
