//! What the probes found out, for people and for programs.

mod facts;

use crate::parts::Named;
use crate::probe::{About, Found, Measured, Needs};
use picket_wire::{Missing, PartKind, Quantity};
use serde::Serialize;
use serde_json::Number;

/// One row of `probe --json`, the same as in the hub's API.
#[derive(Debug, Serialize)]
struct Row<'a> {
    name: &'static str,
    part: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'static str>,
    /// What to give to whoever probes, so that a denied reading has a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    needs: Option<&'static str>,
}

/// The whole of `probe --json`. What no probe found is left out.
#[derive(Debug, Serialize)]
struct Whole<'a> {
    readings: Vec<Row<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    board: Option<facts::BoardRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<Vec<facts::MediumRow<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    writers: Option<Vec<facts::WriterRow<'a>>>,
}

/// All of it as one JSON object.
pub fn json(found: &Found) -> String {
    let whole = Whole {
        readings: found.measured.iter().filter_map(row).collect(),
        board: found.board.as_ref().map(facts::board),
        media: found.media.as_deref().map(facts::media),
        writers: found.writers.as_deref().map(facts::writers),
    };
    serde_json::to_string(&whole).unwrap_or_default()
}

/// All of it as tables with aligned columns, one below the other.
pub fn table(found: &Found) -> String {
    let readings = [["PART", "READING", "VALUE"].map(str::to_owned)].into_iter();
    let readings = readings.chain(found.measured.iter().filter_map(cells));
    let mut text = aligned(readings.map(Vec::from).collect());
    for rows in facts::tables(found) {
        text.push('\n');
        text.push_str(&aligned(rows));
    }
    text
}

/// Rows of cells as lines of which each column begins at one place.
fn aligned(rows: Vec<Vec<String>>) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |row: Vec<String>| {
        let cells = row.iter().zip(&widths);
        let line: String = cells
            .map(|(cell, &width)| format!("{cell:<width$}  "))
            .collect();
        format!("{}\n", line.trim_end())
    };
    rows.into_iter().map(line).collect()
}

/// What to give, so that a denied reading has a value. Where no single right is known, root has
/// them all.
pub fn needs(measured: &Measured) -> Option<&'static str> {
    let denied = measured.value == Err(Missing::Denied);
    denied.then(|| measured.needs.map_or("root", Needs::words))
}

/// What a reading is about, as people call it.
pub fn part(about: &About) -> &str {
    match about {
        About::Node => PartKind::Node.name(),
        About::Part(named) => Named::name(named),
    }
}

/// A number of the wire as a decimal, such as 483 with one decimal as `48.3`.
pub fn decimal(value: i64, decimals: u8) -> String {
    let scale = 10u64.saturating_pow(u32::from(decimals));
    let (whole, rest) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    let sign = if value < 0 { "-" } else { "" };
    match decimals {
        0 => format!("{sign}{whole}"),
        _ => format!(
            "{sign}{whole}.{rest:0width$}",
            width = usize::from(decimals)
        ),
    }
}

fn cells(measured: &Measured) -> Option<[String; 3]> {
    let row = measured.quantity.row()?;
    let value = match (measured.value, needs(measured)) {
        (Ok(value), _) => format!("{} {}", decimal(value, row.decimals), row.unit.symbol()),
        (Err(why), None) => format!("missing: {}", why.name()),
        (Err(why), Some(needs)) => format!("missing: {} (give: {needs})", why.name()),
    };
    let value = value.trim_end().to_owned();
    Some([part(&measured.about).to_owned(), row.name.to_owned(), value])
}

fn row(measured: &Measured) -> Option<Row<'_>> {
    let row = Quantity::row(measured.quantity)?;
    let (value, unit, missing) = match measured.value {
        Ok(value) => (number(value, row.decimals), Some(row.unit.symbol()), None),
        Err(why) => (None, None, Some(why.name())),
    };
    Some(Row {
        name: row.name,
        part: part(&measured.about),
        value,
        unit,
        missing,
        needs: needs(measured),
    })
}

/// A whole number stays one.
fn number(value: i64, decimals: u8) -> Option<Number> {
    match decimals {
        0 => Some(Number::from(value)),
        _ => decimal(value, decimals)
            .parse()
            .ok()
            .and_then(Number::from_f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_wire::Missing;

    fn some() -> Found {
        let disk = Named::new(PartKind::Disk, "cid/1", "mmcblk0");
        let denied = Measured::of_part(Quantity::DISK_WRITTEN, &disk, Err(Missing::Denied));
        Found {
            measured: vec![
                Measured::of_node(Quantity::CPU_TEMPERATURE, Ok(482)),
                Measured::of_node(Quantity::LOAD_1MIN, Ok(-5)),
                Measured::of_part(Quantity::DISK_WRITTEN, &disk, Ok(1024)),
                denied.clone(),
                denied.needing(Needs::SysRawio),
                Measured::of_node(Quantity::UPTIME, Err(Missing::Garbled)),
            ],
            ..Found::default()
        }
    }

    #[test]
    fn json_has_a_value_with_its_unit_or_the_reason_for_none_and_what_would_help() {
        let expected = concat!(
            r#"{"readings":[{"name":"cpu_temperature","part":"node","value":48.2,"unit":"°C"},"#,
            r#"{"name":"load_1min","part":"node","value":-0.05,"unit":""},"#,
            r#"{"name":"disk_written","part":"mmcblk0","value":1024,"unit":"KiB"},"#,
            r#"{"name":"disk_written","part":"mmcblk0","missing":"denied","needs":"root"},"#,
            r#"{"name":"disk_written","part":"mmcblk0","missing":"denied","needs":"CAP_SYS_RAWIO"},"#,
            r#"{"name":"uptime","part":"node","missing":"garbled"}]}"#,
        );
        assert_eq!(json(&some()), expected);
    }

    #[test]
    fn the_table_is_aligned_for_people() {
        let expected = "\
PART     READING          VALUE
node     cpu_temperature  48.2 °C
node     load_1min        -0.05
mmcblk0  disk_written     1024 KiB
mmcblk0  disk_written     missing: denied (give: root)
mmcblk0  disk_written     missing: denied (give: CAP_SYS_RAWIO)
node     uptime           missing: garbled
";
        assert_eq!(table(&some()), expected);
    }
}
