//! Reads any bytes in every way that there is, and stops where something does not hold that must.
//!
//! One body for the fuzzer, for the replay of its corpus, and for the tests with random bytes.

use picket_wire::frame::{CRC_LEN, HEARTBEAT_LEN, mark_backlog};
use picket_wire::section::{self, cut};
use picket_wire::varint;
use picket_wire::{
    Frame, FrameWriter, MAX_FRAME, NodeId, Quantity, Reading, Section, SiteId, StatusText, Topic,
};

/// Everything at once; which of it the bytes were meant for shows by what takes them.
pub(crate) fn check(bytes: &[u8]) {
    frame(bytes);
    frame(&sealed(bytes));
    number(bytes);
    status(bytes);
    if let Ok(text) = core::str::from_utf8(bytes) {
        texts(text);
    }
}

/// The bytes with a CRC that fits, so that not only lucky bytes get past it.
pub(crate) fn sealed(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes[..bytes.len().min(MAX_FRAME)].to_vec();
    bytes.resize(bytes.len().max(HEARTBEAT_LEN), 0);
    let at = bytes.len() - CRC_LEN;
    let crc = crc32(&bytes[..at]).to_le_bytes();
    bytes[at..].copy_from_slice(&crc);
    bytes
}

/// CRC-32/ISO-HDLC bit by bit: a second opinion about the one of the frame.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
    }
    !crc
}

fn frame(bytes: &[u8]) {
    let mut marked = bytes.to_vec();
    let is_marked = mark_backlog(&mut marked);
    let Ok(frame) = Frame::decode(bytes) else {
        assert!(!is_marked && marked == bytes, "only a frame is marked");
        return;
    };
    assert_eq!(
        is_marked,
        !frame.is_signed(),
        "a signature covers the flags"
    );
    if is_marked {
        let marked = decoded(&marked);
        let mut header = frame.header;
        header.flags.backlog = true;
        assert_eq!(marked.header, header);
        assert!(marked.sections().eq(frame.sections()));
    } else {
        assert_eq!(marked, bytes, "a signed frame is left as it is");
    }
    written_again(bytes, &frame);
}

/// What was read is written so that it reads the same, in as many bytes or fewer; and from there on
/// writing changes nothing.
fn written_again(bytes: &[u8], frame: &Frame<'_>) {
    let (mut first, mut second) = ([0; MAX_FRAME], [0; MAX_FRAME]);
    let once = write(frame, &mut first);
    let read = decoded(once);
    assert_eq!(read.header, frame.header);
    assert!(once.len() <= bytes.len());
    let (mut before, mut after) = (written_sections(frame), written_sections(&read));
    loop {
        match (before.next(), after.next()) {
            (None, None) => break,
            (Some(before), Some(after)) => same(before, after),
            (before, after) => panic!("{before:?} became {after:?}"),
        }
    }
    assert_eq!(write(&read, &mut second), once);
    // The header and packed readings have one spelling.
    let packed = |s| matches!(s, Ok(Section::Readings(r)) if r.count() > 0);
    if !frame.is_signed() && frame.sections().all(packed) {
        assert_eq!(once, bytes);
    }
}

fn decoded(bytes: &[u8]) -> Frame<'_> {
    Frame::decode(bytes).unwrap_or_else(|why| panic!("a frame of our own: {why}"))
}

/// The sections that a writer writes: those whose content it knows, and that have any.
fn written_sections<'a>(frame: &Frame<'a>) -> impl Iterator<Item = Section<'a>> {
    frame.sections().flatten().filter(|section| match section {
        Section::Readings(readings) => readings.count() > 0,
        Section::Parts(parts) => parts.count() > 0,
        Section::Loss(losses) => losses.count() > 0,
        Section::Writers(writers) => writers.count() > 0,
        Section::Media(media) => media.count() > 0,
        Section::Findings(findings) => findings.count() > 0,
        Section::Packages(packages) => packages.count() > 0,
        Section::Witnesses(witnesses) => witnesses.count() > 0,
        Section::Facts(_)
        | Section::Holds(_)
        | Section::HubRun(_)
        | Section::Join(_)
        | Section::Joined(_)
        | Section::Board(_)
        | Section::Machine(_) => true,
        Section::Unknown(_) => false,
    })
}

