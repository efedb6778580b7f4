//! The findings of the API, letter by letter; paths are text of somebody else.

use crate::view::nodes::nodes;
use crate::view::paging::Paging;
use crate::view::sample::{Fleet, PI_FACTS, PI_PARTS, PI_ROT};
use picket_wire::{Finding, FindingKind, Quantity};
use serde_json::{Value, json};

fn shown(fleet: &Fleet) -> Value {
    let nodes = nodes(&fleet.hub, &fleet.now, &Paging::default());
    serde_json::to_value(&nodes.nodes[0]).unwrap()
}

#[test]
fn a_finding_is_shown_with_file_block_and_what_it_was_compared_with() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    fleet.findings("pi-01", &[(Quantity::CORRUPT_FILES, 1, Ok(1))], &[PI_ROT]);
    let node = shown(&fleet);
    assert_eq!(
        node["findings"],
        json!([{
            "part": "mmcblk0", "part_id": "cid/03534453443332478061",
            "path": "/usr/lib/aarch64-linux-gnu/libc.so.6", "block": 3, "blocks": 2,
            "sector": 1_234_560, "kind": "stable", "state": "open", "compared_with": "package",
            "package": "libc6:arm64", "cached_copy_is_good": true, "times_are_weak": false,
            "found": "2026-11-21T06:58:53Z",
        }])
    );
    let scrub = &node["scrub"][0];
    assert_eq!(
        (&scrub["part"], &scrub["state"]),
        (&json!("mmcblk0"), &json!("faulty"))
    );
    assert!(
        scrub["words"].as_str().unwrap().contains("libc.so.6"),
        "{scrub}"
    );
}

#[test]
fn what_is_not_known_of_a_finding_is_null_and_codes_of_a_newer_node_are_unknown() {
    let mut fleet = Fleet::new();
    let odd = Finding {
        part: 9,
        kind: 77,
        state: 78,
        truth: 79,
        flags: 0,
        found_unix_s: u64::MAX,
        sector: 0,
        path: "/a\u{7}b<script>",
        package: "",
        ..PI_ROT
    };
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    fleet.findings("pi-01", &[], &[odd]);
    let node = shown(&fleet);
    let finding = &node["findings"][0];
    assert_eq!(finding["part"], "part-9");
    for key in ["sector", "package", "found"] {
        assert_eq!(finding[key], Value::Null, "{key}");
    }
    for key in ["kind", "state", "compared_with"] {
        assert_eq!(finding[key], "unknown", "{key}");
    }
    assert_eq!(finding["path"], "/a?b<script>");
}

#[test]
fn open_findings_stand_before_those_that_are_over_and_the_worst_first() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    let of = |number: u8, state, found_unix_s, path| Finding {
        path_hash: [number; 32],
        state,
        found_unix_s,
        path,
        ..PI_ROT
    };
    let all = [
        of(1, 0, 10, "/old"),
        of(2, 2, 30, "/rewritten"),
        Finding {
            kind: FindingKind::Flapping.code(),
            ..of(3, 0, 5, "/flapping")
        },
        of(4, 0, 20, "/new"),
    ];
    fleet.findings("pi-01", &[], &all);
    let node = shown(&fleet);
    let paths: Vec<&Value> = node["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| &finding["path"])
        .collect();
    assert_eq!(paths, ["/old", "/new", "/flapping", "/rewritten"]);
}
