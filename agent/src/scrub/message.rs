//! The lines from the scrub process to the agent: a greeting, then one line for each round of the
//! probes with everything that they found. JSON, because both ends may be of different versions
//! while a package is upgraded, and a person may look at it.

use crate::parts::Named;
use crate::probe::{About, Measured, Needs, Writer};
use picket_wire::quantity::MAX_CODE;
use picket_wire::{Missing, PartKind, Quantity};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Version of these lines.
pub const VERSION: u32 = 1;
/// Most bytes of a line, its end included.
pub const MAX_LINE: usize = 64 * 1024;
/// Most readings of a line.
pub const MAX_ROWS: usize = 512;
/// Most writers of a line.
pub const MAX_WRITERS: usize = 8;

/// What a round of the probes found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The readings.
    pub measured: Vec<Measured>,
    /// Who writes most; none from a round whose probes did not look.
    pub writers: Option<Vec<Writer>>,
}

impl From<Vec<Measured>> for Told {
    fn from(measured: Vec<Measured>) -> Told {
        Told {
            measured,
            writers: None,
        }
    }
}

/// Why a line is not sent or not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    /// The first line is no greeting.
    #[error("it does not begin like a scrub")]
    NoGreeting,
    /// The two programs are of different versions.
    #[error("it is of another version: restart picket-agent and picket-scrub")]
    OtherVersion,
    /// Not the JSON that stands here.
    #[error("a line cannot be understood")]
    Malformed,
    /// More than [`MAX_LINE`].
    #[error("a line is longer than {MAX_LINE} bytes")]
    TooLong,
    /// More than [`MAX_ROWS`] or [`MAX_WRITERS`].
    #[error("a line has more than {MAX_ROWS} readings or {MAX_WRITERS} writers")]
    TooMany,
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Greeting {
    picket_scrub: u32,
}

/// Any other line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    rows: Vec<Row>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    writers: Option<Vec<Wrote>>,
}

/// One of those who write most.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrote {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disk: Option<Part>,
    name: String,
    written_kib: u64,
    over_s: u32,
}

/// A reading: it has a value or the code of a [`Missing`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    quantity: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<Part>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    missing: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    needs: Option<Needs>,
}

/// What a reading is about; without one it is the node.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    kind: u8,
    id: String,
    name: String,
}

/// The first line, with its end.
///
/// # Errors
/// None in practice.
pub fn greeting() -> Result<Vec<u8>, Refused> {
    line_of(&Greeting {
        picket_scrub: VERSION,
    })
}

/// Looks at the first line, without its end.
///
/// # Errors
/// It is no greeting, or one of another version.
pub fn check_greeting(line: &[u8]) -> Result<(), Refused> {
    let greeting: Greeting = serde_json::from_slice(line).map_err(|_| Refused::NoGreeting)?;
    match greeting.picket_scrub {
        VERSION => Ok(()),
        _ => Err(Refused::OtherVersion),
    }
}

/// The line of a round, with its end.
///
/// # Errors
/// There is more than fits a line.
pub fn encode(told: &Told) -> Result<Vec<u8>, Refused> {
    let writers = told.writers.as_deref();
    if told.measured.len() > MAX_ROWS || writers.is_some_and(|all| all.len() > MAX_WRITERS) {
        return Err(Refused::TooMany);
    }
    line_of(&Line {
        rows: told.measured.iter().map(row).collect(),
        writers: writers.map(|all| all.iter().map(wrote).collect()),
    })
}

/// What a line says, without its end.
///
/// # Errors
/// What is wrong with the first thing that is wrong; then nothing of the line counts.
pub fn decode(line: &[u8]) -> Result<Told, Refused> {
    let line: Line = serde_json::from_slice(line).map_err(|_| Refused::Malformed)?;
    let too_many = |all: &Vec<Wrote>| all.len() > MAX_WRITERS;
    if line.rows.len() > MAX_ROWS || line.writers.as_ref().is_some_and(too_many) {
        return Err(Refused::TooMany);
    }
    let measured = line.rows.into_iter().map(measured).collect::<Option<_>>();
    let writers = match line.writers {
        None => Some(None),
        Some(all) => all.into_iter().map(writer).collect::<Option<_>>().map(Some),
    };
    match (measured, writers) {
        (Some(measured), Some(writers)) => Ok(Told { measured, writers }),
        (None, _) | (_, None) => Err(Refused::Malformed),
    }
}

