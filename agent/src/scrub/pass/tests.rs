//! Whole passes over files that are made up, with the faults of media at the lowest seam.

mod fake;

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
    assert_eq!((second.known.corrupt, second.known.passes), (0, 2));
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
    assert_eq!(third.known.corrupt, 1);

    let fourth = bench.pass();
    assert_eq!(fourth.found, []);
    assert_eq!(fourth.known.findings, third.found);
    assert_eq!(fourth.known.corrupt, 1);

    bench.flip("a/b", 4096);
    let fifth = bench.pass();
    assert_eq!(fifth.only_found().state, good_again);
    assert_eq!(fifth.known.corrupt, 0);
    assert_eq!(bench.book().known().findings, fifth.found);
    let sixth = bench.pass();
    assert_eq!((sixth.found.len(), sixth.known.findings.len()), (0, 0));
}

#[test]
fn a_misread_of_the_first_scrub_is_no_truth_and_accuses_nobody_later() {
    let bench = Bench::new(&[("a", 5000)]);
    bench.misread("a", &[Misread::Flip(7)]);
    assert_eq!(bench.pass().found, []);
    for _ in 0..4 {
        let pass = bench.pass();
        assert_eq!(pass.found, []);
        assert_eq!(pass.known.transient, 0);
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
        assert_eq!(pass.known.flapping, 1);
        bench.misread("a", &[Misread::None, Misread::Flip(4098)]);
        assert_eq!(bench.pass().known.flapping, 1);
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
        assert_eq!(pass.known.corrupt + pass.known.unreadable, 0);
    }
    assert_eq!(bench.pass().known.transient, 2);
}

#[test]
fn what_gives_an_error_is_found_where_it_is_and_the_pass_goes_on() {
    let bench = Bench::new(&[("a", 5 * 4096), ("b", 10)]);
    bench.fail("a", 2, Errno::EIO);
    let pass = bench.pass();
    let found = pass.only_found();
    assert_eq!((found.kind, found.block), (FindingKind::Unreadable, 2));
    assert_eq!((found.blocks, found.truth), (1, GroundTruth::None));
    assert_eq!((pass.known.unreadable, pass.progress.files), (1, 2));
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
    assert_eq!(pass.known.corrupt, 0);
    assert_eq!(bench.pass().known.findings, []);
}
