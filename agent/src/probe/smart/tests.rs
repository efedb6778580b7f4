//! Answers of smartctl, a child that hangs, and disks that sleep.

use super::*;
use crate::probe::{About, Measured};
use crate::testing::Tree;
use picket_wire::Value;
use serde_json::json;

fn attribute(id: u8, name: &str, value: u8, raw: u64) -> serde_json::Value {
    json!({"id": id, "name": name, "value": value, "worst": value, "thresh": 0,
        "raw": {"value": raw, "string": raw.to_string()}})
}

fn ata(table: &[serde_json::Value]) -> serde_json::Value {
    json!({
        "smartctl": {"version": [7, 3], "exit_status": 0},
        "in_smartctl_database": true,
        "logical_block_size": 512,
        "smart_status": {"passed": true},
        "ata_smart_attributes": {"table": table},
        "power_on_time": {"hours": 21034},
        "temperature": {"current": 31},
    })
}

fn samsung() -> serde_json::Value {
    let mut disk = ata(&[
        attribute(5, "Reallocated_Sector_Ct", 100, 3),
        attribute(177, "Wear_Leveling_Count", 93, 121),
        attribute(187, "Uncorrectable_Error_Cnt", 100, 2),
        attribute(235, "POR_Recovery_Count", 99, 44),
        attribute(241, "Total_LBAs_Written", 99, 68_719_476_736),
    ]);
    disk["model_family"] = json!("Samsung based SSDs");
    disk
}

fn health(json: &serde_json::Value) -> Health {
    match answer::parse(json.to_string().as_bytes()) {
        Answer::Health(health) => health,
        other => panic!("{other:?}"),
    }
}

const NOT_SUPPORTED: Value = Err(Missing::NotSupported);
const GARBLED: Value = Err(Missing::Garbled);

#[test]
fn an_ssd_says_its_life_and_a_hard_disk_has_none() {
    let expected = Health {
        life_used: Ok(7),
        spare: NOT_SUPPORTED,
        failing: Ok(0),
        media_errors: Ok(2),
        unsafe_shutdowns: Ok(44),
        power_on_h: Ok(21_034),
        written_kib: Ok(34_359_738_368),
        deci_celsius: Ok(310),
    };
    assert_eq!(health(&samsung()), expected);
    let hard_disk = health(&ata(&[attribute(198, "Offline_Uncorrectable", 100, 8)]));
    assert_eq!(
        (hard_disk.life_used, hard_disk.media_errors),
        (NOT_SUPPORTED, Ok(8))
    );
    assert_eq!(hard_disk.written_kib, NOT_SUPPORTED);
}

#[test]
fn the_same_number_under_another_name_is_another_thing() {
    let other = ata(&[
        attribute(231, "Temperature_Celsius", 40, 40),
        attribute(202, "Data_Address_Mark_Errs", 100, 0),
        attribute(241, "Unknown_Attribute", 100, 5),
    ]);
    let health = health(&other);
    assert_eq!(
        (health.life_used, health.written_kib),
        (NOT_SUPPORTED, NOT_SUPPORTED)
    );
}

#[test]
fn an_attribute_that_stands_still_at_100_is_not_the_life_of_a_disk() {
    let wear = attribute(177, "Wear_Leveling_Count", 100, 0);
    let media = attribute(233, "Media_Wearout_Indicator", 100, 0);
    let remaining = attribute(169, "Remaining_Lifetime_Perc", 100, 63);
    for (family, own, expected) in [
        ("Silicon Motion based SSDs", Some(remaining), Ok(37)),
        (
            "SK hynix SATA SSDs",
            Some(attribute(231, "SSD_Life_Left", 90, 0)),
            Ok(10),
        ),
        (
            "Crucial/Micron Client SSDs",
            Some(attribute(202, "Percent_Lifetime_Remain", 81, 19)),
            Ok(19),
        ),
        ("Kingston SSDNow UV400/500", None, NOT_SUPPORTED),
        ("Intel 320 Series SSDs", None, Ok(0)),
        ("Samsung based SSDs", None, Ok(0)),
    ] {
        let mut table = vec![wear.clone(), media.clone()];
        table.extend(own);
        let mut disk = ata(&table);
        disk["model_family"] = json!(family);
        assert_eq!(health(&disk).life_used, expected, "{family}");
    }
    let broken = ata(&[attribute(169, "Remaining_Lifetime_Perc", 100, 1 << 20)]);
    assert_eq!(health(&broken).life_used, GARBLED);
}

#[test]
fn attributes_of_a_disk_that_smartctl_does_not_know_are_guesses() {
    let mut unknown = samsung();
    unknown["in_smartctl_database"] = json!(false);
    let health = health(&unknown);
    assert_eq!(health.life_used, NOT_SUPPORTED);
    assert_eq!(health.written_kib, NOT_SUPPORTED);
    assert_eq!(health.failing, Ok(0));
}

