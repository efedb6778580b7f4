//! A card says what is known of a disk, and nothing that nobody looked at.

use super::*;
use crate::view::sample::{Fleet, PI_FACTS, PI_PARTS};

use picket_wire::{Missing, NodeId};

fn cards_of(fleet: &Fleet) -> Vec<Card> {
    let known = fleet.known();
    let node = known.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    cards(node, &known, &TimeZone::UTC)
}

#[test]
fn each_disk_of_a_pi_5_has_a_card_with_its_state_and_the_pass_under_way() {
    let mut fleet = Fleet::new();
    fleet.add_pi_5("pi-01");
    let cards = cards_of(&fleet);
    let [card, other] = cards.as_slice() else {
        panic!("{cards:#?}")
    };
    assert_eq!((card.title.as_str(), card.word), ("mmcblk0", "faulty"));
    assert_eq!(card.why, "2 files corrupt, 1 file unreadable");
    let pass = card.pass.as_ref().unwrap();
    assert_eq!(pass.percent, 43);
    assert_eq!(
        pass.text,
        "43.21 %, 12345 files, 3.5 GiB read, 2 d 3 h remaining"
    );
    assert_eq!(
        card.rows,
        [
            ("Last whole scrub", "3 d 4 h ago, due every 7 d 0 h"),
            ("Files not read back", "12"),
            ("Read wrong once, then right", "3"),
            ("Canary written and read back", "41 times"),
        ]
        .map(|(label, text)| (label, text.to_owned()))
    );
    assert_eq!((other.word, other.mood), ("healthy", "good"));
    assert_eq!(other.pass, None, "between two passes");
    assert_eq!(other.rows[2].1, "once");
}

#[test]
fn before_its_first_pass_is_over_a_disk_is_not_watched() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    let busy = Err(Missing::Busy);
    fleet.report(
        "pi-01",
        &[
            (Quantity::SCRUB_PROGRESS, 1, Ok(0)),
            (Quantity::SCRUB_AGE, 1, busy),
            (Quantity::CORRUPT_FILES, 1, busy),
            (Quantity::CANARY_GENERATION, 1, Err(Missing::Denied)),
        ],
    );
    let card = cards_of(&fleet).remove(0);
    assert_eq!((card.word, card.mood), ("not watched", "warn"));
    assert_eq!(card.why, "no whole scrub yet");
    assert_eq!(card.pass.unwrap().text, "0.00 %");
    assert_eq!(card.rows[0].1, "permission denied");
    assert_eq!(card.rows.len(), 1);
}

#[test]
fn a_node_with_disks_of_which_no_scrub_tells_is_said_to_be_unwatched() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    let known = fleet.known();
    let node = known.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    assert_eq!(cards_of(&fleet), []);
    assert!(nobody(node, &[]).unwrap().contains("picket-scrub"));

    let mut sensor = Fleet::new();
    sensor.facts("pi-01", PI_FACTS, &[]);
    let known = sensor.known();
    let node = known.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    assert_eq!(nobody(node, &[]), None, "it has no disk");
}
