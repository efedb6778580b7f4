//! The packed numbers of a report: one section, no count, a few bytes each.
//!
//! A reading is `varint(code × 2 + missing) | part u8 | zigzag varint, or reason u8`.

use crate::missing::Missing;
use crate::quantity::{MAX_CODE, Quantity};
use crate::varint;

/// A measured number in the unit and decimals of its quantity, or why there is none.
pub type Value = Result<i64, Missing>;

/// One measured value of one part of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What was measured.
    pub quantity: Quantity,
    /// The part it is about; 0 is the node itself. Named by a `parts` section of the facts.
    pub part: u8,
    /// The number, or the reason for having none.
    pub value: Value,
}

/// Most bytes that one reading takes: code, part, value.
pub const MAX_READING_LEN: usize = varint::len(MAX_CODE as u64 * 2 + 1) + 1 + varint::MAX_LEN;

const _: () = assert!(MAX_READING_LEN == 13, "every code fits into two bytes");

impl Reading {
    /// Writes the reading to the front of `out`; gives the bytes used, or none if it does not fit
    /// or its code exceeds [`MAX_CODE`].
    pub fn write(&self, out: &mut [u8]) -> Option<usize> {
        if self.quantity.0 > MAX_CODE {
            return None;
        }
        let missing = u64::from(self.value.is_err());
        let mut used = varint::write(u64::from(self.quantity.0) * 2 + missing, out)?;
        *out.get_mut(used)? = self.part;
        used += 1;
        match self.value {
            Ok(value) => used += varint::write(varint::zigzag(value), out.get_mut(used..)?)?,
            Err(reason) => {
                *out.get_mut(used)? = reason.code();
                used += 1;
            }
        }
        Some(used)
    }

    /// Reads one reading from the front of `bytes`; gives it and the rest.
    pub fn read(bytes: &[u8]) -> Option<(Reading, &[u8])> {
        let (head, rest) = varint::read(bytes)?;
        let code = u16::try_from(head / 2).ok().filter(|c| *c <= MAX_CODE)?;
        let (&part, rest) = rest.split_first()?;
        let (value, rest) = if head & 1 == 0 {
            let (raw, rest) = varint::read(rest)?;
            (Ok(varint::unzigzag(raw)), rest)
        } else {
            let (&reason, rest) = rest.split_first()?;
            (Err(Missing::from_code(reason)), rest)
        };
        let quantity = Quantity(code);
        let reading = Reading {
            quantity,
            part,
            value,
        };
        Some((reading, rest))
    }
}

/// The readings of a section whose every byte was checked; iterating cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readings<'a> {
    bytes: &'a [u8],
}

impl<'a> Readings<'a> {
    /// Checks the whole content of a `readings` section; none if any reading is cut or malformed.
    pub fn parse(bytes: &'a [u8]) -> Option<Readings<'a>> {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = Reading::read(rest)?.1;
        }
        Some(Readings { bytes })
    }
}

impl Iterator for Readings<'_> {
    type Item = Reading;

    fn next(&mut self) -> Option<Reading> {
        let (reading, rest) = Reading::read(self.bytes)?;
        self.bytes = rest;
        Some(reading)
    }
}
