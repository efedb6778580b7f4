//! What a page shows of each disk: well, at fault, or that nobody can see it.

use super::*;
use crate::{Incident, KnownPart, Severity, Watched};

const DAY_S: i64 = 86_400;

fn state(pi: &Pi) -> Watched {
    let mut all = pi.corruption();
    assert_eq!(all.len(), 1);
    let first = all.remove(0);
    assert!(!first.words.is_empty());
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
    let words = &pi.corruption()[0].words;
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
    let node = world.hub.node(board.id).unwrap();
    assert!(world.hub.corruption(node).is_empty());
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
        assert_eq!(world.hub.corruption(node).len(), expected, "{kind}");
        assert_eq!(world.open().len(), expected, "{kind}");
    }
}

#[test]
fn a_disk_that_has_no_scrub_is_not_shown_as_if_it_had_one() {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    board.parts.push((DISK, PartKind::Disk, CARD));
    world.meet(&mut board);
    for (why, expected) in [
        (Missing::NotSupported, 0),
        (Missing::NotFitted, 0),
        (Missing::Busy, 1),
    ] {
        let said = [
            reading(Quantity::CORRUPT_FILES, DISK, Err(why)),
            reading(Quantity::DISK_WRITTEN, DISK, Ok(1)),
        ];
        world.reports(&mut board, 1, &said);
        let node = world.hub.node(board.id).unwrap();
        assert_eq!(world.hub.corruption(node).len(), expected, "{why:?}");
        let part = node.part(DISK).unwrap();
        assert_eq!(node.is_read_back(part), Some(expected == 1), "{why:?}");
    }
}

#[test]
fn a_disk_of_a_node_that_does_not_report_is_blind_but_what_was_found_stands() {
    let mut pi = Pi::new();
    pi.scrub.passes += 1;
    pi.says(&[]);
    assert_eq!(state(&pi), Watched::Healthy);
    pi.world.wait(300_000);
    assert_eq!(state(&pi), Watched::Blind("the node does not report"));
    pi.counts([1, 0, 0], &[rotten(1, "/srv/a")]);
    pi.world.wait(300_000);
    assert_eq!(state(&pi), Watched::Faulty);
}

#[test]
fn an_open_incident_of_a_disk_speaks_for_it_and_a_note_does_not() {
    let mut pi = Pi::new();
    pi.scrub.passes += 1;
    pi.says(&[]);
    pi.scrub.transient = 1;
    pi.says(&[]);
    assert_eq!(pi.world.open()[0].2, Severity::Note);
    assert_eq!(state(&pi), Watched::Healthy, "what is cured is past");
    pi.reboot();
    pi.scrub.canary = Some((7, 7));
    pi.says(&[]);
    assert_eq!(state(&pi), Watched::Faulty);
    assert!(pi.corruption()[0].words.contains("mmcblk0"));
    // The page stands before the ticket, whichever opened first.
    pi.scrub.dropped = 1;
    pi.says(&[]);
    let words = &pi.corruption()[0].words;
    assert_eq!(words, "what is written to the disk mmcblk0 is lost");
}

#[test]
fn an_incident_is_of_its_own_part_and_of_no_other() {
    let part = |kind, id: &str| KnownPart {
        number: 1,
        kind,
        id: id.to_owned(),
        name: String::new(),
    };
    let card = part(PartKind::Disk, CARD);
    let srv = part(PartKind::Filesystem, "mount//srv");
    let mut pi = Pi::new();
    pi.counts([1, 0, 0], &[rotten(1, "/srv/a")]);
    for (subject, of_card, of_srv) in [
        ("disk/cid/0353", true, false),
        ("disk/cid/0353/canary_dropped", true, false),
        ("disk/cid/0353/quantity_4000/rise", true, false),
        ("disk/cid/03534", false, false),
        ("disk/cid/035", false, false),
        ("filesystem/cid/0353", false, false),
        ("filesystem/mount//srv", false, true),
        ("filesystem/mount//srv/corrupt_files", false, true),
        ("filesystem/mount//srv/photos", false, false),
        ("package/libc6", false, false),
        ("node", false, false),
    ] {
        let incident = Incident {
            subject: subject.to_owned(),
            ..pi.incident().clone()
        };
        assert_eq!(incident.is_of(&card), of_card, "{subject}");
        assert_eq!(incident.is_of(&srv), of_srv, "{subject}");
        let is_disk = subject.starts_with("disk/");
        assert_eq!(incident.is_of_kind(PartKind::Disk), is_disk, "{subject}");
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
