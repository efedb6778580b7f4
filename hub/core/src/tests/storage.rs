//! Errors of storage: news when their count grows, not when it is high.

use crate::Severity::{self, Ticket};
use crate::detect::storage_errors::MAX_DISKS;
use crate::test_util::*;
use crate::{Arrival, Config, FrameTopic, Hub, Input, Moment, Now};
use picket_wire::{Missing, PartKind, Quantity, Reading};

const DISK: u8 = 3;
/// Reports of these boards come each minute.
const HOUR: usize = 60;
const DAY: usize = 24 * HOUR;

fn met() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    board.parts.push((DISK, PartKind::Disk, "cid/0353"));
    board.every_ms = 60_000;
    world.meet(&mut board);
    (world, board)
}

fn of_disk(quantity: Quantity, value: i64) -> Reading {
    reading(quantity, DISK, Ok(value))
}

fn messages(count: i64) -> Reading {
    of_disk(Quantity::STORAGE_MESSAGES, count)
}

/// The severity of the one open incident, if there is one.
fn severity(world: &World) -> Option<Severity> {
    let open = world.open();
    assert!(open.len() < 2, "{open:?}");
    open.first().map(|o| o.2)
}

fn reboot(world: &mut World, board: &mut Board) {
    world.status(board, "stopping");
    board.reboot(world.moment);
    world.meet(board);
}

#[test]
fn a_count_of_storage_messages_that_is_high_but_does_not_grow_does_not_keep_alarming() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &[messages(500)]);
    let subject = "disk/cid/0353/storage_messages";
    assert_eq!(world.open(), [("storage_errors", subject, Ticket)]);
    let id = world.open_id();
    let incident = world.hub.incident(&id).unwrap();
    assert!(incident.summary.contains("cid/0353"), "it names the disk");
    world.reports(&mut board, DAY - 1, &[messages(500)]);
    assert_eq!(world.open_id(), id);
    world.reports(&mut board, 1, &[messages(500)]);
    assert!(world.open().is_empty(), "a day without a new one");
    world.reports(&mut board, 2 * DAY, &[messages(500)]);
    assert_eq!(world.hub.incidents().count(), 1);
    assert_eq!(world.notices().len(), 2);

    // Neither another session nor another run of the hub makes it news.
    world.status(&board, "stopping");
    board.restart();
    world.meet(&mut board);
    world.reports(&mut board, 3, &[messages(500)]);
    let mut world = world.restart_hub(5_000);
    world.meet(&mut board);
    world.reports(&mut board, 3, &[messages(500)]);
    assert!(world.open().is_empty(), "{:?}", world.open());
    // What came while it was away does.
    let mut world = world.restart_hub(5_000);
    world.meet(&mut board);
    world.reports(&mut board, 1, &[messages(501)]);
    assert_eq!(world.open_detectors(), ["storage_errors"]);
}

#[test]
fn a_hub_whose_machine_booted_later_than_the_node_knows_what_was_told() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &[messages(500)]);
    world.reports(&mut board, 2 * DAY, &[messages(500)]);
    assert!(world.open().is_empty());
    let now = Now {
        moment: Moment(60_000),
        ..world.now()
    };
    let mut hub = Hub::new(Config::default(), 7, now);
    hub.handle(Input::Restore(world.saved()), now);
    hub.handle(Input::Link(true), now);
    board.run = hub.run().bits;
    let facts = board.facts(world.moment);
    let report = board.report(world.moment, &[messages(500)]);
    for (topic, bytes) in [
        (FrameTopic::Facts(board.id), facts),
        (FrameTopic::Report(board.id), report),
    ] {
        let arrival = Arrival {
            topic,
            verified: false,
            retained: false,
            bytes: &bytes,
        };
        hub.handle(Input::Frame(arrival), now);
    }
    assert_eq!(hub.counters().reports_live, 1);
    assert!(hub.incidents().all(|incident| !incident.is_open()));
}

