//! What stands in the pages.

use super::*;
use crate::view::sample::{PI_PARTS, PI_ROT};
use picket_wire::Finding;

#[tokio::test]
async fn pages_hold_nothing_that_their_own_policy_would_stop() {
    let mut fleet = fleet_of_two();
    fleet.pass(Millis::from_s(60));
    for path in ["/", "/nodes/pi-01"] {
        let page = get(&fleet, path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        for forbidden in ["style=", "<style", "onclick", "javascript:", "https://"] {
            assert!(!page.body.contains(forbidden), "{path} holds {forbidden}");
        }
        assert!(
            page.body
                .contains(r#"<noscript><meta http-equiv="refresh""#),
            "{path}"
        );
        let linked = page
            .body
            .split('"')
            .filter(|text| text.starts_with("/assets/"));
        let mut count = 0;
        for asset in linked {
            let answer = get(&fleet, asset).await;
            assert_eq!(answer.status, StatusCode::OK, "{asset}");
            assert!(!answer.body.is_empty());
            count += 1;
        }
        assert!(count >= 3, "{path} links style, script and picture");
    }
}

#[tokio::test]
async fn what_a_node_says_of_itself_is_text_and_never_markup() {
    let mut fleet = Fleet::new();
    let hostile = "<script>alert(1)</script>\"'><img src=x>";
    let facts = Facts {
        model: hostile,
        os: hostile,
        agent: hostile,
        ..PI_FACTS
    };
    let part = Part {
        number: 1,
        kind: PartKind::Disk.code(),
        id: hostile,
        name: hostile,
    };
    fleet.facts("pi-01", facts, &[part]);
    fleet.report("pi-01", &[(Quantity::DISK_WRITTEN, 1, Ok(1))]);
    for path in ["/", "/fragment", "/nodes/pi-01", "/nodes/pi-01/fragment"] {
        let page = get(&fleet, path).await;
        assert!(!page.body.contains("<script>"), "{path}");
        assert!(!page.body.contains("<img src=x>"), "{path}");
        assert!(page.body.contains("&#60;script&#62;alert(1)"), "{path}");
    }
    let answer = get(&fleet, "/api/v1/nodes").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json()["nodes"][0]["model"], hostile);
}

#[tokio::test]
async fn two_hundred_nodes_make_a_page_that_a_phone_can_fetch_every_few_seconds() {
    let mut fleet = Fleet::new();
    for number in 0..200 {
        fleet.add_pi(&format!("node-with-a-rather-long-name-{number:03}"));
    }
    let page = get(&fleet, "/").await;
    assert_eq!(page.body.matches("<tr role=\"row\" class").count(), 200);
    assert!(page.body.len() < 300_000, "{} bytes", page.body.len());
    let answer = get(&fleet, "/api/v1/nodes").await.json();
    assert_eq!(answer["nodes"].as_array().unwrap().len(), 200);
    assert_eq!(answer["next"], Value::Null);
}

#[tokio::test]
async fn an_empty_hub_says_what_to_do_next() {
    let page = get(&Fleet::new(), "/").await;
    let body = &page.body;
    assert!(body.contains("No node yet"), "{body}");
    assert!(
        body.contains("picket-agent run --hub mqtt://127.0.0.1:1883"),
        "{body}"
    );
}

#[tokio::test]
async fn the_page_of_a_node_shows_its_readings_for_people_and_why_some_are_missing() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    let page = get(&fleet, "/nodes/pi-01").await.body;
    for text in [
        "48.2 °C",
        "0.42",
        "7.6 GiB",
        "3 d 4 h",
        "not fitted",
        "no answer in time",
        "mmcblk0",
        "Not joined",
        "<code>picket-hub enroll pi-01</code>",
        "Raspberry Pi 4 Model B",
        "picket-agent 0.1.0",
    ] {
        assert!(page.contains(text), "{text:?} is not in {page}");
    }
    let overview = get(&fleet, "/").await.body;
    for text in [
        "<code>picket-hub enroll NODE</code>",
        "75 % of /",
        "6.0 GiB of 7.6 GiB",
        "48.2 °C",
        "not joined",
        "alive",
    ] {
        assert!(overview.contains(text), "{text:?} is not in {overview}");
    }
}

#[tokio::test]
async fn old_readings_of_a_silent_node_are_marked_as_old() {
    let mut fleet = Fleet::new();
    fleet.input(Input::Link(true));
    fleet.add_pi("pi-01");
    fleet.pass(Millis::from_s(300));
    fleet.report("pi-02", &PI_READINGS);
    let page = get(&fleet, "/").await.body;
    let silent = page.find("href=\"/nodes/pi-01\"").unwrap();
    let alive = page.find("id=\"node-pi-02\"").unwrap();
    assert!(silent < alive, "the worst stands first");
    assert!(page.contains("stale"), "{page}");
    let node = get(&fleet, "/nodes/pi-01").await.body;
    assert!(node.contains("these are its last readings"), "{node}");
}

#[tokio::test]
async fn a_clock_that_nobody_set_is_marked_on_both_pages() {
    let mut fleet = fleet_of_two();
    let words = "clock is not synchronised";
    for path in ["/", "/nodes/pi-01"] {
        assert!(!get(&fleet, path).await.body.contains(words), "{path}");
    }
    fleet.now.wall.synchronised = false;
    for path in ["/", "/nodes/pi-01"] {
        assert!(get(&fleet, path).await.body.contains(words), "{path}");
    }
}

