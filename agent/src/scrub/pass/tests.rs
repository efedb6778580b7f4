//! Whole passes over files that are made up, with the faults of media at the lowest seam.

mod fake;
mod full;
mod killed;
mod let_go;
mod many;
mod packages;
mod renamed;

use super::Unseen;
use crate::scrub::manifest::record::SEGMENT;
use fake::{Bench, Misread};
use nix::errno::Errno;
use picket_wire::{FindingKind, FindingState, GroundTruth};

const STATES: [FindingState; 2] = [FindingState::Open, FindingState::GoodAgain];

#[test]
fn a_block_that_rots_is_found_once_and_told_until_it_is_good_again() {
    let [open, good_again] = STATES;
    let bench = Bench::new(&[("a/b", 3 * 4096), ("a-b", 100), ("c", 0)]);
    assert_eq!(bench.pass().found, []);
    let second = bench.pass();
    assert_eq!((second.known.counts.corrupt, second.known.passes), (0, 2));
    assert_eq!(second.progress.files, 3);
    assert_eq!(second.progress.bytes, 3 * 4096 + 100);

    bench.flip("a/b", 4096);
    let third = bench.pass();
    let found = third.only_found();
    assert_eq!((found.kind, found.state), (FindingKind::Stable, open));
    assert_eq!((found.block, found.blocks), (1, 1));
    assert_eq!(found.path, "/root/a/b");
    assert_eq!(found.truth, GroundTruth::Manifest);
    assert_eq!(found.sector, 8);
    assert!(!found.cached_copy_is_good);
    assert_eq!(third.known.findings, third.found);
    assert_eq!(third.known.counts.corrupt, 1);

    let fourth = bench.pass();
    assert_eq!(fourth.found, []);
    assert_eq!(fourth.known.findings, third.found);
    assert_eq!(fourth.known.counts.corrupt, 1);

    bench.flip("a/b", 4096);
    let fifth = bench.pass();
    assert_eq!(fifth.only_found().state, good_again);
    assert_eq!(fifth.known.counts.corrupt, 0);
    assert_eq!(bench.book().known().findings, fifth.found);
    let sixth = bench.pass();
    assert_eq!((sixth.found.len(), sixth.known.findings.len()), (0, 0));
}

#[test]
fn what_another_boot_recorded_accuses_weakly_and_so_it_stays() {
    let mut bench = Bench::new(&[("a", 5000), ("b", 5000)]);
    bench.pass();
    bench.pass();
    // What a power cut leaves: other bytes, and the times from before.
    bench.flip("a", 0);
    bench.system.boot = 2;
    assert!(bench.pass().only_found().times_are_weak);
    for _ in 0..2 {
        assert!(bench.book().known().findings[0].times_are_weak);
        assert_eq!(bench.pass().known.counts.corrupt, 1);
    }
    // This boot has read it, and has seen no power cut since.
    bench.flip("b", 0);
    assert!(!bench.pass().only_found().times_are_weak);
    bench.system.boot = 3;
    let known = bench.pass().known;
    let weak: Vec<_> = known
        .findings
        .iter()
        .map(|one| (one.path.as_str(), one.times_are_weak))
        .collect();
    assert_eq!(weak, [("/root/b", false), ("/root/a", true)]);
}

#[test]
fn a_misread_of_the_first_scrub_is_no_truth_and_accuses_nobody_later() {
    let bench = Bench::new(&[("a", 5000)]);
    bench.misread("a", &[Misread::Flip(7)]);
    assert_eq!(bench.pass().found, []);
    for _ in 0..4 {
        let pass = bench.pass();
        assert_eq!(pass.found, []);
        assert_eq!(pass.known.counts.transient, 0);
    }
    bench.flip("a", 0);
    assert_eq!(bench.pass().only_found().kind, FindingKind::Stable);
}

#[test]
fn a_block_that_reads_otherwise_each_time_is_called_flapping() {
    for settled in [1, 2] {
        let bench = Bench::new(&[("a", 5000)]);
        for _ in 0..settled {
            bench.pass();
        }
        bench.misread("a", &[Misread::Flip(4097), Misread::Flip(4098)]);
        let pass = bench.pass();
        let found = pass.only_found();
        assert_eq!((found.kind, found.block), (FindingKind::Flapping, 1));
        assert_eq!(pass.known.counts.flapping, 1);
        bench.misread("a", &[Misread::None, Misread::Flip(4098)]);
        assert_eq!(bench.pass().known.counts.flapping, 1);
        assert_eq!(bench.pass().only_found().state, FindingState::GoodAgain);
    }
}

#[test]
fn a_read_that_was_wrong_once_is_transient_and_counted() {
    let bench = Bench::new(&[("a", 5000)]);
    bench.pass();
    bench.pass();
    for misread in [Misread::Flip(3), Misread::Error(Errno::EIO)] {
        bench.misread("a", &[misread]);
        let pass = bench.pass();
        let found = pass.only_found();
        let over = FindingState::GoodAgain;
        assert_eq!((found.kind, found.state), (FindingKind::Transient, over));
        assert_eq!(pass.known.counts.corrupt + pass.known.counts.unreadable, 0);
    }
    assert_eq!(bench.pass().known.counts.transient, 2);
}

