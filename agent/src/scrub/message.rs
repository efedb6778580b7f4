//! The lines from the scrub process to the agent: a greeting, then one line for each round of the
//! probes with everything that they found, and whenever they change the findings and what packages
//! read as, in several lines ([`piece`]). JSON, because both ends may be of different versions while
//! a package is upgraded, and a person may look at it.

pub mod piece;

use super::standing::{MAX_PACKAGES, PackageContent};
use crate::parts::Named;
use crate::probe::{About, Measured, Needs, Writer};
use picket_wire::quantity::MAX_CODE;
use picket_wire::{Missing, PartKind, Quantity};
use piece::{FindingRow, Located, PackageRow, Piece};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Version of these lines.
pub const VERSION: u32 = 2;
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

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// What a round of the probes found.
    Round(Told),
    /// Some of the findings.
    Findings(Piece<Located>),
    /// Some of what packages read as.
    Packages(Piece<PackageContent>),
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
    /// More than [`MAX_ROWS`], [`MAX_WRITERS`], or what a list may have.
    #[error(
        "a line has more than {MAX_ROWS} readings or {MAX_WRITERS} writers, or a list too many"
    )]
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
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    /// The readings of a round, and who writes most.
    Round {
        rows: Vec<Row>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        writers: Option<Vec<Wrote>>,
    },
    /// Some of the findings: how many came in the lines before, and how many there are.
    Findings {
        rows: Vec<FindingRow>,
        from: usize,
        of: usize,
    },
    /// Some of what packages read as, the same.
    Packages {
        rows: Vec<PackageRow>,
        from: usize,
        of: usize,
    },
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
    line_of(&Line::Round {
        rows: told.measured.iter().map(row).collect(),
        writers: writers.map(|all| all.iter().map(wrote).collect()),
    })
}

/// The lines of all findings, with their ends.
///
/// # Errors
/// There are more than [`piece::MAX_FINDINGS`].
pub fn encode_findings(all: &[Located]) -> Result<Vec<Vec<u8>>, Refused> {
    piece::split(all, piece::FINDINGS_OF_LINE, piece::MAX_FINDINGS)?
        .map(|(from, some)| {
            line_of(&Line::Findings {
                rows: some.iter().map(piece::finding_row).collect(),
                from,
                of: all.len(),
            })
        })
        .collect()
}

/// The lines of what all packages read as, with their ends.
///
/// # Errors
/// There are more than [`MAX_PACKAGES`].
pub fn encode_packages(all: &[PackageContent]) -> Result<Vec<Vec<u8>>, Refused> {
    piece::split(all, piece::PACKAGES_OF_LINE, MAX_PACKAGES)?
        .map(|(from, some)| {
            line_of(&Line::Packages {
                rows: some.iter().map(piece::package_row).collect(),
                from,
                of: all.len(),
            })
        })
        .collect()
}

/// What a line says, without its end.
///
/// # Errors
/// What is wrong with the first thing that is wrong; then nothing of the line counts.
pub fn decode(line: &[u8]) -> Result<Said, Refused> {
    let line: Line = serde_json::from_slice(line).map_err(|_| Refused::Malformed)?;
    match line {
        Line::Round { rows, writers } => told(rows, writers).map(Said::Round),
        Line::Findings { rows, from, of } => {
            Piece::new(from, of, piece::MAX_FINDINGS, rows, piece::located).map(Said::Findings)
        }
        Line::Packages { rows, from, of } => {
            Piece::new(from, of, MAX_PACKAGES, rows, piece::package).map(Said::Packages)
        }
    }
}

fn told(rows: Vec<Row>, writers: Option<Vec<Wrote>>) -> Result<Told, Refused> {
    let too_many = |all: &Vec<Wrote>| all.len() > MAX_WRITERS;
    if rows.len() > MAX_ROWS || writers.as_ref().is_some_and(too_many) {
        return Err(Refused::TooMany);
    }
    let measured = rows.into_iter().map(measured).collect::<Option<_>>();
    let writers = match writers {
        None => Some(None),
        Some(all) => all.into_iter().map(writer).collect::<Option<_>>().map(Some),
    };
    match (measured, writers) {
        (Some(measured), Some(writers)) => Ok(Told { measured, writers }),
        (None, _) | (_, None) => Err(Refused::Malformed),
    }
}

/// A line of JSON with its end.
///
/// # Errors
/// It is longer than a line may be; what a scrub says can always be written as JSON.
pub(super) fn line_of(what: &impl Serialize) -> Result<Vec<u8>, Refused> {
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
mod tests;
