//! When a gap is a loss.

use crate::FrameTopic;
use crate::test_util::*;
use picket_wire::{Kind, Loss};

fn heard() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    world.reports(&mut board, 5, &[]);
    (world, board)
}

fn lost(world: &World, board: &Board) -> u64 {
    world.hub.node(board.id).unwrap().lost_reports()
}

fn named(first: u32, last: u32, count: u32) -> Loss {
    Loss {
        kind: Kind::Report.code(),
        first,
        last,
        count,
    }
}

fn with_loss(world: &mut World, board: &mut Board, losses: &[Loss]) {
    let bytes = board.report_of(board.seq, world.moment, false, &[], losses);
    board.seq += 1;
    world.frame(FrameTopic::Report(board.id), &bytes, false);
}

#[test]
fn a_gap_that_the_node_names_is_a_loss_at_once_and_only_once() {
    let (mut world, mut board) = heard();
    board.seq += 10;
    for _ in 0..4 {
        world.wait(EVERY_MS);
        with_loss(&mut world, &mut board, &[named(5, 14, 10)]);
    }
    assert_eq!(lost(&world, &board), 10);
    assert_eq!(world.open_detectors(), ["lost_reports"]);
    for _ in 0..200 {
        world.reports(&mut board, 1, &[]);
    }
    assert_eq!(
        lost(&world, &board),
        10,
        "the gap is not counted again after its 15 minutes"
    );
}

#[test]
fn what_did_arrive_between_first_and_last_is_no_loss() {
    let (mut world, mut board) = heard();
    // 5, 6 and 9 are dropped, 7 and 8 arrived.
    board.seq = 7;
    world.report(&mut board, &[]);
    world.report(&mut board, &[]);
    board.seq = 10;
    with_loss(&mut world, &mut board, &[named(5, 9, 5)]);
    assert_eq!(lost(&world, &board), 3);
}

#[test]
fn what_is_not_in_the_count_is_still_to_come() {
    let (mut world, mut board) = heard();
    board.seq = 15;
    with_loss(&mut world, &mut board, &[named(5, 14, 7)]);
    assert_eq!(lost(&world, &board), 7);
    for seq in 12..15 {
        let bytes = board.report_of(seq, world.moment, true, &[], &[]);
        world.frame(FrameTopic::Report(board.id), &bytes, false);
    }
    assert_eq!(world.hub.counters().frames_duplicate, 0);
    world.reports(&mut board, 200, &[]);
    assert_eq!(lost(&world, &board), 7);
}

#[test]
fn a_record_that_grows_adds_what_is_new() {
    let (mut world, mut board) = heard();
    board.seq = 15;
    with_loss(&mut world, &mut board, &[named(5, 14, 10)]);
    board.seq = 20;
    with_loss(&mut world, &mut board, &[named(5, 19, 14)]);
    assert_eq!(lost(&world, &board), 14);
}

#[test]
fn an_outage_longer_than_the_window_is_counted_as_the_node_counts_it() {
    let (mut world, mut board) = heard();
    board.seq = 20_005;
    for _ in 0..3 {
        with_loss(&mut world, &mut board, &[named(5, 15_908, 15_904)]);
    }
    assert_eq!(lost(&world, &board), 15_904);
}

#[test]
fn a_gap_that_nobody_names_is_a_loss_15_minutes_after_a_newer_live_frame() {
    let (mut world, mut board) = heard();
    board.seq += 3;
    world.report(&mut board, &[]);
    world.reports(&mut board, 89, &[]);
    assert_eq!(lost(&world, &board), 0);
    assert!(world.open().is_empty());
    world.reports(&mut board, 2, &[]);
    assert_eq!(lost(&world, &board), 3);
    assert_eq!(world.open_detectors(), ["lost_reports"]);
}

#[test]
fn a_gap_that_backlog_fills_in_time_is_none() {
    let (mut world, mut board) = heard();
    let early = board.seq;
    board.seq += 3;
    world.report(&mut board, &[]);
    world.reports(&mut board, 80, &[]);
    for seq in early..early + 3 {
        let bytes = board.report_of(seq, world.moment, true, &[], &[]);
        world.frame(FrameTopic::Report(board.id), &bytes, false);
    }
    world.reports(&mut board, 100, &[]);
    assert_eq!(lost(&world, &board), 0);
    assert!(world.open().is_empty());
}

#[test]
fn what_was_counted_as_lost_and_arrives_is_taken_and_no_longer_lost() {
    let (mut world, mut board) = heard();
    let early = board.seq;
    board.seq += 1;
    world.reports(&mut board, 100, &[]);
    assert_eq!(lost(&world, &board), 1);
    let bytes = board.report_of(early, world.moment, true, &[], &[]);
    world.frame(FrameTopic::Report(board.id), &bytes, false);
    assert_eq!(lost(&world, &board), 0);
    assert_eq!(world.hub.counters().reports_lost, 0);
}

