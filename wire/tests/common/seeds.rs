//! What the corpus starts from: every sort of frame, and everything that is almost one.

use crate::body;
use crate::content::{self, Content};
use crate::samples;
use picket_wire::section::{MAX_PATH, MAX_TEXT};
use picket_wire::{
    Flags, FrameError, HEADER_LEN, Header, Kind, MAX_FRAME, Quantity, Reading, section, varint,
};

/// What a seed is, so that its name cannot promise what its bytes do not hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Is {
    /// A frame with so many sections that can be read.
    Frame(usize),
    /// No frame, and why.
    Refused(FrameError),
    /// A frame with a section of this tag that cannot be read.
    Garbled(u16),
}

pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) is: Is,
}

fn seed(group: &str, name: &str, bytes: Vec<u8>, is: Is) -> Seed {
    Seed {
        name: format!("{group}-{name}"),
        bytes,
        is,
    }
}

pub(crate) fn seeds() -> Vec<Seed> {
    let groups = [
        frames(),
        odd_frames(),
        refused(),
        cut_sections(),
        garbled(),
        texts(),
    ];
    groups.into_iter().flatten().collect()
}

/// Header of an ordinary report.
fn header() -> Header {
    samples::samples().remove(0).header
}

/// A frame around a body of any bytes, with a CRC that fits.
fn around(header: &Header, body: &[u8]) -> Vec<u8> {
    let frame = [header.encode().as_slice(), body, &[0; 4]].concat();
    body::sealed(&frame)
}

fn frames() -> Vec<Seed> {
    let of = |s: samples::Sample| {
        let bytes = content::encode(&s.header, &s.contents);
        seed("frame", s.name, bytes, Is::Frame(s.contents.len()))
    };
    samples::samples().into_iter().map(of).collect()
}

/// Frames that are taken, though no node of this version sends them.
fn odd_frames() -> Vec<Seed> {
    let frame = |name, body: &[u8], sections| {
        seed("odd", name, around(&header(), body), Is::Frame(sections))
    };
    let of_kind = |name, kind, flags| {
        let header = Header {
            kind,
            flags,
            ..header()
        };
        seed("odd", name, content::encode(&header, &[]), Is::Frame(0))
    };
    let both = Flags {
        signed: true,
        backlog: true,
    };
    let heat = Reading {
        quantity: Quantity::CPU_TEMPERATURE,
        part: 0,
        value: Ok(0),
    };
    let report = |count| content::encode(&header(), &[Content::Readings(vec![heat; count])]);
    let most = (MAX_FRAME - HEADER_LEN - 4 - 3) / 3;
    let unknown_first = [Content::Unknown(127), Content::Readings(vec![heat])];
    let unknown_first = content::encode(&header(), &unknown_first);
    vec![
        of_kind("power", Kind::Power, Flags::default()),
        of_kind("order", Kind::Order, both),
        of_kind("join", Kind::Join, Flags::default()),
        frame(
            "empty_sections",
            &[1, 0, 3, 0, 5, 0, 7, 0, 18, 0, 19, 0, 42, 0],
            7,
        ),
        frame("holds_twice", &[11, 1, 1, 11, 1, 2], 2),
        frame("holds_in_more_bytes_than_needed", &[11, 2, 0x83, 0], 1),
        seed("odd", "unknown_section_first", unknown_first, Is::Frame(2)),
        seed("odd", "longest_short_section", report(42), Is::Frame(1)),
        seed("odd", "shortest_long_section", report(43), Is::Frame(1)),
        seed("odd", "longest_frame", report(most), Is::Frame(1)),
        frame(
            "finding_of_the_longest_texts",
            &section_of(section::FINDINGS, &finding(MAX_PATH, MAX_TEXT)),
            1,
        ),
    ]
}

