//! What a page shows of each disk: well, at fault, or that nobody can see it.

use super::*;
use crate::{Severity, Watched};

const DAY_S: i64 = 86_400;

fn state(pi: &Pi) -> Watched {
    let node = pi.world.hub.node(pi.board.id).unwrap();
    let mut all = node.corruption();
    let first = all.next().unwrap();
    assert!(all.next().is_none() && !first.words.is_empty());
    assert_eq!(first.part.id, CARD);
    first.state
}

fn of_node(age: picket_wire::Value, period_s: i64) -> [Reading; 2] {
    [
        reading(Quantity::SCRUB_AGE, 0, age),
        reading(Quantity::SCRUB_PERIOD, 0, Ok(period_s)),
    ]
}

#[test]
fn a_disk_is_well_once_a_scrub_ended_that_this_hub_can_vouch_for() {
    let mut pi = Pi::new();
    assert!(matches!(state(&pi), Watched::Blind(_)), "no witness yet");
    pi.scrub.passes += 1;
    pi.says(&[]);
    assert_eq!(state(&pi), Watched::Healthy);
    pi.restart_hub();
    pi.says(&[]);
    assert_eq!(state(&pi), Watched::Healthy, "the store is the witness");
    pi.scrub.counts = None;
    pi.says(&[]);
    assert!(matches!(state(&pi), Watched::Blind(_)));
    pi.counts([0, 0, 1], &[]);
    assert_eq!(state(&pi), Watched::Faulty);
    pi.counts([0; 3], &[]);
    assert_eq!(state(&pi), Watched::Healthy);
    // A hub without its store.
    pi.world = World::at(pi.world.moment, Saved::default(), Config::default());
    pi.world.meet(&mut pi.board);
    pi.says(&[]);
    assert!(matches!(state(&pi), Watched::Blind(_)));
}

#[test]
fn a_disk_is_not_well_of_which_no_file_was_compared() {
    let mut pi = Pi::new();
    (pi.scrub.era, pi.scrub.passes) = (1, 0);
    pi.says(&[]);
    pi.scrub.passes = 1;
    pi.says(&[]);
    let once = "its files were read once so far; a second scrub confirms them";
    assert_eq!(state(&pi), Watched::Blind(once));
    pi.scrub.passes = 2;
    pi.says(&[]);
    assert_eq!(state(&pi), Watched::Healthy);
    let none = "the scrub has read no file back";
    for files in [Ok(0), Ok(-1), Err(Missing::Busy)] {
        let files = reading(Quantity::SCRUB_FILES, 0, files);
        pi.sends(false, &[files], &[]);
        assert_eq!(state(&pi), Watched::Blind(none));
    }
    let unread = reading(Quantity::SCRUB_UNREAD, 0, Ok(123_456));
    pi.says(&[]);
    pi.sends(false, &[unread], &[]);
    assert_eq!(state(&pi), Watched::Healthy);
    let node = pi.world.hub.node(pi.board.id).unwrap();
    let words = node.corruption().next().unwrap().words;
    assert!(words.ends_with("not read: 123456"), "{words}");
}

#[test]
fn a_node_without_a_scrub_says_nothing_of_its_disks() {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    board.parts.push((DISK, PartKind::Disk, CARD));
    world.meet(&mut board);
    world.reports(
        &mut board,
        3,
        &[reading(Quantity::DISK_WRITTEN, DISK, Ok(5))],
    );
    assert_eq!(world.hub.node(board.id).unwrap().corruption().count(), 0);
}

#[test]
fn only_what_files_lie_on_is_read_back() {
    for (kind, expected) in [
        (PartKind::Disk, 1),
        (PartKind::Filesystem, 1),
        (PartKind::Interface, 0),
        (PartKind::Sensor, 0),
    ] {
        let mut world = World::new();
        let mut board = Board::new("pi-01");
        board.parts.push((DISK, kind, CARD));
        world.meet(&mut board);
        let corrupt = reading(Quantity::CORRUPT_FILES, DISK, Ok(1));
        world.reports(&mut board, 1, &[corrupt]);
        let node = world.hub.node(board.id).unwrap();
        assert_eq!(node.corruption().count(), expected, "{kind}");
        assert_eq!(world.open().len(), expected, "{kind}");
    }
}

