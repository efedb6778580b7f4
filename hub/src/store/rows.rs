//! What becomes of each thing in a row, and back.

use picket_hub_core::incident::{ClosedBy, Detector, Incident, Severity};
use picket_hub_core::seam::{Notice, Run, SavedDisk, SavedNode};
use picket_hub_core::time::Wall;
use picket_hub_core::wear::{Day, Life, LifeStep};
use picket_wire::{BootId, NodeId};
use rusqlite::types::Type;
use rusqlite::{Connection, Error, Result, Row, params};

const PUT_RUN: &str = "INSERT INTO run (only, ordinal, bits) VALUES (1, ?1, ?2)
    ON CONFLICT (only) DO UPDATE SET ordinal = ?1, bits = ?2";
const PUT_NODE: &str = "INSERT OR REPLACE INTO nodes (id, boot, every_ms, heard_unix_ms,
    heard_synchronised, excused_unix_ms, excused_synchronised, unscrubbed_day)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const PUT_DISK: &str = "INSERT OR REPLACE INTO disks (node, id, name, boot, counter_kib,
    written_kib, ever_kib, days, last_day, life, spare_percent, spare_state)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
const PUT_INCIDENT: &str = "INSERT INTO incidents (id, node, subject, detector, severity,
    opened_unix_ms, opened_synchronised, closed_unix_ms, closed_synchronised, closed_by, summary,
    advice, evidence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    ON CONFLICT (id) DO UPDATE SET severity = ?5, opened_unix_ms = ?6, opened_synchronised = ?7,
    closed_unix_ms = ?8, closed_synchronised = ?9, closed_by = ?10, summary = ?11, advice = ?12,
    evidence = ?13";
const PUT_NOTICE: &str =
    "INSERT OR REPLACE INTO notices (id, severity, incident, text) VALUES (?1, ?2, ?3, ?4)";

pub(super) fn put_run(connection: &Connection, run: Run) -> Result<usize> {
    connection
        .prepare_cached(PUT_RUN)?
        .execute(params![run.ordinal, run.bits.0])
}

pub(super) fn put_node(connection: &Connection, node: &SavedNode) -> Result<usize> {
    connection.prepare_cached(PUT_NODE)?.execute(params![
        node.id.as_str(),
        node.boot.map(|boot| boot.0),
        node.every_ms,
        node.last_heard.map(|wall| wall.unix_ms),
        node.last_heard.map(|wall| wall.synchronised),
        node.excused_until.map(|wall| wall.unix_ms),
        node.excused_until.map(|wall| wall.synchronised),
        node.unscrubbed_day,
    ])
}

pub(super) fn put_disk(connection: &Connection, disk: &SavedDisk) -> Result<usize> {
    let days: Vec<_> = disk
        .days
        .iter()
        .map(|d| (d.number, d.written_kib))
        .collect();
    let steps: Vec<_> = disk.life.steps.iter().map(|s| (s.day, s.percent)).collect();
    connection.prepare_cached(PUT_DISK)?.execute(params![
        disk.node.as_str(),
        disk.id,
        disk.name,
        disk.counter.map(|(boot, _)| boot.0),
        disk.counter.map(|(_, kib)| kib.cast_signed()),
        disk.written_kib.cast_signed(),
        disk.ever_kib.map(u64::cast_signed),
        json(&days)?,
        disk.days.last().map(|day| day.number),
        json(&(disk.life.percent, disk.life.width, steps))?,
        disk.spare_percent,
        disk.spare_state,
    ])
}

/// A node goes with its disks, and what these may forget.
pub(super) fn forget_node(connection: &Connection, node: NodeId) -> Result<usize> {
    connection
        .prepare_cached("DELETE FROM witnesses WHERE node = ?1")?
        .execute(params![node.as_str()])?;
    connection
        .prepare_cached("DELETE FROM disks WHERE node = ?1")?
        .execute(params![node.as_str()])?;
    connection
        .prepare_cached("DELETE FROM nodes WHERE id = ?1")?
        .execute(params![node.as_str()])
}

pub(super) fn put_incident(connection: &Connection, incident: &Incident) -> Result<usize> {
    let evidence = json(&incident.evidence)?;
    connection.prepare_cached(PUT_INCIDENT)?.execute(params![
        incident.id,
        incident.node.as_str(),
        incident.subject,
        incident.detector.name(),
        incident.severity.name(),
        incident.opened.unix_ms,
        incident.opened.synchronised,
        incident.closed.map(|(wall, _)| wall.unix_ms),
        incident.closed.map(|(wall, _)| wall.synchronised),
        incident.closed.map(|(_, by)| by.name()),
        incident.summary,
        incident.advice,
        evidence,
    ])
}

