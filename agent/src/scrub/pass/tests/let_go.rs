//! Filesystems that are let go of while the pass rests, and are there or not when it goes on.

use super::fake::{Bench, Ran};
use crate::scrub::manifest::record::SEGMENT;

const FILES: [(&str, u64); 3] = [("a/large", 2 * SEGMENT + 5000), ("b", 100), ("c", 3 * 4096)];

/// What is told of a pass.
fn told(ran: &Ran) -> String {
    format!("{:?} {:?} {:?}", ran.found, ran.known, ran.progress)
}

#[test]
fn who_lets_go_between_two_steps_reads_the_same() {
    let [held, let_go] = [false, true].map(|lets_go| {
        let mut bench = Bench::new(&FILES);
        bench.lets_go = lets_go;
        let mut all = vec![told(&bench.pass()), told(&bench.pass())];
        bench.flip("a/large", SEGMENT as usize + 4096);
        let third = bench.pass();
        assert_eq!(third.only_found().block, SEGMENT / 4096 + 1);
        assert_eq!(third.progress.files, 3);
        all.push(told(&third));
        all
    });
    assert_eq!(held, let_go);
}

#[test]
fn what_is_taken_off_meanwhile_is_neither_deleted_nor_wrong_and_the_pass_goes_on_later() {
    let mut bench = Bench::new(&FILES);
    bench.pass();
    let known = bench.pass().known;
    bench.lets_go = true;
    bench.is_taken_off.set(true);
    let stopped = bench.pass();
    assert!(stopped.is_kept.is_none() && stopped.found.is_empty());
    assert_eq!((stopped.known.passes, stopped.known.root), (2, known.root));
    assert_eq!(
        bench.book().from(),
        Some(b"a/large".as_slice()),
        "what was read is written down"
    );
    bench.is_taken_off.set(false);
    bench.flip("a/large", SEGMENT as usize + 4096);
    bench.flip("c", 0);
    let third = bench.pass();
    let paths: Vec<_> = third
        .found
        .iter()
        .map(|found| found.path.as_str())
        .collect();
    assert_eq!(paths, ["/root/a/large", "/root/c"]);
    assert_eq!((third.known.passes, third.progress.files), (3, 3));
}
