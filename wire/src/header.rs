//! The 24 bytes in front of every frame, little endian, and the small ids in them.

use crate::frame::FrameError;
use core::fmt;

/// First byte of every frame.
pub const MAGIC: u8 = 0xA7;
/// Version of the layout. A frame of another major version is refused whole.
pub const MAJOR: u8 = 1;
/// Bytes of the header.
pub const HEADER_LEN: usize = 24;
/// Where the flags byte stands.
pub(crate) const FLAGS_AT: usize = 3;
/// Highest uptime that 48 bits hold, in milliseconds (about 8,900 years).
pub const MAX_UPTIME_MS: u64 = (1 << 48) - 1;

/// Names one boot of a machine: the first 32 bits of SHA-256 of the kernel's `boot_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootId(pub u32);

/// Names one start of the agent: 16 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u16);

/// The 32 random bits of one start of the hub, as a node echoes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunBits(pub u32);

impl RunBits {
    /// The node has heard no hub yet. A frame that says so is never live.
    pub const NONE: RunBits = RunBits(0);
}

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.0)
    }
}

impl fmt::Display for RunBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// What a frame is for; one per topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What rarely changes: model, parts, versions, what the node holds.
    Facts,
    /// The readings of one sampling; an empty one is a heartbeat.
    Report,
    /// UPS readings and answers to orders.
    Power,
    /// The only message that makes a node act.
    Order,
    /// The hub's own sign of life, with its run.
    HubStatus,
    /// The exchange that makes a machine a node.
    Join,
}

impl Kind {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            Kind::Facts => 1,
            Kind::Report => 2,
            Kind::Power => 3,
            Kind::Order => 4,
            Kind::HubStatus => 5,
            Kind::Join => 6,
        }
    }

    /// The kind of a code; none for a code that this version does not know.
    pub const fn from_code(code: u8) -> Option<Kind> {
        match code {
            1 => Some(Kind::Facts),
            2 => Some(Kind::Report),
            3 => Some(Kind::Power),
            4 => Some(Kind::Order),
            5 => Some(Kind::HubStatus),
            6 => Some(Kind::Join),
            _ => None,
        }
    }

    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Facts => "facts",
            Kind::Report => "report",
            Kind::Power => "power",
            Kind::Order => "order",
            Kind::HubStatus => "hub_status",
            Kind::Join => "join",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The flags byte. Any bit that is not named here refuses the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Bit 0: 64 bytes of signature stand before the CRC.
    pub signed: bool,
    /// Bit 1: sent later than it was sampled. It fills history and is never live.
    pub backlog: bool,
}

impl Flags {
    /// Bit of [`Flags::signed`].
    pub const SIGNED: u8 = 1;
    /// Bit of [`Flags::backlog`].
    pub const BACKLOG: u8 = 2;

    const fn to_byte(self) -> u8 {
        ((self.signed as u8) * Self::SIGNED) | ((self.backlog as u8) * Self::BACKLOG)
    }

    const fn from_byte(byte: u8) -> Option<Flags> {
        if byte & !(Self::SIGNED | Self::BACKLOG) != 0 {
            return None;
        }
        Some(Flags {
            signed: byte & Self::SIGNED != 0,
            backlog: byte & Self::BACKLOG != 0,
        })
    }
}

/// The header of a frame. Magic and major version are constants and not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the frame is for.
    pub kind: Kind,
    /// Signed, backlog.
    pub flags: Flags,
    /// The boot of the sender's machine.
    pub boot: BootId,
    /// The start of the sender's program.
    pub session: SessionId,
    /// Counts from 0 per session and kind.
    pub seq: u32,
    /// The hub's run that the sender heard last, or its own if the hub is the sender.
    pub run: RunBits,
    /// CLOCK_BOOTTIME of the sender when the content was sampled, in milliseconds; 48 bits.
    pub uptime_ms: u64,
}

impl Header {
    /// The bytes on the wire. An uptime above [`MAX_UPTIME_MS`] is cut to it.
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut out = [0; HEADER_LEN];
        out[0] = MAGIC;
        out[1] = MAJOR;
        out[2] = self.kind.code();
        out[FLAGS_AT] = self.flags.to_byte();
        out[4..8].copy_from_slice(&self.boot.0.to_le_bytes());
        out[8..10].copy_from_slice(&self.session.0.to_le_bytes());
        out[10..14].copy_from_slice(&self.seq.to_le_bytes());
        out[14..18].copy_from_slice(&self.run.0.to_le_bytes());
        let uptime_ms = self.uptime_ms.min(MAX_UPTIME_MS).to_le_bytes();
        out[18..24].copy_from_slice(&uptime_ms[..6]);
        out
    }

    /// Reads the header; the error names the first thing that is wrong.
    pub fn decode(bytes: &[u8; HEADER_LEN]) -> Result<Header, FrameError> {
        let b = bytes;
        if b[0] != MAGIC {
            return Err(FrameError::Magic(b[0]));
        }
        if b[1] != MAJOR {
            return Err(FrameError::Major(b[1]));
        }
        Ok(Header {
            kind: Kind::from_code(b[2]).ok_or(FrameError::Kind(b[2]))?,
            flags: Flags::from_byte(b[FLAGS_AT]).ok_or(FrameError::Flags(b[FLAGS_AT]))?,
            boot: BootId(u32::from_le_bytes([b[4], b[5], b[6], b[7]])),
            session: SessionId(u16::from_le_bytes([b[8], b[9]])),
            seq: u32::from_le_bytes([b[10], b[11], b[12], b[13]]),
            run: RunBits(u32::from_le_bytes([b[14], b[15], b[16], b[17]])),
            uptime_ms: u64::from_le_bytes([b[18], b[19], b[20], b[21], b[22], b[23], 0, 0]),
        })
    }
}