#[test]
fn storage_messages_of_a_new_boot_are_news_and_a_boot_without_any_ends_them() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &[messages(0)]);
    reboot(&mut world, &mut board);
    world.reports(&mut board, 1, &[messages(1)]);
    assert_eq!(world.open_detectors(), ["storage_errors"]);
    reboot(&mut world, &mut board);
    world.reports(&mut board, HOUR - 1, &[messages(0)]);
    assert_eq!(world.open_detectors(), ["storage_errors"]);
    world.reports(&mut board, 1, &[messages(0)]);
    assert!(world.open().is_empty(), "an hour of a boot without one");
}

#[test]
fn storage_messages_that_are_missing_or_not_reported_end_nothing() {
    let (mut world, mut board) = met();
    world.reports(
        &mut board,
        1,
        &[messages(3), of_disk(Quantity::DISK_FAILING, 0)],
    );
    assert_eq!(world.open_detectors(), ["storage_errors"]);
    let denied = missing(Quantity::STORAGE_MESSAGES, DISK, Missing::Denied);
    world.reports(
        &mut board,
        2 * DAY,
        &[denied, of_disk(Quantity::DISK_FAILING, 0)],
    );
    assert!(world.open_detectors().contains(&"storage_errors"));
}

#[test]
fn messages_whose_disk_nobody_named_are_of_the_node() {
    let (mut world, mut board) = met();
    world.reports(
        &mut board,
        1,
        &[reading(Quantity::STORAGE_MESSAGES, 0, Ok(2))],
    );
    assert_eq!(
        world.open(),
        [("storage_errors", "node/storage_messages", Ticket)]
    );
}

#[test]
fn errors_that_a_disk_has_counted_since_it_was_made_are_news_when_they_grow() {
    // Errors of the medium, how many reports, whether it is told.
    let table = [
        (90, HOUR, false),
        (91, 1, true),
        (91, DAY - 1, true),
        (91, 1, false),
        (4, 1, false),
        (5, 1, true),
    ];
    let (mut world, mut board) = met();
    for (step, (errors, count, told)) in table.into_iter().enumerate() {
        world.reports(
            &mut board,
            count,
            &[of_disk(Quantity::DISK_MEDIA_ERRORS, errors)],
        );
        assert_eq!(severity(&world).is_some(), told, "step {step}");
    }
}

#[test]
fn a_disk_that_warns_is_told_until_it_has_not_for_a_day() {
    let (mut world, mut board) = met();
    let failing = |flag| of_disk(Quantity::DISK_FAILING, flag);
    world.reports(&mut board, 1, &[failing(1)]);
    assert_eq!(severity(&world), Some(Ticket));
    for _ in 0..5 {
        world.reports(&mut board, HOUR, &[failing(0)]);
        world.reports(&mut board, HOUR, &[failing(1)]);
    }
    world.reports(&mut board, DAY, &[failing(0)]);
    assert_eq!(severity(&world), Some(Ticket));
    world.reports(&mut board, 1, &[failing(0)]);
    assert_eq!(
        (severity(&world), world.notices().len()),
        (None, 2),
        "one incident"
    );
}

#[test]
fn each_quantity_of_a_disk_is_a_subject_of_its_own() {
    let (mut world, mut board) = met();
    let both = |messages_so_far, failing| {
        [
            messages(messages_so_far),
            of_disk(Quantity::DISK_FAILING, failing),
        ]
    };
    world.reports(&mut board, 1, &both(1, 1));
    assert_eq!(world.open().len(), 2);
    world.reports(&mut board, 2 * DAY, &both(1, 1));
    let failing = [("storage_errors", "disk/cid/0353/disk_failing", Ticket)];
    assert_eq!(world.open(), failing);
    world.reports(&mut board, DAY + 1, &both(1, 0));
    assert!(world.open().is_empty(), "{:?}", world.open());
}

