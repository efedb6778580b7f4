//! Frames of every kind, told.

use super::*;
use picket_wire::{
    BootId, Flags, FrameWriter, Header, Missing, Reading, Returns, RunBits, SessionId, section,
};

fn report() -> Vec<u8> {
    let header = Header {
        kind: Kind::Report,
        flags: Flags::default(),
        boot: BootId(0x1A2B_3C4D),
        session: SessionId(0x12),
        seq: 5,
        run: RunBits(0),
        uptime_ms: 60_000,
    };
    let mut buffer = [0; 512];
    let mut writer = FrameWriter::new(&mut buffer, &header).unwrap();
    let reading = |quantity, part, value| Reading {
        quantity,
        part,
        value,
    };
    let readings = [
        reading(Quantity::CPU_TEMPERATURE, 0, Ok(482)),
        reading(Quantity::DISK_WRITTEN, 3, Err(Missing::Denied)),
        reading(Quantity(999), 0, Ok(-7)),
    ];
    writer.readings(readings).unwrap();
    writer
        .section(section::HOLDS, &picket_wire::Holds { run_ordinal: 4 })
        .unwrap();
    writer.section(100, &7_u8).unwrap();
    writer.finish().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn a_report_is_shown_with_names_units_and_reasons() {
    let text = to_text(&report()).unwrap();
    for part in [
        "report frame of ",
        " bytes, unsigned\n",
        "boot 1a2b3c4d, session 0012, number 5, no run of a hub heard yet, uptime 60.000 s",
        "cpu_temperature of part 0: 48.2 °C",
        "disk_written of part 3: missing, denied",
        "quantity_999 of part 0: -7, unknown to this version",
        "followed the hub's run number 4",
        "section 100, unknown to this version",
    ] {
        assert!(text.contains(part), "{text} has no {part}");
    }
}

#[test]
fn json_has_the_same() {
    let json = to_json(&report()).unwrap();
    assert_eq!(json["kind"], "report");
    assert_eq!(json["seq"], 5);
    assert_eq!(json["sections"][0]["rows"][0]["value"], 48.2);
    assert_eq!(json["sections"][0]["rows"][1]["missing"], "denied");
    assert_eq!(json["sections"][2]["unknown"], true);
}

#[test]
fn hex_and_raw_bytes_mean_the_same() {
    let bytes = report();
    assert_eq!(input(&hex(&bytes)).unwrap(), bytes);
    assert_eq!(
        input(&format!("0x{}", hex(&bytes).replace(' ', ""))).unwrap(),
        bytes
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("frame");
    for content in [bytes.clone(), hex(&bytes).into_bytes()] {
        std::fs::write(&file, content).unwrap();
        assert_eq!(input(file.to_str().unwrap()).unwrap(), bytes);
    }
}

#[test]
fn what_is_no_frame_is_refused_with_its_reason() {
    let mut bytes = report();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert!(
        to_text(&bytes)
            .unwrap_err()
            .to_string()
            .contains("checksum")
    );
    assert!(
        to_text(&[0; 40])
            .unwrap_err()
            .to_string()
            .contains("first byte")
    );
    assert!(to_text(&[]).unwrap_err().to_string().contains("too few"));
    let error = input("no such thing").unwrap_err().to_string();
    assert!(error.contains("no file and no hex"), "{error}");
    assert!(input("abc").is_err(), "half a byte");
}

fn header(kind: Kind) -> Header {
    Header {
        kind,
        flags: Flags::default(),
        boot: BootId(1),
        session: SessionId(2),
        seq: 0,
        run: RunBits(0),
        uptime_ms: 1,
    }
}

fn facts_of_a_board() -> Vec<u8> {
    let mut buffer = [0; 1024];
    let mut writer = FrameWriter::new(&mut buffer, &header(Kind::Facts)).unwrap();
    let board = picket_wire::Board {
        revision: 0x00d0_4170,
        serial: "1000000012345678",
        boot_loader: "f788aab6",
        boot_loader_built_s: 1_739_448_000,
        reset_reason: "power-on",
        reset_source: "rsts 0x1000",
        returns: Returns::No.code(),
        returns_because: "WAIT_FOR_POWER_BUTTON=1",
    };
    writer.section(section::BOARD, &board).unwrap();
    let medium = picket_wire::Medium {
        part: 1,
        kind: 1,
        maker: 0x03,
        oem: 0x5344,
        product: "SD32G",
        serial: "0x12345678",
        revision: "8.0",
        made_year: 2021,
        made_month: 3,
        size_kib: 31_166_976,
    };
    writer.repeated(section::MEDIA, [medium]).unwrap();
    let by = picket_wire::Writer {
        part: 1,
        name: "influxdb.service",
        written_kib: 72_000,
        over_s: 600,
    };
    writer.repeated(section::WRITERS, [by]).unwrap();
    writer.finish().to_vec()
}

#[test]
fn a_board_its_disks_and_who_writes_to_them_are_shown() {
    let text = to_text(&facts_of_a_board()).unwrap();
    for part in [
        "revision d04170, serial \"1000000012345678\"",
        "comes back by itself after a halt: no (\"WAIT_FOR_POWER_BUTTON=1\")",
        "part 1 is sd \"SD32G\"",
        "maker 0x3/0x5344, made 2021-03, 31166976 KiB",
        "\"influxdb.service\" wrote 72000 KiB to part 1 in 600 s",
    ] {
        assert!(text.contains(part), "{text} has no {part}");
    }
    let json = to_json(&facts_of_a_board()).unwrap();
    assert_eq!(json["sections"][0]["revision"], "d04170");
    assert_eq!(json["sections"][0]["returns"], "no");
    assert_eq!(json["sections"][1]["rows"][0]["made_year"], 2021);
    assert_eq!(json["sections"][2]["rows"][0]["name"], "influxdb.service");
}

/// A report of a scrub, and facts that remember for others.
fn scrub() -> [Vec<u8>; 2] {
    let finding = picket_wire::Finding {
        part: 1,
        kind: 1,
        state: 0,
        truth: 2,
        flags: picket_wire::Finding::CACHED_COPY_IS_GOOD,
        found_unix_s: 1_790_000_000,
        block: 3,
        blocks: 2,
        sector: 1_234_560,
        path_hash: [7; 32],
        path: "/srv/\u{1b}[31m\"a\"",
        package: "libc6:arm64",
    };
    let newer = picket_wire::Finding {
        kind: 77,
        state: 78,
        truth: 79,
        flags: picket_wire::Finding::TIMES_ARE_WEAK,
        ..finding
    };
    let package = picket_wire::Package {
        name: "base-files",
        key: 0x0123,
        content: u64::MAX,
    };
    let mut buffer = [0; 1024];
    let mut writer = FrameWriter::new(&mut buffer, &header(Kind::Report)).unwrap();
    let findings = [finding, newer];
    writer.repeated(section::FINDINGS, findings).unwrap();
    writer.repeated(section::PACKAGES, [package]).unwrap();
    let report = writer.finish().to_vec();

    let witness = picket_wire::Witness {
        disk: 0xabc,
        lineage: 0x1a2b_3c4d,
        generation: 41,
    };
    let machine = picket_wire::Machine { id: 0x0123 };
    let mut writer = FrameWriter::new(&mut buffer, &header(Kind::Facts)).unwrap();
    writer.section(section::MACHINE, &machine).unwrap();
    writer.repeated(section::WITNESSES, [witness]).unwrap();
    [report, writer.finish().to_vec()]
}

#[test]
fn what_a_scrub_found_and_what_others_remember_are_shown() {
    let [report, facts] = scrub();
    let text = to_text(&report).unwrap() + &to_text(&facts).unwrap();
    for part in [
        "finding on part 1: \"/srv/\\u{1b}[31m\\\"a\\\"\" of package \"libc6:arm64\" is stable, open, by \
         its package: 2 blocks from block 3 on, sector 1234560, found 1790000000 s after 1970, a good \
         copy was in memory when it was found, hash of its path 0707",
        "is unknown, unknown, by its unknown: 2 blocks",
        "package \"base-files\" of 0000000000000123 reads as ffffffffffffffff",
        "its installation is 0000000000000123",
        "witness of disk 0000000000000abc: canary 41 of 1a2b3c4d",
    ] {
        assert!(text.contains(part), "{text} has no {part}");
    }
    assert!(
        !text.contains('\u{1b}'),
        "no control character is passed on"
    );
}

#[test]
fn json_of_a_scrub_has_every_field() {
    let [report, facts] = scrub().map(|frame| to_json(&frame).unwrap());
    let finding = &report["sections"][0]["rows"][0];
    let expected = serde_json::json!({
        "part": 1, "kind": "stable", "state": "open", "truth": "package",
        "cached_copy_is_good": true, "times_are_weak": false, "found_unix_s": 1_790_000_000,
        "block": 3, "blocks": 2, "sector": 1_234_560, "path": "/srv/\u{1b}[31m\"a\"",
        "path_hash": "07".repeat(32), "package": "libc6:arm64",
    });
    assert_eq!(*finding, expected);
    let package = &report["sections"][1]["rows"][0];
    assert_eq!(package["content"], "ffffffffffffffff");
    assert_eq!(facts["sections"][0]["id"], "0000000000000123");
    let witness = &facts["sections"][1]["rows"][0];
    let expected = serde_json::json!({
        "disk": "0000000000000abc", "lineage": 0x1a2b_3c4d, "generation": 41,
    });
    assert_eq!(*witness, expected);
}
