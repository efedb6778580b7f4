//! A card says what is known of a disk, and nothing that nobody looked at.

use super::*;
use crate::view::sample::{Fleet, PI_FACTS, PI_PARTS};
use picket_wire::{NodeId, Value};

fn cards_of(fleet: &Fleet) -> Vec<Card> {
    let known = fleet.known();
    let node = known.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    cards(node, &known, &TimeZone::UTC)
}

fn pass_of(fleet: &Fleet) -> Option<Pass> {
    pass(fleet.hub.node(NodeId::parse("pi-01").unwrap()).unwrap())
}

fn nobody_of(fleet: &Fleet) -> String {
    let node = fleet.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    nobody(node, &cards_of(fleet))
}

fn facts<const N: usize>(facts: [(&str, &str); N]) -> Vec<Fact> {
    facts
        .map(|(label, text)| (label.to_owned(), text.to_owned()))
        .to_vec()
}

#[test]
fn each_disk_of_a_pi_5_has_a_card_with_its_state_and_its_files() {
    let mut fleet = Fleet::new();
    fleet.add_pi_5("pi-01");
    let cards = cards_of(&fleet);
    let [card, other] = cards.as_slice() else {
        panic!("{cards:#?}")
    };
    assert_eq!((card.title.as_str(), card.word), ("mmcblk0", "faulty"));
    assert!(card.words.contains("libc.so.6"), "{}", card.words);
    assert_eq!(
        card.facts,
        facts([
            ("Corrupt files", "1"),
            ("Unreadable files", "1"),
            ("Read wrong once, then right", "3"),
            ("Whole scrubs", "6"),
            ("Canary", "written and read back 41 times"),
        ])
    );
    assert_eq!((card.findings.len(), card.more_findings), (2, 0));
    assert_eq!(card.past.len(), 1, "its open incident");
    assert_eq!((other.word, other.mood), ("healthy", "good"));
    assert!(other.findings.is_empty() && other.past.is_empty());
    assert_eq!(
        other.facts,
        facts([
            ("Whole scrubs", "2"),
            ("Canary", "written and read back once")
        ])
    );
}

#[test]
fn a_pass_has_a_bar_while_it_is_under_way_and_none_between_two() {
    let mut fleet = Fleet::new();
    fleet.add_pi_5("pi-01");
    let pass = pass_of(&fleet).unwrap();
    assert_eq!(pass.percent, Some(43));
    assert_eq!(
        pass.text,
        "43.21 %, 12345 files, 3.5 GiB read, 2 d 3 h remaining"
    );
    assert_eq!(
        pass.facts,
        facts([
            ("Last whole scrub", "3 d 4 h ago, due every 7 d 0 h"),
            ("Files not read back", "12"),
        ])
    );
    let over: [(Quantity, u8, Value); 2] = [
        (Quantity::SCRUB_PROGRESS, 0, Ok(10_000)),
        (Quantity::SCRUB_REMAINING, 0, Ok(0)),
    ];
    fleet.report("pi-01", &over);
    let pass = pass_of(&fleet).unwrap();
    assert_eq!(
        (pass.percent, pass.text.as_str()),
        (None, "12345 files, 3.5 GiB read")
    );
    for nonsense in [-1, 10_001, i64::MAX] {
        fleet.report("pi-01", &[(Quantity::SCRUB_PROGRESS, 0, Ok(nonsense))]);
        assert_eq!(pass_of(&fleet).unwrap().percent, None, "{nonsense}");
    }
}

#[test]
fn before_its_first_pass_is_over_a_disk_is_not_watched() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    let said = [
        (Quantity::CORRUPT_FILES, 1, Err(Missing::Busy)),
        (Quantity::CANARY_GENERATION, 1, Err(Missing::Denied)),
    ];
    fleet.report("pi-01", &said);
    let card = cards_of(&fleet).remove(0);
    assert_eq!((card.word, card.mood), ("not watched", "warn"));
    assert_eq!(card.words, "no whole scrub has compared its files");
    assert_eq!(card.facts, facts([("Canary", "permission denied")]));
    assert_eq!(pass_of(&fleet), None);
}

#[test]
fn a_node_with_disks_of_which_no_scrub_tells_is_said_to_be_unwatched() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    assert!(nobody_of(&fleet).contains("systemctl status picket-scrub"));
    for (why, words) in [
        (Missing::Busy, "not been read back yet"),
        (
            Missing::NotSupported,
            "switched off ([scrub] enabled = false",
        ),
        (Missing::Denied, "systemctl status picket-scrub"),
    ] {
        fleet.report("pi-01", &[(Quantity::SCRUB_AGE, 0, Err(why))]);
        assert!(nobody_of(&fleet).contains(words), "{}", nobody_of(&fleet));
    }

    let mut sensor = Fleet::new();
    sensor.facts("pi-01", PI_FACTS, &[]);
    assert_eq!(nobody_of(&sensor), "", "it has no disk");
}

#[test]
fn incidents_of_a_disk_that_is_gone_are_listed_apart() {
    let mut fleet = Fleet::new();
    fleet.add_pi_5("pi-01");
    let of_others = |fleet: &Fleet| {
        let known = fleet.known();
        let node = known.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
        of_other_disks(node, &known, &TimeZone::UTC).len()
    };
    assert_eq!(of_others(&fleet), 0);
    fleet.session = picket_wire::SessionId(2);
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS[1..]);
    fleet.report("pi-01", &[]);
    assert_eq!(of_others(&fleet), 1);
}
