//! Which run the hub takes, and what that does to nodes.

use crate::test_util::*;
use crate::{Effect, FrameTopic, Presence, Run, Save, Saved, Show};
use picket_wire::RunBits;

fn at_ordinal(ordinal: u32) -> World {
    let saved = Saved {
        run_ordinal: ordinal - 1,
        ..Saved::default()
    };
    World::restored(saved, crate::Config::default())
}

#[test]
fn the_first_input_makes_the_run_known() {
    let world = at_ordinal(8);
    let run = world.hub.run();
    assert_eq!(run.ordinal, 8);
    assert_ne!(run.bits, RunBits::NONE);
    assert_eq!(
        world.effects,
        [Effect::Save(Save::Run(run)), Effect::Show(Show::Run(run))]
    );
}

#[test]
fn a_status_of_another_hub_as_high_makes_the_hub_go_above() {
    for retained in [true, false] {
        let mut world = at_ordinal(8);
        let other = Run {
            ordinal: 11,
            bits: RunBits(77),
        };
        world.frame(FrameTopic::HubStatus, &hub_status(other), retained);
        let run = world.hub.run();
        assert_eq!(run.ordinal, 12);
        assert!(
            world
                .effects
                .ends_with(&[Effect::Save(Save::Run(run)), Effect::Show(Show::Run(run)),])
        );
    }
}

#[test]
fn its_own_status_and_lower_ones_are_no_news() {
    let mut world = at_ordinal(8);
    let own = world.hub.run();
    world.frame(FrameTopic::HubStatus, &hub_status(own), true);
    let lower = Run {
        ordinal: 7,
        bits: RunBits(77),
    };
    world.frame(FrameTopic::HubStatus, &hub_status(lower), true);
    assert_eq!(world.hub.run(), own);
}

#[test]
fn a_node_that_follows_a_higher_run_makes_the_hub_go_above_and_then_follows() {
    // The store was lost: the hub counts from one again, the node does not.
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    board.run = RunBits(99);
    board.holds = 30;
    world.facts(&mut board);
    assert_eq!(world.presence(&board), Presence::Unheard);
    assert_eq!(world.hub.run().ordinal, 31);
    world.meet(&mut board);
    assert_eq!(world.presence(&board), Presence::Alive);
    assert_eq!(
        world.hub.run().ordinal,
        31,
        "what follows this run is no reason for another"
    );
}

#[test]
fn one_frame_cannot_exhaust_the_numbers() {
    let mut world = World::new();
    let own = world.hub.run();
    for ordinal in [u32::MAX, u32::MAX - 1, 1 << 20] {
        let lie = Run {
            ordinal,
            bits: RunBits(1),
        };
        world.frame(FrameTopic::HubStatus, &hub_status(lie), false);
    }
    assert_eq!(world.hub.run(), own);
    assert_eq!(world.hub.counters().runs_disbelieved, 3);
}

#[test]
fn a_node_of_the_run_before_has_its_chance_to_hear_of_the_new_one() {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    world.meet(&mut board);
    world.wait(9_000);
    let other = Run {
        ordinal: 11,
        bits: RunBits(77),
    };
    world.frame(FrameTopic::HubStatus, &hub_status(other), false);
    world.report(&mut board, &[]);
    assert_eq!(
        world.hub.counters().reports_backlog,
        1,
        "it echoes a run that is over"
    );
    world.wait(30_000);
    assert!(world.open().is_empty());
    world.meet(&mut board);
    assert_eq!(world.presence(&board), Presence::Alive);
}

#[test]
fn two_hubs_with_the_same_entropy_do_not_share_their_bits() {
    let early = World::at(crate::Moment(1), Saved::default(), crate::Config::default());
    let late = World::at(crate::Moment(2), Saved::default(), crate::Config::default());
    assert_ne!(early.hub.run().bits, late.hub.run().bits);
}