#[test]
fn what_was_sent_before_the_hub_listened_is_no_gap() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    board.seq = 1_000;
    world.meet(&mut board);
    world.reports(&mut board, 10, &[]);
    board.seq += 2;
    world.reports(&mut board, 200, &[]);
    assert_eq!(lost(&world, &board), 2);
}

#[test]
fn a_record_that_lies_stays_within_what_the_node_has_sent() {
    let (mut world, mut board) = heard();
    let lies = [
        named(4_000_000, u32::MAX, u32::MAX - 4_000_000),
        named(3, u32::MAX, 5_000_000),
        named(0, 4, 5),
    ];
    with_loss(&mut world, &mut board, &lies);
    assert_eq!(world.hub.counters().frames_garbled, 0);
    assert_eq!(lost(&world, &board), 0, "all that it has sent has arrived");
}

#[test]
fn the_note_closes_an_hour_after_the_last_loss_and_not_by_silence() {
    let (mut world, mut board) = heard();
    board.seq += 2;
    with_loss(&mut world, &mut board, &[named(5, 6, 2)]);
    assert_eq!(world.open_detectors(), ["lost_reports"]);
    world.reports(&mut board, 300, &[]);
    assert_eq!(world.open_detectors(), ["lost_reports"]);
    world.input(crate::Input::Link(false));
    world.wait(5 * 3_600_000);
    assert_eq!(world.open_detectors(), ["lost_reports"]);
    world.input(crate::Input::Link(true));
    world.reports(&mut board, 60, &[]);
    assert_eq!(world.open_detectors(), ["lost_reports"], "it was not heard");
    world.reports(&mut board, 2, &[]);
    assert!(world.open().is_empty());
}

#[test]
fn a_frame_seen_before_or_older_than_the_window_is_dropped() {
    let (mut world, mut board) = heard();
    let again = board.report_of(4, world.moment, false, &[], &[]);
    world.frame(FrameTopic::Report(board.id), &again, false);
    assert_eq!(world.hub.counters().frames_duplicate, 1);
    let taken = world.hub.counters().frames_taken;
    board.seq = 10_000;
    world.report(&mut board, &[]);
    for (seq, is_taken) in [(10_000 - 4_095, true), (10_000 - 4_096, false), (4, false)] {
        let before = world.hub.counters().frames_taken;
        let bytes = board.report_of(seq, world.moment, true, &[], &[]);
        world.frame(FrameTopic::Report(board.id), &bytes, false);
        let after = world.hub.counters().frames_taken;
        assert_eq!(after - before == 1, is_taken, "number {seq}");
    }
    assert_eq!(world.hub.counters().frames_taken, taken + 2);
}

#[test]
fn a_number_is_new_again_when_the_window_has_gone_once_around() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    for seq in (0..10_000).filter(|seq| *seq != 4_100) {
        board.seq = seq;
        world.report(&mut board, &[]);
        if seq == 5_000 {
            let late = board.report_of(4_100, world.moment, true, &[], &[]);
            world.frame(FrameTopic::Report(board.id), &late, false);
        }
    }
    assert_eq!(world.hub.counters().frames_duplicate, 0);
}

#[test]
fn of_an_outage_longer_than_the_window_the_oldest_are_lost_and_the_rest_still_comes() {
    let (mut world, mut board) = heard();
    board.seq = 20_005;
    with_loss(&mut world, &mut board, &[named(5, 19_999, 18_000)]);
    for seq in 18_005..20_000 {
        let bytes = board.report_of(seq, world.moment, true, &[], &[]);
        world.frame(FrameTopic::Report(board.id), &bytes, false);
    }
    assert_eq!(lost(&world, &board), 18_000);
}

#[test]
fn a_gap_in_the_backlog_alone_waits_for_a_live_frame() {
    let (mut world, mut board) = heard();
    for seq in [6, 9] {
        let bytes = board.report_of(seq, world.moment, true, &[], &[]);
        world.frame(FrameTopic::Report(board.id), &bytes, false);
    }
    world.wait(3_600_000);
    assert_eq!(lost(&world, &board), 0);
    board.seq = 10;
    world.report(&mut board, &[]);
    world.wait(900_000);
    assert_eq!(lost(&world, &board), 3);
}

#[test]
fn a_loss_while_the_link_is_down_convicts_nobody() {
    let (mut world, mut board) = heard();
    board.seq += 2;
    world.report(&mut board, &[]);
    world.input(crate::Input::Link(false));
    world.wait(3_600_000);
    assert_eq!(lost(&world, &board), 2);
    assert_eq!(world.presence(&board), crate::Presence::Alive);
}

#[test]
fn the_same_place_of_the_window_can_be_lost_once_in_every_round() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    for round in 1..=3_u32 {
        let missing = round * crate::window::WINDOW + 7;
        while board.seq <= missing + 1 {
            if board.seq == missing {
                board.seq += 1;
            }
            world.report(&mut board, &[]);
        }
        world.wait(900_000);
        assert_eq!(lost(&world, &board), u64::from(round));
    }
}
