//! Detectors of what is counted: news when it grows, not when it is high.

use crate::Severity::{self, Note, Page, Ticket};
use crate::detect::Memory;
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
    assert_eq!(world.open(), [("storage_errors", "disk/cid/0353", Ticket)]);
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
    assert_eq!(world.open(), [("storage_errors", "node", Ticket)]);
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
    world.reports(&mut board, DAY - 1, &[failing(0)]);
    assert_eq!(severity(&world), Some(Ticket));
    world.reports(&mut board, 1, &[failing(0)]);
    assert_eq!(
        (severity(&world), world.notices().len()),
        (None, 2),
        "one incident"
    );
}

#[test]
fn all_that_is_known_of_a_disk_must_be_well() {
    let (mut world, mut board) = met();
    let both = |messages_so_far, failing| {
        [
            messages(messages_so_far),
            of_disk(Quantity::DISK_FAILING, failing),
        ]
    };
    world.reports(&mut board, 1, &both(1, 1));
    assert_eq!(world.open().len(), 1, "one disk, one incident");
    world.reports(&mut board, 2 * DAY, &both(1, 1));
    assert_eq!(world.open().len(), 1);
    world.reports(&mut board, DAY, &both(1, 0));
    assert!(world.open().is_empty(), "{:?}", world.open());
}

#[test]
fn errors_of_main_memory_and_ended_programs_by_their_weight() {
    // The quantity, its counts in turn with a report each, what is open then.
    let ce = Quantity::MEMORY_ERRORS_CORRECTED;
    let ue = Quantity::MEMORY_ERRORS_UNCORRECTED;
    let oom = Quantity::OUT_OF_MEMORY_KILLS;
    let table: [(Quantity, &[i64], Option<Severity>); 9] = [
        (ue, &[4, 4, 4], None),
        (ue, &[0, 1], Some(Page)),
        (ce, &[80, 80], None),
        (ce, &[0, 1], Some(Note)),
        (ce, &[0, 10], Some(Note)),
        (ce, &[0, 11], Some(Ticket)),
        (ce, &[0, 4, 8, 12], Some(Ticket)),
        (oom, &[7, 7], None),
        (oom, &[7, 8], Some(Ticket)),
    ];
    for (quantity, counts, expected) in table {
        let (mut world, mut board) = met();
        for &count in counts {
            world.reports(&mut board, 1, &[reading(quantity, 0, Ok(count))]);
        }
        assert_eq!(severity(&world), expected, "{quantity} {counts:?}");
        let last = reading(quantity, 0, Ok(*counts.last().unwrap()));
        world.reports(&mut board, DAY - 1, &[last]);
        assert_eq!(severity(&world), expected, "{quantity} {counts:?}");
        world.reports(&mut board, 1, &[last]);
        assert!(world.open().is_empty(), "{quantity} {counts:?}");
    }
}

#[test]
fn each_quantity_of_memory_is_a_subject_of_its_own() {
    let (mut world, mut board) = met();
    let counted = |count| {
        [
            reading(Quantity::MEMORY_ERRORS_UNCORRECTED, 0, Ok(count)),
            reading(Quantity::OUT_OF_MEMORY_KILLS, 0, Ok(count)),
        ]
    };
    world.reports(&mut board, 1, &counted(0));
    world.reports(&mut board, 1, &counted(1));
    let mut open = world.open();
    open.sort_by_key(|o| o.1);
    let expected = [
        ("memory", "node/memory_errors_uncorrected", Page),
        ("memory", "node/out_of_memory_kills", Ticket),
    ];
    assert_eq!(open, expected);
}

#[test]
fn pressure_of_memory_counts_when_it_lasts_and_ends_when_it_is_well_below() {
    // Hundredths of a percent, how many minutes, whether it is open then.
    let table = [
        (1_999, 100, false),
        (2_000, 10, false),
        (1_999, 1, false),
        (2_000, 10, false),
        (2_000, 1, true),
        (500, 100, true),
        (499, 10, true),
        (499, 1, false),
        (1_999, 100, false),
    ];
    let (mut world, mut board) = met();
    for (step, (centi_percent, count, open)) in table.into_iter().enumerate() {
        let pressure = reading(Quantity::MEMORY_PRESSURE, 0, Ok(centi_percent));
        world.reports(&mut board, count, &[pressure]);
        assert_eq!(severity(&world), open.then_some(Ticket), "step {step}");
    }
}

