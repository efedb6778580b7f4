//! What a frame carries, by the meaning of its sections.

use picket_wire::reading::Readings;
use picket_wire::section::{self, Repeated};
use picket_wire::{
    Board, Facts, Finding, Frame, Holds, HubRun, Kind, Loss, Machine, Medium, Package, Part,
    Section, SectionError, Witness, Writer,
};

/// The sections of one frame. A second section of a tag takes the place of the first.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Contents<'a> {
    pub(crate) readings: Option<Readings<'a>>,
    pub(crate) facts: Option<Facts<'a>>,
    pub(crate) parts: Option<Repeated<'a, Part<'a>>>,
    pub(crate) losses: Option<Repeated<'a, Loss>>,
    pub(crate) writers: Option<Repeated<'a, Writer<'a>>>,
    pub(crate) findings: Option<Repeated<'a, Finding<'a>>>,
    pub(crate) packages: Option<Repeated<'a, Package<'a>>>,
    pub(crate) machine: Option<Machine>,
    pub(crate) witnesses: Option<Repeated<'a, Witness>>,
    pub(crate) board: Option<Board<'a>>,
    pub(crate) media: Option<Repeated<'a, Medium<'a>>>,
    pub(crate) holds: Option<Holds>,
    pub(crate) hub_run: Option<HubRun>,
    /// A bit for each tag that is unknown, or known but has no meaning in such a frame.
    pub(crate) skipped_tags: u128,
}

impl<'a> Contents<'a> {
    /// Reads all sections. One that does not decode spoils the frame, so that nothing is half
    /// taken.
    pub(crate) fn read(frame: &Frame<'a>) -> Result<Contents<'a>, SectionError> {
        let kind = frame.header.kind;
        let mut contents = Contents::default();
        for section in frame.sections() {
            match (kind, section?) {
                (Kind::Report, Section::Readings(readings)) => contents.readings = Some(readings),
                (Kind::Report, Section::Loss(losses)) => contents.losses = Some(losses),
                (Kind::Report, Section::Writers(writers)) => contents.writers = Some(writers),
                (Kind::Report, Section::Findings(all)) => contents.findings = Some(all),
                (Kind::Report, Section::Packages(all)) => contents.packages = Some(all),
                (Kind::Facts, Section::Machine(machine)) => contents.machine = Some(machine),
                (Kind::Facts, Section::Witnesses(all)) => contents.witnesses = Some(all),
                (Kind::Facts, Section::Board(board)) => contents.board = Some(board),
                (Kind::Facts, Section::Media(media)) => contents.media = Some(media),
                (Kind::Facts, Section::Facts(facts)) => contents.facts = Some(facts),
                (Kind::Facts, Section::Parts(parts)) => contents.parts = Some(parts),
                (Kind::Facts, Section::Holds(holds)) => contents.holds = Some(holds),
                (Kind::HubStatus, Section::HubRun(run)) => contents.hub_run = Some(run),
                (_, other) => contents.skipped_tags |= 1 << (tag_of(&other) & 127),
            }
        }
        Ok(contents)
    }
}

fn tag_of(section: &Section<'_>) -> u16 {
    match section {
        Section::Readings(_) => section::READINGS,
        Section::Facts(_) => section::FACTS,
        Section::Parts(_) => section::PARTS,
        Section::Loss(_) => section::LOSS,
        Section::Holds(_) => section::HOLDS,
        Section::HubRun(_) => section::HUB_RUN,
        Section::Join(_) => section::JOIN,
        Section::Joined(_) => section::JOINED,
        Section::Writers(_) => section::WRITERS,
        Section::Board(_) => section::BOARD,
        Section::Media(_) => section::MEDIA,
        Section::Findings(_) => section::FINDINGS,
        Section::Machine(_) => section::MACHINE,
        Section::Packages(_) => section::PACKAGES,
        Section::Witnesses(_) => section::WITNESSES,
        Section::Unknown(tag) => *tag,
    }
}