pub(super) fn put_notice(connection: &Connection, notice: &Notice) -> Result<usize> {
    connection.prepare_cached(PUT_NOTICE)?.execute(params![
        notice.id.cast_signed(),
        notice.severity.name(),
        notice.incident,
        notice.text,
    ])
}

pub(super) fn strike_notice(connection: &Connection, id: u64) -> Result<usize> {
    connection
        .prepare_cached("DELETE FROM notices WHERE id = ?1")?
        .execute(params![id.cast_signed()])
}

pub(super) fn node(row: &Row<'_>) -> Result<SavedNode> {
    Ok(SavedNode {
        id: parsed(row, "id", |text| NodeId::parse(text).ok())?,
        boot: row.get::<_, Option<u32>>("boot")?.map(BootId),
        every_ms: row.get("every_ms")?,
        last_heard: wall(row, "heard_unix_ms", "heard_synchronised")?,
        excused_until: wall(row, "excused_unix_ms", "excused_synchronised")?,
        unscrubbed_day: row.get("unscrubbed_day")?,
    })
}

pub(super) fn disk(row: &Row<'_>) -> Result<SavedDisk> {
    let boot = row.get::<_, Option<u32>>("boot")?.map(BootId);
    let counter: Option<i64> = row.get("counter_kib")?;
    let days: Vec<(i64, u64)> = parsed(row, "days", from_json)?;
    let life: (Option<u8>, u8, Vec<(i64, u8)>) = parsed(row, "life", from_json)?;
    let (percent, width, steps) = life;
    let day = |(number, written_kib)| Day {
        number,
        written_kib,
    };
    let step = |(day, percent)| LifeStep { day, percent };
    Ok(SavedDisk {
        node: parsed(row, "node", |text| NodeId::parse(text).ok())?,
        id: row.get("id")?,
        name: row.get("name")?,
        counter: boot.zip(counter.map(i64::cast_unsigned)),
        written_kib: row.get::<_, i64>("written_kib")?.cast_unsigned(),
        ever_kib: row
            .get::<_, Option<i64>>("ever_kib")?
            .map(i64::cast_unsigned),
        days: days.into_iter().map(day).collect(),
        life: Life {
            percent,
            width,
            steps: steps.into_iter().map(step).collect(),
        },
        spare_percent: row.get("spare_percent")?,
        spare_state: row.get("spare_state")?,
    })
}

pub(super) fn incident(row: &Row<'_>) -> Result<Incident> {
    let closed_by = row.get::<_, Option<String>>("closed_by")?;
    let closed_by = closed_by.map(|name| ClosedBy::from_name(&name).ok_or_else(|| unknown(&name)));
    let closed = wall(row, "closed_unix_ms", "closed_synchronised")?;
    let evidence: String = row.get("evidence")?;
    let evidence = serde_json::from_str(&evidence).map_err(|_| unknown(&evidence))?;
    let opened = wall(row, "opened_unix_ms", "opened_synchronised")?;
    Ok(Incident {
        id: row.get("id")?,
        node: parsed(row, "node", |text| NodeId::parse(text).ok())?,
        subject: row.get("subject")?,
        detector: parsed(row, "detector", Detector::from_name)?,
        severity: parsed(row, "severity", Severity::from_name)?,
        opened: opened.ok_or_else(|| unknown("no opening time"))?,
        closed: closed.zip(closed_by.transpose()?),
        summary: row.get("summary")?,
        advice: row.get("advice")?,
        evidence,
    })
}

pub(super) fn notice(row: &Row<'_>) -> Result<Notice> {
    Ok(Notice {
        id: row.get::<_, i64>("id")?.cast_unsigned(),
        severity: parsed(row, "severity", Severity::from_name)?,
        incident: row.get("incident")?,
        text: row.get("text")?,
    })
}

fn wall(row: &Row<'_>, time: &str, synchronised: &str) -> Result<Option<Wall>> {
    let unix_ms: Option<i64> = row.get(time)?;
    let synchronised: Option<bool> = row.get(synchronised)?;
    let synchronised = synchronised.unwrap_or(false);
    Ok(unix_ms.map(|unix_ms| Wall {
        unix_ms,
        synchronised,
    }))
}

pub(super) fn parsed<T>(
    row: &Row<'_>,
    column: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| unknown(&text))
}

fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(error.into()))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// A value that this program does not know, such as a newer detector's name.
pub(super) fn unknown(value: &str) -> Error {
    let why = format!("{value:?} is not known to this version");
    Error::FromSqlConversionFailure(0, Type::Text, why.into())
}
