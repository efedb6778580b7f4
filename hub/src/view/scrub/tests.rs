//! Only what was looked at is healthy; what nobody can see is blind, never healthy.

use super::*;
use crate::view::sample::{BEGIN_UNIX_MS, Fleet, PI_FACTS, PI_PARTS};
use picket_hub_core::seam::Input;
use picket_hub_core::{Millis, Wall};
use picket_wire::{NodeId, Value};

/// What a scrub says of the card, two passes after the hub heard of it first.
fn scrubbed_twice(fleet: &mut Fleet) {
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    for passes in [1, 2] {
        let said: [(Quantity, u8, Value); 7] = [
            (Quantity::SCRUB_FILES, 0, Ok(60_000)),
            (Quantity::CORRUPT_FILES, 1, Ok(0)),
            (Quantity::FLAPPING_FILES, 1, Ok(0)),
            (Quantity::UNREADABLE_FILES, 1, Ok(0)),
            (Quantity::SCRUB_ERA, 1, Ok(77)),
            (Quantity::SCRUB_ROOT, 1, Ok(88)),
            (Quantity::SCRUB_PASSES, 1, Ok(passes)),
        ];
        fleet.report("pi-01", &said);
    }
}

fn states(fleet: &Fleet) -> Vec<Watched> {
    let node = fleet.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    let all = corruption(&fleet.hub, node);
    all.into_iter().map(|disk| disk.state).collect()
}

/// An open incident of silent corruption of this subject.
fn incident(subject: &str) -> Incident {
    Incident {
        id: "0000002a-1".into(),
        node: NodeId::parse("pi-01").unwrap(),
        subject: subject.into(),
        detector: Detector::SilentCorruption,
        severity: Severity::Ticket,
        opened: Wall {
            unix_ms: BEGIN_UNIX_MS - 60_000,
            synchronised: true,
        },
        closed: None,
        summary: "the disk mmcblk0 went back".into(),
        advice: "Look.".into(),
        evidence: Vec::new(),
    }
}

#[test]
fn a_disk_of_a_node_that_does_not_report_is_blind_whatever_it_said_last() {
    let mut fleet = Fleet::new();
    fleet.input(Input::Link(true));
    scrubbed_twice(&mut fleet);
    assert_eq!(states(&fleet), [Watched::Healthy]);
    fleet.pass(Millis::from_s(300));
    assert_eq!(states(&fleet), [Watched::Blind("the node does not report")]);
}

#[test]
fn a_disk_with_an_open_incident_is_faulty_though_all_its_files_are_good() {
    let canary = incident("disk/cid/03534453443332478061/canary_generation");
    let mut fleet = Fleet::restored(vec![canary.clone()]);
    scrubbed_twice(&mut fleet);
    assert_eq!(states(&fleet), [Watched::Faulty]);

    let note = Incident {
        severity: Severity::Note,
        ..canary
    };
    let mut fleet = Fleet::restored(vec![note]);
    scrubbed_twice(&mut fleet);
    assert_eq!(states(&fleet), [Watched::Healthy]);
}

#[test]
fn an_incident_is_about_its_own_disk_and_about_no_other() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    let node = fleet.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    let card = node.part(1).unwrap();
    for (subject, expected) in [
        ("disk/cid/03534453443332478061", true),
        ("disk/cid/03534453443332478061/canary_dropped", true),
        ("disk/cid/035344534433324780611", false),
        ("disk/cid/0353445344333247806", false),
        ("filesystem/cid/03534453443332478061", false),
        ("package/libc6", false),
    ] {
        assert_eq!(is_about(card, &incident(subject)), expected, "{subject}");
        let of_disk = !subject.starts_with("package");
        assert_eq!(is_of_disk(&incident(subject)), of_disk, "{subject}");
    }
    let wear = Incident {
        detector: Detector::Wear,
        ..incident("disk/cid/03534453443332478061")
    };
    assert!(!is_about(card, &wear) && !is_of_disk(&wear));
}

#[test]
fn a_disk_that_has_no_scrub_is_not_shown_as_if_it_had_one() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    let said = [
        (Quantity::CORRUPT_FILES, 1, Err(Missing::NotSupported)),
        (Quantity::DISK_WRITTEN, 1, Ok(1)),
    ];
    fleet.report("pi-01", &said);
    assert_eq!(states(&fleet), []);
    fleet.report("pi-01", &[(Quantity::CORRUPT_FILES, 1, Err(Missing::Busy))]);
    assert!(matches!(states(&fleet)[..], [Watched::Blind(_)]));
}

#[test]
fn a_node_is_as_written_only_where_every_disk_is() {
    let table: [(&[&str], &str); 7] = [
        (&[], "not watched"),
        (&["healthy"], "as written"),
        (&["healthy", "healthy"], "as written"),
        (&["blind", "blind"], "not watched"),
        (&["healthy", "blind"], "partly watched"),
        (&["healthy", "of a newer hub"], "partly watched"),
        (&["blind", "healthy", "faulty"], "faulty"),
    ];
    for (states, expected) in table {
        assert_eq!(overall(states.iter().copied()), expected, "{states:?}");
    }
}