#[test]
fn what_gives_an_error_is_found_where_it_is_and_the_pass_goes_on() {
    let bench = Bench::new(&[("a", 5 * 4096), ("b", 10)]);
    bench.fail("a", 2, Errno::EIO);
    let pass = bench.pass();
    let found = pass.only_found();
    assert_eq!((found.kind, found.block), (FindingKind::Unreadable, 2));
    assert_eq!((found.blocks, found.truth), (1, GroundTruth::None));
    assert_eq!((pass.known.counts.unreadable, pass.progress.files), (1, 2));
    assert_eq!(bench.pass().found, []);
    bench.heal("a");
    let pass = bench.pass();
    assert_eq!(pass.only_found().state, FindingState::GoodAgain);
    bench.fail("b", 0, Errno::EBADMSG);
    assert_eq!(bench.pass().only_found().kind, FindingKind::Checksum);
}

#[test]
fn what_somebody_changes_is_never_found() {
    let bench = Bench::new(&[("a", 5000), ("big", 3 * SEGMENT + 5)]);
    bench.pass();
    bench.pass();
    for _ in 0..3 {
        bench.write("a", 9000);
        bench.write("big", 2 * SEGMENT);
        assert_eq!(bench.pass().found, []);
        bench.write("a", 4000);
        bench.write("big", 3 * SEGMENT + 5);
        assert_eq!(bench.pass().found, []);
    }
    bench.remove("a");
    assert_eq!(bench.pass().found, []);
}

#[test]
fn a_file_that_is_rewritten_or_deleted_takes_its_finding_along() {
    let bench = Bench::new(&[("a", 5000), ("b", 5000)]);
    bench.pass();
    bench.pass();
    bench.flip("a", 0);
    bench.flip("b", 0);
    assert_eq!(bench.pass().found.len(), 2);
    bench.touch("a");
    assert_eq!(bench.pass().found, []);
    bench.write("a", 5000);
    bench.remove("b");
    let pass = bench.pass();
    let states: Vec<_> = pass.found.iter().map(|found| found.state).collect();
    assert_eq!(states, [FindingState::Rewritten, FindingState::Deleted]);
    assert_eq!(pass.known.counts.corrupt, 0);
    assert_eq!(bench.pass().known.findings, []);
}

#[test]
fn a_pass_that_is_interrupted_anywhere_goes_on_and_finds_nothing_twice() {
    let files = [
        ("a", 5000),
        ("b/a", 2 * SEGMENT + 9),
        ("b/c", 0),
        ("c", 5000),
        ("d", 9000),
    ];
    for steps in 1..8 {
        let bench = Bench::new(&files);
        bench.pass();
        bench.pass();
        for path in ["a", "c", "d"] {
            bench.flip(path, 4096);
        }
        bench.flip("b/a", SEGMENT as usize + 5000);
        let mut found = Vec::new();
        // Less than an hour's work without a finding is lost: each time it gets a little further.
        let mut runs = steps..steps + 20;
        let whole = loop {
            let ran = bench.steps(runs.next().unwrap());
            found.extend(ran.found.iter().map(|one| (one.path.clone(), one.block)));
            if ran.is_kept.is_some() {
                break ran;
            }
        };
        let all = [
            ("/root/a".to_owned(), 1),
            ("/root/b/a".to_owned(), 4097),
            ("/root/c".to_owned(), 1),
            ("/root/d".to_owned(), 1),
        ];
        assert_eq!(found, all, "{steps} steps");
        assert_eq!(whole.known.counts.corrupt, 4);
        assert_eq!(whole.known.findings.len(), 4);
        assert_eq!(whole.progress.files, 5, "{steps} steps");
    }
}

#[test]
fn what_changes_while_it_is_read_is_counted_and_accused_of_nothing() {
    let bench = Bench::new(&[("a", 5000), ("b", 5000)]);
    bench.pass();
    bench.pass();
    bench.busy("a", true);
    bench.flip("a", 0);
    let pass = bench.pass();
    assert_eq!((pass.found.len(), pass.progress.unread.changing), (0, 1));
    assert_eq!(pass.progress.files, 1);
    bench.busy("a", false);
    // Just now by the clock that the filesystem goes by, or later.
    let now_ns = bench.now.get().unix_ns + 3_600_000_000_000;
    for ctime_ns in [now_ns - 1_900_000_000, now_ns + 7_200_000_000_000] {
        bench.changed_at("b", ctime_ns);
        let pass = bench.pass();
        assert_eq!((pass.found.len(), pass.progress.unread.changing), (0, 1));
    }
}