#[tokio::test]
async fn a_node_that_has_joined_is_not_told_to_join() {
    let mut fleet = Fleet::new();
    fleet.ask(Wish::Enrol(NodeId::parse("pi-01").unwrap()));
    fleet.add_pi("pi-01");
    for path in ["/", "/nodes/pi-01"] {
        let page = get(&fleet, path).await.body.to_lowercase();
        assert!(page.contains("pi-01") && !page.contains("not joined"));
        assert!(!page.contains("picket-hub enroll"), "{page}");
    }
    let answer = get(&fleet, "/api/v1/nodes").await.json();
    assert_eq!(answer["nodes"][0]["joined"], true);
    fleet.add_pi("pi-02");
    let page = get(&fleet, "/").await.body;
    assert!(page.contains("1 node has not joined"), "{page}");
    assert_eq!(page.matches(", not joined").count(), 1);
}

#[tokio::test]
async fn an_expelled_node_is_on_no_page_and_its_past_has_no_dead_link() {
    let mut fleet = Fleet::new();
    fleet.input(Input::Link(true));
    fleet.add_pi("pi-01");
    fleet.pass(Millis::from_s(300));
    assert!(
        get(&fleet, "/")
            .await
            .body
            .contains("href=\"/nodes/pi-01\"")
    );
    fleet.ask(Wish::Expel(NodeId::parse("pi-01").unwrap()));
    let page = get(&fleet, "/").await.body;
    assert!(page.contains("pi-01: silent"), "{page}");
    assert!(page.contains("its subject is gone"), "{page}");
    assert!(!page.contains("href=\"/nodes/pi-01\""), "{page}");
    assert_eq!(
        get(&fleet, "/nodes/pi-01").await.status,
        StatusCode::NOT_FOUND
    );
    let answer = get(&fleet, "/api/v1/incidents").await.json();
    assert_eq!(answer["incidents"][0]["closed_by"], "retired");
}

#[tokio::test]
async fn the_page_of_a_pi_5_groups_its_readings_and_folds_what_has_no_value() {
    let mut fleet = Fleet::new();
    fleet.add_pi_5("pi-01");
    let page = get(&fleet, "/nodes/pi-01").await.body;
    for text in [
        "Power and throttling",
        "Picket itself",
        "Inner voltages: 24 readings",
        "No value: 2 not fitted, 1 not supported here",
        "SD card SD32G",
        "maker 0x03/0x5344 (SD), made 2021-03",
        "influxdb.service",
        "10.6 GB",
        "d04170",
        "f788aab6 (built 2025-02-13)",
        "power-on (rsts 0x1000)",
        "it waits for its button (WAIT_FOR_POWER_BUTTON=1)",
    ] {
        assert!(page.contains(text), "{text:?} is not in {page}");
    }
    assert!(!page.contains("<details open"), "it begins folded");
    assert_eq!(
        page.matches("<table").count(),
        page.matches("<caption").count()
    );
    let overview = get(&fleet, "/").await.body;
    let cell = "<td role=\"cell\" data-label=\"Power\" class=\"bad\">under-voltage</td>";
    assert!(overview.contains(cell), "{overview}");
}

#[tokio::test]
async fn the_page_of_a_node_says_whether_its_files_are_what_they_were() {
    let mut fleet = Fleet::new();
    fleet.add_pi_5("pi-01");
    let page = get(&fleet, "/nodes/pi-01").await.body;
    for text in [
        "<span class=\"mood bad\">faulty</span>",
        "<code>/usr/lib/aarch64-linux-gnu/libc.so.6</code>",
        "before any reboot",
        "/srv/photos/2024/IMG_2041.jpg",
        "<progress max=\"100\" value=\"43\"",
        "43.21 %, 12345 files, 3.5 GiB read, 2 d 3 h remaining",
        "3 d 4 h ago, due every 7 d 0 h",
        "<span class=\"mood good\">healthy</span>",
    ] {
        assert!(page.contains(text), "{text:?} is not in {page}");
    }
    for raw in ["3735928559", "281474976710655", "3405691582", "ineage"] {
        assert!(!page.contains(raw), "{raw} is for programs");
    }
    let overview = get(&fleet, "/").await.body;
    let cell = "<td role=\"cell\" data-label=\"Files\" class=\"bad\">1 corrupt</td>";
    assert!(overview.contains(cell), "{overview}");
}

#[tokio::test]
async fn a_path_is_text_and_never_markup() {
    let mut fleet = Fleet::new();
    let hostile = "/a\u{1b}[31m/<script>alert(1)</script>\"'><img src=x>";
    let rot = Finding {
        path: hostile,
        package: "x; rm -rf /",
        ..PI_ROT
    };
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    fleet.findings("pi-01", &[(Quantity::CORRUPT_FILES, 1, Ok(1))], &[rot]);
    for path in ["/", "/nodes/pi-01"] {
        let page = get(&fleet, path).await.body;
        assert!(page.contains("&#60;script&#62;alert(1)"), "{path}");
        for bad in ["<script>", "<img src=x>", "\u{1b}", "rm -rf"] {
            assert!(!page.contains(bad), "{path} holds {bad:?}");
        }
    }
    let answer = get(&fleet, "/api/v1/nodes").await.json();
    let finding = &answer["nodes"][0]["findings"][0];
    assert_eq!(finding["path"], hostile.replace('\u{1b}', "?"));
    assert_eq!(finding["package"], Value::Null);
}
