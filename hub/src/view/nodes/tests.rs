//! The answer of `/api/v1/nodes`, letter by letter.

use super::*;
use crate::view::sample::{Fleet, PI_FACTS, PI_READINGS};
use picket_hub_core::time::Millis;
use picket_wire::{Facts, Missing, Quantity};
use serde_json::{Value, json};

fn shown(fleet: &Fleet) -> Value {
    serde_json::to_value(nodes(&fleet.hub, &fleet.now, &Paging::default())).unwrap()
}

#[test]
fn a_hub_without_nodes_says_so_by_an_empty_list() {
    let fleet = Fleet::new();
    assert_eq!(
        shown(&fleet),
        json!({"now": "2026-11-21T06:58:53Z", "clock": "synchronised", "nodes": [], "next": null})
    );
}

#[test]
fn a_node_is_shown_with_its_facts_and_readings_in_their_units() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    fleet.pass(Millis(3_140));
    let all = shown(&fleet);
    let node = &all["nodes"][0];
    let mut without_readings = node.clone();
    let fields = without_readings.as_object_mut().unwrap();
    fields.remove("readings");
    let wear = fields.remove("wear").unwrap();
    assert_eq!(
        without_readings,
        json!({
            "id": "pi-01",
            "presence": "alive",
            "presence_since": "2026-11-21T06:58:53Z",
            "joined": false,
            "agent": "picket-agent 0.1.0",
            "model": "Raspberry Pi 4 Model B Rev 1.5",
            "os": "Debian GNU/Linux 12 (bookworm)",
            "kernel": "6.12.34+rpt-rpi-v8",
            "arch": "aarch64",
            "every_ms": 10_000,
            "last_report_age_s": 3.1,
            "lost_reports": 0,
            "skipped_tags": [],
            "board": null,
            "media": [],
            "writers": [],
            "scrub": [],
            "findings": [],
        })
    );
    let disk = &wear[0];
    assert_eq!(disk["part"], "mmcblk0");
    assert_eq!(disk["part_id"], "cid/03534453443332478061");
    assert_eq!(disk["days_left"], Value::Null);
    assert!(disk["rests_on"].as_str().unwrap().contains("endurance"));
    let readings = node["readings"].as_array().unwrap();
    assert_eq!(readings.len(), 14);
    assert_eq!(
        readings[0].to_string(),
        r#"{"age_s":3.1,"name":"cpu_temperature","part":"node","part_kind":"node","unit":"°C","value":48.2}"#
    );
    for row in [
        json!({"name": "load_1min", "part": "node", "part_kind": "node", "value": 0.42,
               "unit": "", "age_s": 3.1}),
        json!({"name": "swap_total", "part": "node", "part_kind": "node",
               "missing": "not_fitted", "age_s": 3.1}),
        json!({"name": "disk_written", "part": "mmcblk0", "part_kind": "disk",
               "part_id": "cid/03534453443332478061", "value": 1_536_000, "unit": "KiB",
               "age_s": 3.1}),
        json!({"name": "filesystem_read_only", "part": "/", "part_kind": "filesystem",
               "part_id": "uuid/7d3e-01bb", "value": 0, "unit": "", "age_s": 3.1}),
        json!({"name": "filesystem_errors", "part": "/", "part_kind": "filesystem",
               "part_id": "uuid/7d3e-01bb", "missing": "timed_out", "age_s": 3.1}),
    ] {
        assert!(readings.contains(&row), "{row} is not among {readings:#?}");
    }
}

