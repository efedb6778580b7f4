//! Only what was looked at is healthy; what nobody can see is blind, never healthy.

use super::*;
use crate::view::sample::{Fleet, PI_FACTS, PI_PARTS};
use picket_hub_core::seam::Input;
use picket_wire::{NodeId, Value};

/// What a scrub says of a disk after its first whole pass.
const GOOD: [(Quantity, u8, Value); 6] = [
    (Quantity::CORRUPT_FILES, 1, Ok(0)),
    (Quantity::FLAPPING_FILES, 1, Ok(0)),
    (Quantity::UNREADABLE_FILES, 1, Ok(0)),
    (Quantity::SCRUB_AGE, 1, Ok(3_600)),
    (Quantity::SCRUB_PERIOD, 1, Ok(604_800)),
    (Quantity::CANARY_DROPPED, 1, Ok(0)),
];

fn judged(changes: &[(Quantity, Value)]) -> Watched {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    let mut readings = GOOD.to_vec();
    for (quantity, value) in changes {
        readings.retain(|row| row.0 != *quantity);
        readings.push((*quantity, 1, *value));
    }
    fleet.report("pi-01", &readings);
    let node = fleet.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    let mut all = scrubbed(&fleet.hub, node);
    assert_eq!(all.len(), 1);
    all.remove(0).watched
}

#[test]
fn files_that_were_all_compared_are_healthy() {
    assert_eq!(judged(&[]), Watched::Healthy);
    let once = judged(&[(Quantity::TRANSIENT_MISREADS, Ok(3))]);
    assert_eq!(once, Watched::Healthy, "what was right again is past");
}

#[test]
fn what_is_wrong_is_said_in_a_few_words() {
    for (quantity, value, words) in [
        (Quantity::CORRUPT_FILES, 1, "1 file corrupt"),
        (Quantity::CORRUPT_FILES, 3, "3 files corrupt"),
        (
            Quantity::FLAPPING_FILES,
            1,
            "1 file reads otherwise each time",
        ),
        (Quantity::UNREADABLE_FILES, 2, "2 files unreadable"),
        (Quantity::CANARY_DROPPED, 1, "what is written is lost"),
        (Quantity::CANARY_REFUSED, 1, "writes are refused"),
    ] {
        let watched = judged(&[(quantity, Ok(value))]);
        assert_eq!(watched, Watched::Faulty(words.to_owned()));
    }
    let both = judged(&[
        (Quantity::CORRUPT_FILES, Ok(1)),
        (Quantity::UNREADABLE_FILES, Err(Missing::Busy)),
        (Quantity::CANARY_DROPPED, Ok(1)),
    ]);
    assert_eq!(both.why(), "1 file corrupt, what is written is lost");
}

#[test]
fn what_nobody_looked_at_is_blind_with_the_reason() {
    let busy = Err(Missing::Busy);
    for (changes, why) in [
        (
            vec![(Quantity::CORRUPT_FILES, busy), (Quantity::SCRUB_AGE, busy)],
            "no whole scrub yet",
        ),
        (
            vec![(Quantity::UNREADABLE_FILES, Err(Missing::Denied))],
            "permission denied",
        ),
        (
            vec![(Quantity::SCRUB_AGE, Ok(3 * 604_800 + 1))],
            "the last whole scrub was 21 d 0 h ago, due every 7 d 0 h",
        ),
    ] {
        assert_eq!(judged(&changes), Watched::Blind(why.to_owned()));
    }
    let in_time = judged(&[(Quantity::SCRUB_AGE, Ok(3 * 604_800))]);
    assert_eq!(in_time, Watched::Healthy);
}

#[test]
fn a_node_that_does_not_report_is_blind_and_what_was_found_stays_found() {
    let mut fleet = Fleet::new();
    fleet.input(Input::Link(true));
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    fleet.report("pi-01", &GOOD);
    fleet.facts("pi-02", PI_FACTS, &PI_PARTS);
    fleet.report("pi-02", &[(Quantity::CORRUPT_FILES, 1, Ok(2))]);
    fleet.pass(Millis::from_s(300));
    let watched = |id: &str| {
        let node = fleet.hub.node(NodeId::parse(id).unwrap()).unwrap();
        scrubbed(&fleet.hub, node).remove(0).watched
    };
    assert_eq!(
        watched("pi-01"),
        Watched::Blind("the node does not report".to_owned())
    );
    assert_eq!(watched("pi-02").name(), "faulty");
}

#[test]
fn numbers_beyond_all_sense_accuse_nobody_and_acquit_nobody() {
    let negative = judged(&[(Quantity::CORRUPT_FILES, Ok(-1))]);
    assert!(matches!(negative, Watched::Blind(_)), "{negative:?}");
    let old = judged(&[
        (Quantity::SCRUB_AGE, Ok(i64::MAX)),
        (Quantity::SCRUB_PERIOD, Ok(i64::MAX)),
    ]);
    assert_eq!(old, Watched::Healthy);
}

#[test]
fn a_disk_that_has_no_scrub_is_not_shown_as_if_it_had_one() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    fleet.report(
        "pi-01",
        &[
            (Quantity::CORRUPT_FILES, 1, Err(Missing::NotSupported)),
            (Quantity::DISK_WRITTEN, 1, Ok(1)),
        ],
    );
    let node = fleet.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    assert_eq!(scrubbed(&fleet.hub, node), []);
}
