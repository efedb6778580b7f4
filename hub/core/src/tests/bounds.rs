//! Memory is bounded, whatever is sent.

use crate::detect::Memory;
use crate::effects::MAX_WAITING;
use crate::node::{MAX_PARTS, MAX_READINGS};
use crate::refusal::MAX_REFUSALS;
use crate::test_util::*;
use crate::watch::MAX_FAREWELLS;
use crate::window::MAX_SESSIONS;
use crate::{Config, FrameTopic, Refusal, Saved};
use picket_wire::{BootId, NodeId, PartKind, Quantity, SessionId};

#[test]
fn a_hundred_thousand_made_up_ids_are_refused_and_leave_nothing_behind() {
    let config = Config {
        max_nodes: 200,
        ..Config::default()
    };
    let mut world = World::restored(Saved::default(), config);
    let mut board = Board::new("pi-01");
    world.meet(&mut board);
    let mut fake = board.clone();
    for nth in 0..100_000_u32 {
        fake.id = NodeId::parse(&format!("made-up-{nth}")).unwrap();
        fake.seq = 0;
        if nth % 2 == 0 {
            world.report(&mut fake, &[celsius(99.0)]);
        } else {
            world.status(&fake, "online");
        }
        world.effects.clear();
    }
    assert_eq!(world.hub.nodes().count(), 200);
    let counters = world.hub.counters();
    assert_eq!(
        counters.frames_refused + counters.status_refused,
        100_000 - 199
    );
    assert_eq!(world.hub.refusals().count(), MAX_REFUSALS);
    let last = world.hub.refusals().last().unwrap();
    assert_eq!(last.why, Refusal::TooManyNodes { max_nodes: 200 });
    assert!(last.why.to_string().contains("max_nodes"));
    world.wait(5_000);
    world.report(&mut board, &[]);
    assert_eq!(
        world.presence(&board),
        crate::Presence::Alive,
        "the known node goes on"
    );
}

#[test]
fn one_node_that_makes_everything_up_is_bounded() {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    world.meet(&mut board);
    for nth in 0..2_000_u32 {
        board.boot = BootId(nth);
        board.session = SessionId(nth as u16);
        board.seq = nth.wrapping_mul(0x9e37_79b9);
        let readings: Vec<_> = (0..200)
            .map(|n| reading(Quantity((nth * 200 + n) as u16 % 8_000), n as u8, Ok(1)))
            .collect();
        world.report(&mut board, &readings);
        world.say(&board, "stopping", board.session, nth, nth % 2 == 0);
        world.effects.clear();
    }
    board.restart();
    for nth in 0..20_u32 {
        let readings: Vec<_> = (0..200)
            .map(|n| reading(Quantity((nth * 200 + n) as u16), 0, Ok(1)))
            .collect();
        world.report(&mut board, &readings);
    }
    let node = world.hub.node(board.id).unwrap();
    assert!(node.readings().count() <= MAX_READINGS);
    assert!(node.sessions.iter().count() <= MAX_SESSIONS);
    let excused = (0..2_000).filter(|nth| node.watch.said_farewell(SessionId(*nth)));
    assert!(excused.count() <= MAX_FAREWELLS);
    assert!(world.hub.counters().beyond_bounds > 0);
    assert!(world.hub.incidents().count() < 10);
}

#[test]
fn parts_are_as_many_as_there_are_numbers() {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    for from in [0_u8, 64, 128, 192] {
        board.parts = (from..=from + 63)
            .map(|n| (n, PartKind::Disk, "serial/1"))
            .collect();
        world.meet(&mut board);
    }
    let node = world.hub.node(board.id).unwrap();
    assert_eq!(node.parts().count(), MAX_PARTS);
    assert!(node.part(0).is_none(), "part 0 is the node itself");
    assert_eq!(node.part(255).unwrap().number, 255);
}

#[test]
fn effects_that_nobody_takes_are_bounded() {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    world.meet(&mut board);
    for _ in 0..MAX_WAITING {
        let bytes = board.report(world.moment, &[celsius(48.0)]);
        let arrival = crate::Arrival {
            topic: FrameTopic::Report(board.id),
            verified: false,
            retained: false,
            bytes: &bytes,
        };
        let now = world.now();
        world.hub.handle(crate::Input::Frame(arrival), now);
    }
    assert!(world.hub.counters().shows_dropped > 0);
    let mut waiting = 0;
    while world.hub.next_effect().is_some() {
        waiting += 1;
    }
    assert_eq!(waiting, MAX_WAITING);
}

#[test]
fn what_the_detectors_remember_of_a_quiet_node_is_small() {
    assert!(size_of::<Memory>() <= 1168, "{}", size_of::<Memory>());
}

#[test]
fn lies_about_every_are_cut_to_what_can_be() {
    for (every_ms, convicted_after_ms) in [(0, 2_250), (u32::MAX, 194_400_000)] {
        let mut world = World::new();
        let mut board = Board::new("pi-01");
        board.every_ms = every_ms;
        world.meet(&mut board);
        world.wait(convicted_after_ms - 1);
        assert!(world.open().is_empty(), "{every_ms}");
        world.wait(1);
        assert_eq!(world.open_detectors(), ["silent_node"], "{every_ms}");
    }
}
