//! What nodes remember of the hub's own disks.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is wrong"
)]

mod common;
mod facts;

use common::{Small, hub_status, hub_status_with, node};
use facts::FACTS;
use picket_node::{Heard, Identity, MAX_WITNESSES};
use picket_wire::{Frame, MAX_FRAME, Machine, Part, PartKind, Section, Witness};

const TOLD: Witness = Witness {
    disk: 77,
    lineage: 5,
    generation: 40,
};
const MACHINE: Machine = Machine { id: u64::MAX };

/// What the facts say: of the hub's disks, of the machine, and how many parts they had room for.
fn facts(node: &mut Small, parts: u8) -> (Vec<Witness>, Option<Machine>, usize) {
    let long = "p".repeat(64);
    let parts = (0..parts).map(|number| Part {
        number,
        kind: PartKind::Disk.code(),
        id: &long,
        name: &long,
    });
    let identity = Identity {
        board: None,
        machine: Some(MACHINE),
    };
    let mut buf = [0; MAX_FRAME];
    let bytes = node.facts_with(0, &FACTS, identity, parts, [], &mut buf);
    let (mut witnesses, mut machine, mut count) = (Vec::new(), None, 0);
    for section in Frame::decode(bytes.unwrap()).unwrap().sections() {
        match section.unwrap() {
            Section::Witnesses(told) => witnesses = told.collect(),
            Section::Machine(told) => machine = Some(told),
            Section::Parts(parts) => count = parts.count(),
            _ => {}
        }
    }
    (witnesses, machine, count)
}

#[test]
fn a_later_run_of_the_hub_hears_what_an_earlier_one_knew() {
    let mut node = node();
    node.hear_hub(&hub_status_with(1, 7, &[TOLD]), false, 0);
    let rolled_back = Witness {
        generation: 12,
        ..TOLD
    };
    let status = hub_status_with(2, 8, &[rolled_back]);
    assert_eq!(node.hear_hub(&status, false, 0), Heard::NewRun);
    assert_eq!(facts(&mut node, 1), (vec![TOLD], Some(MACHINE), 1));
    // What the run that is followed says later counts as well.
    let next = Witness {
        generation: 41,
        ..TOLD
    };
    node.hear_hub(&hub_status_with(2, 8, &[next]), false, 0);
    node.hear_hub(&hub_status(3, 9), false, 0);
    assert_eq!(facts(&mut node, 1).0, [next]);
}

#[test]
fn who_is_not_believed_is_no_witness() {
    let mut node = node();
    node.hear_hub(&hub_status_with(5, 7, &[]), false, 0);
    let refused = node.hear_hub(&hub_status_with(4, 8, &[TOLD]), true, 0);
    assert!(matches!(refused, Heard::Refused(_)), "{refused:?}");
    node.hear_hub(b"", false, 0);
    assert_eq!(facts(&mut node, 1).0, []);
}

#[test]
fn as_many_as_there_may_be_have_room_beside_the_parts() {
    let mut node = node();
    let many: Vec<Witness> = (0..8)
        .map(|n| Witness {
            disk: u64::MAX - n,
            lineage: u32::MAX,
            generation: u32::MAX,
        })
        .collect();
    node.hear_hub(&hub_status_with(1, 7, &many), false, 0);
    let (mut witnesses, machine, parts) = facts(&mut node, 255);
    witnesses.reverse();
    assert_eq!(witnesses, many[..MAX_WITNESSES]);
    assert_eq!((machine, parts), (Some(MACHINE), 26));
}
