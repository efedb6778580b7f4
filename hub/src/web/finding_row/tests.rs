//! What a row says of a file, and what it does not.

use super::*;
use crate::view::sample::{Fleet, PI_FACTS, PI_PARTS, PI_ROT};
use picket_wire::{Finding, FindingKind, FindingState, NodeId};

fn rows_of(findings: &[Finding<'_>]) -> (Vec<FindingRow>, usize) {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    for chunk in findings.chunks(20) {
        fleet.findings("pi-01", &[], chunk);
    }
    let known = fleet.known();
    let node = known.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    open(node, node.part(1).unwrap(), &known, &TimeZone::UTC)
}

#[test]
fn a_row_says_of_its_file_what_the_incident_says_of_the_worst_one() {
    let row = rows_of(&[PI_ROT]).0.remove(0);
    assert_eq!(
        row.what,
        "stable (wrong each time the same), block 3 at sector 1234560, 2 blocks in all, not as its \
         package has it, of the package libc6:arm64; a good copy was in memory when it was found"
    );
    assert!(row.next.contains("before any reboot"), "{}", row.next);
    assert_eq!(row.found.unwrap().iso, "2026-11-21T06:58:53Z");
}

#[test]
fn the_worst_files_stand_first_whenever_they_were_found() {
    let unreadable = |number: u8| Finding {
        kind: FindingKind::Unreadable.code(),
        path_hash: [number; 32],
        found_unix_s: PI_ROT.found_unix_s + u64::from(number),
        path: "/srv/newer",
        package: "",
        ..PI_ROT
    };
    let mut all: Vec<Finding<'_>> = (100..112).map(unreadable).collect();
    all.push(PI_ROT);
    let (rows, more) = rows_of(&all);
    assert_eq!((rows.len(), more), (MAX_FILES, 3));
    assert_eq!(rows[0].path, PI_ROT.path);
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
