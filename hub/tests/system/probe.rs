//! `picket-agent probe`: what this machine says of itself, and what a tree of files says.

use crate::support::{
    Agent, Hub, HubSettings, Mqtt, Place, Watcher, agent, proc, seconds, wait_for,
};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

#[track_caller]
fn probe(root: Option<&Path>) -> Vec<Value> {
    let mut command = Command::new(agent::binary());
    command.args(["probe", "--json"]);
    root.into_iter()
        .for_each(|root| _ = command.arg("--root").arg(root));
    let said = command.output().unwrap();
    assert!(said.status.success(), "{said:?}");
    let said: Value = serde_json::from_slice(&said.stdout).unwrap();
    let rows = said["readings"].as_array().unwrap().clone();
    for row in &rows {
        assert!(row["name"].is_string() && row["part"].is_string(), "{row}");
        let (value, missing) = (row["value"].is_number(), row["missing"].is_string());
        assert!(value != missing, "either a value or a reason: {row}");
        assert_eq!(
            value,
            row["unit"].is_string(),
            "a value has its unit: {row}"
        );
    }
    rows
}

fn find<'a>(rows: &'a [Value], name: &str, part: &str) -> &'a Value {
    let row = rows.iter().find(|r| r["name"] == name && r["part"] == part);
    row.unwrap_or_else(|| panic!("no {name} of {part} in {rows:#?}"))
}

#[test]
fn this_machine_has_at_least_eight_readings() {
    let rows = probe(None);
    let values = rows.iter().filter(|r| r["value"].is_number()).count();
    println!("{values} values, {} missing", rows.len() - values);
    assert!(values >= 8, "{rows:#?}");
    assert!(find(&rows, "uptime", "node")["value"].as_u64() > Some(0));
    assert!(find(&rows, "memory_total", "node")["value"].as_u64() > Some(10_000));

    let for_people = Command::new(agent::binary()).arg("probe").output().unwrap();
    assert!(for_people.status.success());
    let text = String::from_utf8(for_people.stdout).unwrap();
    println!("{text}");
    assert!(text.lines().count() >= 8);
}

#[test]
fn a_tree_of_files_is_read_in_place_of_this_machine() {
    let place = Place::new();
    let files = [
        ("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"),
        ("sys/class/thermal/thermal_zone0/temp", "48235\n"),
        (
            "sys/block/mmcblk0/stat",
            "100 0 800 10 200 0 4096 20 0 30 30 0 0 0 0 0 0\n",
        ),
        ("sys/block/mmcblk0/size", "62333952\n"),
        ("sys/block/mmcblk0/device/type", "SD\n"),
        (
            "sys/block/mmcblk0/device/cid",
            "0353445345333247801a2b3c4d015500\n",
        ),
    ];
    for (name, content) in files {
        place.write(&format!("tree/{name}"), content);
    }
    let rows = probe(Some(&place.path("tree")));
    assert_eq!(find(&rows, "cpu_temperature", "node")["value"], 48.2);
    // 4,096 sectors of 512 bytes, whatever the block size of the card is.
    assert_eq!(find(&rows, "disk_written", "mmcblk0")["value"], 2048);
    // What would come from the real machine is not mixed in.
    for name in ["load_1min", "memory_total"] {
        assert!(
            find(&rows, name, "node")["missing"].is_string(),
            "{name} is this machine's"
        );
    }
}

#[test]
fn a_tree_of_garbage_gives_reasons_and_no_numbers() {
    let place = Place::new();
    let garbage = [
        ("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n"),
        ("sys/class/thermal/thermal_zone0/temp", "hot\n"),
        ("sys/block/mmcblk0/stat", "1 2 3\n"),
        ("sys/block/mmcblk0/device/cid", "\u{0}\u{1}zz"),
    ];
    for (name, content) in garbage {
        place.write(&format!("tree/{name}"), content);
    }
    let rows = probe(Some(&place.path("tree")));
    assert_eq!(find(&rows, "cpu_temperature", "node")["missing"], "garbled");
    assert_eq!(find(&rows, "disk_written", "mmcblk0")["missing"], "garbled");
}

#[test]
fn an_empty_tree_is_all_missing_and_no_failure() {
    let place = Place::new();
    std::fs::create_dir(place.path("tree")).unwrap();
    let rows = probe(Some(&place.path("tree")));
    assert!(!rows.is_empty());
    assert!(
        rows.iter()
            .all(|r| r["missing"].is_string() || r["name"] == "uptime"),
        "{rows:#?}"
    );
}

#[test]
fn a_running_agent_writes_to_no_disk() {
    // Its log and its run-time folder, which the test chooses, are in memory.
    let place = Place::in_memory();
    let hub = Hub::run(&place, &HubSettings::embedded(&place));
    let watcher = Watcher::new(hub.broker, Mqtt::V311, &["picket/v1/pi-dry/report"]);
    let agent = Agent::start(&place, "pi-dry", hub.broker, "1s");
    wait_for("eight reports", seconds(60), || {
        (watcher.messages().len() >= 8).then_some(())
    });
    let written = proc::number(agent.pid(), "io", "write_bytes");
    println!("write_bytes after 8 reports: {written}");
    assert_eq!(written, 0);
}
