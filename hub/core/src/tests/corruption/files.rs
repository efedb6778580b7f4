//! Files that do not read as they were written: opened, told, and over.

mod manifests;

use super::*;
use crate::{ClosedBy, Effect, Save, Severity, Watched};

const SUBJECT: (&str, &str) = ("silent_corruption", "disk/cid/0353");

#[test]
fn a_file_that_rots_pages_with_file_and_block_and_is_over_when_it_is_good_again() {
    let mut pi = Pi::new();
    let rot = rotten(1, "/srv/a");
    pi.counts([1, 0, 0], &[rot]);
    assert_eq!(pi.world.open(), [(SUBJECT.0, SUBJECT.1, Severity::Page)]);
    let incident = pi.incident();
    let summary = "a file of the disk mmcblk0 does not read as it was written: /srv/a, block 17";
    assert_eq!(incident.summary, summary);
    assert_eq!(
        incident.advice,
        "Copy the disk mmcblk0 now, before more of it reads wrong."
    );
    let line = "/srv/a: stable (wrong each time the same), block 17 at sector 4242, not as two scrubs read it before";
    assert_eq!(incident.evidence[1], line);
    for _ in 0..10 {
        pi.says(&[rot]);
    }
    assert_eq!(pi.world.notices().len(), 1, "told once");
    pi.counts([0; 3], &[ended(rot, FindingState::GoodAgain)]);
    assert!(pi.world.open().is_empty());
    assert_eq!(pi.last_closed().closed.unwrap().1, ClosedBy::Healthy);
}

#[test]
fn files_that_are_gone_or_written_anew_are_retired() {
    let mut pi = Pi::new();
    let (one, other) = (rotten(1, "/srv/a"), rotten(2, "/srv/b"));
    pi.counts([2, 0, 0], &[one, other]);
    pi.counts([1, 0, 0], &[ended(one, FindingState::Deleted)]);
    assert_eq!(pi.incident().evidence.len(), 3);
    assert!(pi.incident().evidence[2].starts_with("this ends when"));
    pi.counts([0; 3], &[ended(other, FindingState::Rewritten)]);
    assert!(pi.world.open().is_empty());
    assert_eq!(pi.last_closed().closed.unwrap().1, ClosedBy::Retired);
    let told = pi.world.notices();
    assert!(told.last().unwrap().text.starts_with("retired: "));
}

#[test]
fn what_kind_of_fault_it_is_decides_how_loud_it_is_and_what_to_do() {
    let rot = rotten(1, "/srv/a");
    let of_package = Finding {
        truth: GroundTruth::Package.code(),
        package: "libc6:arm64",
        ..rot
    };
    let weak = |finding| Finding {
        flags: Finding::TIMES_ARE_WEAK,
        ..finding
    };
    let cached = Finding {
        flags: Finding::CACHED_COPY_IS_GOOD,
        ..of_package
    };
    let strange = Finding {
        package: "x;reboot",
        ..rot
    };
    let list = Finding {
        truth: GroundTruth::PackageList.code(),
        path: "/var/lib/dpkg/info/libc6.md5sums",
        ..of_package
    };
    let reinstall = "Reinstall package libc6:arm64: apt install --reinstall libc6:arm64";
    let copy = "Copy the disk mmcblk0 now, before more of it reads wrong.";
    let bus = "The medium may be sound";
    use Severity::{Page, Ticket};
    let table = [
        (rot, [1, 0, 0], Page, copy),
        (of_package, [1, 0, 0], Page, reinstall),
        (list, [1, 0, 0], Page, reinstall),
        (
            cached,
            [1, 0, 0],
            Page,
            "A good copy was in memory when it was found: copy /srv/a before any reboot.",
        ),
        (strange, [1, 0, 0], Page, copy),
        (weak(rot), [1, 0, 0], Ticket, copy),
        (weak(of_package), [1, 0, 0], Ticket, reinstall),
        (with(rot, FindingKind::Flapping), [0, 1, 0], Ticket, bus),
        (
            with(rot, FindingKind::Unreadable),
            [0, 0, 1],
            Ticket,
            "Copy what can still be read",
        ),
        (
            with(rot, FindingKind::Checksum),
            [0, 0, 1],
            Ticket,
            "Copy what can still be read",
        ),
        (with(rot, FindingKind::Unknown(99)), [1, 0, 0], Ticket, bus),
    ];
    for (finding, counts, severity, advice) in table {
        let mut pi = Pi::new();
        pi.counts(counts, &[finding]);
        assert_eq!(pi.world.open()[0].2, severity, "{finding:?}");
        assert!(
            pi.incident().advice.starts_with(advice),
            "{:?}",
            pi.incident()
        );
        assert!(
            !pi.incident().advice.contains("replace"),
            "{:?}",
            pi.incident()
        );
    }
}