fn line_of(what: &impl Serialize) -> Result<Vec<u8>, Refused> {
    let mut line = serde_json::to_vec(what).map_err(|_| Refused::Malformed)?;
    line.push(b'\n');
    match line.len() {
        ..=MAX_LINE => Ok(line),
        _ => Err(Refused::TooLong),
    }
}

fn row(measured: &Measured) -> Row {
    let part = match &measured.about {
        About::Node => None,
        About::Part(named) => Some(part(named)),
    };
    Row {
        quantity: measured.quantity.0,
        part,
        value: measured.value.ok(),
        missing: measured.value.err().map(Missing::code),
        needs: measured.needs,
    }
}

fn part(named: &Named) -> Part {
    Part {
        kind: named.kind().code(),
        id: named.id().to_owned(),
        name: named.name().to_owned(),
    }
}

/// None if it is of a kind that no scrub knows.
fn named(part: Part) -> Option<Named> {
    match PartKind::from_code(part.kind) {
        PartKind::Node | PartKind::Unknown(_) => None,
        kind => Some(Named::new(kind, &part.id, &part.name)),
    }
}

fn wrote(writer: &Writer) -> Wrote {
    Wrote {
        disk: writer.disk.as_ref().map(part),
        name: writer.name.clone(),
        written_kib: writer.written_kib,
        over_s: writer.over_s,
    }
}

/// None if it says what no scrub says.
fn writer(wrote: Wrote) -> Option<Writer> {
    let disk = match wrote.disk {
        None => None,
        Some(part) => Some(named(part)?),
    };
    (wrote.over_s > 0).then_some(Writer {
        disk,
        name: wrote.name,
        written_kib: wrote.written_kib,
        over_s: wrote.over_s,
    })
}

/// None if the row says what no scrub says.
fn measured(row: Row) -> Option<Measured> {
    let about = match row.part {
        None => About::Node,
        Some(part) => About::Part(named(part)?),
    };
    let value = match (row.value, row.missing.map(Missing::from_code)) {
        (Some(value), None) => Ok(value),
        (None, Some(why)) if !matches!(why, Missing::Unknown(_)) => Err(why),
        _ => return None,
    };
    (1..=MAX_CODE).contains(&row.quantity).then_some(Measured {
        quantity: Quantity(row.quantity),
        about,
        value,
        needs: row.needs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(decode(line), Ok(told));
        }
        assert_eq!(decode(br#"{"rows":[]}"#), Ok(Told::default()));
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
            let line = format!(r#"{{"rows":[{good},{rows}]}}"#);
            assert_eq!(decode(line.as_bytes()), Err(Refused::Malformed), "{rows}");
        }
        let writer = r#"{"name":"a","written_kib":1,"over_s":1}"#;
        let line = |writers: &str| format!(r#"{{"rows":[],"writers":[{writers}]}}"#);
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
            r#"{"rows":[],"x":1}"#,
            r#"{"rows":[]} {}"#,
        ] {
            assert_eq!(decode(line.as_bytes()), Err(Refused::Malformed), "{line}");
        }
        assert_eq!(decode(b"{\"rows\":[\xff]}"), Err(Refused::Malformed));
        assert_eq!(
            decode("[".repeat(MAX_LINE).as_bytes()),
            Err(Refused::Malformed)
        );
    }

    #[test]
    fn a_scrub_of_another_version_is_told_from_a_stranger() {
        let greeting = greeting().unwrap();
        assert_eq!(check_greeting(greeting.trim_ascii_end()), Ok(()));
        let other = check_greeting(br#"{"picket_scrub":2}"#);
        assert_eq!(other, Err(Refused::OtherVersion));
        for line in ["", "hello", r#"{"rows":[]}"#, r#"{"picket_scrub":1,"x":1}"#] {
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
        let line = format!(r#"{{"rows":[{rows}]}}"#);
        assert_eq!(decode(line.as_bytes()), Err(Refused::TooMany));
        let long = Named::new(PartKind::Disk, &"\"".repeat(64), &"\"".repeat(64));
        let rows = vec![Measured::of_part(Quantity::DISK_LIFE_USED, &long, Ok(1)); MAX_ROWS];
        assert_eq!(encode(&rows.into()), Err(Refused::TooLong));
    }
}
