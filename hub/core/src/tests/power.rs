//! Under-voltage and throttling, boots that follow each other, and what they have to do with each
//! other.

use crate::Severity::{Note, Ticket};
use crate::test_util::*;
use crate::{Effect, Save};
use picket_wire::{Missing, Quantity, Reading};

const HALF_AN_HOUR: usize = 181;

fn met() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    (world, board)
}

/// Whether the voltage is too low, how often it became so, and whether it was since boot.
fn voltage(now: i64, events: i64, since_boot: i64) -> [Reading; 3] {
    [
        reading(Quantity::UNDER_VOLTAGE_NOW, 0, Ok(now)),
        reading(Quantity::UNDER_VOLTAGE_EVENTS, 0, Ok(events)),
        reading(Quantity::UNDER_VOLTAGE_SINCE_BOOT, 0, Ok(since_boot)),
    ]
}

fn throttled(now: i64, events: i64) -> [Reading; 2] {
    [
        reading(Quantity::THROTTLED_NOW, 0, Ok(now)),
        reading(Quantity::THROTTLING_EVENTS, 0, Ok(events)),
    ]
}

fn evidence(world: &World) -> String {
    let id = world.open_id();
    world.hub.incident(&id).unwrap().evidence.join("; ")
}

fn incidents(world: &World) -> usize {
    world.hub.incidents().count()
}

#[test]
fn under_voltage_that_flaps_every_four_seconds_for_ten_minutes_is_one_incident_with_the_count() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &voltage(0, 0, 0));
    for report in 1..=60 {
        // Five times in twenty seconds: two in one report, three in the next.
        world.reports(&mut board, 1, &voltage(1, report * 5 / 2, 1));
    }
    assert_eq!(world.open(), [("under_voltage", "node", Ticket)]);
    assert!(
        evidence(&world).contains("150 times"),
        "{}",
        evidence(&world)
    );
    assert_eq!(world.saves_of_incidents(), 1, "told and kept once");
    assert_eq!(world.notices().len(), 1);

    world.reports(&mut board, HALF_AN_HOUR - 1, &voltage(0, 150, 1));
    assert_eq!(world.open_detectors(), ["under_voltage"]);
    world.reports(&mut board, 1, &voltage(0, 150, 1));
    assert!(world.open().is_empty(), "half an hour without an event");
    assert_eq!((incidents(&world), world.notices().len()), (1, 2));
    let kept = world.saved().incidents;
    assert!(kept[0].evidence[0].contains("150 times"), "{kept:?}");
}

#[test]
fn the_same_sticky_bits_after_a_reboot_do_not_reopen_it() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 1, &voltage(0, 0, 0));
    world.reports(&mut board, 7, &voltage(1, 1, 1));
    world.reports(&mut board, HALF_AN_HOUR, &voltage(0, 1, 1));
    assert!(world.open().is_empty());
    world.status(&board, "stopping");
    board.reboot(world.moment);
    world.meet(&mut board);
    // A warm reset keeps the firmware's bits.
    world.reports(&mut board, 3 * HALF_AN_HOUR, &voltage(0, 0, 1));
    assert!(world.open().is_empty());
    assert_eq!(incidents(&world), 1);
}

#[test]
fn bits_between_two_polls_are_not_missed() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 2, &voltage(0, 0, 0));
    assert!(world.open().is_empty());
    world.reports(&mut board, 1, &voltage(0, 3, 1));
    assert_eq!(world.open_detectors(), ["under_voltage"]);
    assert!(evidence(&world).contains("3 times"), "{}", evidence(&world));
}

#[test]
fn what_was_before_the_first_sight_opens_nothing() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 100, &voltage(0, 40, 1));
    let messages = reading(Quantity::UNDER_VOLTAGE_MESSAGES, 0, Ok(30));
    world.reports(&mut board, 100, &[messages]);
    assert!(world.open().is_empty(), "{:?}", world.open());
    let shown = world.hub.node(board.id).unwrap().readings();
    let is_sticky =
        |latest: &crate::KnownReading| latest.quantity == Quantity::UNDER_VOLTAGE_SINCE_BOOT;
    assert_eq!(shown.filter(is_sticky).count(), 1, "but it is shown");
}

#[test]
fn neither_a_missing_nor_silence_nor_a_restart_of_the_hub_ends_under_voltage() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 7, &voltage(1, 1, 1));
    let denied = missing(Quantity::UNDER_VOLTAGE_NOW, 0, Missing::Denied);
    world.reports(&mut board, 2 * HALF_AN_HOUR, &[denied]);
    world.reports(&mut board, 2 * HALF_AN_HOUR, &[]);
    assert!(world.open_detectors().contains(&"under_voltage"));
    let mut world = world.restart_hub(5_000);
    world.meet(&mut board);
    world.reports(&mut board, HALF_AN_HOUR - 1, &voltage(0, 1, 1));
    assert!(world.open_detectors().contains(&"under_voltage"));
    world.reports(&mut board, 1, &voltage(0, 1, 1));
    assert!(!world.open_detectors().contains(&"under_voltage"));
}

