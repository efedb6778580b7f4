//! What travels with facts and reports besides parts and readings: board, media, writers.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is wrong"
)]

mod common;
mod facts;

use common::{hub_status, node};
use facts::FACTS;
use picket_node::{Identity, Lists, MAX_WRITERS, Node};
use picket_wire::section::MAX_TEXT;
use picket_wire::{
    Board, Frame, MAX_FRAME, Medium, Part, PartKind, Quantity, Reading, Section, Writer,
};

const LONG: &str = "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";

fn medium(part: u8) -> Medium<'static> {
    Medium {
        part,
        kind: 1,
        maker: u32::MAX,
        oem: u16::MAX,
        product: LONG,
        serial: LONG,
        revision: LONG,
        made_year: u16::MAX,
        made_month: 12,
        size_kib: u64::MAX,
    }
}

fn part(number: u8) -> Part<'static> {
    Part {
        number,
        kind: PartKind::Disk.code(),
        id: LONG,
        name: LONG,
    }
}

const BOARD: Board<'_> = Board {
    revision: u32::MAX,
    serial: LONG,
    boot_loader: LONG,
    boot_loader_built_s: u32::MAX,
    reset_reason: LONG,
    reset_source: LONG,
    returns: 255,
    returns_because: LONG,
};

/// How many parts and media a facts frame had room for, and whether it has a board.
fn room_for(parts: u8, media: u8) -> (usize, usize, bool) {
    let mut buf = [0; MAX_FRAME];
    let (parts, media) = ((1..=parts).map(part), (1..=media).map(medium));
    let identity = Identity {
        board: Some(&BOARD),
        machine: None,
    };
    let bytes = node()
        .facts_with(5, &FACTS, identity, parts, media, &mut buf)
        .unwrap();
    let (mut parts, mut media, mut board) = (0, 0, false);
    for section in Frame::decode(bytes).unwrap().sections() {
        match section.unwrap() {
            Section::Parts(list) => parts = list.count(),
            Section::Media(list) => media = list.count(),
            Section::Board(told) => {
                board = told.serial.len() == MAX_TEXT && told.revision == BOARD.revision;
            }
            _ => {}
        }
    }
    (parts, media, board)
}

#[test]
fn the_board_travels_and_the_disks_have_the_room_that_the_parts_leave() {
    assert_eq!(room_for(2, 2), (2, 2, true));
    assert_eq!(room_for(0, 255), (0, 15, true));
    assert_eq!(room_for(255, 2), (25, 0, true));
    assert_eq!(room_for(23, 2), (23, 1, true));
}

#[test]
fn the_writers_travel_with_the_first_frame_of_a_report_and_are_bounded() {
    // Room for all frames of this report.
    let config = *node().config();
    let mut node = Node::new(config, [0_u8; 8 * MAX_FRAME], 0);
    node.connected();
    node.hear_hub(&hub_status(1, 7), false, 0);
    let writers: Vec<Writer<'_>> = (0..=255)
        .map(|part| Writer {
            part,
            name: LONG,
            written_kib: u64::MAX,
            over_s: u32::MAX,
        })
        .collect();
    let readings = (0..2_000).map(|i| Reading {
        quantity: Quantity::VOLTAGE,
        part: (i % 200) as u8,
        value: Ok(i),
    });
    let lists = Lists {
        writers: &writers,
        ..Lists::default()
    };
    node.report_with(0, readings, lists);
    let (mut told, mut count) = (Vec::new(), 0);
    assert!(node.hub_listens());
    while let Some(out) = node.next_publish(0) {
        let frame = Frame::decode(out.bytes).unwrap();
        for section in frame.sections() {
            match section.unwrap() {
                Section::Writers(writers) => told.push((frame.header.seq, writers.count())),
                Section::Readings(readings) => count += readings.count(),
                _ => {}
            }
        }
    }
    assert_eq!(told, [(0, MAX_WRITERS)]);
    assert_eq!(count, 2_000);
}
