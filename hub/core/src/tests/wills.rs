//! Wills that come late, or are overtaken.

use crate::test_util::*;
use crate::{Input, Presence};
use picket_wire::SessionId;

fn online() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.status(&board, "online");
    world.meet(&mut board);
    world.reports(&mut board, 2, &[]);
    (world, board)
}

/// Sends a beat every ten seconds for a minute and expects nothing to happen.
fn stays_alive(world: &mut World, board: &mut Board, what: &str) {
    for _ in 0..6 {
        world.wait(4_000);
        world.report(board, &[]);
        world.wait(6_000);
        assert_eq!(world.presence(board), Presence::Alive, "{what}");
    }
    assert!(!world.open_detectors().contains(&"silent_node"), "{what}");
}

#[test]
fn the_will_of_an_older_connection_of_the_session_counts_for_nothing() {
    let (mut world, mut board) = online();
    board.connection = 2;
    world.status(&board, "online");
    world.say(&board, "offline", board.session, 1, false);
    world.wait(5_000);
    assert_eq!(world.presence(&board), Presence::Alive);
    stays_alive(&mut world, &mut board, "an old connection");
}

#[test]
fn the_will_of_an_older_session_counts_for_nothing() {
    let (mut world, mut board) = online();
    let old = board.session;
    board.restart();
    world.status(&board, "online");
    world.meet(&mut board);
    world.say(&board, "offline", old, 1, false);
    world.wait(5_000);
    assert_eq!(world.presence(&board), Presence::Alive);
}

#[test]
fn a_live_frame_of_a_session_makes_the_will_of_another_one_old() {
    let (mut world, mut board) = online();
    let old = board.session;
    board.restart();
    // Its `online` is lost; the frame alone tells that there is a newer session.
    world.meet(&mut board);
    world.say(&board, "offline", old, 9, false);
    world.wait(5_000);
    assert_eq!(world.presence(&board), Presence::Alive);
    stays_alive(&mut world, &mut board, "a session without `online`");
}

#[test]
fn a_new_session_within_five_seconds_overtakes_the_will() {
    let (mut world, mut board) = online();
    world.status(&board, "offline");
    world.wait(4_000);
    board.restart();
    world.status(&board, "online");
    world.meet(&mut board);
    world.wait(5_000);
    assert_eq!(world.presence(&board), Presence::Alive);
    assert_eq!(world.open_detectors(), ["agent_restarts"]);
}

#[test]
fn a_reconnect_within_five_seconds_overtakes_the_will_without_a_frame() {
    let (mut world, mut board) = online();
    world.status(&board, "offline");
    world.wait(2_000);
    board.connection += 1;
    world.status(&board, "online");
    world.wait(4_000);
    assert_eq!(world.presence(&board), Presence::Alive);
    stays_alive(&mut world, &mut board, "reconnected");
}

#[test]
fn a_live_frame_after_the_will_proves_it_wrong() {
    let (mut world, mut board) = online();
    world.status(&board, "offline");
    world.wait(1_000);
    world.report(&mut board, &[]);
    stays_alive(&mut world, &mut board, "a frame after the will");
    world.wait(30_000);
    assert_eq!(
        world.presence(&board),
        Presence::Hung,
        "that will tells nothing"
    );
}

#[test]
fn the_will_after_a_farewell_changes_nothing() {
    let (mut world, board) = online();
    world.status(&board, "stopping");
    world.status(&board, "offline");
    world.wait(60_000);
    assert_eq!(world.presence(&board), Presence::ExpectedOff);
}

#[test]
fn a_will_that_comes_as_the_link_breaks_is_the_brokers_end() {
    let (mut world, mut board) = online();
    world.status(&board, "offline");
    world.wait(1_000);
    world.input(Input::Link(false));
    world.wait(20_000);
    world.input(Input::Link(true));
    world.retained_status(&board, "offline");
    world.wait(30_000);
    assert_ne!(world.presence(&board), Presence::Gone);
    board.connection += 1;
    world.status(&board, "online");
    world.report(&mut board, &[]);
    stays_alive(&mut world, &mut board, "back after the broker");
}

#[test]
fn a_will_after_a_long_time_between_slow_beats_may_be_a_cut() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    board.every_ms = 600_000;
    world.status(&board, "online");
    world.meet(&mut board);
    world.wait(95_000);
    world.status(&board, "offline");
    world.wait(5_000);
    assert_eq!(world.presence(&board), Presence::CutOff);
}

#[test]
fn a_late_farewell_of_an_older_session_excuses_nothing() {
    let (mut world, mut board) = online();
    board.restart();
    world.meet(&mut board);
    world.say(&board, "stopping", SessionId(0x1a2b), 1, false);
    assert_eq!(world.presence(&board), Presence::Alive);
    world.wait(22_500);
    assert_eq!(world.presence(&board), Presence::Hung);
}

#[test]
fn the_brokers_memory_of_another_session_counts_when_the_node_was_not_heard_since() {
    let (mut world, mut board) = online();
    world.input(Input::Link(false));
    world.wait(60_000);
    world.input(Input::Link(true));
    board.restart();
    world.retained_status(&board, "stopping");
    assert_eq!(world.presence(&board), Presence::ExpectedOff);
}

#[test]
fn the_brokers_memory_of_another_session_is_old_when_the_node_was_heard_since() {
    let (mut world, mut board) = online();
    world.say(&board, "stopping", SessionId(0xffff), 7, true);
    assert_eq!(world.presence(&board), Presence::Alive);
    stays_alive(&mut world, &mut board, "an old farewell");
}

#[test]
fn the_brokers_memory_of_a_will_tells_what_a_silence_is() {
    let (mut world, board) = online();
    world.wait(30_000);
    assert_eq!(world.presence(&board), Presence::Hung);
    let id = world.open_id();
    world.retained_status(&board, "offline");
    assert_eq!(world.presence(&board), Presence::CutOff);
    assert_eq!(world.open_id(), id);
}

#[test]
fn a_will_is_not_judged_before_a_hub_that_stood_still_has_read_on() {
    let (mut world, mut board) = online();
    world.status(&board, "offline");
    world.moment = world.moment + crate::Millis(60_000);
    world.timeout();
    assert_eq!(world.presence(&board), Presence::Alive);
    board.connection += 1;
    world.status(&board, "online");
    world.report(&mut board, &[]);
    stays_alive(&mut world, &mut board, "after the hub stood still");
}
