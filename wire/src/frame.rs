//! Header, sections and CRC put together and taken apart.

use crate::header::{Flags, HEADER_LEN, Header};
use crate::reading::Reading;
use crate::section::{self, Section, SectionError};
use crate::varint;
use core::fmt;
use serde::Serialize;

/// Longest frame, in bytes.
pub const MAX_FRAME: usize = 4096;
/// Bytes of the CRC at the end.
pub const CRC_LEN: usize = 4;
/// Bytes of a signature, where flags say that there is one.
pub const SIGNATURE_LEN: usize = 64;
/// Bytes of a heartbeat: a report without sections.
pub const HEARTBEAT_LEN: usize = HEADER_LEN + CRC_LEN;
/// Highest tag of a section.
pub const MAX_TAG: u16 = 127;

const _: () = assert!(HEARTBEAT_LEN <= 32);
const _: () = assert!(crate::reading::MAX_READING_LEN <= 13 + 1);

const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

/// Why bytes are no frame. The first fault found is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// More than [`MAX_FRAME`] bytes.
    TooLong(usize),
    /// Fewer bytes than header, CRC and the signature that the flags promise.
    TooShort(usize),
    /// The first byte is not Picket's.
    Magic(u8),
    /// A layout of another major version.
    Major(u8),
    /// The CRC does not fit the bytes.
    Crc,
    /// A kind that this version does not know.
    Kind(u8),
    /// A flag that this version does not know.
    Flags(u8),
    /// A section is cut, its tag above [`MAX_TAG`], or its length longer than what follows.
    Section,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::TooLong(len) => write!(f, "{len} bytes, more than {MAX_FRAME}"),
            FrameError::TooShort(len) => write!(f, "{len} bytes are too few for a frame"),
            FrameError::Magic(byte) => write!(f, "first byte {byte:#04x} is not a frame's"),
            FrameError::Major(major) => write!(
                f,
                "wire version {major}, this program reads {}",
                crate::header::MAJOR
            ),
            FrameError::Crc => f.write_str("checksum does not match"),
            FrameError::Kind(kind) => write!(f, "unknown kind {kind}"),
            FrameError::Flags(flags) => write!(f, "unknown flags {flags:#04x}"),
            FrameError::Section => f.write_str("a section is malformed"),
        }
    }
}

impl core::error::Error for FrameError {}

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
        let tail = CRC_LEN + if header.flags.signed { SIGNATURE_LEN } else { 0 };
        if buf.len() < HEADER_LEN + tail {
            return Err(EncodeError::Full);
        }
        buf[..HEADER_LEN].copy_from_slice(&header.encode());
        Ok(FrameWriter { buf, len: HEADER_LEN, tail })
    }

    /// Appends a section of one value.
    pub fn section<T: Serialize>(&mut self, tag: u16, value: &T) -> Result<(), EncodeError> {
        self.content(tag, |room| Some(postcard::to_slice(value, room).ok()?.len()))
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

    /// Appends the readings, as many as fit; gives how many those are.
    pub fn readings(
        &mut self,
        readings: impl IntoIterator<Item = Reading>,
    ) -> Result<usize, EncodeError> {
        let mut count = 0;
        self.content(section::READINGS, |room| {
            let mut used = 0;
            for reading in readings {
                let Some(more) = reading.write(&mut room[used..]) else { break };
                used += more;
                count += 1;
            }
            Some(used)
        })?;
        Ok(count)
    }

    /// Ends an unsigned frame with its CRC and gives the whole.
    pub fn finish(self) -> &'b [u8] {
        let FrameWriter { buf, len, tail } = self;
        // The tail of a signed frame that nobody signed stays zero, which verifies nowhere.
        buf[len..len + tail].fill(0);
        let end = len + tail;
        seal(&mut buf[..end]);
        &buf[..end]
    }

    /// The bytes written so far, for a signature over them.
    #[cfg(feature = "sign")]
    pub(crate) fn written(&self) -> &[u8] {
        &self.buf[..self.len]
    }

    /// Ends a signed frame.
    #[cfg(feature = "sign")]
    pub(crate) fn finish_with(self, signature: &[u8; SIGNATURE_LEN]) -> &'b [u8] {
        let FrameWriter { buf, len, tail } = self;
        let end = len + tail;
        if tail == CRC_LEN + SIGNATURE_LEN {
            buf[len..len + SIGNATURE_LEN].copy_from_slice(signature);
        }
        seal(&mut buf[..end]);
        &buf[..end]
    }

    /// Writes tag, length and what `fill` puts into the room it gets. Content of no bytes leaves
    /// no section behind.
    fn content(
        &mut self,
        tag: u16,
        fill: impl FnOnce(&mut [u8]) -> Option<usize>,
    ) -> Result<(), EncodeError> {
        // The length of the content is known only afterwards: two bytes are kept for it, and the
        // content moves down by one where one byte was enough.
        const HEAD: usize = 1 + 2;
        if tag > MAX_TAG {
            return Err(EncodeError::Tag(tag));
        }
        let limit = self.buf.len() - self.tail;
        let start = self.len + HEAD;
        let room = self.buf.get_mut(start..limit).ok_or(EncodeError::Full)?;
        let used = fill(room).ok_or(EncodeError::Full)?;
        if used == 0 {
            return Ok(());
        }
        self.buf[self.len] = tag as u8;
        let length_at = self.len + 1;
        let length_len = varint::write(used as u64, &mut self.buf[length_at..start])
            .ok_or(EncodeError::Full)?;
        self.buf.copy_within(start..start + used, length_at + length_len);
        self.len = length_at + length_len + used;
        Ok(())
    }
}

