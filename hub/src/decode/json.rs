//! A frame as JSON, for programs.

use super::{DecodeError, kind_name, quantity_name};
use crate::identity::describe::hex;
use crate::view::number;
use picket_wire::{Finding, Flags, Frame, Header, Reading, Returns, Section};
use serde_json::{Value, json};

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
        "kind": kind_name(kind),
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
        Section::Board(board) => json!({
            "section": "board", "revision": format!("{:x}", board.revision),
            "serial": board.serial, "boot_loader": board.boot_loader,
            "boot_loader_built_s": board.boot_loader_built_s,
            "reset_reason": board.reset_reason, "reset_source": board.reset_source,
            "returns": Returns::from_code(board.returns).name(),
            "returns_because": board.returns_because,
        }),
        Section::Media(media) => {
            let rows = media.map(|medium| {
                json!({"part": medium.part, "kind": medium.medium_kind().name(),
                       "maker": medium.maker, "oem": medium.oem, "product": medium.product,
                       "serial": medium.serial, "revision": medium.revision,
                       "made_year": medium.made_year, "made_month": medium.made_month,
                       "size_kib": medium.size_kib})
            });
            json!({"section": "media", "rows": rows.collect::<Vec<_>>()})
        }
        Section::Writers(writers) => {
            let rows = writers.map(|writer| {
                json!({"part": writer.part, "name": writer.name,
                       "written_kib": writer.written_kib, "over_s": writer.over_s})
            });
            json!({"section": "writers", "rows": rows.collect::<Vec<_>>()})
        }
        Section::Findings(findings) => {
            json!({"section": "findings", "rows": findings.map(|f| finding_json(&f)).collect::<Vec<_>>()})
        }
        Section::Machine(machine) => {
            json!({"section": "machine", "id": format!("{:016x}", machine.id)})
        }
        Section::Packages(packages) => {
            let rows = packages.map(|package| {
                json!({"name": package.name, "key": format!("{:016x}", package.key),
                       "content": format!("{:016x}", package.content)})
            });
            json!({"section": "packages", "rows": rows.collect::<Vec<_>>()})
        }
        Section::Witnesses(witnesses) => {
            let rows = witnesses.map(|witness| {
                json!({"disk": format!("{:016x}", witness.disk), "lineage": witness.lineage,
                       "generation": witness.generation})
            });
            json!({"section": "witnesses", "rows": rows.collect::<Vec<_>>()})
        }
        Section::Holds(holds) => json!({"section": "holds", "run_ordinal": holds.run_ordinal}),
        Section::HubRun(run) => json!({"section": "hub_run", "ordinal": run.ordinal}),
        Section::Join(_) => json!({"section": "join"}),
        Section::Joined(joined) => {
            json!({"section": "joined", "answer": joined.answer, "words": joined.answer().to_string()})
        }
        Section::Unknown(tag) => json!({"section": tag, "unknown": true}),
    }
}

fn finding_json(finding: &Finding<'_>) -> Value {
    let has = |flag: u8| finding.flags & flag != 0;
    json!({
        "part": finding.part, "kind": finding.finding_kind().name(),
        "state": finding.finding_state().name(), "truth": finding.ground_truth().name(),
        "cached_copy_is_good": has(Finding::CACHED_COPY_IS_GOOD),
        "times_are_weak": has(Finding::TIMES_ARE_WEAK),
        "found_unix_s": finding.found_unix_s, "block": finding.block, "blocks": finding.blocks,
        "sector": finding.sector, "path": finding.path, "path_hash": hex(&finding.path_hash),
        "package": finding.package,
    })
}

fn reading_json(reading: Reading) -> Value {
    let row = reading.quantity.row();
    let name = quantity_name(reading.quantity);
    match (reading.value, row) {
        (Err(missing), _) => json!({"name": name, "part": reading.part, "missing": missing.name()}),
        (Ok(value), Some(row)) => json!({
            "name": name, "part": reading.part, "value": number::of_row(row, value),
            "unit": row.unit.symbol(),
        }),
        (Ok(value), None) => json!({"name": name, "part": reading.part, "raw": value}),
    }
}