#[test]
fn a_node_is_shown_with_its_board_its_disks_and_who_writes_to_them() {
    let mut fleet = Fleet::new();
    fleet.add_pi_5("pi-01");
    let node = &shown(&fleet)["nodes"][0];
    assert_eq!(
        node["board"],
        json!({
            "revision": "d04170", "serial": "1000000012345678", "boot_loader": "f788aab6",
            "boot_loader_built_s": 1_739_448_000, "reset_reason": "power-on",
            "reset_source": "rsts 0x1000", "returns": "no",
            "returns_because": "WAIT_FOR_POWER_BUTTON=1",
        })
    );
    assert_eq!(
        node["media"][0],
        json!({
            "part": "mmcblk0", "part_id": "cid/03534453443332478061", "kind": "sd", "maker": 3,
            "oem": 0x5344, "product": "SD32G", "serial": "0x12345678", "revision": "8.0",
            "made_year": 2021, "made_month": 3, "size_kib": 31_166_976,
        })
    );
    assert_eq!(node["media"][1]["kind"], "nvme");
    assert_eq!(
        node["writers"][0],
        json!({
            "part": "nvme0n1", "part_id": "serial/S6B0NL0W127373", "name": "influxdb.service",
            "written_kib": 72_000, "over_s": 600,
        })
    );
    let nowhere = &node["writers"][2];
    assert_eq!(
        (&nowhere["part"], nowhere.get("part_id")),
        (&json!("node"), None)
    );
}

#[test]
fn what_a_newer_node_measures_is_shown_as_it_travelled() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &[]);
    let newer = Quantity(4000);
    fleet.report(
        "pi-01",
        &[(newer, 9, Ok(17)), (newer, 0, Err(Missing::Unknown(99)))],
    );
    let all = shown(&fleet);
    let readings = all["nodes"][0]["readings"].as_array().unwrap();
    let raw = json!({"name": "quantity_4000", "part": "part-9", "part_kind": "unknown",
                     "value": 17, "unit": "raw", "age_s": 0.0});
    let missing = json!({"name": "quantity_4000", "part": "node", "part_kind": "node",
                         "missing": "unknown", "age_s": 0.0});
    assert!(
        readings.contains(&raw) && readings.contains(&missing),
        "{readings:?}"
    );
}

#[test]
fn without_facts_a_node_is_shown_with_nulls() {
    let mut fleet = Fleet::new();
    fleet.report("pi-01", &[]);
    let all = shown(&fleet);
    let node = &all["nodes"][0];
    for key in ["agent", "model", "os", "kernel", "arch", "every_ms"] {
        assert_eq!(node[key], Value::Null, "{key}");
    }
    assert_eq!(node["readings"], json!([]));
}

#[test]
fn a_clock_that_nobody_set_is_marked() {
    let mut fleet = Fleet::new();
    fleet.now.wall.synchronised = false;
    assert_eq!(shown(&fleet)["clock"], "unsynchronised");
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    let mut fleet = Fleet::new();
    for number in 0..7 {
        let facts = Facts {
            model: "",
            ..PI_FACTS
        };
        fleet.facts(&format!("pi-{number}"), facts, &[]);
    }
    let mut paging = Paging {
        after: None,
        limit: 3,
    };
    let mut seen = Vec::new();
    loop {
        let page = nodes(&fleet.hub, &fleet.now, &paging);
        assert!(page.nodes.len() <= 3);
        seen.extend(page.nodes.into_iter().map(|node| node.id));
        paging.after = page.next;
        if paging.after.is_none() {
            break;
        }
    }
    assert_eq!(
        seen,
        ["pi-0", "pi-1", "pi-2", "pi-3", "pi-4", "pi-5", "pi-6"]
    );
}

#[test]
fn what_a_node_says_no_more_is_missing_with_the_age_of_what_it_said_last() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    fleet.reports_for("pi-01", Millis::from_s(200), &PI_READINGS[..6]);
    let all = shown(&fleet);
    let readings = all["nodes"][0]["readings"].as_array().unwrap();
    let silent = json!({"name": "filesystem_available", "part": "/", "part_kind": "filesystem",
                        "part_id": "uuid/7d3e-01bb", "missing": "no_longer_reported",
                        "age_s": 200.0});
    assert!(readings.contains(&silent), "{readings:?}");
    assert_eq!(readings.len(), PI_READINGS.len());
}