#[test]
fn of_many_files_the_worst_says_what_to_do_unless_memory_alone_holds_one() {
    let rot = rotten(1, "/srv/a");
    let unreadable = with(rotten(2, "/srv/b"), FindingKind::Unreadable);
    let cached = Finding {
        flags: Finding::CACHED_COPY_IS_GOOD,
        ..with(rotten(3, "/srv/c"), FindingKind::Flapping)
    };
    let mut pi = Pi::new();
    pi.counts([1, 0, 1], &[unreadable, rot]);
    let copy = "Copy the disk mmcblk0 now, before more of it reads wrong.";
    assert_eq!(pi.incident().advice, copy);
    pi.counts([1, 1, 1], &[cached]);
    let before = "A good copy was in memory when it was found: copy /srv/c before any reboot.";
    assert_eq!(pi.incident().advice, before);
    assert!(pi.incident().evidence[1].starts_with("/srv/a: stable"));
}

#[test]
fn a_count_without_a_file_is_a_ticket_until_the_file_is_told() {
    let mut pi = Pi::new();
    pi.counts([1, 0, 0], &[]);
    assert_eq!(pi.world.open()[0].2, Severity::Ticket);
    let id = pi.world.open_id();
    // A finding of another part, or of one that does not exist, is none of this disk.
    for part in [0, 1, 200] {
        pi.says(&[Finding {
            part,
            ..rotten(9, "/other")
        }]);
    }
    assert_eq!(pi.world.open()[0].2, Severity::Ticket);
    pi.says(&[rotten(1, "/srv/a")]);
    assert_eq!(pi.world.open()[0].2, Severity::Page);
    assert_eq!(pi.world.open_id(), id, "one incident");
}

#[test]
fn what_was_told_stays_while_hub_or_agent_start_anew_and_have_told_nothing_yet() {
    let mut pi = Pi::new();
    pi.counts([1, 0, 0], &[rotten(1, "/srv/a")]);
    let before = pi.incident().clone();
    pi.restart_hub();
    pi.says(&[]);
    assert_eq!(*pi.incident(), before);
    pi.restart_agent();
    pi.scrub.counts = None;
    pi.says(&[]);
    assert_eq!(*pi.incident(), before, "busy is not well");
    pi.counts([1, 0, 0], &[]);
    assert_eq!(*pi.incident(), before);
    pi.reboot();
    pi.says(&[rotten(1, "/srv/a")]);
    assert_eq!(pi.world.open_id(), before.id);
    pi.restart_hub();
    pi.counts([0; 3], &[]);
    assert!(pi.world.open().is_empty(), "the same manifest says so");
}

#[test]
fn files_that_are_told_again_one_after_another_stay_named_meanwhile() {
    let mut pi = Pi::new();
    let (one, other, third) = (
        rotten(1, "/srv/a"),
        rotten(2, "/srv/b"),
        rotten(3, "/srv/c"),
    );
    pi.counts([3, 0, 0], &[third, other, one]);
    pi.counts([2, 0, 0], &[ended(third, FindingState::GoodAgain)]);
    let named = |pi: &Pi| pi.world.saved().witnesses[0].kept.named.clone();
    assert_eq!(named(&pi), [[1; 32], [2; 32]]);
    pi.restart_agent();
    let saves = |pi: &Pi| {
        let is_save = |effect: &&Effect| matches!(effect, Effect::Save(Save::Witness(_)));
        pi.world.effects.iter().filter(is_save).count()
    };
    let before = saves(&pi);
    pi.says(&[other]);
    // What a manifest that does not know of the first one says of the second proves nothing.
    pi.scrub.era = ERA + 1;
    pi.counts([0; 3], &[ended(other, FindingState::GoodAgain)]);
    assert_eq!(pi.world.open()[0].1, SUBJECT.1, "/srv/a is still wrong");
    pi.scrub.era = ERA;
    pi.counts([2, 0, 0], &[one, other]);
    assert_eq!(named(&pi), [[1; 32], [2; 32]]);
    assert_eq!(saves(&pi), before + 2, "each era, and not each telling");
}

