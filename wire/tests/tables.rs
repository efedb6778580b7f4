//! The tables of codes and names: each code and each name means one thing.

use picket_wire::quantity::TABLE;
use picket_wire::section::{FindingKind, FindingState, GroundTruth};
use picket_wire::{Kind, MediumKind, Missing, PartKind, Quantity, Returns, SectionError, section};
use std::collections::BTreeSet;

#[test]
fn every_code_is_given_back_as_it_came() {
    for code in 0..=u8::MAX {
        assert_eq!(Missing::from_code(code).code(), code);
        assert_eq!(PartKind::from_code(code).code(), code);
        assert_eq!(MediumKind::from_code(code).code(), code);
        assert_eq!(Returns::from_code(code).code(), code);
        assert_eq!(FindingKind::from_code(code).code(), code);
        assert_eq!(FindingState::from_code(code).code(), code);
        assert_eq!(GroundTruth::from_code(code).code(), code);
        if let Some(kind) = Kind::from_code(code) {
            assert_eq!(kind.code(), code);
        }
    }
}

#[test]
fn no_two_known_codes_share_a_name() {
    let codes = 0..=u8::MAX;
    let missing = codes.clone().map(|code| Missing::from_code(code).name());
    assert_eq!(
        missing.collect::<BTreeSet<_>>().len(),
        6 + 1,
        "6 reasons, and unknown"
    );
    let parts = codes.clone().map(|code| PartKind::from_code(code).name());
    assert_eq!(
        parts.collect::<BTreeSet<_>>().len(),
        6 + 1,
        "6 kinds, and unknown"
    );
    let media = codes.clone().map(|code| MediumKind::from_code(code).name());
    assert_eq!(
        media.collect::<BTreeSet<_>>().len(),
        4 + 1,
        "4 kinds, and unknown"
    );
    let how = codes
        .clone()
        .map(|code| FindingKind::from_code(code).name());
    assert_eq!(
        how.collect::<BTreeSet<_>>().len(),
        5 + 1,
        "5 kinds of findings, and unknown"
    );
    let states = codes
        .clone()
        .map(|code| FindingState::from_code(code).name());
    assert_eq!(
        states.collect::<BTreeSet<_>>().len(),
        4 + 1,
        "4 states, and unknown"
    );
    let truths = codes
        .clone()
        .map(|code| GroundTruth::from_code(code).name());
    assert_eq!(
        truths.collect::<BTreeSet<_>>().len(),
        4 + 1,
        "4 ground truths, and unknown"
    );
    let kinds = codes.clone().filter_map(Kind::from_code).map(Kind::name);
    assert_eq!(kinds.collect::<BTreeSet<_>>().len(), 6);
    let sections = (0..=u16::from(u8::MAX)).filter_map(section::name);
    assert_eq!(sections.collect::<BTreeSet<_>>().len(), 15);
    let quantities = TABLE.iter().map(|row| row.name);
    assert_eq!(quantities.collect::<BTreeSet<_>>().len(), TABLE.len());
}

#[test]
fn a_quantity_is_found_by_its_code_and_by_its_name() {
    for row in TABLE {
        assert_eq!(row.quantity.row(), Some(row));
        assert_eq!(Quantity::from_name(row.name), Some(row.quantity));
        assert_eq!(row.quantity.to_string(), row.name);
        // Feeds make entity ids and metric names of it, and divide by ten to this power.
        let plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_');
        assert!(row.name.starts_with(char::is_alphabetic) && row.name.chars().all(plain));
        assert!(row.decimals <= 6, "{}", row.name);
    }
    assert_eq!(Quantity(0).row(), None);
    assert_eq!(Quantity(TABLE.len() as u16 + 1).row(), None);
    assert_eq!(Quantity::from_name(""), None);
}

#[test]
fn what_a_newer_node_sends_is_shown_by_its_code() {
    assert_eq!(Quantity(8_000).to_string(), "unknown quantity 8000");
    assert_eq!(Missing::from_code(77).to_string(), "unknown reason 77");
    assert_eq!(PartKind::from_code(77).to_string(), "unknown kind 77");
    assert_eq!(
        SectionError(section::FACTS).to_string(),
        "the content of section 2 (facts) does not decode"
    );
}
