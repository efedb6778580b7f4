//! What a section's content means.
//!
//! A section's struct never changes once released: growth is a new tag. postcard reads appended
//! fields and inserted variants wrongly, so codes are plain numbers with an *unknown* reading.
//!
//! | tag | name | content |
//! |---|---|---|
//! | 1 | readings | packed readings up to the end ([`Reading`](crate::Reading)) |
//! | 2 | facts | [`Facts`] |
//! | 3 | parts | [`Part`] repeated up to the end |
//! | 7 | loss | [`Loss`] repeated up to the end |
//! | 11 | holds | [`Holds`] |
//! | 12 | hub_run | [`HubRun`] |
//!
//! 4 writers, 5 finding, 6 event, 8 ups, 9 order and 10 answer are set aside for the sections of
//! these names.

use crate::reading::Readings;
use core::fmt;
use core::marker::PhantomData;
use serde::{Deserialize, Serialize};

/// Tag of the packed readings.
pub const READINGS: u16 = 1;
/// Tag of [`Facts`].
pub const FACTS: u16 = 2;
/// Tag of the list of [`Part`].
pub const PARTS: u16 = 3;
/// Tag of the list of [`Loss`].
pub const LOSS: u16 = 7;
/// Tag of [`Holds`].
pub const HOLDS: u16 = 11;
/// Tag of [`HubRun`].
pub const HUB_RUN: u16 = 12;

/// Longest text inside a section, in bytes. Longer ones are refused.
pub const MAX_TEXT: usize = 64;

/// What rarely changes of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts<'a> {
    /// Name and version of the agent, such as `picket-agent 0.1.0`.
    pub agent: &'a str,
    /// The machine: device tree model, or DMI product; empty if neither says.
    pub model: &'a str,
    /// The operating system, such as `Debian GNU/Linux 12 (bookworm)`.
    pub os: &'a str,
    /// The kernel's release.
    pub kernel: &'a str,
    /// The processor architecture of the agent, such as `aarch64`.
    pub arch: &'a str,
    /// A report is due every so many milliseconds.
    pub every_ms: u32,
}

/// What a part is. A code of a newer node stays a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// The node itself, part 0.
    Node,
    /// A disk or card, by its serial number or CID.
    Disk,
    /// A mounted filesystem.
    Filesystem,
    /// A sensor by its name.
    Sensor,
    /// A kind of a newer node, by its code.
    Unknown(u8),
}

impl PartKind {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            PartKind::Node => 0,
            PartKind::Disk => 1,
            PartKind::Filesystem => 2,
            PartKind::Sensor => 3,
            PartKind::Unknown(code) => code,
        }
    }

    /// The kind of a code.
    pub const fn from_code(code: u8) -> PartKind {
        match code {
            0 => PartKind::Node,
            1 => PartKind::Disk,
            2 => PartKind::Filesystem,
            3 => PartKind::Sensor,
            other => PartKind::Unknown(other),
        }
    }

    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            PartKind::Node => "node",
            PartKind::Disk => "disk",
            PartKind::Filesystem => "filesystem",
            PartKind::Sensor => "sensor",
            PartKind::Unknown(_) => "unknown",
        }
    }
}

/// A thing of a node that readings are about. A number is never reused within a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part<'a> {
    /// What readings name it by.
    pub number: u8,
    /// Code of a [`PartKind`].
    pub kind: u8,
    /// What stays the same over boots, such as `cid/4134…` or `serial/…`; unique in the node.
    pub id: &'a str,
    /// What people call it on this machine, such as `mmcblk0` or `/boot/firmware`.
    pub name: &'a str,
}

impl Part<'_> {
    /// What the part is.
    pub fn part_kind(&self) -> PartKind {
        PartKind::from_code(self.kind)
    }
}

/// Frames that a node had to drop before they were acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Code of the [`Kind`](crate::Kind) whose sequence numbers these are.
    pub kind: u8,
    /// Lowest sequence number dropped.
    pub first: u32,
    /// Highest sequence number dropped. Between the two, what did arrive is no loss.
    pub last: u32,
    /// How many were dropped.
    pub count: u32,
}

/// What a node holds and the hub believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holds {
    /// Highest ordinal of a hub's run that the node has followed; 0 if none.
    pub run_ordinal: u32,
}

/// The run of the hub that sends; its random bits are the header's `run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubRun {
    /// Counts the starts of this site's hub from 1.
    pub ordinal: u32,
}

/// A section by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section<'a> {
    /// Tag 1.
    Readings(Readings<'a>),
    /// Tag 2.
    Facts(Facts<'a>),
    /// Tag 3.
    Parts(Repeated<'a, Part<'a>>),
    /// Tag 7.
    Loss(Repeated<'a, Loss>),
    /// Tag 11.
    Holds(Holds),
    /// Tag 12.
    HubRun(HubRun),
    /// A tag that this version does not know: a report skips it, an order is refused.
    Unknown(u16),
}

/// The content of a known section does not decode; the tag is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionError(pub u16);

impl fmt::Display for SectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the content of section {} does not decode", self.0)
    }
}

impl core::error::Error for SectionError {}

impl<'a> Section<'a> {
    /// Reads a section's content. Every byte must be used.
    pub fn parse(tag: u16, bytes: &'a [u8]) -> Result<Section<'a>, SectionError> {
        let section = match tag {
            READINGS => Readings::parse(bytes).map(Section::Readings),
            FACTS => whole(bytes).filter(Facts::fits).map(Section::Facts),
            PARTS => Repeated::parse(bytes, Part::fits).map(Section::Parts),
            LOSS => Repeated::parse(bytes, |_: &Loss| true).map(Section::Loss),
            HOLDS => whole(bytes).map(Section::Holds),
            HUB_RUN => whole(bytes).map(Section::HubRun),
            unknown => Some(Section::Unknown(unknown)),
        };
        section.ok_or(SectionError(tag))
    }
}

impl Facts<'_> {
    fn fits(&self) -> bool {
        [self.agent, self.model, self.os, self.kernel, self.arch]
            .iter()
            .all(|text| text.len() <= MAX_TEXT)
    }
}

impl Part<'_> {
    fn fits(part: &Part<'_>) -> bool {
        part.id.len() <= MAX_TEXT && part.name.len() <= MAX_TEXT
    }
}

/// Cuts a text to [`MAX_TEXT`] bytes at a character's end, for [`Facts`] and [`Part`].
pub fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

fn whole<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(value)
}

/// Values of one kind up to the end of a section, checked when parsed; iterating cannot fail.
#[derive(Debug, PartialEq, Eq)]
pub struct Repeated<'a, T> {
    bytes: &'a [u8],
    of: PhantomData<T>,
}

impl<T> Clone for Repeated<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Repeated<'_, T> {}

impl<'a, T: Deserialize<'a>> Repeated<'a, T> {
    fn parse(bytes: &'a [u8], fits: fn(&T) -> bool) -> Option<Self> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (value, after) = postcard::take_from_bytes(rest).ok()?;
            // A value of no bytes would be read for ever.
            if !fits(&value) || after.len() == rest.len() {
                return None;
            }
            rest = after;
        }
        Some(Repeated { bytes, of: PhantomData })
    }
}

impl<'a, T: Deserialize<'a>> Iterator for Repeated<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.bytes.is_empty() {
            return None;
        }
        let (value, rest) = postcard::take_from_bytes(self.bytes).ok()?;
        self.bytes = rest;
        Some(value)
    }
}
