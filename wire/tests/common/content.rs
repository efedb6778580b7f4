//! Whole frames as values: sections that own their lists, written into a frame and read back.

use picket_wire::{
    Board, Facts, Finding, Frame, FrameWriter, Header, Holds, HubRun, Join, Joined, Loss,
    MAX_FRAME, Machine, Medium, Package, Part, Reading, Section, Witness, Writer, section,
};

/// A section and all that it holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content<'a> {
    Readings(Vec<Reading>),
    Facts(Facts<'a>),
    Parts(Vec<Part<'a>>),
    Writers(Vec<Writer<'a>>),
    Loss(Vec<Loss>),
    Holds(Holds),
    HubRun(HubRun),
    Join(Join),
    Joined(Joined),
    Board(Board<'a>),
    Media(Vec<Medium<'a>>),
    Findings(Vec<Finding<'a>>),
    Machine(Machine),
    Packages(Vec<Package<'a>>),
    Witnesses(Vec<Witness>),
    Unknown(u16),
}

impl Content<'_> {
    pub(crate) fn write(&self, writer: &mut FrameWriter<'_>) {
        let written = match self {
            Content::Readings(readings) => {
                let fit = writer.readings(readings.iter().copied());
                fit.map(|count| assert_eq!(count, readings.len(), "all fit"))
            }
            Content::Facts(facts) => writer.section(section::FACTS, facts),
            Content::Parts(parts) => writer.repeated(section::PARTS, parts),
            Content::Writers(writers) => writer.repeated(section::WRITERS, writers),
            Content::Loss(losses) => writer.repeated(section::LOSS, losses),
            Content::Holds(holds) => writer.section(section::HOLDS, holds),
            Content::HubRun(run) => writer.section(section::HUB_RUN, run),
            Content::Join(join) => writer.section(section::JOIN, join),
            Content::Joined(joined) => writer.section(section::JOINED, joined),
            Content::Board(board) => writer.section(section::BOARD, board),
            Content::Media(media) => writer.repeated(section::MEDIA, media),
            Content::Findings(findings) => writer.repeated(section::FINDINGS, findings),
            Content::Machine(machine) => writer.section(section::MACHINE, machine),
            Content::Packages(packages) => writer.repeated(section::PACKAGES, packages),
            Content::Witnesses(witnesses) => writer.repeated(section::WITNESSES, witnesses),
            Content::Unknown(tag) => writer.section(*tag, &0x55u8),
        };
        written.unwrap();
    }

    fn of(section: Section<'_>) -> Content<'_> {
        match section {
            Section::Readings(readings) => Content::Readings(readings.collect()),
            Section::Facts(facts) => Content::Facts(facts),
            Section::Parts(parts) => Content::Parts(parts.collect()),
            Section::Writers(writers) => Content::Writers(writers.collect()),
            Section::Loss(losses) => Content::Loss(losses.collect()),
            Section::Holds(holds) => Content::Holds(holds),
            Section::HubRun(run) => Content::HubRun(run),
            Section::Join(join) => Content::Join(join),
            Section::Joined(joined) => Content::Joined(joined),
            Section::Board(board) => Content::Board(board),
            Section::Media(media) => Content::Media(media.collect()),
            Section::Findings(findings) => Content::Findings(findings.collect()),
            Section::Machine(machine) => Content::Machine(machine),
            Section::Packages(packages) => Content::Packages(packages.collect()),
            Section::Witnesses(witnesses) => Content::Witnesses(witnesses.collect()),
            Section::Unknown(tag) => Content::Unknown(tag),
        }
    }
}

/// The bytes of a frame; one whose flags promise a signature gets zeros in its place.
pub(crate) fn encode(header: &Header, contents: &[Content<'_>]) -> Vec<u8> {
    let mut buf = [0; MAX_FRAME];
    let mut writer = FrameWriter::new(&mut buf, header).unwrap();
    for content in contents {
        content.write(&mut writer);
    }
    writer.finish().to_vec()
}

/// The header and sections of a frame that must be one.
pub(crate) fn decode(bytes: &[u8]) -> (Header, Vec<Content<'_>>) {
    let frame = Frame::decode(bytes).unwrap();
    let contents = frame
        .sections()
        .map(|section| Content::of(section.unwrap()));
    (frame.header, contents.collect())
}
