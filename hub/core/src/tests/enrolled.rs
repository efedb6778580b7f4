//! What a signature is needed for, and what a node may do that has not joined.

use crate::run::{MAX_STRANGER_JUMP, TAKING_SPAN};
use crate::test_util::*;
use crate::{FrameTopic, Input, Millis, Presence, Refusal, Run, Saved, Severity, Wish};
use picket_wire::{NodeId, RunBits};

fn last_refusal(world: &World) -> Refusal {
    world.hub.refusals().last().unwrap().why
}

#[test]
fn facts_of_an_enrolled_node_count_only_with_its_signature() {
    let mut world = World::new();
    let mut board = world.enrolled("pi-01");
    board.signs = false;
    board.holds = 40;
    board.run = RunBits(9);
    let own = world.hub.run();
    world.facts(&mut board);
    board.run = own.bits;
    world.facts(&mut board);
    let node = world.hub.node(board.id).unwrap();
    assert!(node.joined() && node.facts().is_none());
    assert_eq!(node.presence(), Presence::Unheard);
    assert_eq!(world.hub.run(), own, "nor do they raise the run");
    assert_eq!(world.hub.counters().frames_refused, 2);
    assert_eq!(last_refusal(&world), Refusal::NotSigned);
    assert!(last_refusal(&world).to_string().contains("signature"));
    // A forged frame has used no sequence number up.
    (board.signs, board.facts_seq) = (true, 0);
    world.meet(&mut board);
    let node = world.hub.node(board.id).unwrap();
    assert_eq!(node.facts().unwrap().model, "Raspberry Pi 5");
    assert_eq!(node.presence(), Presence::Alive);
}

#[test]
fn reports_are_not_signed() {
    let mut world = World::new();
    let mut board = world.enrolled("pi-01");
    world.meet(&mut board);
    world.reports(&mut board, 1, &[celsius(48.0)]);
    assert_eq!(world.hub.counters().reports_live, 1);
}

#[test]
fn facts_of_a_node_that_has_not_joined_are_taken_signed_or_not() {
    for signs in [false, true] {
        let (mut world, mut board) = (World::new(), Board::new("pi-01"));
        board.signs = signs;
        world.meet(&mut board);
        let node = world.hub.node(board.id).unwrap();
        assert!(node.facts().is_some());
        assert!(!node.joined(), "a signature alone makes nobody a member");
    }
}

#[test]
fn power_counts_of_an_enrolled_node_with_its_signature_and_of_nobody_else() {
    let mut world = World::new();
    let mut board = world.enrolled("pi-01");
    board.run = world.hub.run().bits;
    let mut stranger = Board::new("pi-02");
    stranger.run = board.run;
    let table = [
        (&stranger, false, Err(Refusal::NotJoined)),
        (&stranger, true, Err(Refusal::NotJoined)),
        (&board, false, Err(Refusal::NotSigned)),
        (&board, true, Ok(())),
    ];
    for (from, verified, expected) in table {
        let refused = world.hub.counters().frames_refused;
        let bytes = from.power(0, world.moment);
        world.arrives(FrameTopic::Power(from.id), &bytes, false, verified);
        let taken = match world.hub.counters().frames_refused > refused {
            true => Err(last_refusal(&world)),
            false => Ok(()),
        };
        assert_eq!(taken, expected, "{} {verified}", from.id);
    }
    assert!(
        world.hub.node(stranger.id).is_none(),
        "what is refused makes no node known"
    );
    assert_eq!(
        world.presence(&board),
        Presence::Alive,
        "a live one is a beat"
    );
    let bytes = board.power(0, world.moment);
    world.arrives(FrameTopic::Power(board.id), &bytes, false, true);
    assert_eq!(world.hub.counters().frames_duplicate, 1);
}

#[test]
fn a_power_frame_of_another_run_or_of_the_past_is_no_beat() {
    let mut world = World::new();
    let mut board = world.enrolled("pi-01");
    board.run = RunBits(77);
    let bytes = board.power(0, world.moment);
    world.arrives(FrameTopic::Power(board.id), &bytes, false, true);
    board.run = world.hub.run().bits;
    let bytes = board.power(1, world.moment);
    world.arrives(FrameTopic::Power(board.id), &bytes, true, true);
    assert_eq!(world.hub.counters().frames_taken, 2);
    assert_eq!(world.presence(&board), Presence::Unheard);
}

#[test]
fn a_status_that_this_hub_did_not_sign_raises_nothing() {
    let mut world = World::new();
    let own = world.hub.run();
    let other = Run {
        ordinal: 11,
        bits: RunBits(77),
    };
    world.arrives(FrameTopic::HubStatus, &hub_status(other), true, false);
    assert_eq!(world.hub.run(), own);
    assert_eq!(last_refusal(&world), Refusal::OtherHub);
    assert_eq!(world.hub.counters().frames_refused, 1);
    world.arrives(FrameTopic::HubStatus, &hub_status(other), true, true);
    assert_eq!(world.hub.run().ordinal, 12);
}

/// A node that follows a run so high.
fn holding(board: &mut Board, ordinal: u32) {
    (board.run, board.holds) = (RunBits(99), ordinal);
}

#[test]
fn after_a_lost_store_the_hub_goes_above_what_enrolled_nodes_hold() {
    let mut world = World::new();
    let mut joined = world.enrolled("pi-01");
    let mut stranger = Board::new("pi-02");
    holding(&mut stranger, 9_000);
    world.facts(&mut stranger);
    assert_eq!(world.hub.run().ordinal, 1, "further than a stranger may");
    assert_eq!(world.hub.counters().runs_disbelieved, 1);
    holding(&mut joined, 9_000);
    world.facts(&mut joined);
    assert_eq!(world.hub.run().ordinal, 9_001);
    for board in [&mut joined, &mut stranger] {
        world.meet(board);
        assert_eq!(world.presence(board), Presence::Alive, "{}", board.id);
    }
}