/// Bytes that are no frame because of their length, header or CRC.
fn refused() -> Vec<Seed> {
    let report = content::encode(&header(), &samples::samples().remove(2).contents);
    let refused = |name, bytes: Vec<u8>, why| seed("refused", name, bytes, Is::Refused(why));
    let changed = |at: usize, byte: u8| {
        let mut bytes = report.clone();
        bytes[at] = byte;
        body::sealed(&bytes)
    };
    let mut bad_crc = report.clone();
    bad_crc[HEADER_LEN + 5] ^= 0x10;
    let signed = Header {
        flags: Flags {
            signed: true,
            backlog: false,
        },
        ..header()
    };
    let cut = |len: usize| report[..len].to_vec();
    vec![
        refused("empty", vec![], FrameError::TooShort(0)),
        refused("one_byte", cut(1), FrameError::TooShort(1)),
        refused("header_cut", cut(23), FrameError::TooShort(23)),
        refused("crc_cut", cut(27), FrameError::TooShort(27)),
        refused("cut_in_section", cut(40), FrameError::Crc),
        refused("last_byte_cut", cut(report.len() - 1), FrameError::Crc),
        refused(
            "byte_too_many",
            [report.clone(), vec![0]].concat(),
            FrameError::Crc,
        ),
        refused("one_bit_flipped", bad_crc, FrameError::Crc),
        refused(
            "too_long",
            vec![0xa7; MAX_FRAME + 1],
            FrameError::TooLong(MAX_FRAME + 1),
        ),
        refused("magic", changed(0, b'{'), FrameError::Magic(b'{')),
        refused("major_0", changed(1, 0), FrameError::Major(0)),
        refused("major_2", changed(1, 2), FrameError::Major(2)),
        refused("kind_0", changed(2, 0), FrameError::Kind(0)),
        refused("kind_7", changed(2, 7), FrameError::Kind(7)),
        refused("flag_bit_2", changed(3, 4), FrameError::Flags(4)),
        refused("flag_bit_7", changed(3, 0x82), FrameError::Flags(0x82)),
        refused(
            "no_room_for_signature",
            around(&signed, &[0; 63]),
            FrameError::TooShort(91),
        ),
    ]
}

/// Bytes that are no frame because its sections do not add up.
fn cut_sections() -> Vec<Seed> {
    let section = |name, body: &[u8]| {
        let bytes = around(&header(), body);
        seed("section", name, bytes, Is::Refused(FrameError::Section))
    };
    let endless = [&[1u8][..], &[0xff; 9], &[1], &[0; 8]].concat();
    vec![
        section("tag_128", &[0x80, 1, 0]),
        section("tag_in_two_bytes", &[0x81, 0, 0]),
        section("tag_without_length", &[1]),
        section("length_in_two_bytes", &[11, 0x81, 0, 5]),
        section("length_past_the_end", &[1, 4, 2, 0, 0]),
        section("length_of_64_bits", &endless),
        section("length_without_end", &[1, 0xff, 0xff]),
        section("second_one_cut", &[11, 1, 3, 12]),
    ]
}