#[test]
fn what_smartctl_worked_out_itself_goes_before_attributes() {
    let mut newer = samsung();
    newer["endurance_used"] = json!({"current_percent": 9});
    newer["spare_available"] = json!({"current_percent": 98, "threshold_percent": 10});
    let health = health(&newer);
    assert_eq!((health.life_used, health.spare), (Ok(9), Ok(98)));
}

#[test]
fn what_is_written_has_the_unit_of_its_name() {
    for (name, sector, expected) in [
        ("Total_LBAs_Written", 512, Ok(50)),
        ("Total_LBAs_Written", 4096, Ok(400)),
        ("Host_Writes_32MiB", 512, Ok(100 * 32 * 1024)),
        ("Host_Writes_GiB", 512, Ok(100 * 1024 * 1024)),
    ] {
        let mut disk = ata(&[attribute(241, name, 100, 100)]);
        disk["logical_block_size"] = json!(sector);
        assert_eq!(health(&disk).written_kib, expected, "{name} {sector}");
    }
}

#[test]
fn an_nvme_behind_a_bridge_says_it_in_its_log() {
    let nvme = json!({
        "smartctl": {"exit_status": 0},
        "smart_status": {"passed": true, "nvme": {"value": 0}},
        "nvme_smart_health_information_log": {
            "critical_warning": 4, "temperature": 41, "available_spare": 90,
            "percentage_used": 103, "data_units_written": 2, "power_on_hours": 5,
            "unsafe_shutdowns": 6, "media_errors": 7},
        "temperature": {"current": 41},
    });
    let expected = Health {
        life_used: Ok(103),
        spare: Ok(90),
        failing: Ok(1),
        media_errors: Ok(7),
        unsafe_shutdowns: Ok(6),
        power_on_h: Ok(5),
        written_kib: Ok(1000),
        deci_celsius: Ok(410),
    };
    assert_eq!(health(&nvme), expected);
}

#[test]
fn nonsense_in_a_field_is_garbled_in_that_one() {
    let mut disk = samsung();
    disk["smart_status"]["passed"] = json!("yes");
    disk["temperature"]["current"] = json!(4000);
    disk["power_on_time"]["hours"] = json!(-1);
    disk["ata_smart_attributes"]["table"][1]["value"] = json!(200);
    disk["ata_smart_attributes"]["table"][2]["raw"]["value"] = json!(1u64 << 40);
    disk["ata_smart_attributes"]["table"][4]["raw"]["value"] = json!((1u64 << 48) - 1);
    let health = health(&disk);
    let garbled = [
        health.failing,
        health.deci_celsius,
        health.power_on_h,
        health.life_used,
        health.media_errors,
        health.written_kib,
    ];
    assert_eq!(garbled, [GARBLED; 6]);
    assert_eq!(health.unsafe_shutdowns, Ok(44));
}

fn refused(message: &str) -> Vec<u8> {
    ended(2, message)
}

fn ended(status: u8, message: &str) -> Vec<u8> {
    let answer = json!({"smartctl": {"exit_status": status, "messages": [
        {"string": message, "severity": "error"}]}});
    answer.to_string().into_bytes()
}

#[test]
fn an_answer_without_health_says_why() {
    use Answer::{Refused, Sleeps};
    let failed = |why| format!("Smartctl open device: /dev/sda [SAT] failed: {why}");
    for (status, message, expected) in [
        (2, "Device is in STANDBY mode, exit(2)".to_owned(), Sleeps),
        (2, failed("Permission denied"), Refused(Missing::Denied)),
        (
            1,
            "/dev/sda: Unknown USB bridge [0x0781:0x5583 (0x100)]".to_owned(),
            Refused(Missing::NotSupported),
        ),
        (2, failed("No such device"), Refused(Missing::Garbled)),
        (2, failed("Input/output error"), Refused(Missing::Garbled)),
        (
            2,
            failed("Connection timed out"),
            Refused(Missing::TimedOut),
        ),
        // Nobody says SLEEP but smartctl, of a disk that did not answer about its power.
        (
            2,
            "Device is in SLEEP mode, exit(2)".to_owned(),
            Refused(Missing::Busy),
        ),
    ] {
        assert_eq!(
            answer::parse(&ended(status, &message)),
            expected,
            "{message}"
        );
    }
    // What makes it give up on a disk's identity is not in its JSON.
    for (status, expected) in [
        (0, Missing::NotSupported),
        (1, Missing::NotSupported),
        (2, Missing::Garbled),
        (4, Missing::Garbled),
    ] {
        let silent = json!({"smartctl": {"exit_status": status}}).to_string();
        let answer = answer::parse(silent.as_bytes());
        assert_eq!(answer, Refused(expected), "{status}");
    }
    for support in [json!({"available": false}), json!({"enabled": false})] {
        let lacks = json!({"smartctl": {"exit_status": 4}, "smart_support": support});
        let answer = answer::parse(lacks.to_string().as_bytes());
        assert_eq!(answer, Refused(Missing::NotSupported));
    }
    for text in [&b""[..], b"{", b"[]", b"{}", b"\xff"] {
        assert_eq!(answer::parse(text), Refused(Missing::Garbled), "{text:?}");
    }
}