#[test]
fn what_nobody_can_look_at_is_not_deleted() {
    let bench = Bench::new(&[("a/b/c", 5000), ("a/d", 5000), ("e", 5000)]);
    bench.pass();
    bench.pass();
    bench.flip("a/b/c", 0);
    bench.flip("a/d", 0);
    assert_eq!(bench.pass().found.len(), 2);
    for (path, is_folder) in [("a", true), ("", true), ("a/d", false)] {
        let path = path.into();
        let why = Errno::EACCES;
        let unseen = Unseen {
            path,
            is_folder,
            why,
        };
        bench.unseen.replace(vec![unseen]);
        let pass = bench.pass();
        assert_eq!(pass.found, []);
        assert_eq!(
            (pass.known.counts.corrupt, pass.progress.unread.denied),
            (2, 1)
        );
    }
    bench.unseen.replace(Vec::new());
    assert_eq!(bench.pass().found, []);
}

#[test]
fn a_folder_that_gives_an_error_is_a_finding_until_it_can_be_listed() {
    let bench = Bench::new(&[("a/b", 5000), ("e", 5000)]);
    bench.pass();
    let unseen = Unseen {
        path: b"a".to_vec(),
        is_folder: true,
        why: Errno::EIO,
    };
    bench.unseen.replace(vec![unseen]);
    let pass = bench.pass();
    assert_eq!(pass.only_found().kind, FindingKind::Unreadable);
    assert_eq!(pass.only_found().path, "/root/a");
    assert_eq!(bench.pass().found, []);
    bench.unseen.replace(Vec::new());
    let pass = bench.pass();
    assert_eq!(pass.only_found().state, FindingState::GoodAgain);
    bench.flip("a/b", 0);
    // It is a truth: what stood in the folder was kept.
    assert_eq!(bench.pass().only_found().kind, FindingKind::Stable);
}

#[test]
fn the_copy_in_memory_may_be_good_while_it_is() {
    let bench = Bench::new(&[("a", 5000)]);
    bench.pass();
    bench.pass();
    bench.flip_below_the_cache("a", 4999);
    let pass = bench.pass();
    assert!(pass.only_found().cached_copy_is_good);
    assert!(pass.known.findings[0].cached_copy_is_good);
    assert!(bench.book().known().findings[0].cached_copy_is_good);
    // Whoever copies the file after a boot copies what is wrong.
    let mut bench = bench;
    bench.system.boot += 1;
    assert!(!bench.book().known().findings[0].cached_copy_is_good);
}

#[test]
fn a_hole_is_nothing_that_could_rot_and_bytes_that_became_one_are_missed() {
    let bench = Bench::new(&[("a", 4 * SEGMENT)]);
    bench.punch("a", SEGMENT, 2 * SEGMENT + 8192);
    bench.pass();
    let pass = bench.pass();
    assert_eq!(pass.found, []);
    assert!(pass.progress.bytes < 4 * SEGMENT, "{:?}", pass.progress);
    bench.flip("a", 3 * SEGMENT as usize + 1);
    assert_eq!(bench.pass().only_found().block, 3 * 4096);
    bench.flip("a", 3 * SEGMENT as usize + 1);
    bench.pass();
    bench.punch("a", SEGMENT, 4 * SEGMENT);
    let pass = bench.pass();
    assert_eq!(pass.known.counts.corrupt, 1);
    assert_eq!(pass.found[0].block, 2 * 4096 + 2);
}

#[test]
fn a_file_of_more_segments_than_can_be_counted_is_left() {
    let bench = Bench::new(&[("a", 5000), ("b", 5000)]);
    for (size, other) in [(1 << 57, 1), (u64::MAX, 1), (1 << 55, 0)] {
        bench.stretch("a", size);
        let pass = bench.steps(100);
        assert!(pass.is_kept.is_some(), "{size}: no end");
        assert_eq!(pass.progress.unread.other, other, "{size}");
        assert_eq!(pass.progress.files, 2 - other);
    }
}

#[test]
fn a_manifest_that_cannot_be_written_stops_no_pass_and_is_said() {
    let bench = Bench::new(&[("a", 5000), ("b", 5000)]);
    bench.pass();
    bench.pass();
    // A folder in its place: no file can be begun.
    std::fs::create_dir(bench.folder.join("manifest.new")).unwrap();
    bench.flip("a", 0);
    let pass = bench.pass();
    assert_eq!(pass.only_found().kind, FindingKind::Stable);
    assert!(
        pass.said.iter().any(|words| words.contains("manifest.new")),
        "{:?}",
        pass.said
    );
    assert_eq!((pass.is_kept, pass.known.passes), (Some(false), 2));
    std::fs::remove_dir(bench.folder.join("manifest.new")).unwrap();
    assert_eq!(bench.pass().known.passes, 3);
}

#[test]
fn who_rests_again_and_again_writes_no_more_than_who_rests_once() {
    let written = [0, 1, 5].map(|flushes| {
        let mut bench = Bench::new(&[("a", 5000), ("b", 2 * SEGMENT), ("c", 100)]);
        bench.flushes = flushes;
        bench.pass();
        let manifest = bench.folder.join("manifest");
        manifest.metadata().unwrap().len()
    });
    assert!(
        written[0] < written[1] && written[1] == written[2],
        "{written:?}"
    );
}