#[test]
fn throttling_is_told_by_duration_and_repetition_and_names_the_voltage() {
    for (what, readings) in [
        ("lasting", vec![throttled(1, 1); 8]),
        (
            "repeated",
            (0..4).map(|events| throttled(0, events)).collect(),
        ),
    ] {
        let (mut world, mut board) = met();
        for readings in &readings {
            world.reports(&mut board, 1, readings);
        }
        assert_eq!(world.open(), [("throttling", "node", Ticket)], "{what}");
        assert!(!evidence(&world).contains("voltage"), "{what}");
        world.reports(
            &mut board,
            HALF_AN_HOUR,
            &throttled(0, readings[readings.len() - 1][1].value.unwrap()),
        );
        assert!(world.open().is_empty(), "{what}");
    }
    let (mut world, mut board) = met();
    let both = [&voltage(1, 1, 1)[..], &throttled(1, 1)].concat();
    world.reports(&mut board, 8, &both);
    assert_eq!(world.open_detectors(), ["under_voltage", "throttling"]);
    let throttling = world.hub.incidents().last().unwrap();
    assert!(throttling.evidence.join(" ").contains("input voltage"));
    assert!(throttling.advice.contains("power supply"));
}

#[test]
fn the_soft_limit_alone_is_a_note_and_more_than_that_a_ticket() {
    let (mut world, mut board) = met();
    let bits = |hard| {
        [
            reading(Quantity::THROTTLED_NOW, 0, Ok(hard)),
            reading(Quantity::SOFT_LIMIT_NOW, 0, Ok(1)),
        ]
    };
    world.reports(&mut board, 8, &bits(0));
    assert_eq!(world.open(), [("throttling", "node", Note)]);
    assert!(world.notices().is_empty());
    world.reports(&mut board, 6, &bits(1));
    assert_eq!(world.open(), [("throttling", "node", Note)]);
    world.reports(&mut board, 1, &bits(1));
    assert_eq!(world.open(), [("throttling", "node", Ticket)], "a minute");
    world.reports(&mut board, HALF_AN_HOUR + 1, &bits(0));
    assert_eq!(world.open(), [("throttling", "node", Ticket)]);
    let none = [Quantity::THROTTLED_NOW, Quantity::SOFT_LIMIT_NOW];
    let none = none.map(|quantity| reading(quantity, 0, Ok(0)));
    world.reports(&mut board, HALF_AN_HOUR, &none);
    assert!(world.open().is_empty());
}

#[test]
fn moments_of_throttling_beside_a_soft_limit_are_a_ticket_when_there_are_three() {
    let (mut world, mut board) = met();
    let bits = |hard, since_boot| {
        [
            reading(Quantity::THROTTLED_NOW, 0, Ok(hard)),
            reading(Quantity::THROTTLED_SINCE_BOOT, 0, Ok(since_boot)),
            reading(Quantity::SOFT_LIMIT_NOW, 0, Ok(1)),
            reading(Quantity::SOFT_LIMIT_SINCE_BOOT, 0, Ok(1)),
            reading(Quantity::THROTTLING_EVENTS, 0, Ok(1)),
        ]
    };
    world.reports(&mut board, 8, &bits(0, 0));
    for severity in [Note, Note, Ticket] {
        assert_eq!(world.open(), [("throttling", "node", Note)]);
        world.reports(&mut board, 1, &bits(1, 1));
        assert_eq!(world.open(), [("throttling", "node", severity)]);
        world.reports(&mut board, 10, &bits(0, 1));
    }
    assert_eq!(world.notices().len(), 1);
}

#[test]
fn a_soft_limit_that_comes_and_goes_is_a_note_whatever_was_since_boot() {
    for since_boot in [0, 1] {
        let (mut world, mut board) = met();
        for event in 0..20 {
            let bits = [
                reading(Quantity::THROTTLED_NOW, 0, Ok(0)),
                reading(Quantity::THROTTLED_SINCE_BOOT, 0, Ok(since_boot)),
                reading(Quantity::SOFT_LIMIT_NOW, 0, Ok(1)),
                reading(Quantity::THROTTLING_EVENTS, 0, Ok(event)),
            ];
            world.reports(&mut board, 1, &bits);
        }
        assert_eq!(world.open(), [("throttling", "node", Note)], "{since_boot}");
    }
}