fn machine(answer: &[u8]) -> Tree {
    Tree::new()
        .file("sys/block/sda/size", "1000\n")
        .file("sys/block/sda/device/wwid", "naa.5002\n")
        .file(
            "usr/sbin/smartctl/sda.json",
            std::str::from_utf8(answer).unwrap(),
        )
}

fn values(probe: &mut Smart, tree: &Tree) -> BTreeMap<Quantity, (Value, Option<Needs>)> {
    let mut out = Found::default();
    probe.read(&tree.root(), &mut out);
    let value = |m: Measured| {
        assert!(matches!(m.about, About::Part(part) if part.id() == "wwid/naa.5002"));
        (m.quantity, (m.value, m.needs))
    };
    out.measured.into_iter().map(value).collect()
}

#[test]
fn a_disk_that_sleeps_keeps_what_it_said_but_its_temperature() {
    let mut probe = Smart::default();
    let tree = machine(&refused("Device is in STANDBY mode, exit(2)"));
    let first = values(&mut probe, &tree);
    assert!(first.values().all(|row| row.0 == Err(Missing::Busy)));
    tree.write("usr/sbin/smartctl/sda.json", &samsung().to_string());
    assert_eq!(values(&mut probe, &tree)[&Quantity::TEMPERATURE].0, Ok(310));
    let tree = machine(&refused("Device is in STANDBY mode, exit(2)"));
    let asleep = values(&mut probe, &tree);
    assert_eq!(asleep[&Quantity::TEMPERATURE].0, Err(Missing::Busy));
    assert_eq!(asleep[&Quantity::DISK_LIFE_USED].0, Ok(7));
}

#[test]
fn what_a_disk_said_last_is_not_said_of_another_that_has_its_id_and_sleeps() {
    let mut probe = Smart::default();
    let awake = machine(samsung().to_string().as_bytes());
    assert_eq!(
        values(&mut probe, &awake)[&Quantity::DISK_LIFE_USED].0,
        Ok(7)
    );
    let asleep = refused("Device is in STANDBY mode, exit(2)");
    let other = Tree::new()
        .file("sys/block/sdb/size", "1000\n")
        .file("sys/block/sdb/device/wwid", "naa.5002\n")
        .file(
            "usr/sbin/smartctl/sdb.json",
            std::str::from_utf8(&asleep).unwrap(),
        );
    let said = values(&mut probe, &other);
    assert!(said.values().all(|row| row.0 == Err(Missing::Busy)));
}

#[test]
fn without_the_program_it_is_not_supported_and_without_the_right_denied() {
    let denied = machine(&refused(
        "Smartctl open device: /dev/sda failed: Permission denied",
    ));
    for row in values(&mut Smart::default(), &denied).values() {
        assert_eq!(*row, (Err(Missing::Denied), Some(Needs::SysRawio)));
    }
    let none = Tree::new()
        .file("sys/block/sda/size", "1000\n")
        .file("sys/block/sda/device/wwid", "naa.5002\n");
    let rows = values(&mut Smart::default(), &none);
    assert_eq!(rows.len(), 8);
    assert!(rows.values().all(|row| row.0 == NOT_SUPPORTED));
}

#[test]
fn a_program_that_hangs_is_killed_and_reaped_at_its_deadline() {
    let mut runner = Runner::of_shell(&["-c", "exec sleep 600"]);
    let begin = Instant::now();
    let answer = runner.ask("/dev/sdq", begin + Duration::from_millis(300));
    assert_eq!(answer, Err(Missing::TimedOut));
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(runner.is_idle(), "the child was not reaped");
    assert_eq!(runner.ask("/dev/sdq", begin), Err(Missing::TimedOut));
}

#[test]
fn an_answer_without_end_is_garbled_and_nothing_of_the_environment_is_handed_on() {
    let later = || Instant::now() + Duration::from_secs(20);
    let mut endless = Runner::of_shell(&["-c", "exec cat /dev/zero"]);
    assert_eq!(endless.ask("/dev/sdq", later()), Err(Missing::Garbled));
    let mut prints = Runner::of_shell(&["-c", "echo \"$HOME|$0\""]);
    let said = prints.ask("/dev/sdq", later()).unwrap();
    assert_eq!(said, b"|/dev/sdq\n");
}
