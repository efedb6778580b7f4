//! The recorded trees of several boards: what `probe --json` says of each, and their quirks in words.
//!
//! `PICKET_RECORD=1 cargo test -p picket-agent --test agent fixtures` records the answers anew.

use crate::support::program;
use picket_wire::quantity;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The trees, each a folder beside its `<name>.json` and its `<name>.sources.md`.
pub(crate) const BOARDS: [&str; 7] = [
    "cm4",
    "pc",
    "pi-3b-plus",
    "pi-4b",
    "pi-5",
    "pi-debian-kernel",
    "pi-zero-2-w",
];

/// A file or folder of the fixtures.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// A copy of a board's tree that a test may spoil: the folder, and the tree in it, which everybody
/// may read.
pub(crate) fn copy_of(board: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let copied = Command::new("cp")
        .arg("-r")
        .arg(fixture(board))
        .arg(dir.path())
        .status();
    assert!(copied.unwrap().success());
    let readable = Command::new("chmod")
        .args(["-R", "a+rX"])
        .arg(dir.path())
        .status();
    assert!(readable.unwrap().success());
    let tree = dir.path().join(board);
    (dir, tree)
}

/// The files of a folder and of all folders in it, as paths below it, in order. Links are none.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path().strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found.sort_unstable();
    found
}

