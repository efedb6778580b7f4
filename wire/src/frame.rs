//! A whole frame: what its bytes must be, and a frame that arrived taken apart.

pub(crate) mod write;

use crate::header::{HEADER_LEN, Header};
use crate::section::{Section, SectionError};
use crate::varint;
use core::fmt;

pub use write::{EncodeError, FrameWriter, mark_backlog};

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

const _: () = assert!(HEARTBEAT_LEN <= 32, "a heartbeat is at most 32 bytes");
const _: () = assert!(MAX_FRAME <= 4096, "any frame is at most 4,096 bytes");
const _: () = assert!(
    varint::len(MAX_TAG as u64) == 1 && varint::len(MAX_FRAME as u64) == 2,
    "the writer keeps one byte for the tag and at most two for the length"
);

// A static, so that its table of 1 KiB is in flash once.
pub(crate) static CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);

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
        let head = bytes
            .first_chunk()
            .ok_or(FrameError::TooShort(bytes.len()))?;
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
        let frame = Frame {
            header,
            covered,
            signature,
        };
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
