//! A filesystem that is full at the moment of the manifest.

use super::fake::Bench;
use crate::scrub::manifest::record::SEGMENT;
use picket_testing::needs_root;
use std::path::Path;
use std::process::Command;

/// A small filesystem of its own, gone when it is dropped.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn new(at: &'a Path) -> Small<'a> {
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=64k", "none"])
            .arg(at);
        assert!(mount.status().unwrap().success());
        Small(at)
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg(self.0).status().unwrap();
    }
}

#[test]
fn a_pass_goes_on_where_the_manifest_finds_no_room() {
    if needs_root("a_pass_goes_on_where_the_manifest_finds_no_room") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let small = Small::new(dir.path());
    let bench = Bench::at(small.0);
    for path in ["a", "z"] {
        bench.write(path, 5000);
    }
    bench.pass();
    bench.pass();
    bench.write("m", 6 * SEGMENT);
    bench.flip("a", 0);
    bench.flip("z", 0);
    let pass = bench.pass();
    assert_eq!(pass.found.len(), 2);
    assert!(
        pass.said
            .iter()
            .any(|words| words.contains("No space left")),
        "{:?}",
        pass.said
    );
    assert!(pass.is_kept == Some(false));
    assert_eq!(pass.known.passes, 2);
    bench.remove("m");
    let pass = bench.pass();
    assert_eq!((pass.known.passes, pass.known.counts.corrupt), (3, 2));
}
