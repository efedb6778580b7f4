//! Every row of the table of presence.

use crate::test_util::*;
use crate::{Input, Millis, Presence, Severity};
use picket_wire::Quantity;

fn alive() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    world.status(&board, "online");
    world.reports(&mut board, 3, &[celsius(48.0)]);
    assert_eq!(world.presence(&board), Presence::Alive);
    (world, board)
}

#[test]
fn silence_makes_late_then_hung() {
    let table = [
        (0, Presence::Alive),
        (12_499, Presence::Alive),
        (12_500, Presence::Late),
        (22_499, Presence::Late),
        (22_500, Presence::Hung),
        (600_000, Presence::Hung),
    ];
    for (silence_ms, expected) in table {
        let (mut world, board) = alive();
        world.wait(silence_ms);
        assert_eq!(world.presence(&board), expected, "after {silence_ms} ms");
    }
}

#[test]
fn a_slow_node_is_given_its_own_time() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    board.every_ms = 60_000;
    world.meet(&mut board);
    world.wait(134_999);
    assert_eq!(world.presence(&board), Presence::Late);
    world.wait(1);
    assert_eq!(world.presence(&board), Presence::Hung);
}

#[test]
fn a_stopped_process_is_hung_then_cut_off_in_one_incident_and_closed_by_a_live_frame() {
    let (mut world, mut board) = alive();
    world.wait(30_000);
    assert_eq!(world.presence(&board), Presence::Hung);
    let id = world.open_id();
    let said = world.hub.incident(&id).unwrap().summary.clone();
    assert!(said.contains("hung or cut off"), "{said}");
    world.wait(60_000);
    world.status(&board, "offline");
    world.wait(5_000);
    assert_eq!(world.presence(&board), Presence::CutOff);
    assert_eq!(world.open_id(), id);
    let said = world.hub.incident(&id).unwrap().summary.clone();
    assert!(said.contains("cannot be told apart"), "{said}");
    board.connection += 1;
    world.status(&board, "online");
    assert_eq!(
        world.presence(&board),
        Presence::CutOff,
        "a text makes nobody alive"
    );
    world.report(&mut board, &[]);
    assert_eq!(world.presence(&board), Presence::Alive);
    let closed = world.hub.incident(&id).unwrap().closed.unwrap();
    assert_eq!(closed.1.name(), "healthy");
}

#[test]
fn a_killed_agent_is_gone_and_nothing_later_makes_it_hung() {
    let (mut world, board) = alive();
    world.wait(3_000);
    world.status(&board, "offline");
    world.wait(4_999);
    assert_eq!(world.presence(&board), Presence::Alive);
    world.wait(1);
    assert_eq!(world.presence(&board), Presence::Gone);
    assert_eq!(world.open(), [("silent_node", "node", Severity::Ticket)]);
    world.wait(600_000);
    assert_eq!(world.presence(&board), Presence::Gone);
}

#[test]
fn stopping_excuses_ten_minutes_then_it_has_not_returned() {
    for word in ["stopping", "halted"] {
        let (mut world, mut board) = alive();
        world.status(&board, word);
        assert_eq!(world.presence(&board), Presence::ExpectedOff);
        world.wait(599_999);
        assert_eq!(world.presence(&board), Presence::ExpectedOff);
        assert!(world.open().is_empty());
        world.wait(1);
        assert_eq!(world.presence(&board), Presence::NotReturned, "{word}");
        assert_eq!(world.open(), [("not_returned", "node", Severity::Ticket)]);
        board.reboot(world.moment);
        world.meet(&mut board);
        assert_eq!(world.presence(&board), Presence::Alive);
        assert!(world.open().is_empty(), "{:?}", world.open());
    }
}

#[test]
fn the_brokers_memory_of_a_farewell_does_not_excuse_it_again() {
    let (mut world, board) = alive();
    world.status(&board, "stopping");
    world.wait(500_000);
    world.input(Input::Link(false));
    world.input(Input::Link(true));
    world.retained_status(&board, "stopping");
    world.wait(100_000);
    assert_eq!(world.presence(&board), Presence::NotReturned);
}

#[test]
fn nobody_is_convicted_while_the_link_is_down() {
    let (mut world, board) = alive();
    world.wait(5_000);
    world.input(Input::Link(false));
    world.wait(3_600_000);
    assert_eq!(world.presence(&board), Presence::Alive);
    assert!(world.open().is_empty());
}

