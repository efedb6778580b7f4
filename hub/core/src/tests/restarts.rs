//! The hub starts anew: what it takes up, and what it does not make up.

use crate::test_util::*;
use crate::{Config, Input, Moment, Presence, Saved, SavedNode, Wall};
use picket_wire::{Missing, NodeId, Quantity};

fn with_fault() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.status(&board, "online");
    world.meet(&mut board);
    let writable = reading(Quantity::FILESYSTEM_READ_ONLY, 1, Ok(0));
    world.reports(&mut board, 2, &[writable]);
    (world, board)
}

#[test]
fn open_incidents_go_on_under_their_id_and_are_not_said_twice() {
    let (mut world, mut board) = with_fault();
    let broken = reading(Quantity::FILESYSTEM_READ_ONLY, 1, Ok(1));
    world.reports(&mut board, 1, &[broken]);
    let id = world.open_id();
    let notice = world.notices()[0].id;
    world.input(Input::Done {
        notice,
        delivered: true,
    });
    let mut world = world.restart_hub(5_000);
    assert_eq!(world.open_id(), id);
    world.meet(&mut board);
    world.reports(&mut board, 10, &[broken]);
    assert_eq!(world.open_id(), id, "still at fault, and one incident");
    assert!(world.notices().is_empty());
    let whole = reading(Quantity::FILESYSTEM_READ_ONLY, 1, Ok(0));
    world.reports(&mut board, 1, &[whole]);
    assert!(world.open().is_empty());
    assert_eq!(world.hub.incidents().count(), 1);
}

#[test]
fn a_notice_that_was_not_delivered_is_said_again_by_the_next_hub() {
    let (mut world, mut board) = with_fault();
    world.reports(
        &mut board,
        1,
        &[reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(1))],
    );
    let said = world.notices();
    let mut next = world.restart_hub(5_000);
    assert_eq!(next.notices(), said);
    next.meet(&mut board);
    next.reports(
        &mut board,
        1,
        &[reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(0))],
    );
    let ids: Vec<_> = next.notices().iter().map(|n| n.id).collect();
    assert!(ids[1] > ids[0], "ids are never used twice: {ids:?}");
}

#[test]
fn a_hub_restart_opens_nothing_when_its_nodes_are_well() {
    let (world, mut board) = with_fault();
    let mut world = world.restart_hub(120_000);
    assert_eq!(world.presence(&board), Presence::Unheard);
    let facts = board.facts(world.moment);
    world.frame(crate::FrameTopic::Facts(board.id), &facts, true);
    world.retained_status(&board, "online");
    world.wait(8_000);
    world.meet(&mut board);
    world.reports(&mut board, 500, &[celsius(40.0)]);
    assert_eq!(world.hub.incidents().count(), 0);
}

#[test]
fn a_restored_node_that_stays_silent_is_convicted_after_its_chance() {
    let (world, board) = with_fault();
    let mut world = world.restart_hub(5_000);
    world.wait(62_499);
    assert_eq!(world.presence(&board), Presence::Unheard);
    world.wait(1);
    assert_eq!(world.presence(&board), Presence::Hung);
    assert_eq!(world.open_detectors(), ["silent_node"]);
}

#[test]
fn an_open_silence_is_closed_by_a_live_frame_of_the_next_run_only() {
    let (mut world, mut board) = with_fault();
    world.wait(60_000);
    let id = world.open_id();
    let mut world = world.restart_hub(5_000);
    let facts = board.facts(world.moment);
    world.frame(crate::FrameTopic::Facts(board.id), &facts, true);
    world.retained_status(&board, "online");
    world.wait(50_000);
    assert_eq!(world.open_id(), id);
    world.meet(&mut board);
    assert!(world.open().is_empty());
}

#[test]
fn an_excuse_goes_on_over_the_restart() {
    for (away_ms, left_ms) in [(60_000, 540_000), (3_600_000, 62_500)] {
        let (mut world, board) = with_fault();
        world.status(&board, "stopping");
        let mut world = world.restart_hub(away_ms);
        assert_eq!(world.presence(&board), Presence::Unheard);
        world.wait(left_ms - 1);
        assert!(world.open().is_empty(), "{away_ms}");
        world.wait(1);
        assert_eq!(world.open_detectors(), ["not_returned"], "{away_ms}");
    }
}