#[test]
fn a_scrub_that_is_overdue_is_a_note_and_nobody_is_called_well() {
    let mut pi = Pi::new();
    pi.scrub.passes += 1;
    pi.says(&[]);
    let week_s = 7 * DAY_S;
    let table = [
        (Ok(3 * week_s), week_s, false),
        (Ok(3 * week_s + 1), week_s, true),
        (Ok(i64::MAX), i64::MAX, false),
        (Ok(-1), week_s, false),
        (Ok(3 * week_s + 1), -5, false),
        (Ok(3 * week_s + 1), 0, false),
        (Ok(i64::MAX), 1, true),
    ];
    for (age, period_s, overdue) in table {
        // A report of both, so that the age is judged with the period that was said with it.
        for _ in 0..2 {
            pi.sends(false, &of_node(age, period_s), &[]);
        }
        let note = [("blind_probe", "node/scrub_age", Severity::Note)];
        let told: &[_] = if overdue { &note } else { &[] };
        assert_eq!(pi.world.open(), told, "{age:?} {period_s}");
        assert_eq!(matches!(state(&pi), Watched::Blind(_)), overdue);
    }
}

#[test]
fn a_node_that_never_ends_a_scrub_is_told_after_three_periods() {
    let mut pi = Pi::new();
    pi.board.every_ms = 6 * 3_600_000;
    pi.world.facts(&mut pi.board);
    let busy = of_node(Err(Missing::Busy), 7 * DAY_S);
    for _ in 0..3 * 7 * 4 {
        pi.sends(false, &busy, &[]);
        assert!(pi.world.open().is_empty(), "{:?}", pi.world.open());
    }
    pi.sends(false, &busy, &[]);
    assert_eq!(pi.world.open_detectors(), ["blind_probe"]);
    pi.sends(false, &of_node(Ok(5), 7 * DAY_S), &[]);
    assert!(pi.world.open().is_empty());
}

#[test]
fn the_three_periods_go_on_over_restarts_of_the_hub_until_a_scrub_ends() {
    let mut pi = Pi::new();
    let busy = of_node(Err(Missing::Busy), 7 * DAY_S);
    // Two reports, so that the age is judged with the period that was said with it.
    let days = |pi: &mut Pi, days: i64| {
        for _ in 0..days {
            pi.world = pi.world.restart_hub(86_400_000);
            pi.world.meet(&mut pi.board);
            pi.sends(false, &busy, &[]);
            pi.sends(false, &busy, &[]);
        }
    };
    days(&mut pi, 22);
    assert!(pi.world.open().is_empty(), "{:?}", pi.world.open());
    days(&mut pi, 2);
    assert_eq!(pi.world.open_detectors(), ["blind_probe"]);
    pi.sends(false, &of_node(Ok(5), 7 * DAY_S), &[]);
    assert!(pi.world.open().is_empty());
    days(&mut pi, 10);
    assert!(pi.world.open().is_empty(), "counted from the last word on");
}

#[test]
fn time_in_which_no_scrub_was_to_be_made_or_heard_of_is_no_delay() {
    let busy = of_node(Err(Missing::Busy), 7 * DAY_S);
    for why in [Missing::NotSupported, Missing::Denied, Missing::TimedOut] {
        let mut pi = Pi::new();
        pi.board.every_ms = 86_400_000;
        pi.world.facts(&mut pi.board);
        let mut days = |days: i64, readings: &[Reading]| {
            for _ in 0..days {
                pi.sends(false, readings, &[]);
            }
            pi.world.open_detectors()
        };
        days(25, &of_node(Err(why), 7 * DAY_S));
        assert!(days(20, &busy).is_empty(), "{why:?}");
        // An agent that starts hears of no scrub for a moment, which is none of its ends.
        days(1, &of_node(Err(why), 7 * DAY_S));
        let told = days(2, &busy);
        assert_eq!(told.is_empty(), why == Missing::NotSupported, "{why:?}");
    }
}

#[test]
fn an_age_that_may_not_be_read_is_a_blind_probe_like_any_other() {
    let mut pi = Pi::new();
    pi.sends(false, &of_node(Ok(5), DAY_S), &[]);
    for _ in 0..3 {
        pi.sends(false, &of_node(Err(Missing::Denied), DAY_S), &[]);
    }
    let incident = pi.incident();
    assert!(incident.summary.contains("has none"), "{incident:?}");
}
