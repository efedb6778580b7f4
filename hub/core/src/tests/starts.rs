//! A machine that crashed, an agent that restarted, and what is neither.

use crate::test_util::*;
use crate::{Input, Severity};

fn alive() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.status(&board, "online");
    world.meet(&mut board);
    world.reports(&mut board, 3, &[]);
    assert!(world.open().is_empty());
    (world, board)
}

/// The agent comes up: first without a run, then with it.
fn comes_up(world: &mut World, board: &mut Board) {
    world.status(board, "online");
    board.run.0 = 0;
    world.facts(board);
    world.meet(board);
}

#[test]
fn a_new_boot_without_a_farewell_is_a_crash_of_the_machine_only() {
    let (mut world, mut board) = alive();
    world.wait(15_000);
    board.reboot(world.moment);
    comes_up(&mut world, &mut board);
    assert_eq!(world.open(), [("crash_boot", "node", Severity::Ticket)]);
    world.reports(&mut board, 359, &[]);
    assert_eq!(world.open_detectors(), ["crash_boot"]);
    world.reports(&mut board, 1, &[]);
    assert!(world.open().is_empty(), "an hour of the boot was heard");
}

#[test]
fn a_new_boot_after_a_farewell_is_in_order() {
    for word in ["stopping", "halted"] {
        let (mut world, mut board) = alive();
        world.status(&board, word);
        world.wait(60_000);
        board.reboot(world.moment);
        comes_up(&mut world, &mut board);
        assert!(world.open().is_empty(), "{word}: {:?}", world.open());
    }
}

#[test]
fn crashes_in_a_row_are_one_incident() {
    let (mut world, mut board) = alive();
    for _ in 0..3 {
        world.reports(&mut board, 100, &[]);
        world.wait(15_000);
        board.reboot(world.moment);
        comes_up(&mut world, &mut board);
    }
    let id = world.open_id();
    assert!(world.hub.incident(&id).unwrap().summary.contains("3 times"));
}

#[test]
fn a_new_session_without_a_farewell_is_a_restart_of_the_agent_only() {
    let (mut world, mut board) = alive();
    board.restart();
    comes_up(&mut world, &mut board);
    assert_eq!(world.open(), [("agent_restarts", "node", Severity::Ticket)]);
    world.reports(&mut board, 59, &[]);
    assert_eq!(world.open_detectors(), ["agent_restarts"]);
    world.reports(&mut board, 1, &[]);
    assert!(world.open().is_empty());
}

#[test]
fn a_new_session_after_stopping_is_in_order() {
    let (mut world, mut board) = alive();
    world.status(&board, "stopping");
    world.wait(2_000);
    board.restart();
    comes_up(&mut world, &mut board);
    assert!(world.open().is_empty());
}

#[test]
fn an_agent_that_restarts_all_the_time_is_one_open_incident() {
    let (mut world, mut board) = alive();
    for _ in 0..20 {
        world.reports(&mut board, 30, &[]);
        board.restart();
        comes_up(&mut world, &mut board);
    }
    let id = world.open_id();
    assert!(
        world
            .hub
            .incident(&id)
            .unwrap()
            .summary
            .contains("20 times")
    );
}

#[test]
fn the_first_sight_of_a_node_is_neither() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    let facts = board.facts(world.moment);
    world.frame(crate::FrameTopic::Facts(board.id), &facts, true);
    board.reboot(world.moment);
    comes_up(&mut world, &mut board);
    assert!(world.open().is_empty());
}

#[test]
fn what_happened_while_the_hub_was_away_is_neither() {
    for reboot in [true, false] {
        let (world, mut board) = alive();
        let mut world = world.restart_hub(60_000);
        if reboot {
            board.reboot(world.moment);
        } else {
            board.restart();
        }
        comes_up(&mut world, &mut board);
        assert!(world.open().is_empty());
    }
}

#[test]
fn what_happened_while_the_link_was_down_is_neither() {
    let (mut world, mut board) = alive();
    world.input(Input::Link(false));
    world.wait(30_000);
    world.input(Input::Link(true));
    board.reboot(world.moment);
    comes_up(&mut world, &mut board);
    assert!(world.open().is_empty());
}

#[test]
fn two_machines_of_one_id_do_not_crash_each_other_with_every_frame() {
    let (mut world, mut one) = alive();
    let mut other = one.clone();
    other.reboot(world.moment);
    for _ in 0..10 {
        world.meet(&mut other);
        world.meet(&mut one);
    }
    let id = world.open_id();
    let summary = &world.hub.incident(&id).unwrap().summary;
    assert!(
        summary.ends_with("it would stop") && !summary.contains("times"),
        "{summary}"
    );
}

#[test]
fn readings_and_parts_of_another_session_are_forgotten() {
    let (mut world, mut board) = alive();
    world.reports(&mut board, 1, &[celsius(48.0)]);
    board.parts = vec![(1, picket_wire::PartKind::Disk, "serial/1")];
    board.restart();
    comes_up(&mut world, &mut board);
    let node = world.hub.node(board.id).unwrap();
    assert_eq!(node.readings().count(), 0);
    assert_eq!(node.parts().count(), 1);
    assert_eq!(node.part(1).unwrap().id, "serial/1");
}

#[test]
fn facts_that_only_the_brokers_memory_repeats_are_taken_with_the_first_live_frame() {
    let (mut world, mut board) = alive();
    world.input(Input::Link(false));
    world.wait(30_000);
    let late = board.report(world.moment, &[]);
    board.reboot(world.moment);
    board.parts = vec![(9, picket_wire::PartKind::Filesystem, "/new")];
    board.every_ms = 30_000;
    let facts = board.facts(world.moment);
    world.input(Input::Link(true));
    world.frame(crate::FrameTopic::Facts(board.id), &facts, true);
    let node = world.hub.node(board.id).unwrap();
    assert_eq!(
        node.facts().unwrap().every_ms,
        10_000,
        "the session may be an old one"
    );
    // A frame of the session before was still under way.
    world.frame(crate::FrameTopic::Report(board.id), &late, false);
    let errors = reading(picket_wire::Quantity::FILESYSTEM_ERRORS, 9, Ok(2));
    world.report(&mut board, &[errors]);
    let node = world.hub.node(board.id).unwrap();
    assert_eq!(node.facts().unwrap().every_ms, 30_000);
    let open = world.open();
    assert!(
        open.contains(&("filesystem", "filesystem//new", Severity::Ticket)),
        "{open:?}"
    );
}

#[test]
fn a_farewell_that_the_same_session_took_back_is_none() {
    let (mut world, mut board) = alive();
    world.status(&board, "stopping");
    board.connection += 1;
    world.status(&board, "online");
    world.reports(&mut board, 3, &[]);
    board.reboot(world.moment);
    comes_up(&mut world, &mut board);
    assert_eq!(world.open_detectors(), ["crash_boot"]);
}
