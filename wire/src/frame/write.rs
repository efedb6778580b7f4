//! Header, sections and CRC put together into a buffer of the caller.

use super::{CRC, CRC_LEN, Frame, MAX_FRAME, MAX_TAG, SIGNATURE_LEN};
use crate::header::{FLAGS_AT, Flags, HEADER_LEN, Header};
use crate::reading::Reading;
use crate::section;
use crate::varint;
use core::fmt;
use serde::Serialize;

/// Longest content whose length takes one byte.
const SHORT: usize = 127;

const _: () = assert!(varint::len(SHORT as u64) == 1 && varint::len(SHORT as u64 + 1) == 2);

/// What can go wrong while a frame is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The buffer, or [`MAX_FRAME`], is too short for it. What was written before stands.
    Full,
    /// A tag above [`MAX_TAG`].
    Tag(u16),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::Full => f.write_str("the frame is full"),
            EncodeError::Tag(tag) => write!(f, "tag {tag} is above {MAX_TAG}"),
        }
    }
}

impl core::error::Error for EncodeError {}

/// Writes one frame into a buffer of the caller.
#[derive(Debug)]
pub struct FrameWriter<'b> {
    buf: &'b mut [u8],
    /// Bytes written so far; a failed section leaves it where it was.
    len: usize,
    /// Bytes kept free at the end for CRC and signature.
    tail: usize,
}

impl<'b> FrameWriter<'b> {
    /// Starts a frame. Of a longer buffer only the first [`MAX_FRAME`] bytes are used.
    pub fn new(buf: &'b mut [u8], header: &Header) -> Result<Self, EncodeError> {
        let end = buf.len().min(MAX_FRAME);
        let buf = &mut buf[..end];
        let signature = if header.flags.signed {
            SIGNATURE_LEN
        } else {
            0
        };
        let tail = CRC_LEN + signature;
        if buf.len() < HEADER_LEN + tail {
            return Err(EncodeError::Full);
        }
        buf[..HEADER_LEN].copy_from_slice(&header.encode());
        Ok(FrameWriter {
            buf,
            len: HEADER_LEN,
            tail,
        })
    }

    /// Appends a section of one value. The reader refuses texts longer than
    /// [`section::MAX_TEXT`]; [`section::cut`] shortens one.
    pub fn section<T: Serialize>(&mut self, tag: u16, value: &T) -> Result<(), EncodeError> {
        self.content(tag, |room| {
            Some(postcard::to_slice(value, room).ok()?.len())
        })
    }

    /// Appends a section of values up to its end, such as parts. Nothing is written if one of them
    /// does not fit, or if there is none.
    pub fn repeated<T: Serialize>(
        &mut self,
        tag: u16,
        values: impl IntoIterator<Item = T>,
    ) -> Result<(), EncodeError> {
        self.content(tag, |room| {
            let mut used = 0;
            for value in values {
                used += postcard::to_slice(&value, &mut room[used..]).ok()?.len();
            }
            Some(used)
        })
    }

    /// Appends the readings, as many as fit; gives how many those are. A reading whose code exceeds
    /// [`MAX_CODE`](crate::quantity::MAX_CODE) fits nowhere, so that it ends them as well.
    pub fn readings(
        &mut self,
        readings: impl IntoIterator<Item = Reading>,
    ) -> Result<usize, EncodeError> {
        let mut count = 0;
        self.content(section::READINGS, |room| {
            let mut used = 0;
            for reading in readings {
                let Some(more) = reading.write(&mut room[used..]) else {
                    break;
                };
                used += more;
                count += 1;
            }
            Some(used)
        })?;
        Ok(count)
    }

    /// Ends an unsigned frame with its CRC and gives the whole.
    pub fn finish(self) -> &'b [u8] {
        // A frame that promises a signature and gets none has zeros, which verify nowhere.
        self.end(&[0; SIGNATURE_LEN])
    }

    /// Header and sections so far, for a signature over them; none if the flags promise none.
    #[cfg(feature = "sign")]
    pub(crate) fn to_sign(&self) -> Option<&[u8]> {
        (self.tail > CRC_LEN).then_some(&self.buf[..self.len])
    }

    /// Writes the signature where the flags promise one, then the CRC.
    pub(crate) fn end(self, signature: &[u8; SIGNATURE_LEN]) -> &'b [u8] {
        let FrameWriter { buf, len, tail } = self;
        let frame = &mut buf[..len + tail];
        if tail > CRC_LEN {
            frame[len..len + SIGNATURE_LEN].copy_from_slice(signature);
        }
        seal(frame);
        frame
    }

    /// Writes tag, length and what `fill` puts into the room it gets. Content of no bytes leaves
    /// no section behind.
    fn content(
        &mut self,
        tag: u16,
        fill: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Result<(), EncodeError> {
        if tag > MAX_TAG {
            return Err(EncodeError::Tag(tag));
        }
        // The length of the content is known only afterwards: as many bytes are kept for it as the
        // room could need, and the content moves down by one where one byte was enough after all.
        let limit = self.buf.len() - self.tail;
        let length_at = self.len + 1;
        let is_short = limit.saturating_sub(length_at) <= 1 + SHORT;
        let kept = if is_short { 1 } else { 2 };
        let start = length_at + kept;
        let room = self.buf.get_mut(start..limit).ok_or(EncodeError::Full)?;
        let used = fill(room).ok_or(EncodeError::Full)?;
        if used == 0 {
            return Ok(());
        }
        self.buf[self.len] = tag as u8;
        let length_len =
            varint::write(used as u64, &mut self.buf[length_at..start]).ok_or(EncodeError::Full)?;
        if length_len < kept {
            self.buf
                .copy_within(start..start + used, length_at + length_len);
        }
        self.len = length_at + length_len + used;
        Ok(())
    }
}

/// Sets the backlog flag of an encoded, unsigned frame and mends its CRC.
/// Gives false, and changes nothing, if the bytes are no unsigned frame: a signature covers the
/// flags, so that a signed frame cannot be marked afterwards.
pub fn mark_backlog(frame: &mut [u8]) -> bool {
    let is_unsigned = Frame::decode(frame).is_ok_and(|frame| !frame.is_signed());
    if is_unsigned {
        frame[FLAGS_AT] |= Flags::BACKLOG;
        seal(frame);
    }
    is_unsigned
}

/// Writes the CRC over all before it into the last bytes.
pub(crate) fn seal(frame: &mut [u8]) {
    let at = frame.len() - CRC_LEN;
    let crc = CRC.checksum(&frame[..at]);
    frame[at..].copy_from_slice(&crc.to_le_bytes());
}
