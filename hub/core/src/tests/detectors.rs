//! What the detectors of readings say, as tables.

use crate::Severity::{Note, Page, Ticket};
use crate::test_util::*;
use picket_wire::{Missing, PartKind, Quantity, Reading};

fn met() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    (world, board)
}

fn read_only(part: u8, flag: i64) -> Reading {
    reading(Quantity::FILESYSTEM_READ_ONLY, part, Ok(flag))
}

fn errors(count: i64) -> Reading {
    reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(count))
}

#[test]
fn heat_counts_when_it_lasts_and_ends_when_it_is_well_below() {
    // Degrees, how many reports of ten seconds, and what is open then.
    let table: [(f64, usize, Option<crate::Severity>); 12] = [
        (79.9, 20, None),
        (80.0, 6, None),
        (79.0, 1, None),
        (80.0, 6, None),
        (80.0, 1, Some(Ticket)),
        (76.0, 30, Some(Ticket)),
        (85.0, 6, Some(Ticket)),
        (85.0, 1, Some(Page)),
        (79.0, 30, Some(Page)),
        (74.9, 6, Some(Page)),
        (74.9, 1, None),
        (79.9, 30, None),
    ];
    let (mut world, mut board) = met();
    for (step, (degrees, count, expected)) in table.into_iter().enumerate() {
        world.reports(&mut board, count, &[celsius(degrees)]);
        let open: Vec<_> = world.open();
        let severity = open.first().map(|o| o.2);
        assert_eq!(severity, expected, "step {step}, at {degrees} °C: {open:?}");
    }
    let said: Vec<_> = world.notices().iter().map(|n| n.severity).collect();
    assert_eq!(said, [Ticket, Page, Page], "opened, worse, over");
}

#[test]
fn a_missing_temperature_neither_opens_nor_closes() {
    let (mut world, mut board) = met();
    let none = missing(Quantity::CPU_TEMPERATURE, 0, Missing::NotFitted);
    world.reports(&mut board, 10, &[none]);
    assert!(world.open().is_empty());
    world.reports(&mut board, 7, &[celsius(81.0)]);
    world.reports(&mut board, 100, &[none]);
    assert_eq!(world.open(), [("overheating", "node", Ticket)]);
}

#[test]
fn two_hot_samples_with_silence_between_are_not_a_hot_minute() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &[celsius(82.0)]);
    world.wait(600_000);
    world.report(&mut board, &[celsius(82.0)]);
    assert!(!world.open_detectors().contains(&"overheating"));
}

#[test]
fn errors_of_a_filesystem_open_a_ticket_and_none_close_it() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 2, &[errors(0)]);
    assert!(world.open().is_empty());
    world.reports(&mut board, 1, &[errors(1)]);
    assert_eq!(world.open(), [("filesystem", "filesystem//", Ticket)]);
    let id = world.open_id();
    let saves = world.saves_of_incidents();
    for count in 2..50 {
        world.reports(&mut board, 1, &[errors(count)]);
    }
    assert_eq!(
        world.saves_of_incidents(),
        saves,
        "a number alone is not saved"
    );
    let evidence = world.hub.incident(&id).unwrap().evidence.join(" ");
    assert!(evidence.contains("49"), "{evidence}");
    world.reports(
        &mut board,
        1,
        &[missing(Quantity::FILESYSTEM_ERRORS, 1, Missing::Denied)],
    );
    assert_eq!(world.open_id(), id);
    world.reports(&mut board, 1, &[errors(0)]);
    assert!(world.open().is_empty());
}

#[test]
fn facts_do_not_judge_anew_what_a_filesystem_said_that_is_gone() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    let errors = |part, count| reading(Quantity::FILESYSTEM_ERRORS, part, Ok(count));
    board.parts = vec![(1, PartKind::Filesystem, "uuid/stick")];
    world.meet(&mut board);
    world.reports(&mut board, 1, &[read_only(1, 0), errors(1, 0)]);
    world.reports(&mut board, 1, &[read_only(1, 1), errors(1, 3)]);
    assert_eq!(world.open_detectors(), ["read_only", "filesystem"]);
    // It was pulled and checked, and comes back under another number.
    world.reports(&mut board, 1, &[]);
    board.parts.push((2, PartKind::Filesystem, "uuid/stick"));
    world.facts(&mut board);
    world.reports(&mut board, 1, &[read_only(2, 0), errors(2, 0)]);
    assert!(world.open().is_empty(), "{:?}", world.open());
    world.facts(&mut board);
    assert!(world.open().is_empty(), "{:?}", world.open());
    assert_eq!(world.hub.incidents().count(), 2);
}

#[test]
fn a_filesystem_that_turns_read_only_pages() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &[read_only(1, 0), read_only(2, 1)]);
    assert!(
        world.open().is_empty(),
        "one that is read-only from the first is so by design"
    );
    world.reports(&mut board, 1, &[read_only(1, 1), read_only(2, 1)]);
    assert_eq!(world.open(), [("read_only", "filesystem//", Page)]);
    world.reports(&mut board, 1, &[read_only(1, 0), read_only(2, 1)]);
    assert!(world.open().is_empty());
}

#[test]
fn that_a_filesystem_was_writable_is_remembered_over_sessions_and_numbers() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &[read_only(1, 0)]);
    world.status(&board, "stopping");
    board.restart();
    board.parts = vec![(7, PartKind::Filesystem, "/")];
    world.meet(&mut board);
    world.reports(&mut board, 1, &[read_only(7, 1)]);
    assert_eq!(world.open(), [("read_only", "filesystem//", Page)]);
}

