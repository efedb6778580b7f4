//! Readings for people and for programs.

use crate::parts::Named;
use crate::probe::{About, Measured};
use picket_wire::{PartKind, Quantity};
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
}

/// The whole of `probe --json`.
#[derive(Debug, Serialize)]
struct Rows<'a> {
    readings: Vec<Row<'a>>,
}

/// The readings as one JSON object.
pub fn json(measured: &[Measured]) -> String {
    let readings = measured.iter().filter_map(row).collect();
    serde_json::to_string(&Rows { readings }).unwrap_or_default()
}

/// The readings as a table with aligned columns.
pub fn table(measured: &[Measured]) -> String {
    let cells: Vec<[String; 3]> = std::iter::once(["PART", "READING", "VALUE"].map(str::to_owned))
        .chain(measured.iter().filter_map(cells))
        .collect();
    let width = |column: usize| {
        let lengths = cells.iter().filter_map(|row| row.get(column));
        lengths
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let (part_width, name_width) = (width(0), width(1));
    let line = |[part, name, value]: &[String; 3]| {
        format!("{part:<part_width$}  {name:<name_width$}  {value}\n")
    };
    cells.iter().map(line).collect()
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
    let value = match measured.value {
        Ok(value) => format!("{} {}", decimal(value, row.decimals), row.unit.symbol()),
        Err(why) => format!("missing: {}", why.name()),
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

    fn some() -> Vec<Measured> {
        let disk = Named::new(PartKind::Disk, "cid/1", "mmcblk0");
        vec![
            Measured::of_node(Quantity::CPU_TEMPERATURE, Ok(482)),
            Measured::of_node(Quantity::LOAD_1MIN, Ok(-5)),
            Measured::of_part(Quantity::DISK_WRITTEN, &disk, Ok(1024)),
            Measured::of_part(Quantity::DISK_WRITTEN, &disk, Err(Missing::Denied)),
        ]
    }

    #[test]
    fn json_has_a_value_with_its_unit_or_the_reason_for_none() {
        let expected = concat!(
            r#"{"readings":[{"name":"cpu_temperature","part":"node","value":48.2,"unit":"°C"},"#,
            r#"{"name":"load_1min","part":"node","value":-0.05,"unit":""},"#,
            r#"{"name":"disk_written","part":"mmcblk0","value":1024,"unit":"KiB"},"#,
            r#"{"name":"disk_written","part":"mmcblk0","missing":"denied"}]}"#,
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
mmcblk0  disk_written     missing: denied
";
        assert_eq!(table(&some()), expected);
    }
}
