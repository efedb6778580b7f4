//! What packages read as, from manifests.
use super::*;
use crate::scrub::manifest::record::{Fault, Stamp};
use crate::scrub::packages::testing::System;
use picket_wire::{FindingKind, FindingState};

fn record(path: &str, segment: u32, size: u64, byte: u8) -> Record {
    Record {
        path: path.trim_start_matches('/').into(),
        segment,
        stamp: Stamp {
            inode: 1,
            size,
            mtime_ns: 0,
            ctime_ns: 0,
        },
        trust: Trust::Candidate,
        attested: true,
        digest: [byte; 32],
        blocks: Vec::new(),
        fault: None,
    }
}

fn fault(truth: GroundTruth) -> Option<Fault> {
    Some(Fault {
        kind: FindingKind::Stable,
        state: FindingState::Open,
        truth,
        found_unix_s: 0,
        block: 0,
        blocks: 1,
        sector: 0,
        cached_copy_is_good: false,
        times_are_weak: false,
    })
}

fn system() -> System {
    let mut system = System::new();
    system.install(
        "a",
        &[("/usr/a", b"a"), ("/usr/big", b"big"), ("/usr/z", b"z")],
    );
    system.install("b", &[("/usr/z", b"z")]);
    system
}

fn whole() -> Vec<Record> {
    let size = SEGMENT + 1;
    vec![
        record("/usr/a", 0, 1, 1),
        record("/usr/big", 0, size, 2),
        record("/usr/big", 1, size, 3),
        record("/usr/none", 0, 1, 4),
        record("/usr/z", 0, 0, 5),
    ]
}

fn contents(records: &[Record]) -> Vec<(String, u64)> {
    let index = system().index();
    let mut contents = Contents::new(&index);
    for record in records {
        contents.add(b"/", record);
    }
    let all = contents.finish().into_iter();
    all.map(|package| (package.name, package.content)).collect()
}

#[test]
fn the_order_of_files_does_not_count_and_each_byte_does() {
    let one = contents(&whole());
    assert_eq!(one.len(), 2);
    let mut turned = whole();
    turned.rotate_left(3);
    assert_eq!(contents(&turned), one);
    let mut other = whole();
    other[2].digest[31] ^= 1;
    let other = contents(&other);
    assert_ne!(other[0], one[0]);
    assert_eq!(other[1], one[1]);
}

#[test]
fn a_package_of_which_a_file_is_not_known_says_nothing() {
    for missing in [0, 1, 2] {
        let mut records = whole();
        records.remove(missing);
        assert_eq!(contents(&records).len(), 1, "{missing}");
    }
    for spoil in [
        |record: &mut Record| record.attested = false,
        |record: &mut Record| record.trust = Trust::Unsettled,
        |record: &mut Record| record.fault = fault(GroundTruth::None),
        |record: &mut Record| record.fault = fault(GroundTruth::Manifest),
    ] {
        let mut records = whole();
        spoil(&mut records[1]);
        assert_eq!(contents(&records).len(), 1);
    }
    assert_eq!(contents(&[]), []);
}

#[test]
fn what_is_rotten_by_the_packages_sum_is_compared_with_other_nodes() {
    let mut rotten = whole();
    rotten[0].fault = fault(GroundTruth::Package);
    rotten[0].attested = false;
    rotten[0].digest = [9; 32];
    let (rotten, whole) = (contents(&rotten), contents(&whole()));
    assert_eq!(rotten.len(), 2);
    assert_ne!(rotten[0], whole[0]);
}

#[test]
fn what_is_over_says_nothing_against_what_is_read_now() {
    let over = |truth| {
        let over = |fault| Fault {
            state: FindingState::Rewritten,
            ..fault
        };
        fault(truth).map(over)
    };
    let mut records = whole();
    records[0].fault = over(GroundTruth::Manifest);
    assert_eq!(contents(&records), contents(&whole()));
    // It was rotten by its package's sum, and somebody wrote something else.
    records[0].fault = over(GroundTruth::Package);
    records[0].attested = false;
    assert_eq!(contents(&records).len(), 1);
}

#[test]
fn folders_of_several_manifests_are_put_together() {
    let index = system().index();
    let mut contents = Contents::new(&index);
    for record in whole() {
        let below = record.path.strip_prefix(b"usr/").unwrap().to_vec();
        contents.add(
            b"/usr/",
            &Record {
                path: below,
                ..record
            },
        );
    }
    assert_eq!(contents.finish().len(), 2);
}