#[test]
fn a_stranger_raises_the_run_a_little_and_rarely_and_takes_nothing_from_signed_words() {
    let mut world = World::new();
    let mut joined = world.enrolled("pi-01");
    let mut stranger = Board::new("pi-02");
    holding(&mut stranger, 1 + MAX_STRANGER_JUMP);
    world.facts(&mut stranger);
    let raised = world.hub.run().ordinal;
    assert_eq!(raised, 2 + MAX_STRANGER_JUMP, "it is heard by this hub");
    for _ in 0..40 {
        holding(&mut stranger, world.hub.run().ordinal);
        world.facts(&mut stranger);
    }
    assert_eq!(world.hub.run().ordinal, raised, "once an hour");
    holding(&mut joined, raised);
    world.facts(&mut joined);
    assert_eq!(world.hub.run().ordinal, raised + 1);
    world.wait(TAKING_SPAN.0 + 1);
    holding(&mut stranger, raised + 1);
    world.facts(&mut stranger);
    assert_eq!(world.hub.run().ordinal, raised + 2);
}

#[test]
fn while_nobody_has_joined_everybody_is_believed_as_far_as_a_lost_store_goes() {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    for ordinal in [9_000, 20_000] {
        holding(&mut board, ordinal);
        world.facts(&mut board);
        assert_eq!(world.hub.run().ordinal, ordinal + 1);
    }
    world.ask(Wish::Enrol(NodeId::parse("pi-02").unwrap()));
    holding(&mut board, 30_000);
    world.facts(&mut board);
    assert_eq!(world.hub.run().ordinal, 20_001);
}

#[test]
fn what_a_node_said_before_it_joined_bears_no_signature_and_is_forgotten() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    world.reports(&mut board, 1, &[]);
    // Facts of a session that is still to come, as the broker's memory tells them.
    let mut forged = board.clone();
    forged.reboot(world.moment);
    let facts = forged.facts(world.moment);
    world.frame(FrameTopic::Facts(board.id), &facts, true);
    world.ask(Wish::Enrol(board.id));
    let node = world.hub.node(board.id).unwrap();
    assert!(node.facts().is_none() && node.parts().next().is_none());
    assert_eq!(node.presence(), Presence::Alive);
    world.report(&mut forged, &[]);
    let node = world.hub.node(board.id).unwrap();
    assert!(node.facts().is_none(), "not by a first live report either");
    board.signs = true;
    world.meet(&mut board);
    assert!(world.hub.node(board.id).unwrap().facts().is_some());
    world.ask(Wish::Enrol(board.id));
    assert!(
        world.hub.node(board.id).unwrap().facts().is_some(),
        "once is enough"
    );
}

#[test]
fn an_enrolled_node_that_nobody_ever_heard_is_listed_and_missed_after_five_minutes() {
    let mut world = World::new();
    let board = world.enrolled("pi-01");
    assert_eq!(world.presence(&board), Presence::Unheard);
    world.input(Input::Link(false));
    world.wait(3_600_000);
    assert!(world.open().is_empty(), "nobody is judged without a link");
    world.input(Input::Link(true));
    world.wait(5 * 60_000);
    assert!(world.open().is_empty());
    world.wait(30_000);
    assert_eq!(world.open(), [("silent_node", "node", Severity::Ticket)]);
    assert_eq!(world.presence(&board), Presence::CutOff);
    let id = world.open_id();
    let incident = world.hub.incident(&id).unwrap();
    assert!(
        incident.summary.contains("enrolled"),
        "{}",
        incident.summary
    );
    assert!(incident.advice.contains("picket-hub expel"));

    let mut world = world.restart_hub(60_000);
    world.ask(Wish::Enrol(board.id));
    assert_eq!(world.presence(&board), Presence::Unheard);
    world.wait(10 * 60_000);
    assert_eq!(world.open_id(), id, "absence is not recovery");
    let mut board = board;
    world.meet(&mut board);
    assert!(world.open().is_empty());
}

#[test]
fn a_node_that_nobody_enrolled_and_nobody_heard_is_missed_by_nobody() {
    let mut world = World::new();
    let board = Board::new("pi-01");
    world.status(&board, "online");
    world.wait(3_600_000);
    assert!(world.open().is_empty());
}

#[test]
fn a_saved_node_is_judged_as_ever_when_it_is_enrolled() {
    let mut world = World::new();
    let mut board = world.enrolled("pi-01");
    world.meet(&mut board);
    let mut world = world.restart_hub(1_000);
    world.ask(Wish::Enrol(board.id));
    world.wait(62_000);
    assert!(world.open().is_empty());
    world.wait(1_000);
    assert_eq!(world.open_detectors(), ["silent_node"]);
}

#[test]
fn old_facts_of_a_missed_node_give_it_the_chance_that_every_node_has() {
    let mut world = World::new();
    let mut board = world.enrolled("pi-01");
    let facts = board.facts(world.moment);
    world.arrives(FrameTopic::Facts(board.id), &facts, true, true);
    world.wait(62_000);
    assert!(world.open().is_empty());
    world.wait(1_000);
    let id = world.open_id();
    let summary = &world.hub.incident(&id).unwrap().summary;
    assert!(!summary.contains("enrolled"), "{summary}");
}

#[test]
fn a_hub_that_stood_still_does_not_miss_a_node_at_once() {
    let mut world = World::at(
        crate::Moment(1_000_000),
        Saved::default(),
        crate::Config::default(),
    );
    world.enrolled("pi-01");
    world.moment = world.moment + Millis::from_s(3_600);
    world.timeout();
    assert!(world.open().is_empty());
}
