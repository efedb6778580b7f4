//! Everything that is not what it should be.

use crate::refusal::MAX_REFUSALS;
use crate::test_util::*;
use crate::{FrameTopic, Input, Presence, Refusal};
use picket_wire::{FrameError, NodeId, section};

fn alive() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    (world, board)
}

#[test]
fn garbage_is_counted_with_its_reason_and_changes_nothing() {
    let (mut world, mut board) = alive();
    let good = board.report(world.moment, &[celsius(48.0)]);
    let changed = |at: usize, to: u8| {
        let mut bytes = good.clone();
        bytes[at] = to;
        bytes
    };
    let table = [
        ("empty", Vec::new()),
        ("one byte", vec![0xA7]),
        ("a text", b"online 1a2b.1".to_vec()),
        ("zeros", vec![0; 40]),
        ("cut", good[..good.len() - 1].to_vec()),
        ("too long", vec![0xA7; 5_000]),
        ("another magic", changed(0, 0)),
        ("another version", changed(1, 9)),
        ("a bit", changed(30, 0xff)),
        ("unknown flags", changed(3, 0x80)),
        ("unknown kind", changed(2, 77)),
    ];
    let topics = [
        FrameTopic::Facts(board.id),
        FrameTopic::Report(board.id),
        FrameTopic::Power(board.id),
        FrameTopic::HubStatus,
    ];
    for topic in topics {
        for (what, bytes) in &table {
            let before = world.hub.counters().frames_garbled;
            world.effects.clear();
            world.frame(topic, bytes, false);
            assert_eq!(
                world.hub.counters().frames_garbled,
                before + 1,
                "{what} on {topic:?}"
            );
            assert!(world.effects.is_empty(), "{what} on {topic:?}");
            assert!(matches!(
                world.hub.refusals().last().unwrap().why,
                Refusal::Garbled(_)
            ));
        }
    }
    assert_eq!(world.hub.refusals().count(), MAX_REFUSALS);
    assert_eq!(world.presence(&board), Presence::Alive);
}

#[test]
fn a_version_of_tomorrow_is_refused_with_words_for_people() {
    let (mut world, mut board) = alive();
    let mut bytes = board.report(world.moment, &[]);
    bytes[1] = 2;
    world.frame(FrameTopic::Report(board.id), &bytes, false);
    let refused = *world.hub.refusals().last().unwrap();
    assert_eq!(refused.why, Refusal::Garbled(FrameError::Major(2)));
    assert_eq!(refused.node, Some(board.id));
    assert!(
        refused.why.to_string().contains("wire version 2"),
        "{}",
        refused.why
    );
}

#[test]
fn a_frame_on_the_topic_of_another_kind_is_refused() {
    let (mut world, mut board) = alive();
    let report = board.report(world.moment, &[]);
    world.frame(FrameTopic::Facts(board.id), &report, false);
    let facts = board.facts(world.moment);
    world.frame(FrameTopic::HubStatus, &facts, false);
    assert_eq!(world.hub.counters().frames_refused, 2);
    assert_eq!(world.hub.node(board.id).unwrap().last_report(), None);
}

#[test]
fn a_section_that_does_not_decode_spoils_the_whole_frame() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    board.run = world.hub.run().bits;
    let mut buf = [0; 256];
    let good = board.report(world.moment, &[]);
    let header = picket_wire::Frame::decode(&good).unwrap().header;
    let mut writer = picket_wire::FrameWriter::new(&mut buf, &header).unwrap();
    writer.readings([celsius(48.0)]).unwrap();
    writer.section(section::LOSS, &0xffff_ffff_u32).unwrap();
    let bytes = writer.finish().to_vec();
    world.frame(FrameTopic::Report(board.id), &bytes, false);
    assert!(world.hub.node(board.id).is_none(), "nothing is left behind");
    assert_eq!(world.hub.counters().frames_garbled, 1);
}

#[test]
fn unknown_sections_are_skipped_and_named() {
    let (mut world, mut board) = alive();
    let mut buf = [0; 256];
    let good = board.report(world.moment, &[]);
    let header = picket_wire::Frame::decode(&good).unwrap().header;
    let mut writer = picket_wire::FrameWriter::new(&mut buf, &header).unwrap();
    for tag in [8_u16, 100, 127] {
        writer.section(tag, &7_u32).unwrap();
    }
    writer.readings([celsius(48.0)]).unwrap();
    let bytes = writer.finish().to_vec();
    world.frame(FrameTopic::Report(board.id), &bytes, false);
    let node = world.hub.node(board.id).unwrap();
    assert_eq!(node.skipped_tags().collect::<Vec<_>>(), [8, 100, 127]);
    assert_eq!(node.readings().count(), 1, "the known sections are taken");
}

#[test]
fn texts_that_are_no_status_are_counted() {
    let (mut world, board) = alive();
    for payload in [
        &b""[..],
        b"online",
        b"\xff\xfe",
        b"offline 1A2B.1",
        &[b'x'; 9_000],
    ] {
        world.input(Input::Status {
            node: board.id,
            payload,
            retained: false,
        });
    }
    assert_eq!(world.hub.counters().status_garbled, 5);
    world.wait(6_000);
    assert_eq!(world.presence(&board), Presence::Alive);
}

#[test]
fn one_nodes_garbage_does_not_touch_another() {
    let (mut world, mut board) = alive();
    let evil = NodeId::parse("evil").unwrap();
    for round in 0..60_u32 {
        world.wait(1_000);
        for topic in [FrameTopic::Facts(evil), FrameTopic::Report(evil)] {
            world.frame(topic, &round.to_le_bytes().repeat(30), round % 2 == 0);
        }
        if round % 10 == 0 {
            world.report(&mut board, &[celsius(48.0)]);
        }
    }
    assert_eq!(world.presence(&board), Presence::Alive);
    assert!(world.hub.node(evil).is_none());
    assert!(world.open().is_empty());
}