#[test]
fn dips_of_seconds_in_reports_of_a_minute_and_more_are_no_minute() {
    // Of how many seconds each report is, the events then, whether it is told.
    let table: [(u32, &[i64], bool); 6] = [
        (60, &[0, 1, 2], false),
        (3_600, &[0, 1, 2, 3, 4], false),
        // One dip at the time of a report is in two of them.
        (60, &[0, 1, 1], false),
        (3_600, &[0, 1, 1], false),
        (60, &[0, 1, 1, 1], true),
        (3_600, &[0, 1, 1, 1], true),
    ];
    for (every_s, events, told) in table {
        let (mut world, mut board) = (World::new(), Board::new("pi-01"));
        board.every_ms = every_s * 1_000;
        world.meet(&mut board);
        for (nth, &event) in events.iter().enumerate() {
            let now = i64::from(nth > 0);
            let bits = [voltage(now, event, 1)[0], voltage(now, event, 1)[1]];
            world.reports(&mut board, 1, &bits);
        }
        assert_eq!(!world.open().is_empty(), told, "{every_s} s, {events:?}");
    }
}

#[test]
fn a_board_without_a_source_is_never_judged() {
    let (mut world, mut board) = met();
    let none = [
        missing(Quantity::UNDER_VOLTAGE_NOW, 0, Missing::NotFitted),
        missing(Quantity::UNDER_VOLTAGE_EVENTS, 0, Missing::NotFitted),
        missing(Quantity::THROTTLED_NOW, 0, Missing::NotSupported),
    ];
    world.reports(&mut board, 400, &none);
    assert!(world.open().is_empty());
}

#[test]
fn three_boots_within_half_an_hour_are_a_loop_whatever_was_said_before() {
    for farewell in [true, false] {
        let (mut world, mut board) = met();
        for boot in 1..=3 {
            world.reports(&mut board, 50, &[]);
            if farewell {
                world.status(&board, "stopping");
            }
            board.reboot(world.moment);
            world.meet(&mut board);
            let is_open = world.open_detectors().contains(&"boot_loop");
            assert_eq!(is_open, boot == 3, "boot {boot}, said {farewell}");
        }
        world.reports(&mut board, 359, &[]);
        assert!(world.open_detectors().contains(&"boot_loop"));
        world.reports(&mut board, 1, &[]);
        assert!(world.open().is_empty(), "an hour of one boot");
    }
}

#[test]
fn boots_that_lie_apart_are_no_loop() {
    let (mut world, mut board) = met();
    for _ in 0..10 {
        world.reports(&mut board, 91, &[]);
        world.status(&board, "stopping");
        board.reboot(world.moment);
        world.meet(&mut board);
    }
    assert_eq!(incidents(&world), 0);
}

#[test]
fn a_crash_names_the_voltage_when_the_bits_before_or_the_board_say_so() {
    // Since boot before, reset reason, what the summary adds.
    let table = [
        (0, "", ""),
        (0, "power-on", ""),
        (1, "", "its input voltage had been too low"),
        (
            0,
            "power-on after under-voltage",
            "the board names under-voltage",
        ),
    ];
    for (since_boot, reason, added) in table {
        let (mut world, mut board) = met();
        world.reports(&mut board, 3, &voltage(0, 0, since_boot));
        board.reboot(world.moment);
        board.reset_reason = reason;
        world.meet(&mut board);
        let id = world.open_id();
        let incident = world.hub.incident(&id).unwrap();
        let summary = "the machine restarted without having said that it would stop";
        let rest = incident.summary.strip_prefix(summary).unwrap();
        assert_eq!(rest.trim_start_matches("; "), added, "{reason}");
        assert!(evidence(&world).contains(reason), "{reason}");
        assert!(
            world.notices()[0].text.ends_with(&incident.summary),
            "said with its cause"
        );
    }
}

#[test]
fn a_cause_that_is_heard_later_is_added_to_the_crash() {
    let (mut world, mut board) = met();
    world.reports(&mut board, 3, &[]);
    board.reboot(world.moment);
    world.report(&mut board, &[]);
    assert!(!evidence(&world).contains("under-voltage"));
    board.reset_reason = "power-on after under-voltage";
    world.meet(&mut board);
    assert!(evidence(&world).contains("power-on after under-voltage (power_reset 0x2)"));
    let saved = |effect: &&Effect| matches!(effect, Effect::Save(Save::Incident(_)));
    assert_eq!(world.effects.iter().filter(saved).count(), 2);
    world.facts(&mut board);
    assert_eq!(world.effects.iter().filter(saved).count(), 2, "once");
}
