//! On, off and unknown are three answers, and blindness is never off.

use super::*;
use crate::feed::home_assistant::discovery::{self, Components};
use crate::feed::home_assistant::state;
use crate::view::sample::{Fleet, PI_FACTS, PI_PARTS};
use picket_hub_core::Millis;
use picket_wire::{Missing, NodeId, Quantity};

const SLUG: &str = "silent_corruption_cid_03534453443332478061_";

fn pi() -> NodeId {
    NodeId::parse("pi-01").unwrap()
}

fn components(fleet: &Fleet, before: &Components) -> Components {
    discovery::readings(fleet.hub.node(pi()).unwrap(), before)
}

/// The state of the card's entity, and its attributes.
fn told(fleet: &Fleet) -> (Value, Value) {
    let known = fleet.known();
    let state = state::node(known.hub.node(pi()).unwrap(), &known);
    let mut ids = state["scrub"].as_object().unwrap().keys();
    let id = ids.find(|id| id.starts_with(SLUG));
    let at = |key: &str| id.map_or(Value::Null, |id| state[key][id].clone());
    (at("readings"), at("scrub"))
}

#[test]
fn a_disk_that_is_read_back_has_an_entity_that_is_on_off_or_unknown() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    let said = |passes, count| {
        [
            (Quantity::SCRUB_ERA, 1, Ok(77)),
            (Quantity::SCRUB_ROOT, 1, Ok(88)),
            (Quantity::SCRUB_PASSES, 1, Ok(passes)),
            (Quantity::SCRUB_FILES, 0, Ok(9)),
            (Quantity::CORRUPT_FILES, 1, count),
            (Quantity::FLAPPING_FILES, 1, count),
            (Quantity::UNREADABLE_FILES, 1, count),
        ]
    };
    fleet.report("pi-01", &said(0, Err(Missing::Busy)));
    let of_card = |components: &Components| {
        let mut of_card = components.iter().filter(|(id, _)| id.starts_with(SLUG));
        of_card
            .next()
            .map(|(_, component)| component.config.clone())
    };
    let config = of_card(&components(&fleet, &Components::new())).unwrap();
    assert_eq!(config["p"], "binary_sensor");
    assert_eq!(config["dev_cla"], "problem");
    assert_eq!(config["name"], "Silent corruption mmcblk0");
    assert_eq!(config.get("ent_cat"), None, "it stands first");

    for (passes, count, state, word) in [
        (0, Err(Missing::Busy), Value::Null, "blind"),
        (1, Ok(0), Value::Null, "blind"),
        (2, Ok(0), json!(0), "healthy"),
        (3, Ok(2), json!(1), "faulty"),
    ] {
        fleet.report("pi-01", &said(passes, count));
        let (shown, attributes) = told(&fleet);
        assert_eq!((shown, &attributes["watched"]), (state, &json!(word)));
        assert_ne!(attributes["words"], "", "{word}");
    }
}

#[test]
fn a_node_that_does_not_report_says_nothing_of_its_disks_and_keeps_their_entities() {
    let mut fleet = Fleet::new();
    fleet.input(picket_hub_core::Input::Link(true));
    fleet.add_pi_5("pi-01");
    let before = components(&fleet, &Components::new());
    assert_eq!(told(&fleet).0, json!(1));
    fleet.pass(Millis::from_s(300));
    assert_eq!(told(&fleet), (Value::Null, Value::Null));
    assert_eq!(components(&fleet, &before), before);
}

#[test]
fn a_disk_that_turns_out_to_have_no_scrub_loses_its_entity() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    fleet.report("pi-01", &[(Quantity::SCRUB_PASSES, 1, Ok(0))]);
    let before = components(&fleet, &Components::new());
    let of_card = |components: &Components| components.keys().any(|id| id.starts_with(SLUG));
    assert!(of_card(&before));
    fleet.report(
        "pi-01",
        &[(Quantity::SCRUB_PASSES, 1, Err(Missing::NotSupported))],
    );
    assert!(!of_card(&components(&fleet, &before)));
}