#[test]
fn the_clock_that_is_set_after_the_boot_is_no_jump_and_a_later_one_is() {
    let (mut world, mut board) = met();
    let jumps = |count| reading(Quantity::CLOCK_JUMPS, 0, Ok(count));
    board.reboot(world.moment);
    world.meet(&mut board);
    let crashed = world.hub.incidents().count();
    world.reports(&mut board, 5, &[jumps(0)]);
    world.reports(&mut board, 5, &[jumps(1)]);
    world.reports(&mut board, HOUR, &[jumps(1)]);
    assert_eq!(world.hub.incidents().count(), crashed, "set at its start");
    world.reports(
        &mut board,
        1,
        &[jumps(2), reading(Quantity::CLOCK_JUMP, 0, Ok(-2_500))],
    );
    assert_eq!(severity(&world), Some(Note));
    let id = world.open_id();
    let evidence = world.hub.incident(&id).unwrap().evidence.join("; ");
    assert!(
        evidence.contains("once") && evidence.contains("-2.500 s"),
        "{evidence}"
    );
    world.status(&board, "stopping");
    board.restart();
    world.meet(&mut board);
    world.reports(&mut board, DAY, &[jumps(0)]);
    assert_eq!(severity(&world), Some(Note));
    world.reports(&mut board, 1, &[jumps(0)]);
    assert!(world.open().is_empty());
}

#[test]
fn picket_itself_is_noted_when_it_writes_more_than_a_mebibyte_within_a_day() {
    let (mut world, mut board) = met();
    let written = |kib| reading(Quantity::OWN_WRITTEN, 0, Ok(kib));
    // What it wrote before the first look is past; 40 KiB an hour are within bounds for ever.
    let mut kib = 700_000;
    for _ in 0..60 {
        kib += 40;
        world.reports(&mut board, HOUR, &[written(kib)]);
    }
    assert!(world.open().is_empty());
    world.reports(&mut board, 1, &[written(kib + 200)]);
    assert_eq!(world.open(), [("own_writes", "node", Note)]);
    // It is below after some hours, and over after a day of that.
    world.reports(&mut board, DAY, &[written(kib + 200)]);
    assert_eq!(severity(&world), Some(Note));
    world.reports(&mut board, DAY, &[written(kib + 200)]);
    assert!(world.open().is_empty());
}

#[test]
fn what_an_agent_that_starts_again_and_again_writes_is_summed_up() {
    let (mut world, mut board) = met();
    let written = |kib| reading(Quantity::OWN_WRITTEN, 0, Ok(kib));
    world.reports(&mut board, 1, &[written(600)]);
    for start in 1..=2 {
        world.status(&board, "stopping");
        board.restart();
        world.meet(&mut board);
        world.reports(&mut board, 1, &[written(600)]);
        assert_eq!(!world.open().is_empty(), start == 2);
    }
}

#[test]
fn what_is_remembered_of_disks_and_chips_is_bounded() {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    let names: Vec<&'static str> = (0..200).map(|n| &*format!("cid/{n}").leak()).collect();
    for from in [1_u8, 51, 101, 151] {
        board.parts = (from..from + 50)
            .map(|n| (n, PartKind::Disk, names[usize::from(n) - 1]))
            .collect();
        world.meet(&mut board);
    }
    let quantities = [
        Quantity::STORAGE_MESSAGES,
        Quantity::MEMORY_ERRORS_CORRECTED,
        Quantity::DISK_FAILING,
    ];
    for quantity in quantities {
        for from in [1_u8, 101] {
            let readings: Vec<_> = (from..from + 100)
                .map(|part| reading(quantity, part, Ok(1)))
                .collect();
            world.reports(&mut board, 1, &readings);
        }
    }
    let memory: &Memory = &world.hub.node(board.id).unwrap().memory;
    assert_eq!(memory.lengths(), (32, 16));
}