#[test]
fn a_clock_that_may_be_wrong_does_not_shorten_an_excuse() {
    let id = NodeId::parse("pi-01").unwrap();
    let until = Wall {
        unix_ms: 5,
        synchronised: false,
    };
    let node = SavedNode {
        id,
        boot: None,
        every_ms: 10_000,
        last_heard: None,
        excused_until: Some(until),
        unscrubbed_day: None,
    };
    let saved = Saved {
        nodes: vec![node],
        ..Saved::default()
    };
    let mut world = World::restored(saved, Config::default());
    world.wait(599_000);
    assert!(world.open().is_empty());
    world.wait(1_000);
    assert_eq!(world.open_detectors(), ["not_returned"]);
}

#[test]
fn notes_of_an_earlier_run_close_when_their_detectors_say_so() {
    let (mut world, mut board) = with_fault();
    let denied = missing(Quantity::FILESYSTEM_READ_ONLY, 1, Missing::Denied);
    world.reports(&mut board, 3, &[denied]);
    board.seq += 1;
    world.reports(&mut board, 100, &[denied]);
    assert_eq!(world.open_detectors(), ["blind_probe", "lost_reports"]);
    let mut world = world.restart_hub(5_000);
    world.meet(&mut board);
    world.reports(&mut board, 300, &[denied]);
    assert_eq!(world.open_detectors(), ["blind_probe", "lost_reports"]);
    world.reports(&mut board, 100, &[denied]);
    assert_eq!(world.open_detectors(), ["blind_probe"]);
    world.reports(
        &mut board,
        1,
        &[reading(Quantity::FILESYSTEM_READ_ONLY, 1, Ok(0))],
    );
    assert!(world.open().is_empty());
}

#[test]
fn only_the_first_restore_counts() {
    let (mut world, mut board) = with_fault();
    world.reports(
        &mut board,
        1,
        &[reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(1))],
    );
    let saved = world.saved();
    let mut next = World::at(Moment(9_000_000), saved.clone(), Config::default());
    next.effects.clear();
    next.input(Input::Restore(saved));
    assert!(next.effects.is_empty());
    assert_eq!(next.open().len(), 1);
}

#[test]
fn ids_of_notices_are_not_used_again_by_the_next_hub() {
    let mut ids = Vec::new();
    let (mut world, mut board) = with_fault();
    for _ in 0..3 {
        world.reports(
            &mut board,
            1,
            &[reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(1))],
        );
        world.reports(
            &mut board,
            1,
            &[reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(0))],
        );
        for notice in world.notices() {
            assert!(!ids.contains(&notice.id));
            ids.push(notice.id);
            world.input(Input::Done {
                notice: notice.id,
                delivered: true,
            });
        }
        world = world.restart_hub(1_000);
        world.meet(&mut board);
    }
    assert_eq!(ids.len(), 6);
}

#[test]
fn an_excuse_that_was_redeemed_is_not_restored() {
    let (mut world, mut board) = with_fault();
    world.status(&board, "stopping");
    board.restart();
    world.meet(&mut board);
    let mut world = world.restart_hub(5_000);
    world.wait(62_500);
    assert_eq!(world.presence(&board), Presence::Hung);
}

#[test]
fn of_the_closed_incidents_those_closed_last_are_taken_up() {
    let (mut world, mut board) = with_fault();
    world.reports(
        &mut board,
        1,
        &[reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(1))],
    );
    world.reports(
        &mut board,
        1,
        &[reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(0))],
    );
    let closed = world.hub.incidents().next().unwrap().clone();
    let mut saved = world.saved();
    saved.incidents.clear();
    for nth in 0..501_i64 {
        let mut other = closed.clone();
        other.id = format!("0000000a-{nth}");
        other.opened.unix_ms += nth;
        // The one that opened first was closed last.
        let (mut at, by) = other.closed.unwrap();
        at.unix_ms += if nth == 0 { 1_000_000 } else { nth };
        other.closed = Some((at, by));
        saved.incidents.push(other);
    }
    let world = World::at(Moment(9_000_000), saved, Config::default());
    assert_eq!(world.hub.incidents().count(), 500);
    assert!(world.hub.incident("0000000a-0").is_some());
    assert!(world.hub.incident("0000000a-1").is_none());
}