fn write<'b>(frame: &Frame<'_>, buf: &'b mut [u8]) -> &'b [u8] {
    let written = FrameWriter::new(buf, &frame.header).and_then(|mut writer| {
        for section in frame.sections().flatten() {
            match section {
                Section::Readings(readings) => {
                    assert_eq!(writer.readings(readings)?, readings.count());
                }
                Section::Facts(facts) => writer.section(section::FACTS, &facts)?,
                Section::Parts(parts) => writer.repeated(section::PARTS, parts)?,
                Section::Loss(losses) => writer.repeated(section::LOSS, losses)?,
                Section::Writers(writers) => writer.repeated(section::WRITERS, writers)?,
                Section::Board(board) => writer.section(section::BOARD, &board)?,
                Section::Media(media) => writer.repeated(section::MEDIA, media)?,
                Section::Findings(all) => writer.repeated(section::FINDINGS, all)?,
                Section::Machine(machine) => writer.section(section::MACHINE, &machine)?,
                Section::Packages(all) => writer.repeated(section::PACKAGES, all)?,
                Section::Witnesses(all) => writer.repeated(section::WITNESSES, all)?,
                Section::Holds(holds) => writer.section(section::HOLDS, &holds)?,
                Section::HubRun(run) => writer.section(section::HUB_RUN, &run)?,
                Section::Join(join) => writer.section(section::JOIN, &join)?,
                Section::Joined(joined) => writer.section(section::JOINED, &joined)?,
                Section::Unknown(_) => {}
            }
        }
        Ok(writer.finish())
    });
    written.unwrap_or_else(|why| panic!("what came in a frame fits into one: {why}"))
}

/// Lists are compared by their values: the same values may have come in more bytes than needed.
fn same(before: Section<'_>, after: Section<'_>) {
    match (before, after) {
        (Section::Parts(before), Section::Parts(after)) => assert!(Iterator::eq(before, after)),
        (Section::Loss(before), Section::Loss(after)) => {
            for loss in before {
                assert!(loss.count > 0 && loss.count - 1 <= loss.last - loss.first);
            }
            assert!(Iterator::eq(before, after));
        }
        (Section::Writers(before), Section::Writers(after)) => {
            assert!(Iterator::eq(before, after));
        }
        (Section::Media(before), Section::Media(after)) => assert!(Iterator::eq(before, after)),
        (Section::Findings(before), Section::Findings(after)) => {
            assert!(Iterator::eq(before, after));
        }
        (Section::Packages(before), Section::Packages(after)) => {
            assert!(Iterator::eq(before, after));
        }
        (Section::Witnesses(before), Section::Witnesses(after)) => {
            assert!(Iterator::eq(before, after));
        }
        (before, after) => assert_eq!(before, after),
    }
}

/// A number and a reading have one spelling each.
fn number(bytes: &[u8]) {
    if let Some((value, rest)) = varint::read(bytes) {
        let mut out = [0; varint::MAX_LEN];
        let used = varint::write(value, &mut out);
        assert_eq!(used, Some(bytes.len() - rest.len()));
        assert_eq!(used, Some(varint::len(value)));
        assert!(bytes.starts_with(&out[..varint::len(value)]));
        assert_eq!(varint::zigzag(varint::unzigzag(value)), value);
    }
    if let Some((reading, rest)) = Reading::read(bytes) {
        let mut out = [0; picket_wire::reading::MAX_READING_LEN];
        let used = bytes.len() - rest.len();
        assert_eq!(reading.write(&mut out), Some(used));
        assert_eq!(out[..used], bytes[..used]);
    }
}

fn status(bytes: &[u8]) {
    if let Some(status) = StatusText::parse(bytes) {
        assert_eq!(status.to_text().as_bytes(), bytes);
    }
}

fn texts(text: &str) {
    let cut = cut(text);
    assert!(cut.len() <= section::MAX_TEXT && text.starts_with(cut));
    if let Some(quantity) = Quantity::from_name(text) {
        assert_eq!(quantity.row().map(|row| row.name), Some(text));
    }
    if let Topic::Node(node, topic) = Topic::parse(text) {
        assert_eq!(topic.of(node), text);
    }
    if let Ok(site) = SiteId::parse(text) {
        assert_eq!(site.as_str(), text);
    }
    match NodeId::parse(text) {
        Ok(node) => {
            assert_eq!(node.as_str(), text);
            assert!(SiteId::parse(text).is_ok());
            assert_eq!(NodeId::from_host_name(text), Ok(node));
        }
        Err(_) => {
            let from_host = NodeId::from_host_name(text);
            assert!(from_host.is_err() || text.contains(|c: char| c == '.' || c.is_uppercase()));
        }
    }
}