/// Frames of well-formed sections whose content cannot be read.
fn garbled() -> Vec<Seed> {
    let garbled = |name, tag: u16, content: &[u8]| {
        let bytes = around(&header(), &section_of(tag, content));
        seed("garbled", name, bytes, Is::Garbled(tag))
    };
    let long = [65; 65];
    let facts_of_65 = [&[65u8][..], &long, &[0, 0, 0, 0, 1]].concat();
    let id_of_65 = [&[1u8, 1, 65][..], &long, &[0]].concat();
    let name_of_65 = [&[1u8, 1, 0, 65][..], &long].concat();
    vec![
        garbled("reading_without_value", section::READINGS, &[2, 0]),
        garbled("reading_without_part", section::READINGS, &[2, 0, 0, 4]),
        garbled(
            "reading_value_without_end",
            section::READINGS,
            &[2, 0, 0x80],
        ),
        garbled(
            "reading_value_in_two_bytes",
            section::READINGS,
            &[2, 0, 0x80, 0],
        ),
        garbled(
            "reading_value_of_65_bits",
            section::READINGS,
            &[2, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2],
        ),
        garbled(
            "reading_code_8192",
            section::READINGS,
            &[0x80, 0x80, 1, 0, 0],
        ),
        garbled("reading_missing_without_reason", section::READINGS, &[3, 0]),
        garbled("facts_empty", section::FACTS, &[]),
        garbled("facts_cut", section::FACTS, &[3, b'p', b'i']),
        garbled("facts_text_of_65", section::FACTS, &facts_of_65),
        garbled("facts_not_utf8", section::FACTS, &[1, 0xff, 0, 0, 0, 0, 1]),
        garbled("facts_and_a_byte", section::FACTS, &[0, 0, 0, 0, 0, 1, 0]),
        garbled("part_cut", section::PARTS, &[0, 0, 0, 0, 1]),
        garbled("part_id_of_65", section::PARTS, &id_of_65),
        garbled("part_name_of_65", section::PARTS, &name_of_65),
        garbled("loss_inverted", section::LOSS, &[2, 9, 8, 1]),
        garbled("loss_of_none", section::LOSS, &[2, 8, 9, 0]),
        garbled("loss_of_more_than_its_range", section::LOSS, &[2, 8, 9, 3]),
        garbled("loss_cut", section::LOSS, &[2, 8, 9, 1, 2]),
        garbled(
            "holds_of_33_bits",
            section::HOLDS,
            &[255, 255, 255, 255, 0x1f],
        ),
        garbled("hub_run_and_a_byte", section::HUB_RUN, &[1, 1]),
        garbled(
            "finding_path_of_1025",
            section::FINDINGS,
            &finding(MAX_PATH + 1, 0),
        ),
        garbled(
            "finding_package_of_65",
            section::FINDINGS,
            &finding(0, MAX_TEXT + 1),
        ),
        garbled("finding_cut", section::FINDINGS, &finding(3, 3)[..40]),
        garbled("finding_not_utf8", section::FINDINGS, &{
            let mut bytes = finding(1, 0);
            bytes[42] = 0xff;
            bytes
        }),
        garbled("machine_and_a_byte", section::MACHINE, &[1, 1]),
        garbled(
            "package_name_of_65",
            section::PACKAGES,
            &[&[65u8][..], &long, &[1, 1]].concat(),
        ),
        garbled("package_cut", section::PACKAGES, &[1, b'x', 1]),
        garbled("witness_cut", section::WITNESSES, &[1, 1]),
        garbled(
            "witness_lineage_of_33_bits",
            section::WITNESSES,
            &[1, 255, 255, 255, 255, 0x1f, 1],
        ),
    ]
}

/// A section of any content, however long.
fn section_of(tag: u16, content: &[u8]) -> Vec<u8> {
    let mut length = [0; varint::MAX_LEN];
    let used = varint::write(content.len() as u64, &mut length).unwrap();
    [&[tag as u8], &length[..used], content].concat()
}

/// One finding as it travels, with a path and a package of so many letters.
fn finding(path: usize, package: usize) -> Vec<u8> {
    let text = |length: usize| {
        let mut head = [0; varint::MAX_LEN];
        let used = varint::write(length as u64, &mut head).unwrap();
        [&head[..used], &vec![b'a'; length]].concat()
    };
    let numbers = [1, 1, 0, 1, 0, 1, 1, 1, 1];
    let hash = [7; 32];
    [&numbers[..], &hash, &text(path), &text(package)].concat()
}

/// What travels or is written without a frame around it.
fn texts() -> Vec<Seed> {
    let of = |name, text: &str| {
        let bytes = text.as_bytes().to_vec();
        let why = match bytes.len() {
            short @ ..24 => FrameError::TooShort(short),
            short @ 24..28 => FrameError::TooShort(short),
            _ => FrameError::Magic(bytes[0]),
        };
        seed("text", name, bytes, Is::Refused(why))
    };
    vec![
        of("status", "online 1a2b.3"),
        of("status_longest", "stopping ffff.4294967295"),
        of("status_number_too_high", "offline ffff.4294967296"),
        of("status_leading_zero", "halted 0000.01"),
        of("status_upper_case", "online 1A2B.3"),
        of("status_short_session", "online 1a2.3"),
        of("topic", "picket/v1/pi-01/report"),
        of("topic_of_the_hub", "picket/v1/hub/status"),
        of("topic_of_a_reserved_id", "picket/v1/ask/facts"),
        of(
            "topic_of_an_id_too_long",
            "picket/v1/n23456789_123456789_123456789_123/order",
        ),
        of("topic_too_deep", "picket/v1/pi-01/report/x"),
        of("id_longest", "n23456789_123456789_123456789_12"),
        of("host_name", "Pi-01.lan.example"),
        of("host_name_umlaut", "küche"),
        of("quantity", "filesystem_available"),
    ]
}