#[test]
fn after_the_link_came_up_each_node_has_its_chance() {
    let (mut world, board) = alive();
    world.input(Input::Link(false));
    world.wait(300_000);
    world.input(Input::Link(true));
    world.wait(62_499);
    assert_ne!(world.presence(&board), Presence::Hung);
    assert!(world.open().is_empty());
    world.wait(1);
    assert_eq!(world.presence(&board), Presence::Hung);
}

#[test]
fn a_node_heard_since_the_link_came_up_has_no_more_than_its_own_time() {
    let (mut world, mut board) = alive();
    world.input(Input::Link(false));
    world.wait(300_000);
    world.input(Input::Link(true));
    world.wait(1_000);
    world.report(&mut board, &[]);
    world.wait(22_500);
    assert_eq!(world.presence(&board), Presence::Hung);
}

#[test]
fn a_hub_that_stood_still_blames_nobody_for_it() {
    let (mut world, mut board) = alive();
    world.wait(5_000);
    world.moment = world.moment + Millis(3_600_000);
    world.timeout();
    assert_eq!(world.presence(&board), Presence::Alive);
    world.wait(10_000);
    world.report(&mut board, &[]);
    assert!(world.open().is_empty());
    world.wait(22_500);
    assert_eq!(
        world.presence(&board),
        Presence::Hung,
        "it is judged again after that"
    );
}

#[test]
fn a_wake_that_is_a_little_late_changes_nothing() {
    let (mut world, board) = alive();
    world.wait(12_500);
    world.moment = world.moment + Millis(10_000 + 4_000);
    world.timeout();
    assert_eq!(world.presence(&board), Presence::Hung);
}

#[test]
fn retained_old_and_backlog_frames_make_nobody_alive() {
    for case in ["retained", "other run", "no run", "backlog"] {
        let (mut world, mut board) = alive();
        world.wait(30_000);
        match case {
            "other run" => board.run.0 ^= 1,
            "no run" => board.run.0 = 0,
            _ => {}
        }
        let readings = [celsius(90.0)];
        let seq = board.seq;
        let bytes = board.report_of(seq, world.moment, case == "backlog", &readings, &[]);
        world.frame(
            crate::FrameTopic::Report(board.id),
            &bytes,
            case == "retained",
        );
        assert_eq!(world.presence(&board), Presence::Hung, "{case}");
        assert_eq!(world.hub.counters().reports_backlog, 1, "{case}");
        let node = world.hub.node(board.id).unwrap();
        let kept = node
            .readings()
            .find(|l| l.quantity == Quantity::CPU_TEMPERATURE);
        assert_eq!(
            kept.unwrap().value,
            Ok(480),
            "{case}: it is no latest reading either"
        );
    }
}

#[test]
fn a_node_known_from_a_text_alone_is_never_convicted() {
    let (mut world, board) = (World::new(), Board::new("pi-01"));
    for word in ["stopping", "online", "offline"] {
        world.retained_status(&board, word);
    }
    world.wait(3_600_000);
    assert!(world.saved().nodes.is_empty(), "nor kept");
    assert_ne!(world.presence(&board), Presence::NotReturned);
    assert!(world.open().is_empty());
    assert_eq!(world.hub.next_wake(), None);
}

#[test]
fn a_node_known_from_retained_facts_is_convicted_after_its_chance() {
    for (word, expected) in [("online", Presence::Hung), ("offline", Presence::CutOff)] {
        let (mut world, mut board) = (World::new(), Board::new("pi-01"));
        let facts = board.facts(world.moment);
        world.frame(crate::FrameTopic::Facts(board.id), &facts, true);
        world.retained_status(&board, word);
        assert_eq!(world.presence(&board), Presence::Unheard);
        world.wait(62_499);
        assert_eq!(world.presence(&board), Presence::Unheard);
        world.wait(1);
        assert_eq!(world.presence(&board), expected);
    }
}

#[test]
fn a_retained_farewell_tells_why_nobody_is_heard() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.retained_status(&board, "stopping");
    let facts = board.facts(world.moment);
    world.frame(crate::FrameTopic::Facts(board.id), &facts, true);
    assert_eq!(world.presence(&board), Presence::ExpectedOff);
    world.wait(600_000);
    assert_eq!(world.presence(&board), Presence::NotReturned);
}

#[test]
fn an_excuse_that_ended_while_the_hub_stood_still_leaves_time_to_be_heard() {
    let (mut world, mut board) = alive();
    world.status(&board, "stopping");
    world.wait(300_000);
    world.moment = world.moment + Millis(3_600_000);
    world.timeout();
    assert_eq!(world.presence(&board), Presence::ExpectedOff);
    board.restart();
    world.meet(&mut board);
    assert_eq!(world.hub.incidents().count(), 0);
}
