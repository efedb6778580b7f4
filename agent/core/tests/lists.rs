//! What the scrub says travels in frames of its own, what it found before the readings that count it.
#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;

use common::{hub_status, node};
use picket_node::{Lists, Node};
use picket_wire::section::MAX_PATH;
use picket_wire::{Finding, Frame, MAX_FRAME, Package, Quantity, Reading, Section};

/// What the sections of all frames of one report say: readings, paths of findings, packages, and
/// how many frames there were.
fn reported(lists: Lists<'_>, readings: u32) -> (usize, Vec<String>, Vec<String>, usize) {
    reported_by(16 * MAX_FRAME, lists, readings)
}

/// The same of a node with an outbox of so many bytes.
fn reported_by(
    outbox_bytes: usize,
    lists: Lists<'_>,
    readings: u32,
) -> (usize, Vec<String>, Vec<String>, usize) {
    let config = *node().config();
    let mut node = Node::new(config, vec![0_u8; outbox_bytes], 0);
    node.connected();
    node.hear_hub(&hub_status(1, 7), false, 0);
    let readings = (0..readings).map(|i| Reading {
        quantity: Quantity::VOLTAGE,
        part: (i % 200) as u8,
        value: Ok(i.into()),
    });
    let first = node.report_with(0, readings, lists);
    let next = node.report(1, []);
    let mut all = (0, Vec::new(), Vec::new(), (next - first) as usize);
    while let Some(out) = node.next_publish(0) {
        for section in Frame::decode(out.bytes).unwrap().sections() {
            match section.unwrap() {
                Section::Readings(readings) => all.0 += readings.count(),
                Section::Findings(list) => all.1.extend(list.map(|one| one.path.to_owned())),
                Section::Packages(list) => all.2.extend(list.map(|one| one.name.to_owned())),
                _ => {}
            }
        }
    }
    all
}

/// A finding whose every number takes most room.
fn finding(path: &str) -> Finding<'_> {
    Finding {
        part: 255,
        kind: 255,
        state: 255,
        truth: 255,
        flags: 255,
        found_unix_s: u64::MAX,
        block: u64::MAX,
        blocks: u32::MAX,
        sector: u64::MAX,
        path_hash: [255; 32],
        path,
        package: "p",
    }
}

#[test]
fn findings_and_packages_go_on_in_further_frames_and_none_is_left_out() {
    let paths: Vec<String> = (0..6).map(|i| format!("{i}{}", "x".repeat(1000))).collect();
    let findings: Vec<Finding<'_>> = paths.iter().map(|path| finding(path)).collect();
    let names: Vec<String> = (0..100).map(|i| format!("package-{i}")).collect();
    let package = |name| Package {
        name,
        key: u64::MAX,
        content: u64::MAX,
    };
    let packages: Vec<Package<'_>> = names.iter().map(|name| package(name)).collect();
    let lists = Lists {
        findings: &findings,
        packages: &packages,
        ..Lists::default()
    };
    let (readings, found, read, frames) = reported(lists, 10);
    assert_eq!((readings, frames), (10, 4));
    assert!(found == paths && read == names, "in their order");
    assert_eq!(reported(lists, 0).3, 4, "a heartbeat, and what is said");
    assert_eq!(reported(Lists::default(), 10).3, 1);
}

#[test]
fn a_report_is_never_longer_than_its_frames_and_findings_leave_its_readings_room() {
    let path = "ä".repeat(MAX_PATH);
    let findings = [finding(&path); 64];
    let lists = Lists {
        findings: &findings,
        ..Lists::default()
    };
    let (readings, found, _, frames) = reported(lists, 2_000);
    assert_eq!((readings, frames), (2_000, 8));
    assert!(found.len() >= 9, "{}", found.len());
    let is_the_end = |told: &String| told.len() == MAX_PATH && path.ends_with(told.as_str());
    assert!(found.iter().all(is_the_end));
}

#[test]
fn what_no_frame_of_a_small_node_has_room_for_keeps_back_nothing_behind_it() {
    let long = "x".repeat(1000);
    let findings = [&long, "/srv/a", &long, &long, "/srv/b", &long].map(finding);
    let packages = [Package {
        name: "p",
        key: 1,
        content: 2,
    }];
    let lists = Lists {
        findings: &findings,
        packages: &packages,
        ..Lists::default()
    };
    let (readings, found, read, _) = reported_by(MAX_FRAME, lists, 1);
    assert_eq!(readings, 1);
    assert_eq!(
        (found, read),
        (vec!["/srv/a".into(), "/srv/b".into()], vec!["p".into()])
    );
}

#[test]
fn what_was_found_is_said_before_the_readings_that_count_it() {
    let mut node = node();
    node.connected();
    node.hear_hub(&hub_status(1, 7), false, 0);
    let count = Reading {
        quantity: Quantity::CORRUPT_FILES,
        part: 255,
        value: Ok(1),
    };
    let lists = Lists {
        findings: &[finding("/srv/a")],
        ..Lists::default()
    };
    node.report_with(0, [count], lists);
    let mut said = Vec::new();
    while let Some(out) = node.next_publish(0) {
        for section in Frame::decode(out.bytes).unwrap().sections() {
            said.push(match section.unwrap() {
                Section::Findings(_) => "findings",
                Section::Readings(_) => "readings",
                _ => "another",
            });
        }
    }
    assert_eq!(said, ["findings", "readings"]);
}
