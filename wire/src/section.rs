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
//! | 4 | writers | [`Writer`] repeated up to the end |
//! | 5 | findings | [`Finding`] repeated up to the end |
//! | 7 | loss | [`Loss`] repeated up to the end |
//! | 11 | holds | [`Holds`] |
//! | 12 | hub_run | [`HubRun`] |
//! | 13 | join | [`Join`] |
//! | 14 | joined | [`Joined`] |
//! | 15 | board | [`Board`] |
//! | 16 | media | [`Medium`] repeated up to the end |
//! | 17 | machine | [`Machine`] |
//! | 18 | packages | [`Package`] repeated up to the end |
//! | 19 | witnesses | [`Witness`] repeated up to the end |
//!
//! 6 event, 8 ups, 9 order and 10 answer are set aside for the sections of these names.

mod board;
mod facts;
mod finding;
mod join;
mod loss;
mod medium;
mod part;
mod repeated;
mod run;
mod witness;
mod writer;

use crate::reading::Readings;
use core::fmt;
use serde::Deserialize;

pub use board::{Board, Returns};
pub use facts::Facts;
pub use finding::{BLOCK, Finding, FindingKind, FindingState, GroundTruth, MAX_PATH};
pub use join::{Answer, HASH_LEN, Join, Joined, KEY_LEN, ROUNDS, SALT_LEN, Verifier};
pub use loss::Loss;
pub use medium::{Medium, MediumKind};
pub use part::{Part, PartKind};
pub use repeated::Repeated;
pub use run::{Holds, HubRun};
pub use witness::{Machine, Package, Witness};
pub use writer::Writer;

/// Tag of the packed readings.
pub const READINGS: u16 = 1;
/// Tag of [`Facts`].
pub const FACTS: u16 = 2;
/// Tag of the list of [`Part`].
pub const PARTS: u16 = 3;
/// Tag of the list of [`Writer`].
pub const WRITERS: u16 = 4;
/// Tag of the list of [`Finding`].
pub const FINDINGS: u16 = 5;
/// Tag of the list of [`Loss`].
pub const LOSS: u16 = 7;
/// Tag of [`Holds`].
pub const HOLDS: u16 = 11;
/// Tag of [`HubRun`].
pub const HUB_RUN: u16 = 12;
/// Tag of [`Join`].
pub const JOIN: u16 = 13;
/// Tag of [`Joined`].
pub const JOINED: u16 = 14;
/// Tag of [`Board`].
pub const BOARD: u16 = 15;
/// Tag of the list of [`Medium`].
pub const MEDIA: u16 = 16;
/// Tag of [`Machine`].
pub const MACHINE: u16 = 17;
/// Tag of the list of [`Package`].
pub const PACKAGES: u16 = 18;
/// Tag of the list of [`Witness`].
pub const WITNESSES: u16 = 19;

/// The word for a section's tag that people and JSON see; none for a tag that this version does not
/// know.
pub const fn name(tag: u16) -> Option<&'static str> {
    match tag {
        READINGS => Some("readings"),
        FACTS => Some("facts"),
        PARTS => Some("parts"),
        WRITERS => Some("writers"),
        FINDINGS => Some("findings"),
        LOSS => Some("loss"),
        HOLDS => Some("holds"),
        HUB_RUN => Some("hub_run"),
        JOIN => Some("join"),
        JOINED => Some("joined"),
        BOARD => Some("board"),
        MEDIA => Some("media"),
        MACHINE => Some("machine"),
        PACKAGES => Some("packages"),
        WITNESSES => Some("witnesses"),
        _ => None,
    }
}

/// Longest text inside a section, in bytes. Longer ones are refused.
pub const MAX_TEXT: usize = 64;

/// A section by its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section<'a> {
    /// Tag 1.
    Readings(Readings<'a>),
    /// Tag 2.
    Facts(Facts<'a>),
    /// Tag 3.
    Parts(Repeated<'a, Part<'a>>),
    /// Tag 4.
    Writers(Repeated<'a, Writer<'a>>),
    /// Tag 5.
    Findings(Repeated<'a, Finding<'a>>),
    /// Tag 7.
    Loss(Repeated<'a, Loss>),
    /// Tag 11.
    Holds(Holds),
    /// Tag 12.
    HubRun(HubRun),
    /// Tag 13.
    Join(Join),
    /// Tag 14.
    Joined(Joined),
    /// Tag 15.
    Board(Board<'a>),
    /// Tag 16.
    Media(Repeated<'a, Medium<'a>>),
    /// Tag 17.
    Machine(Machine),
    /// Tag 18.
    Packages(Repeated<'a, Package<'a>>),
    /// Tag 19.
    Witnesses(Repeated<'a, Witness>),
    /// A tag that this version does not know: a report skips it, an order is refused.
    Unknown(u16),
}

/// The content of a known section does not decode; the tag is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionError(pub u16);

impl fmt::Display for SectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tag = self.0;
        let name = name(tag).unwrap_or("unknown");
        write!(f, "the content of section {tag} ({name}) does not decode")
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
            WRITERS => Repeated::parse(bytes, Writer::fits).map(Section::Writers),
            FINDINGS => Repeated::parse(bytes, Finding::fits).map(Section::Findings),
            LOSS => Repeated::parse(bytes, Loss::fits).map(Section::Loss),
            HOLDS => whole(bytes).map(Section::Holds),
            HUB_RUN => whole(bytes).map(Section::HubRun),
            JOIN => whole(bytes).map(Section::Join),
            JOINED => whole(bytes).map(Section::Joined),
            BOARD => whole(bytes).filter(Board::fits).map(Section::Board),
            MEDIA => Repeated::parse(bytes, Medium::fits).map(Section::Media),
            MACHINE => whole(bytes).map(Section::Machine),
            PACKAGES => Repeated::parse(bytes, Package::fits).map(Section::Packages),
            WITNESSES => Repeated::parse(bytes, |_| true).map(Section::Witnesses),
            unknown => Some(Section::Unknown(unknown)),
        };
        section.ok_or(SectionError(tag))
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
