//! What a row says of a file, and what it does not.

use super::*;
use crate::view::sample::{Fleet, PI_FACTS, PI_PARTS, PI_ROT};
use picket_wire::{Finding, FindingState, NodeId};

fn rows_of(findings: &[Finding<'_>]) -> (Vec<FindingRow>, usize) {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    for chunk in findings.chunks(20) {
        fleet.findings("pi-01", &[], chunk);
    }
    let known = fleet.known();
    let node = known.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    open(node, 1, &known, &TimeZone::UTC)
}

#[test]
fn each_kind_of_fault_says_what_to_do_about_the_file() {
    let rot = Finding { flags: 0, ..PI_ROT };
    let of = |kind: FindingKind| Finding {
        kind: kind.code(),
        package: "",
        ..rot
    };
    for (finding, words) in [
        (PI_ROT, "before any reboot"),
        (rot, "apt install --reinstall libc6:arm64"),
        (of(FindingKind::Stable), "Take it from a backup"),
        (of(FindingKind::Unreadable), "Take it from a backup"),
        (of(FindingKind::Flapping), "cable"),
    ] {
        let next = rows_of(&[finding]).0.remove(0).next;
        assert!(next.contains(words), "{next}");
    }
    let flapping = rows_of(&[of(FindingKind::Flapping)]).0.remove(0);
    assert!(!flapping.next.contains("disk"), "the medium may be sound");
}

#[test]
fn a_row_says_where_and_against_what() {
    let row = rows_of(&[PI_ROT]).0.remove(0);
    assert_eq!(
        row.what,
        "reads wrong, each time the same, 2 blocks from block 3 on (sector 1234560), not as its \
         package has it, of package libc6:arm64"
    );
    assert_eq!(row.found.unwrap().iso, "2026-11-21T06:58:53Z");
}

#[test]
fn what_is_over_is_not_listed_and_many_files_are_counted() {
    let over = Finding {
        state: FindingState::Rewritten.code(),
        ..PI_ROT
    };
    assert_eq!(rows_of(&[over]), (Vec::new(), 0));
    let many: Vec<Finding<'_>> = (0..25)
        .map(|number| Finding {
            path_hash: [number; 32],
            ..PI_ROT
        })
        .collect();
    let (rows, more) = rows_of(&many);
    assert_eq!((rows.len(), more), (MAX_FILES, 15));
}
