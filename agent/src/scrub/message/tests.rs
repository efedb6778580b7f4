//! Lines that are understood, and those that are not.

use super::*;
use crate::scrub::finding::{Finding, path_hash};
use picket_wire::{FindingKind, FindingState, GroundTruth};

impl From<Vec<Measured>> for Told {
    fn from(measured: Vec<Measured>) -> Told {
        Told {
            measured,
            writers: None,
        }
    }
}

fn some() -> Vec<Measured> {
    let disk = Named::new(PartKind::Disk, "eui.\"1\"", "nvme0n1");
    let denied = Measured::of_part(Quantity::EMMC_LIFE_STEP, &disk, Err(Missing::Denied));
    vec![
        Measured::of_part(Quantity::DISK_LIFE_USED, &disk, Ok(3)),
        denied.needing(Needs::SysRawio),
        Measured::of_node(Quantity::STORAGE_MESSAGES, Ok(-1)),
    ]
}

#[test]
fn what_was_found_arrives_as_it_was() {
    let disk = Named::new(PartKind::Disk, "eui.1", "nvme0n1");
    let writer = |disk, name: &str| Writer {
        disk,
        name: name.to_owned(),
        written_kib: u64::MAX,
        over_s: 1,
    };
    let writers = vec![
        writer(Some(disk), "db.service"),
        writer(None, "\u{1b}[0m\n"),
    ];
    let told = Told {
        measured: some(),
        writers: Some(writers),
    };
    for told in [told, some().into(), Told::default()] {
        let line = encode(&told).unwrap();
        let (end, line) = line.split_last().unwrap();
        assert_eq!(*end, b'\n');
        assert!(!line.contains(&b'\n'));
        assert_eq!(decode(line), Ok(Said::Round(told)));
    }
    let nothing = Said::Round(Told::default());
    assert_eq!(decode(br#"{"round":{"rows":[]}}"#), Ok(nothing));
}

#[test]
fn what_no_scrub_says_is_refused_as_a_whole() {
    for rows in [
        r#"{"quantity":52}"#,
        r#"{"quantity":52,"value":1,"missing":3}"#,
        r#"{"quantity":52,"missing":0}"#,
        r#"{"quantity":52,"missing":7}"#,
        r#"{"quantity":0,"value":1}"#,
        r#"{"quantity":8192,"value":1}"#,
        r#"{"quantity":70000,"value":1}"#,
        r#"{"quantity":52,"value":1.5}"#,
        r#"{"quantity":52,"value":9223372036854775808}"#,
        r#"{"quantity":52,"value":1,"value":2}"#,
        r#"{"quantity":52,"value":1,"more":2}"#,
        r#"{"quantity":52,"value":1,"needs":"everything"}"#,
        r#"{"quantity":52,"value":1,"part":{"kind":0,"id":"a","name":"a"}}"#,
        r#"{"quantity":52,"value":1,"part":{"kind":99,"id":"a","name":"a"}}"#,
        r#"{"quantity":52,"value":1,"part":{"kind":1,"id":"a"}}"#,
    ] {
        let good = r#"{"quantity":52,"value":1}"#;
        let line = format!(r#"{{"round":{{"rows":[{good},{rows}]}}}}"#);
        assert_eq!(decode(line.as_bytes()), Err(Refused::Malformed), "{rows}");
    }
    let writer = r#"{"name":"a","written_kib":1,"over_s":1}"#;
    let line = |writers: &str| format!(r#"{{"round":{{"rows":[],"writers":[{writers}]}}}}"#);
    assert!(decode(line(writer).as_bytes()).is_ok());
    let many = [writer; MAX_WRITERS + 1].join(",");
    assert_eq!(decode(line(&many).as_bytes()), Err(Refused::TooMany));
    for wrong in [
        r#"{"name":"a","written_kib":1,"over_s":0}"#,
        r#"{"name":"a","written_kib":-1,"over_s":1}"#,
        r#"{"name":"a","written_kib":1}"#,
        r#"{"name":"a","written_kib":1,"over_s":1,"disk":{"kind":0,"id":"a","name":"a"}}"#,
    ] {
        let decoded = decode(line(wrong).as_bytes());
        assert_eq!(decoded, Err(Refused::Malformed), "{wrong}");
    }
    for line in [
        "",
        "{}",
        "[]",
        "null",
        "\u{0}",
        r#"{"round":{}}"#,
        r#"{"round":{"rows":[],"x":1}}"#,
        r#"{"round":{"rows":[],"from":0,"of":0}}"#,
        r#"{"round":{"rows":[]},"packages":{"rows":[],"from":0,"of":0}}"#,
        r#"{"round":{"rows":[]}} {}"#,
    ] {
        assert_eq!(decode(line.as_bytes()), Err(Refused::Malformed), "{line}");
    }
    assert_eq!(
        decode(b"{\"round\":{\"rows\":[\xff]}}"),
        Err(Refused::Malformed)
    );
    assert_eq!(
        decode("[".repeat(MAX_LINE).as_bytes()),
        Err(Refused::Malformed)
    );
}

#[test]
fn a_scrub_of_another_version_is_told_from_a_stranger() {
    let greeting = greeting().unwrap();
    assert_eq!(check_greeting(greeting.trim_ascii_end()), Ok(()));
    let other = check_greeting(br#"{"picket_scrub":1}"#);
    assert_eq!(other, Err(Refused::OtherVersion));
    for line in ["", "hello", r#"{"rows":[]}"#, r#"{"picket_scrub":2,"x":1}"#] {
        assert_eq!(check_greeting(line.as_bytes()), Err(Refused::NoGreeting));
    }
}

#[test]
fn more_than_a_line_holds_is_neither_sent_nor_taken() {
    let row = Measured::of_node(Quantity::STORAGE_MESSAGES, Ok(1));
    assert_eq!(
        encode(&vec![row.clone(); MAX_ROWS + 1].into()),
        Err(Refused::TooMany)
    );
    assert!(encode(&vec![row; MAX_ROWS].into()).is_ok());
    let rows = vec![r#"{"quantity":52,"value":1}"#; MAX_ROWS + 1].join(",");
    let line = format!(r#"{{"round":{{"rows":[{rows}]}}}}"#);
    assert_eq!(decode(line.as_bytes()), Err(Refused::TooMany));
    let long = Named::new(PartKind::Disk, &"\"".repeat(64), &"\"".repeat(64));
    let rows = vec![Measured::of_part(Quantity::DISK_LIFE_USED, &long, Ok(1)); MAX_ROWS];
    assert_eq!(encode(&rows.into()), Err(Refused::TooLong));
}

fn located(path: String) -> Located {
    Located {
        place: Named::new(PartKind::Disk, &"\"".repeat(64), &"\"".repeat(64)),
        finding: Finding {
            kind: FindingKind::Unreadable,
            state: FindingState::Rewritten,
            truth: GroundTruth::PackageList,
            cached_copy_is_good: true,
            times_are_weak: true,
            found_unix_s: u64::MAX,
            block: u64::MAX,
            blocks: u32::MAX,
            sector: u64::MAX,
            path_hash: path_hash(path.as_bytes()),
            path,
            package: "\"".repeat(64),
        },
    }
}

#[test]
fn the_longest_lists_arrive_whole_in_lines_that_are_short_enough() {
    let name = |i: usize| format!("{i:04}{}", "\"".repeat(1020));
    let findings: Vec<Located> = (0..piece::MAX_FINDINGS).map(|i| located(name(i))).collect();
    let mut pieces = piece::Pieces::default();
    let mut whole = None;
    for line in encode_findings(&findings).unwrap() {
        assert!(line.len() <= MAX_LINE && whole.is_none());
        match decode(line.trim_ascii_end()).unwrap() {
            Said::Findings(piece) => whole = pieces.take(piece),
            other => panic!("{other:?}"),
        }
    }
    assert!(whole == Some(findings));
    let package = |i| PackageContent {
        name: format!("{i:04}{}", "\"".repeat(60)),
        key: u64::MAX,
        content: u64::MAX - 1,
    };
    let packages: Vec<PackageContent> = (0..MAX_PACKAGES).map(package).collect();
    let mut pieces = piece::Pieces::default();
    let mut whole = None;
    for line in encode_packages(&packages).unwrap() {
        match decode(line.trim_ascii_end()).unwrap() {
            Said::Packages(piece) => whole = pieces.take(piece),
            other => panic!("{other:?}"),
        }
    }
    assert!(whole == Some(packages));
    let line = encode_findings(&[]).unwrap().concat();
    assert_eq!(line, b"{\"findings\":{\"rows\":[],\"from\":0,\"of\":0}}\n");
}

#[test]
fn a_list_whose_pieces_do_not_follow_each_other_does_not_count() {
    let packages: Vec<PackageContent> = (0..600)
        .map(|i| PackageContent {
            name: format!("p{i}"),
            key: i,
            content: i,
        })
        .collect();
    let lines = encode_packages(&packages).unwrap();
    let piece = |i: usize| match decode(lines[i].trim_ascii_end()).unwrap() {
        Said::Packages(piece) => piece,
        other => panic!("{other:?}"),
    };
    let mut pieces = piece::Pieces::default();
    for (i, is_whole) in [
        (0, false),
        (2, false),
        (1, false),
        (0, false),
        (1, false),
        (0, false),
        (1, false),
        (2, true),
    ] {
        assert_eq!(pieces.take(piece(i)).is_some(), is_whole, "{i}");
    }
}

#[test]
fn a_piece_that_no_scrub_sends_is_refused() {
    let line = encode_findings(&[located("/a".to_owned())])
        .unwrap()
        .concat();
    let line = String::from_utf8(line).unwrap();
    assert!(decode(line.as_bytes()).is_ok());
    for (good, bad) in [
        ("\"kind\":4", "\"kind\":9"),
        ("\"state\":2", "\"state\":9"),
        ("\"truth\":3", "\"truth\":9"),
        ("\"path_hash\":\"", "\"path_hash\":\"zz"),
        ("\"place\":{\"kind\":1", "\"place\":{\"kind\":0"),
        ("\"from\":0,", ""),
        ("\"findings\"", "\"packages\""),
    ] {
        assert!(line.contains(good), "{good} in {line}");
        let wrong = line.replacen(good, bad, 1);
        assert_eq!(decode(wrong.as_bytes()), Err(Refused::Malformed), "{bad}");
    }
    for (good, bad) in [("\"of\":1", "\"of\":65"), ("\"of\":1", "\"of\":0")] {
        let wrong = line.replacen(good, bad, 1);
        assert_eq!(decode(wrong.as_bytes()), Err(Refused::TooMany), "{bad}");
    }
    let all = vec![located("/a".to_owned()); piece::MAX_FINDINGS + 1];
    assert_eq!(encode_findings(&all), Err(Refused::TooMany));
}
