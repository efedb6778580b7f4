//! What was sampled earlier fills history and does nothing else.

use crate::test_util::*;
use crate::{Effect, FrameTopic, Input, Moment, Presence, Show};
use picket_wire::{Quantity, Reading};

fn shown_reports(world: &World) -> Vec<(Moment, bool, usize)> {
    let report = |effect: &Effect| match effect {
        Effect::Show(Show::Report {
            at,
            backlog,
            readings,
            ..
        }) => Some((*at, *backlog, readings.len())),
        _ => None,
    };
    world.effects.iter().filter_map(report).collect()
}

/// Sends reports that were sampled earlier, `every` apart, ending one `every` ago.
fn flush(world: &mut World, board: &mut Board, count: u64, readings: &[Reading]) {
    for nth in 0..count {
        let sampled = world.moment - crate::Millis((count - nth) * EVERY_MS);
        let seq = board.seq;
        board.seq += 1;
        let bytes = board.report_of(seq, sampled, true, readings, &[]);
        world.frame(FrameTopic::Report(board.id), &bytes, false);
    }
}

#[test]
fn an_outage_of_sixty_reports_fills_history_at_the_right_moments() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    board.booted = Moment(400_000);
    world.meet(&mut board);
    world.reports(&mut board, 1, &[celsius(48.0)]);
    world.input(Input::Link(false));
    world.wait(60 * EVERY_MS + 3_000);
    world.input(Input::Link(true));
    world.effects.clear();
    let now = world.moment;
    // Live frames go first, so that the newest number arrives before the older ones.
    let live = board.report_of(board.seq + 60, now, false, &[celsius(95.0)], &[]);
    world.frame(FrameTopic::Report(board.id), &live, false);
    flush(&mut world, &mut board, 60, &[celsius(95.0)]);
    let shown = shown_reports(&world);
    assert_eq!(shown.len(), 61);
    for (nth, (at, backlog, readings)) in shown.iter().skip(1).enumerate() {
        let sampled = now - crate::Millis((60 - nth as u64) * EVERY_MS);
        assert_eq!((*at, *backlog, *readings), (sampled, true, 1));
    }
    assert!(world.open().is_empty(), "{:?}", world.open());
    let node = world.hub.node(board.id).unwrap();
    assert_eq!(node.lost_reports(), 0);
    world.wait(2 * 900_000);
    assert_eq!(
        world.hub.node(board.id).unwrap().lost_reports(),
        0,
        "nothing was lost later"
    );
}

#[test]
fn backlog_of_a_boot_that_was_not_heard_live_is_counted_and_not_shown() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    flush(&mut world, &mut board, 5, &[celsius(48.0)]);
    assert!(shown_reports(&world).is_empty());
    assert_eq!(world.hub.counters().reports_undated, 5);
    assert_eq!(world.presence(&board), Presence::Unheard);
}

#[test]
fn backlog_never_opens_an_incident_or_ends_one() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    let writable = reading(Quantity::FILESYSTEM_READ_ONLY, 1, Ok(0));
    world.reports(&mut board, 1, &[writable]);
    let bad = [
        celsius(99.0),
        reading(Quantity::FILESYSTEM_READ_ONLY, 1, Ok(1)),
        reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(9)),
    ];
    flush(&mut world, &mut board, 30, &bad);
    assert!(world.open().is_empty(), "{:?}", world.open());
    world.report(&mut board, &bad);
    assert_eq!(world.open_detectors(), ["read_only", "filesystem"]);
    let good = [writable, reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(0))];
    flush(&mut world, &mut board, 30, &good);
    assert_eq!(world.open_detectors(), ["read_only", "filesystem"]);
}

#[test]
fn backlog_of_an_older_session_keeps_only_the_readings_of_the_node_itself() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    world.reports(&mut board, 1, &[]);
    let mut before = board.clone();
    board.restart();
    world.meet(&mut board);
    world.effects.clear();
    let readings = [celsius(48.0), reading(Quantity::FILESYSTEM_SIZE, 1, Ok(5))];
    flush(&mut world, &mut before, 1, &readings);
    assert_eq!(
        shown_reports(&world)
            .iter()
            .map(|r| r.2)
            .collect::<Vec<_>>(),
        [1]
    );
}

#[test]
fn backlog_does_not_move_the_map_of_time() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    // An uptime from the future would pull the map back by a day.
    let ahead = world.moment + crate::Millis(86_400_000);
    let bytes = board.report_of(500, ahead, true, &[celsius(48.0)], &[]);
    world.frame(FrameTopic::Report(board.id), &bytes, false);
    world.effects.clear();
    world.wait(5_000);
    world.report(&mut board, &[celsius(48.0)]);
    assert_eq!(shown_reports(&world), [(world.moment, false, 1)]);
}