fn probe(tree: &Path) -> Value {
    let output = Command::new(program())
        .args(["probe", "--json", "--root"])
        .arg(tree)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", tree.display());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// JSON for people who compare versions: each reading, disk and writer on a line of its own.
fn pretty(whole: &Value) -> String {
    let keys = whole.as_object().unwrap().iter().map(|(key, value)| {
        let text = match value.as_array() {
            Some(rows) => {
                let rows: Vec<String> = rows.iter().map(line).collect();
                format!("[\n    {}\n  ]", rows.join(",\n    "))
            }
            None => line(value),
        };
        format!("  \"{key}\": {text}")
    });
    let keys: Vec<String> = keys.collect();
    format!("{{\n{}\n}}\n", keys.join(",\n"))
}

/// One thing on one line; what names it stands first.
fn line(row: &Value) -> String {
    const FIRST: [&str; 4] = ["name", "part", "disk", "value"];
    let mut entries: Vec<_> = row.as_object().into_iter().flatten().collect();
    entries.sort_by_key(|(key, _)| FIRST.iter().position(|f| f == key).unwrap_or(FIRST.len()));
    let entries = entries
        .iter()
        .map(|(key, value)| format!("\"{key}\": {value}"));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
}

#[test]
fn each_tree_reads_as_it_was_recorded() {
    for board in BOARDS {
        let said = pretty(&probe(&fixture(board)));
        let file = fixture(&format!("{board}.json"));
        if std::env::var_os("PICKET_RECORD").is_some() {
            fs::write(&file, &said).unwrap();
        }
        let recorded = fs::read_to_string(&file).unwrap_or_default();
        for (line, (said, recorded)) in said.lines().zip(recorded.lines()).enumerate() {
            assert_eq!(said, recorded, "{board}.json:{}", line + 1);
        }
        assert_eq!(said.len(), recorded.len(), "{board}.json");
    }
}

#[test]
fn a_tree_reads_the_same_wherever_it_lies() {
    for board in BOARDS {
        let (_dir, tree) = copy_of(board);
        assert_eq!(probe(&tree), probe(&fixture(board)), "{board}");
    }
}

#[test]
fn every_quantity_of_the_table_is_answered_in_each_tree_by_a_value_or_a_reason_and_once() {
    for board in BOARDS {
        let whole = probe(&fixture(board));
        let mut seen = BTreeSet::new();
        for row in whole["readings"].as_array().unwrap() {
            let has = |key| row.get(key).is_some();
            assert_ne!(has("value"), has("missing"), "{board}: {row}");
            assert_eq!(has("value"), has("unit"), "{board}: {row}");
            let text = |key: &str| row[key].as_str().unwrap().to_owned();
            let key = (text("name"), text("part"));
            assert!(seen.insert(key), "{board}: {row} is said twice");
        }
        let named: BTreeSet<&str> = seen.iter().map(|(name, _)| name.as_str()).collect();
        // What a scrub of files says is no probe's: there is no reading of the moment.
        let of_scrub: Vec<_> = picket_agent::scrub::readings::quantities().collect();
        let rows = quantity::TABLE.iter();
        let of_probes = rows.filter(|row| !of_scrub.contains(&row.quantity));
        let table: BTreeSet<&str> = of_probes.map(|row| row.name).collect();
        assert_eq!(named, table, "{board}");
    }
}

#[test]
fn each_file_of_each_tree_has_a_source() {
    for board in BOARDS {
        let sources = fs::read_to_string(fixture(&format!("{board}.sources.md"))).unwrap();
        let named: BTreeSet<&str> = sources
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
            .map(|(path, source)| {
                assert!(source.len() > 2, "{board}: {path} has no source");
                path
            })
            .collect();
        let there = files(&fixture(board));
        let there: BTreeSet<&str> = there.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(there, named, "{board}");
    }
}

/// What a board is known for: tree, part, reading, and the value with its unit or the reason.
const QUIRKS: &[(&str, &str, &str, &str)] = &[
    // Short of voltage since boot, and not now.
    ("pi-4b", "node", "under_voltage_now", "0"),
    ("pi-4b", "node", "under_voltage_since_boot", "1"),
    ("pi-4b", "node", "under_voltage_messages", "1"),
    ("pi-4b", "node", "throttled_since_boot", "1"),
    // The real clock is lower than what the kernel asked for.
    ("pi-4b", "node", "cpu_frequency", "1500 MHz"),
    ("pi-4b", "node", "cpu_frequency_requested", "1800 MHz"),
    ("pi-4b", "mmcblk0", "disk_written", "2621440 KiB"),
    ("pi-4b", "/", "filesystem_errors", "3"),
    ("pi-4b", "/boot/firmware", "filesystem_read_only", "1"),
    ("pi-3b-plus", "node", "soft_limit_now", "1"),
    ("pi-3b-plus", "node", "under_voltage_now", "0"),
    ("pi-3b-plus", "mmcblk0", "storage_messages", "2"),
    // Its kernel is older than the default of Raspberry Pi OS to measure pressure.
    ("pi-3b-plus", "node", "io_pressure", "not_supported"),
    // Boards without the circuit: the bit is always 0, and means nothing.
    ("pi-zero-2-w", "node", "under_voltage_now", "not_fitted"),
    (
        "pi-zero-2-w",
        "node",
        "under_voltage_since_boot",
        "not_fitted",
    ),
    ("pi-zero-2-w", "node", "under_voltage_events", "not_fitted"),
    ("pi-zero-2-w", "node", "throttled_now", "0"),
    ("cm4", "node", "under_voltage_now", "not_fitted"),
    ("cm4", "node", "under_voltage_since_boot", "not_fitted"),
    ("cm4", "node", "under_voltage_events", "not_fitted"),
    ("cm4", "node", "throttled_now", "0"),
    // What the card says now goes before what the kernel read at boot: 1.
    ("cm4", "mmcblk0", "emmc_life_step", "3"),
    ("cm4", "mmcblk0", "emmc_spare_state", "1"),
    // A real SD card has no register of its life.
    ("pi-4b", "node", "emmc_life_step", "not_fitted"),
    ("pi-3b-plus", "node", "emmc_life_step", "not_fitted"),
    // Its owner has not allowed to ask it.
    ("pi-4b", "mmcblk0", "disk_life_used", "not_supported"),
    // The gauge says `online` and `Unknown` whatever is so: it tells nothing of mains.
    ("pi-3b-plus", "battery", "battery_charge", "87 %"),
    ("pi-3b-plus", "battery", "voltage", "4.051 V"),
    (
        "pi-3b-plus",
        "battery",
        "battery_discharging",
        "not_supported",
    ),
    ("pi-3b-plus", "node", "supply_offline", "not_fitted"),
    // The HAT's cell gives current.
    ("pi-zero-2-w", "ina219", "voltage", "4.104 V"),
    ("pi-zero-2-w", "ina219", "current", "-0.412 A"),
    ("pi-zero-2-w", "wlan0", "link_speed", "not_supported"),
    // Nobody tells of the bits there.
    (
        "pi-debian-kernel",
        "node",
        "under_voltage_now",
        "not_supported",
    ),
    (
        "pi-debian-kernel",
        "node",
        "frequency_capped_now",
        "not_supported",
    ),
    ("pi-debian-kernel", "node", "throttled_now", "not_supported"),
    (
        "pi-debian-kernel",
        "node",
        "soft_limit_now",
        "not_supported",
    ),
    (
        "pi-debian-kernel",
        "node",
        "under_voltage_since_boot",
        "not_supported",
    ),
    (
        "pi-debian-kernel",
        "node",
        "frequency_capped_since_boot",
        "not_supported",
    ),
    (
        "pi-debian-kernel",
        "node",
        "throttled_since_boot",
        "not_supported",
    ),
    (
        "pi-debian-kernel",
        "node",
        "soft_limit_since_boot",
        "not_supported",
    ),
    ("pi-debian-kernel", "node", "cpu_frequency", "not_supported"),
    ("pi-debian-kernel", "node", "cpu_temperature", "44.3 °C"),
    // The power chip, the input, the clock's cell and the fan of a Pi 5.
    ("pi-5", "VDD_CORE", "voltage", "0.721 V"),
    ("pi-5", "VDD_CORE", "current", "0.947 A"),
    ("pi-5", "node", "input_voltage", "5.115 V"),
    ("pi-5", "node", "input_current_limit", "5.0 A"),
    ("pi-5", "node", "rtc_cell_voltage", "3.28 V"),
    ("pi-5", "node", "rtc_cell_charging", "0.0 V"),
    ("pi-5", "pwmfan fan1", "fan_speed", "2471 rpm"),
    ("pi-5", "pwmfan fan1", "fan_duty", "29 %"),
    // `acpitz` comes first there, and is not the processor.
    ("pc", "node", "cpu_temperature", "41.0 °C"),
    ("pc", "node", "throttled_now", "not_supported"),
    ("pc", "node", "under_voltage_since_boot", "not_supported"),
    ("pc", "node", "memory_errors_corrected", "2"),
    ("pc", "sda", "storage_messages", "1"),
    ("pc", "nvme0n1", "disk_life_used", "4 %"),
    ("pc", "nvme0n1", "disk_written_ever", "10617283500 KiB"),
    ("pc", "nvme0n1", "temperature", "38.0 °C"),
    ("pc", "sda", "disk_life_used", "7 %"),
    ("pc", "sda", "disk_power_on", "21034 h"),
    ("pc", "/srv", "filesystem_errors", "16"),
];

#[test]
fn the_boards_quirks_are_read_as_they_are() {
    for (board, part, name, expected) in QUIRKS {
        let whole = probe(&fixture(board));
        let rows = whole["readings"].as_array().unwrap();
        let row = rows
            .iter()
            .find(|row| row["name"] == *name && row["part"] == *part);
        let row = row.unwrap_or_else(|| panic!("{board}: no {name} of {part}"));
        let said = match row["missing"].as_str() {
            Some(missing) => missing.to_owned(),
            None => format!("{} {}", row["value"], row["unit"].as_str().unwrap()),
        };
        assert_eq!(said.trim_end(), *expected, "{board}: {name} of {part}");
    }
}
