//! A frame as people can read it, or the reason why it is none.

use crate::view::number;
use picket_wire::{Flags, Frame, Header, Reading, Section};
use serde_json::{Value, json};
use std::fmt::Write;
use std::io::Read;
use std::path::Path;

/// Longest input that is read, in bytes: a frame as hex with white space fits many times.
const MAX_INPUT: u64 = 64 * 1024;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file cannot be read.
    #[error("{name} cannot be read: {source}")]
    Unreadable {
        /// What was asked for.
        name: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The argument is neither.
    #[error("{0:?} is no file and no hex; give a file, - for standard input, or hex digits")]
    NoInput(String),
    /// The bytes are no frame.
    #[error("no frame: {0}")]
    NoFrame(picket_wire::FrameError),
}

/// The bytes that an argument means: `-` is standard input, the name of a file its content, all
/// else hex. Content is taken as it is if it begins like a frame, and else as hex.
pub fn input(argument: &str) -> Result<Vec<u8>, DecodeError> {
    let unreadable = |source| DecodeError::Unreadable {
        name: argument.to_owned(),
        source,
    };
    let content = if argument == "-" {
        read(std::io::stdin().lock()).map_err(unreadable)?
    } else if Path::new(argument).exists() {
        read(std::fs::File::open(argument).map_err(unreadable)?).map_err(unreadable)?
    } else {
        return from_hex(argument.as_bytes())
            .ok_or_else(|| DecodeError::NoInput(argument.chars().take(80).collect()));
    };
    Ok(from_hex(&content).unwrap_or(content))
}

fn read(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(MAX_INPUT).read_to_end(&mut content)?;
    Ok(content)
}

/// Hex digits, with white space and colons between bytes, and `0x` in front.
fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let between = |b: &u8| b.is_ascii_whitespace() || *b == b':';
    let digits = text.iter().filter(|b| !between(b));
    let digits: Option<Vec<u8>> = digits
        .map(|b| {
            char::from(*b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        })
        .collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len().is_multiple_of(2))?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |sum, d| sum * 16 + d))
            .collect(),
    )
}

/// Header and sections as JSON.
pub fn to_json(bytes: &[u8]) -> Result<Value, DecodeError> {
    let frame = Frame::decode(bytes).map_err(DecodeError::NoFrame)?;
    let Header {
        kind,
        flags: Flags { signed, backlog },
        boot,
        session,
        seq,
        run,
        uptime_ms,
    } = frame.header;
    let sections = frame.sections().map(|section| match section {
        Ok(section) => section_json(section),
        Err(error) => json!({"section": error.0, "error": error.to_string()}),
    });
    Ok(json!({
        "bytes": bytes.len(),
        "kind": format!("{kind:?}"),
        "signed": signed,
        "backlog": backlog,
        "boot": format!("{:08x}", boot.0),
        "session": format!("{:04x}", session.0),
        "seq": seq,
        "run": format!("{:08x}", run.0),
        "uptime_ms": uptime_ms,
        "sections": sections.collect::<Vec<_>>(),
    }))
}

fn section_json(section: Section<'_>) -> Value {
    match section {
        Section::Readings(readings) => {
            json!({"section": "readings", "rows": readings.map(reading_json).collect::<Vec<_>>()})
        }
        Section::Facts(facts) => json!({
            "section": "facts", "agent": facts.agent, "model": facts.model, "os": facts.os,
            "kernel": facts.kernel, "arch": facts.arch, "every_ms": facts.every_ms,
        }),
        Section::Parts(parts) => {
            let rows = parts.map(|part| {
                let kind = part.part_kind().name();
                json!({"number": part.number, "kind": kind, "id": part.id, "name": part.name})
            });
            json!({"section": "parts", "rows": rows.collect::<Vec<_>>()})
        }
        Section::Loss(losses) => {
            let rows = losses.map(|loss| {
                json!({"kind": loss.kind, "first": loss.first, "last": loss.last,
                       "count": loss.count})
            });
            json!({"section": "loss", "rows": rows.collect::<Vec<_>>()})
        }
        Section::Holds(holds) => json!({"section": "holds", "run_ordinal": holds.run_ordinal}),
        Section::HubRun(run) => json!({"section": "hub_run", "ordinal": run.ordinal}),
        Section::Unknown(tag) => json!({"section": tag, "unknown": true}),
    }
}

fn reading_json(reading: Reading) -> Value {
    let row = reading.quantity.row();
    let name = match row {
        Some(row) => row.name.to_owned(),
        None => format!("quantity_{}", reading.quantity.0),
    };
    match (reading.value, row) {
        (Err(missing), _) => json!({"name": name, "part": reading.part, "missing": missing.name()}),
        (Ok(value), Some(row)) => json!({
            "name": name, "part": reading.part, "value": number::of_row(row, value),
            "unit": row.unit.symbol(),
        }),
        (Ok(value), None) => json!({"name": name, "part": reading.part, "raw": value}),
    }
}

/// Header and sections as text: a line for the header, then a line for each thing.
pub fn to_text(bytes: &[u8]) -> Result<String, DecodeError> {
    let Value::Object(mut frame) = to_json(bytes)? else {
        return Ok(String::new());
    };
    let sections = frame.remove("sections").unwrap_or_default();
    let mut out = String::new();
    line(&mut out, "frame", &Value::Object(frame));
    for section in sections.as_array().into_iter().flatten() {
        let Value::Object(mut fields) = section.clone() else {
            continue;
        };
        let name = fields.remove("section").unwrap_or_default();
        let name = name
            .as_str()
            .map_or_else(|| format!("section {name}"), ToOwned::to_owned);
        match fields.remove("rows") {
            Some(Value::Array(rows)) => rows.iter().for_each(|row| line(&mut out, &name, row)),
            Some(_) | None => line(&mut out, &name, &Value::Object(fields)),
        }
    }
    Ok(out)
}

fn line(out: &mut String, name: &str, fields: &Value) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{name}:");
    for (key, value) in fields.as_object().into_iter().flatten() {
        // Strings stay in quotes, so that what a node sent cannot steer the terminal.
        let _ = write!(out, " {key}={value}");
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_wire::{BootId, FrameWriter, Kind, Missing, Quantity, RunBits, SessionId, section};

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
            "kind=\"Report\"",
            "boot=\"1a2b3c4d\"",
            "readings: name=\"cpu_temperature\" part=0 unit=\"°C\" value=48.2",
            "missing=\"denied\"",
            "name=\"quantity_999\" part=0 raw=-7",
            "holds: run_ordinal=4",
            "section 100: unknown=true",
        ] {
            assert!(text.contains(part), "{text} has no {part}");
        }
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
}