#[test]
fn counts_that_are_missing_or_nonsense_close_nothing() {
    let mut pi = Pi::new();
    let counts = |pi: &mut Pi, values: [picket_wire::Value; 3]| {
        let quantities = [
            Quantity::CORRUPT_FILES,
            Quantity::FLAPPING_FILES,
            Quantity::UNREADABLE_FILES,
        ];
        let readings: Vec<_> = quantities
            .into_iter()
            .zip(values)
            .map(|(quantity, value)| reading(quantity, DISK, value))
            .collect();
        pi.sends(false, &readings, &[]);
    };
    counts(&mut pi, [Ok(-1), Ok(i64::MIN), Ok(0)]);
    assert!(pi.world.open().is_empty(), "nonsense opens nothing either");
    counts(&mut pi, [Ok(i64::MAX), Ok(i64::MAX), Ok(i64::MAX)]);
    assert_eq!(pi.world.open().len(), 1);
    for nonsense in [
        Ok(-1),
        Err(Missing::Busy),
        Err(Missing::NotFitted),
        Ok(i64::MIN),
    ] {
        counts(&mut pi, [Ok(0), nonsense, Ok(0)]);
        assert_eq!(pi.world.open().len(), 1, "{nonsense:?}");
    }
    counts(&mut pi, [Ok(0), Ok(0), Ok(0)]);
    assert!(pi.world.open().is_empty());
}

#[test]
fn what_comes_late_is_known_and_judges_nothing() {
    let mut pi = Pi::new();
    let readings = Scrub {
        counts: Some([1, 0, 0]),
        ..pi.scrub
    }
    .readings();
    pi.sends(true, &readings, &[rotten(1, "/srv/a")]);
    assert!(pi.world.open().is_empty());
    pi.counts([1, 0, 0], &[]);
    assert_eq!(pi.world.open()[0].2, Severity::Page, "the file is known");
    let readings = Scrub {
        counts: Some([0; 3]),
        ..pi.scrub
    }
    .readings();
    pi.sends(true, &readings, &[]);
    assert_eq!(pi.world.open().len(), 1);
}

#[test]
fn many_files_are_counted_and_the_worst_are_named() {
    let mut pi = Pi::new();
    let paths: Vec<String> = (0..100).map(|n| format!("/srv/{n:03}")).collect();
    for (which, path) in (0_u8..).zip(&paths) {
        let finding = with(rotten(which, path), FindingKind::Flapping);
        pi.counts([0, 100, 0], &[finding]);
    }
    pi.counts([1, 100, 0], &[rotten(101, "/srv/rot")]);
    let incident = pi.incident();
    assert_eq!(incident.evidence.len(), 16);
    let summary = "101 files of the disk mmcblk0 do not read as they were written: first /srv/rot";
    assert!(incident.summary.starts_with(summary), "{incident:?}");
    assert_eq!(incident.severity, Severity::Page);
    let node = pi.world.hub.node(pi.board.id).unwrap();
    assert_eq!(node.findings().len(), crate::node::MAX_FINDINGS);
}

#[test]
fn a_path_that_wants_to_be_more_than_a_path_stays_in_its_line() {
    let mut pi = Pi::new();
    let long = format!("/srv/{}\n\u{1b}[2J", "x".repeat(900));
    pi.counts([1, 0, 0], &[rotten(1, &long)]);
    let incident = pi.incident();
    assert!(incident.summary.chars().count() < 160, "{incident:?}");
    let lines = [&incident.summary, &incident.advice];
    for line in lines.into_iter().chain(&incident.evidence) {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
}

#[test]
fn a_misread_that_was_cured_is_a_note_only_when_there_is_a_new_one() {
    let mut pi = Pi::new();
    let says = |pi: &mut Pi, count| {
        pi.scrub.transient = count;
        pi.says(&[]);
    };
    says(&mut pi, 3);
    let note = (
        "silent_corruption",
        "disk/cid/0353/transient_misreads",
        Severity::Note,
    );
    assert_eq!(pi.world.open(), [note]);
    pi.restart_hub();
    says(&mut pi, 3);
    pi.board.every_ms = 6 * 3_600_000;
    pi.world.facts(&mut pi.board);
    // Time is no recovery: a scrub may be made each 90 days only.
    for _ in 0..90 * 4 {
        says(&mut pi, 3);
    }
    // A manifest that was begun anew counts its scrubs anew.
    (pi.scrub.era, pi.scrub.passes) = (ERA + 1, 9);
    says(&mut pi, 3);
    // The scrub that ends next may have begun before the misread.
    for rose in [3, 4] {
        pi.scrub.passes += 1;
        says(&mut pi, rose);
        assert_eq!(pi.world.open(), [note]);
    }
    pi.scrub.passes += 1;
    says(&mut pi, 4);
    assert_eq!(pi.world.open(), [note]);
    pi.scrub.passes += 1;
    says(&mut pi, 4);
    assert!(
        pi.world.open().is_empty(),
        "a whole scrub without another one"
    );
}