#[test]
fn readings_before_the_facts_are_judged_when_the_facts_come() {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    board.run = world.hub.run().bits;
    world.report(&mut board, &[errors(3)]);
    assert!(world.open().is_empty(), "the part has no name yet");
    world.facts(&mut board);
    assert_eq!(world.open_detectors(), ["filesystem"]);
}

#[test]
fn a_reading_that_had_values_and_has_none_is_noted_after_three_reports() {
    for why in [
        Missing::Denied,
        Missing::Busy,
        Missing::Garbled,
        Missing::TimedOut,
    ] {
        let (mut world, mut board) = met();
        let none = missing(Quantity::CPU_TEMPERATURE, 0, why);
        world.reports(&mut board, 1, &[celsius(48.0)]);
        world.reports(&mut board, 2, &[none]);
        assert!(world.open().is_empty(), "{why:?}");
        world.reports(&mut board, 1, &[none]);
        assert_eq!(
            world.open(),
            [("blind_probe", "node/cpu_temperature", Note)],
            "{why:?}"
        );
        world.reports(&mut board, 1, &[]);
        assert_eq!(
            world.open().len(),
            1,
            "a report without the reading says nothing"
        );
        world.reports(&mut board, 1, &[celsius(48.0)]);
        assert!(world.open().is_empty(), "{why:?}");
        assert!(world.notices().is_empty(), "notes stay on the page");
    }
}

#[test]
fn what_never_had_a_value_or_is_not_there_is_no_blind_probe() {
    let (mut world, mut board) = met();
    let denied = missing(Quantity::LOAD_1MIN, 0, Missing::Denied);
    world.reports(&mut board, 20, &[denied]);
    world.reports(&mut board, 1, &[celsius(48.0)]);
    for why in [
        Missing::NotFitted,
        Missing::NotSupported,
        Missing::Unknown(99),
    ] {
        world.reports(
            &mut board,
            20,
            &[missing(Quantity::CPU_TEMPERATURE, 0, why)],
        );
    }
    assert!(world.open().is_empty(), "{:?}", world.open());
}

#[test]
fn an_agent_that_lost_a_right_with_its_restart_is_noted() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &[celsius(48.0)]);
    world.status(&board, "stopping");
    board.restart();
    world.meet(&mut board);
    let denied = missing(Quantity::CPU_TEMPERATURE, 0, Missing::Denied);
    world.reports(&mut board, 3, &[denied]);
    assert_eq!(world.open_detectors(), ["blind_probe"]);
}

#[test]
fn every_finding_says_what_on_what_evidence_and_what_to_do_in_one_line() {
    let (mut world, mut board) = met();
    board
        .parts
        .push((9, picket_wire::PartKind::Disk, "cid/0353"));
    world.facts(&mut board);
    let life = reading(Quantity::DISK_LIFE_USED, 9, Ok(95));
    let corrupt = reading(Quantity::CORRUPT_FILES, 9, Ok(1));
    world.reports(&mut board, 1, &[life, corrupt]);
    let denied = missing(Quantity::LOAD_1MIN, 0, Missing::Denied);
    let load = reading(Quantity::LOAD_1MIN, 0, Ok(12));
    let counted = |count| {
        [
            Quantity::CLOCK_JUMPS,
            Quantity::OUT_OF_MEMORY_KILLS,
            Quantity::OWN_WRITTEN,
            Quantity::STORAGE_MESSAGES,
        ]
        .map(|quantity| reading(quantity, 0, Ok(count)))
    };
    world.wait(600_000);
    let good = [&[load, read_only(1, 0)], &counted(0)[..]].concat();
    world.reports(&mut board, 1, &good);
    let bad = [
        celsius(99.0),
        errors(4),
        read_only(1, 1),
        denied,
        reading(Quantity::UNDER_VOLTAGE_NOW, 0, Ok(1)),
        reading(Quantity::THROTTLED_NOW, 0, Ok(1)),
    ];
    let bad = [&bad, &counted(5_000)[..]].concat();
    world.reports(&mut board, 8, &bad);
    board.seq += 2;
    world.reports(&mut board, 100, &bad);
    board.restart();
    world.meet(&mut board);
    for _ in 0..3 {
        board.reboot(world.moment);
        world.meet(&mut board);
    }
    world.wait(60_000);
    world.status(&board, "stopping");
    world.wait(600_000);
    let detectors: std::collections::BTreeSet<_> = world
        .hub
        .incidents()
        .map(|incident| incident.detector)
        .collect();
    assert_eq!(detectors.len(), crate::Detector::ALL.len(), "{detectors:?}");
    for incident in world.hub.incidents() {
        let lines = [&incident.summary, &incident.advice];
        for line in lines.into_iter().chain(&incident.evidence) {
            assert!(!line.is_empty() && !line.contains('\n'), "{incident:?}");
        }
        assert!(!incident.evidence.is_empty(), "{incident:?}");
    }
}

#[test]
fn heat_of_another_session_does_not_count() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 6, &[celsius(82.0)]);
    world.status(&board, "stopping");
    board.restart();
    world.meet(&mut board);
    world.reports(&mut board, 2, &[celsius(82.0)]);
    assert!(world.open().is_empty());
}

#[test]
fn three_in_a_row_means_in_a_row() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &[celsius(48.0)]);
    for why in [
        Missing::Busy,
        Missing::Busy,
        Missing::NotFitted,
        Missing::Busy,
        Missing::Busy,
    ] {
        world.reports(&mut board, 1, &[missing(Quantity::CPU_TEMPERATURE, 0, why)]);
    }
    assert!(world.open().is_empty());
}
