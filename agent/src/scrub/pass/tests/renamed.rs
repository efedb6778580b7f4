//! Files that get another name, lose one of several, or are left out while something is open
//! against them: none of that makes their content right.

use super::fake::{Bench, Ran};
use crate::scrub::finding::Finding;
use crate::scrub::manifest::record::SEGMENT;
use picket_wire::FindingState::{self, Deleted, GoodAgain, Open};

/// What was told of which file.
fn news<'a>(ran: &'a Ran) -> Vec<(&'a str, FindingState, u64)> {
    let row = |found: &'a Finding| (found.path.as_str(), found.state, found.found_unix_s);
    ran.found.iter().map(row).collect()
}

/// One whose file rotted, and when that was found. Other files stand around it.
fn rotten(path: &str) -> (Bench, u64) {
    let bench = Bench::new(&[("a", 100), ("k/file", 5000), ("z", 100)]);
    bench.rename("k/file", path);
    bench.pass();
    bench.pass();
    bench.flip(path, 4500);
    let pass = bench.pass();
    let found_unix_s = pass.only_found().found_unix_s;
    (bench, found_unix_s)
}

#[test]
fn a_finding_goes_on_under_the_new_name_wherever_that_comes() {
    for (new, is_behind) in [("b/file", false), ("x/file", true)] {
        let (bench, found_unix_s) = rotten("k/file");
        bench.rename("k/file", new);
        let pass = bench.pass();
        let shown = format!("/root/{new}");
        let told = [
            (shown.as_str(), Open, found_unix_s),
            ("/root/k/file", Deleted, found_unix_s),
        ];
        let mut found = news(&pass);
        found.sort_unstable_by_key(|(path, ..)| *path != shown);
        assert_eq!(found, told, "{is_behind}");
        assert_eq!(pass.known.counts.corrupt, 1);
        let next = bench.pass();
        assert_eq!((next.found.len(), next.known.counts.corrupt), (0, 1));
        assert_eq!(next.known.findings.len(), 1);
        bench.flip(new, 4500);
        let healed = bench.pass();
        assert_eq!(news(&healed), [(shown.as_str(), GoodAgain, found_unix_s)]);
        assert_eq!(healed.known.counts.corrupt, 0);
    }
}

#[test]
fn no_moment_of_a_pass_looks_like_a_recovery_however_often_it_is_interrupted() {
    for new in ["b/file", "x/file"] {
        for steps in 1..8 {
            let (bench, found_unix_s) = rotten("k/file");
            bench.rename("k/file", new);
            let mut told = Vec::new();
            let mut runs = steps..steps + 20;
            loop {
                let ran = bench.steps(runs.next().unwrap());
                assert!(ran.known.counts.corrupt > 0, "{new} {steps}: {told:?}");
                assert!(bench.book().known().counts.corrupt > 0, "{new} {steps}");
                told.extend(ran.found.iter().map(|one| (one.path.clone(), one.state)));
                if ran.is_kept.is_some() {
                    assert_eq!(ran.known.counts.corrupt, 1, "{new} {steps}: {told:?}");
                    break;
                }
            }
            told.sort();
            let shown = format!("/root/{new}");
            let mut both = [(shown, Open), ("/root/k/file".to_owned(), Deleted)];
            both.sort();
            assert_eq!(told, both, "{new} {steps} {found_unix_s}");
            let next = bench.pass();
            assert_eq!((next.found.len(), next.known.counts.corrupt), (0, 1));
        }
    }
}

#[test]
fn what_is_really_deleted_has_its_end_when_every_file_was_passed() {
    for steps in [3, 4, usize::MAX] {
        let (bench, _) = rotten("k/file");
        bench.remove("k/file");
        let mut first = bench.steps(steps);
        if first.is_kept.is_none() {
            assert_eq!((first.found.len(), first.known.counts.corrupt), (0, 1));
            assert_eq!(bench.book().known().counts.corrupt, 1, "{steps}");
            first = bench.pass();
        }
        assert_eq!(first.only_found().state, Deleted, "{steps}");
        assert_eq!(first.known.counts.corrupt, 0);
        assert_eq!(bench.book().known().findings, first.found);
        assert_eq!(bench.pass().known.findings, []);
    }
}

#[test]
fn a_name_that_is_given_to_another_file_is_that_files() {
    // The rotten one takes the place of a good one.
    let (bench, _) = rotten("k/file");
    bench.rename("k/file", "z");
    let pass = bench.pass();
    assert_eq!((pass.known.counts.corrupt, pass.found.len()), (1, 2));
    assert_eq!(pass.known.findings[0].path, "/root/z");
    // Another one of the same size, of another time.
    let (bench, _) = rotten("k/file");
    bench.remove("k/file");
    bench.write("l/file", 5000);
    let pass = bench.pass();
    assert_eq!(
        (pass.known.counts.corrupt, pass.only_found().state),
        (0, Deleted)
    );
}

#[test]
fn of_a_large_file_each_segment_goes_along() {
    let bench = Bench::new(&[("k/file", 2 * SEGMENT + 9), ("z", 1)]);
    bench.pass();
    bench.pass();
    for segment in [0, 1] {
        bench.flip("k/file", segment * SEGMENT as usize + 5000);
    }
    assert_eq!(bench.pass().known.counts.corrupt, 1);
    for new in ["x/file", "b/file"] {
        let old = if new == "x/file" { "k/file" } else { "x/file" };
        bench.rename(old, new);
        // It is interrupted between the two.
        assert!(bench.steps(2).known.counts.corrupt > 0);
        let pass = bench.pass();
        assert_eq!(pass.known.counts.corrupt, 1, "{:?}", pass.found);
        assert_eq!(pass.known.findings[0].path, format!("/root/{new}"));
        assert_eq!(pass.known.findings[0].blocks, 2);
    }
}

#[test]
fn what_is_left_out_by_now_is_not_deleted() {
    let (bench, _) = rotten("k/file");
    bench.left_out.replace(Some("k"));
    for _ in 0..2 {
        let pass = bench.pass();
        assert_eq!((pass.found.len(), pass.known.counts.corrupt), (0, 1));
        assert_eq!(pass.known.findings.len(), 1);
    }
    bench.left_out.replace(None);
    assert_eq!(bench.pass().found, []);
    bench.remove("k/file");
    assert_eq!(bench.pass().only_found().state, Deleted);
}