#[test]
fn a_hub_that_starts_anew_does_not_end_a_warning_because_the_kernel_says_nothing() {
    let (mut world, mut board) = met();
    let readings = [messages(0), of_disk(Quantity::DISK_FAILING, 1)];
    world.reports(&mut board, DAY, &readings);
    let id = world.open_id();
    for _ in 0..3 {
        world = world.restart_hub(5_000);
        world.meet(&mut board);
        world.reports(&mut board, HOUR, &readings);
        assert_eq!(world.open_id(), id);
    }
    assert_eq!(
        world.hub.incidents().count(),
        1,
        "and tells it no second time"
    );
}

#[test]
fn what_an_agent_may_not_ask_a_disk_keeps_no_messages_of_the_kernel_open() {
    let (mut world, mut board) = met();
    let with = |count| {
        [
            messages(count),
            missing(Quantity::DISK_FAILING, DISK, Missing::Denied),
            missing(Quantity::DISK_MEDIA_ERRORS, DISK, Missing::Denied),
        ]
    };
    world.reports(&mut board, 1, &with(0));
    world.reports(&mut board, 1, &with(1));
    assert_eq!(severity(&world), Some(Ticket));
    world.reports(&mut board, DAY, &with(1));
    assert!(world.open().is_empty(), "{:?}", world.open());
}

#[test]
fn a_disk_that_nobody_could_ask_for_days_was_not_well_in_them() {
    let (mut world, mut board) = met();
    let failing = |flag| of_disk(Quantity::DISK_FAILING, flag);
    world.reports(&mut board, 1, &[failing(1)]);
    world.reports(&mut board, HOUR, &[failing(0)]);
    let denied = missing(Quantity::DISK_FAILING, DISK, Missing::Denied);
    world.reports(&mut board, 2 * DAY, &[denied]);
    world.reports(&mut board, DAY - HOUR, &[failing(0)]);
    assert!(world.open_detectors().contains(&"storage_errors"));
    world.reports(&mut board, 2, &[failing(0)]);
    assert!(world.open().is_empty(), "{:?}", world.open());
}

#[test]
fn what_an_earlier_hub_said_of_a_disk_as_a_whole_ends_after_a_day_without_a_fault() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &[messages(1)]);
    let mut saved = world.saved();
    saved.incidents[0].subject = "disk/cid/0353".to_owned();
    let mut world = World::at(world.moment, saved, Config::default());
    world.meet(&mut board);
    let of_nobody = |part| reading(Quantity::STORAGE_MESSAGES, part, Ok(0));
    world.reports(&mut board, DAY, &[of_nobody(0), of_nobody(9)]);
    world.reports(&mut board, 1, &[messages(2)]);
    assert_eq!(world.open().len(), 2);
    world.reports(&mut board, DAY - 1, &[messages(2)]);
    assert_eq!(world.open().len(), 2);
    world.reports(&mut board, 2, &[messages(2)]);
    assert!(world.open().is_empty(), "{:?}", world.open());
}

#[test]
fn a_disk_beyond_the_bound_is_judged_once_another_was_not_there_for_a_day() {
    let (mut world, mut board) = met();
    let numbers = 1..=MAX_DISKS as u8;
    board.parts = numbers
        .clone()
        .map(|n| (n, PartKind::Disk, &*format!("serial/{n}").leak()))
        .collect();
    world.facts(&mut board);
    let failing = |part, flag| reading(Quantity::DISK_FAILING, part, Ok(flag));
    let all: Vec<_> = numbers.map(|n| failing(n, 0)).collect();
    world.reports(&mut board, 1, &all);
    board.parts = vec![(100, PartKind::Disk, "serial/100")];
    world.facts(&mut board);
    world.reports(&mut board, DAY - 1, &[failing(100, 1)]);
    assert!(world.open().is_empty(), "{:?}", world.open());
    world.reports(&mut board, 1, &[failing(100, 1)]);
    let told = ("storage_errors", "disk/serial/100/disk_failing", Ticket);
    assert_eq!(world.open(), [told]);
}
