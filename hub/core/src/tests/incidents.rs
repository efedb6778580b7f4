//! Opening, saying, closing, and what is kept of it.

use crate::test_util::*;
use crate::{Effect, Input, Moment, Presence, Save, Severity, Show};
use picket_wire::{Missing, PartKind, Quantity};

fn errors(count: i64) -> picket_wire::Reading {
    reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(count))
}

#[test]
fn an_incident_is_saved_shown_and_said_when_it_opens_and_when_it_is_over() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    for (count, says) in [(1, "has counted errors"), (0, "over: ")] {
        world.effects.clear();
        world.reports(&mut board, 1, &[errors(count)]);
        let saves = world.saves_of_incidents();
        let is_shown = |effect: &&Effect| matches!(effect, Effect::Show(Show::Incident(_)));
        let shown = world.effects.iter().filter(is_shown).count();
        let said = world.notices();
        assert_eq!((saves, shown, said.len()), (1, 1, 1), "{says}");
        assert!(
            said[0].text.contains("pi-01") && said[0].text.contains(says),
            "{said:?}"
        );
        assert_eq!(said[0].severity, Severity::Ticket);
    }
}

#[test]
fn recurrence_is_a_new_incident_with_a_new_id() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    for count in [1, 0, 1] {
        world.reports(&mut board, 1, &[errors(count)]);
    }
    let ids: Vec<_> = world.hub.incidents().map(|i| i.id.clone()).collect();
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
    let bits = format!("{:08x}-", world.hub.run().bits.0);
    assert!(ids.iter().all(|id| id.starts_with(&bits)), "{ids:?}");
}

#[test]
fn at_most_five_hundred_closed_ones_are_kept() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    for _ in 0..600 {
        world.report(&mut board, &[errors(1)]);
        world.report(&mut board, &[errors(0)]);
    }
    assert_eq!(world.hub.incidents().count(), 500);
    let first = world.hub.incidents().next().unwrap();
    assert!(
        first.id.ends_with("-101"),
        "the oldest made room: {}",
        first.id
    );
}

#[test]
fn a_notice_is_said_until_it_is_delivered() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    world.reports(&mut board, 1, &[errors(1)]);
    let notice = world.notices()[0].clone();
    world.input(Input::Done {
        notice: notice.id,
        delivered: false,
    });
    for _ in 0..5 {
        world.reports(&mut board, 1, &[errors(1)]);
    }
    assert_eq!(world.notices().len(), 1);
    world.reports(&mut board, 1, &[errors(1)]);
    assert_eq!(world.notices(), [notice.clone(), notice.clone()]);
    world.input(Input::Done {
        notice: notice.id,
        delivered: true,
    });
    assert!(world.effects.contains(&Effect::Save(Save::Said(notice.id))));
    world.reports(&mut board, 60, &[errors(1)]);
    assert_eq!(world.notices().len(), 2);
}

#[test]
fn notices_that_nobody_delivers_are_bounded() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    for _ in 0..300 {
        world.report(&mut board, &[errors(1)]);
        world.report(&mut board, &[errors(0)]);
    }
    assert_eq!(world.hub.counters().notices_dropped, 600 - 256);
    assert_eq!(
        world.saved().notices.len(),
        256,
        "what is dropped is struck out of the store"
    );
}

#[test]
fn a_node_with_faults_everywhere_cannot_fill_the_ledger_and_is_still_noticed_when_silent() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    let names: Vec<&'static str> = (0..100).map(|n| &*format!("fs-{n}").leak()).collect();
    for numbers in [1..=50_u8, 51..=100] {
        let kind = picket_wire::PartKind::Filesystem;
        board.parts = numbers
            .map(|n| (n, kind, names[usize::from(n) - 1]))
            .collect();
        world.meet(&mut board);
    }
    let bad: Vec<_> = (1..=100)
        .map(|part| reading(Quantity::FILESYSTEM_ERRORS, part, Ok(1)))
        .collect();
    world.reports(&mut board, 1, &bad);
    assert_eq!(world.open().len(), 64);
    assert_eq!(world.hub.counters().incidents_withheld, 36);
    world.wait(60_000);
    assert_eq!(world.presence(&board), Presence::Hung);
    assert_eq!(world.open().len(), 65);
}

#[test]
fn notes_take_no_place_of_a_page() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    let names: Vec<&'static str> = (1..=100).map(|n| &*format!("/{n}").leak()).collect();
    for numbers in [1..=50_u8, 51..=100] {
        board.parts = numbers
            .map(|n| (n, PartKind::Filesystem, names[usize::from(n) - 1]))
            .collect();
        world.meet(&mut board);
    }
    let of_each = |value| -> Vec<_> {
        let reading = |part| reading(Quantity::FILESYSTEM_SIZE, part, value);
        (1..=99).map(reading).collect()
    };
    let read_only = |flag| reading(Quantity::FILESYSTEM_READ_ONLY, 100, Ok(flag));
    world.reports(&mut board, 1, &of_each(Ok(1)));
    world.reports(&mut board, 1, &[read_only(0)]);
    world.reports(&mut board, 3, &of_each(Err(Missing::TimedOut)));
    assert!(world.hub.counters().incidents_withheld > 0);
    world.reports(&mut board, 1, &[read_only(1)]);
    let page = ("read_only", "filesystem//100", Severity::Page);
    assert!(world.open().contains(&page), "{:?}", world.open());
}

#[test]
fn a_node_is_not_saved_with_every_report() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    world.effects.clear();
    world.reports(&mut board, 100, &[celsius(48.0)]);
    for _ in 0..10 {
        world.wait(15_000);
        assert_eq!(world.presence(&board), Presence::Late);
        world.report(&mut board, &[celsius(48.0)]);
    }
    let saves = |effect: &&Effect| matches!(effect, Effect::Save(_));
    assert_eq!(world.effects.iter().filter(saves).count(), 0);
}

#[test]
fn the_incidents_clock_is_the_one_that_people_read() {
    let (mut world, mut board) = (
        World::at(Moment(7), Default::default(), Default::default()),
        Board::new("pi-01"),
    );
    world.meet(&mut board);
    world.reports(&mut board, 1, &[errors(1)]);
    let opened = world.hub.incidents().next().unwrap().opened;
    assert_eq!(opened, world.now().wall);
}

#[test]
fn the_severity_of_an_open_incident_does_not_fall() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    world.reports(&mut board, 8, &[celsius(90.0)]);
    world.status(&board, "stopping");
    board.restart();
    world.meet(&mut board);
    world.reports(&mut board, 8, &[celsius(81.0)]);
    assert_eq!(world.open(), [("overheating", "node", Severity::Page)]);
}