/// Sets the backlog flag of an encoded, unsigned frame and mends its CRC.
/// Gives false, and changes nothing, if the bytes are no unsigned frame: a signature covers the
/// flags, so that a signed frame cannot be marked afterwards.
pub fn mark_backlog(frame: &mut [u8]) -> bool {
    match Frame::decode(frame) {
        Ok(Frame { header: Header { flags: Flags { signed: false, .. }, .. }, .. }) => {
            frame[3] |= Flags::BACKLOG;
            seal(frame);
            true
        }
        Ok(_) | Err(_) => false,
    }
}

fn seal(frame: &mut [u8]) {
    let at = frame.len() - CRC_LEN;
    let crc = CRC.checksum(&frame[..at]);
    frame[at..].copy_from_slice(&crc.to_le_bytes());
}

/// A frame that arrived: its header is read, its CRC right, its sections well-formed.
/// What the sections contain is read by [`Frame::sections`]; the signature by `sign`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The 24 bytes in front.
    pub header: Header,
    /// Header and sections: what a signature covers.
    pub(crate) covered: &'a [u8],
    /// The signature, where flags say that there is one.
    pub(crate) signature: Option<&'a [u8; SIGNATURE_LEN]>,
}

impl<'a> Frame<'a> {
    /// Takes bytes apart that may be anything.
    pub fn decode(bytes: &'a [u8]) -> Result<Frame<'a>, FrameError> {
        if bytes.len() > MAX_FRAME {
            return Err(FrameError::TooLong(bytes.len()));
        }
        let head = bytes.first_chunk().ok_or(FrameError::TooShort(bytes.len()))?;
        let (rest, crc) = bytes
            .split_last_chunk::<CRC_LEN>()
            .filter(|(rest, _)| rest.len() >= HEADER_LEN)
            .ok_or(FrameError::TooShort(bytes.len()))?;
        // A frame of another version may have its CRC elsewhere, so the header is read first.
        let header = Header::decode(head)?;
        if CRC.checksum(rest) != u32::from_le_bytes(*crc) {
            return Err(FrameError::Crc);
        }
        let (covered, signature) = if header.flags.signed {
            rest.split_last_chunk::<SIGNATURE_LEN>()
                .filter(|(covered, _)| covered.len() >= HEADER_LEN)
                .map(|(covered, signature)| (covered, Some(signature)))
                .ok_or(FrameError::TooShort(bytes.len()))?
        } else {
            (rest, None)
        };
        let frame = Frame { header, covered, signature };
        let mut body = frame.body();
        while !body.is_empty() {
            body = split_section(body).ok_or(FrameError::Section)?.2;
        }
        Ok(frame)
    }

    /// Whether the frame carries a signature. It says nothing about whose, or whether it fits.
    pub fn is_signed(&self) -> bool {
        self.signature.is_some()
    }

    /// The sections in the order in which they were written.
    pub fn sections(&self) -> Sections<'a> {
        Sections { body: self.body() }
    }

    fn body(&self) -> &'a [u8] {
        &self.covered[HEADER_LEN..]
    }
}

/// Iterates over the sections of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Sections<'a> {
    body: &'a [u8],
}

impl<'a> Iterator for Sections<'a> {
    type Item = Result<Section<'a>, SectionError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, content, rest) = split_section(self.body)?;
        self.body = rest;
        Some(Section::parse(tag, content))
    }
}

/// Tag, content and what follows.
fn split_section(body: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (tag, rest) = varint::read(body)?;
    let tag = u16::try_from(tag).ok().filter(|tag| *tag <= MAX_TAG)?;
    let (length, rest) = varint::read(rest)?;
    let (content, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    Some((tag, content, rest))
}
