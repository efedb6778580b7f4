//! Passes over files whose packages say what they should read as.

use super::fake::Bench;
use crate::scrub::manifest::record::SEGMENT;
use crate::scrub::sums::{Computed, Listed, Sums, Word};
use md5::{Digest, Md5};
use picket_wire::{FindingKind, FindingState, GroundTruth};
use std::collections::BTreeMap;

/// One package, of which nobody wrote a file since it was unpacked.
#[derive(Debug, Default)]
struct Package {
    sums: BTreeMap<Vec<u8>, [u8; 16]>,
    /// What is said of a file that reads otherwise.
    otherwise: Option<Word>,
    is_copied: bool,
}

impl Sums for Package {
    fn listed(&self, path: &[u8]) -> Option<Listed> {
        let md5 = *self.sums.get(path)?;
        Some(Listed { package: 3, md5 })
    }

    fn word(&self, _: &[u8], listed: &Listed, computed: &Computed) -> Word {
        match listed.md5 == computed.md5 {
            true => Word::Agrees,
            false => self.otherwise.unwrap_or(Word::Rotted),
        }
    }

    fn is_as_unpacked(&self, _: u32) -> bool {
        !self.is_copied
    }

    fn name(&self, _: u32) -> &str {
        "coreutils"
    }

    fn list(&self, _: u32) -> Vec<u8> {
        b"/var/lib/dpkg/info/coreutils.md5sums".to_vec()
    }

    fn is_unreadable_list(&self, _: &[u8]) -> bool {
        false
    }
}

fn bench(otherwise: Option<Word>) -> Bench {
    let mut bench = Bench::new(&[]);
    let mut package = Package {
        otherwise,
        ..Package::default()
    };
    for (path, size) in [("big", 2 * SEGMENT + 5), ("small", 5000)] {
        let bytes = vec![size as u8; size as usize];
        let full = [b"/root/", path.as_bytes()].concat();
        package.sums.insert(full, Md5::digest(&bytes).into());
        bench.put(path, bytes);
    }
    bench.sums = Some(Box::new(package));
    bench
}

#[test]
fn what_rotted_before_the_first_scrub_is_found_by_its_package() {
    let bench = bench(None);
    bench.flip("small", 0);
    bench.flip("big", SEGMENT as usize);
    let first = bench.pass();
    let found = first.only_found();
    assert_eq!(
        (found.kind, found.truth),
        (FindingKind::Stable, GroundTruth::Package)
    );
    assert_eq!(
        (found.path.as_str(), found.package.as_str()),
        ("/root/small", "coreutils")
    );
    // A file of several segments is read again by another scrub before its package accuses it.
    assert_eq!(bench.pass().only_found().path, "/root/big");
    let third = bench.pass();
    assert_eq!((third.found.len(), third.known.counts.corrupt), (0, 2));
    bench.flip("small", 0);
    bench.flip("big", SEGMENT as usize);
    let fourth = bench.pass();
    let states: Vec<_> = fourth.found.iter().map(|found| found.state).collect();
    assert_eq!(states, [FindingState::GoodAgain; 2]);
    assert_eq!(fourth.known.counts.corrupt, 0);
}

#[test]
fn of_a_copied_system_the_times_are_weak_after_a_restart_as_well() {
    let mut bench = Bench::new(&[]);
    let bytes = vec![7; 5000];
    let sums = BTreeMap::from([(b"/root/small".to_vec(), Md5::digest(&bytes).into())]);
    bench.put("small", bytes);
    bench.flip("small", 0);
    bench.sums = Some(Box::new(Package {
        sums,
        is_copied: true,
        ..Package::default()
    }));
    assert!(bench.pass().only_found().times_are_weak);
    bench.sums = None;
    assert!(bench.book().known().findings[0].times_are_weak);
}

#[test]
fn what_a_package_agrees_with_is_a_truth_after_one_scrub() {
    let bench = bench(None);
    assert_eq!(bench.pass().found, []);
    bench.flip("big", SEGMENT as usize + 4096);
    let pass = bench.pass();
    let found = pass.only_found();
    assert_eq!((found.block, found.truth), (4097, GroundTruth::Package));
}

#[test]
fn what_a_package_agreed_with_in_another_boot_is_as_sure_as_in_this_one() {
    let mut bench = bench(None);
    bench.write("own", 5000);
    for _ in 0..2 {
        assert_eq!(bench.pass().found, []);
    }
    bench.system.boot += 1;
    for (path, at) in [("big", SEGMENT as usize), ("own", 0), ("small", 0)] {
        bench.flip(path, at);
    }
    let found = bench.pass().found;
    let weak: Vec<_> = found
        .iter()
        .map(|found| (found.path.as_str(), found.truth, found.times_are_weak))
        .collect();
    let expected = [
        ("/root/big", GroundTruth::Package, false),
        ("/root/own", GroundTruth::Manifest, true),
        ("/root/small", GroundTruth::Package, false),
    ];
    assert_eq!(weak, expected);
}

#[test]
fn of_a_list_at_fault_the_list_is_named() {
    let bench = bench(Some(Word::ListAtFault));
    bench.flip("small", 0);
    let pass = bench.pass();
    let found = pass.only_found();
    assert_eq!(found.truth, GroundTruth::PackageList);
    assert_eq!(found.path, "/var/lib/dpkg/info/coreutils.md5sums");
    assert_eq!(bench.pass().found, []);
}

#[test]
fn what_somebody_modified_is_a_baseline_like_any_other_file() {
    let bench = bench(Some(Word::Silent));
    bench.flip("small", 0);
    bench.flip("big", 0);
    for _ in 0..3 {
        assert_eq!(bench.pass().found, []);
    }
    bench.flip("small", 0);
    // It agrees with its package now: somebody's change went away without a trace in its times.
    let pass = bench.pass();
    assert_eq!(pass.found, []);
}
