//! The board, the disks and who writes to them: what travels with the facts.

use crate::parts::Named;
use crate::probe::{Board, Found, Medium, Writer};
use picket_wire::PartKind;
use serde::Serialize;

/// The board in JSON. What it does not say is 0 or empty, as in the hub's API.
#[derive(Debug, Serialize)]
pub(super) struct BoardRow<'a> {
    /// In hexadecimal, as the board's makers write it.
    revision: String,
    serial: &'a str,
    boot_loader: &'a str,
    boot_loader_built_s: u32,
    reset_reason: &'a str,
    reset_source: &'a str,
    returns: &'static str,
    returns_because: &'a str,
}

/// A disk in JSON.
#[derive(Debug, Serialize)]
pub(super) struct MediumRow<'a> {
    part: &'a str,
    kind: &'static str,
    maker: u32,
    oem: u16,
    product: &'a str,
    serial: &'a str,
    revision: &'a str,
    made_year: u16,
    made_month: u8,
    size_kib: u64,
}

/// One of those who write most, in JSON.
#[derive(Debug, Serialize)]
pub(super) struct WriterRow<'a> {
    /// `node` where it is not known to which disk.
    part: &'a str,
    name: &'a str,
    written_kib: u64,
    over_s: u32,
}

pub(super) fn board(board: &Board) -> BoardRow<'_> {
    BoardRow {
        revision: format!("{:x}", board.revision),
        serial: &board.serial,
        boot_loader: &board.boot_loader,
        boot_loader_built_s: board.boot_loader_built_s,
        reset_reason: &board.reset_reason,
        reset_source: &board.reset_source,
        returns: board.returns.name(),
        returns_because: &board.returns_because,
    }
}

pub(super) fn media(media: &[Medium]) -> Vec<MediumRow<'_>> {
    let row = |medium| {
        let Medium {
            disk,
            kind,
            maker,
            oem,
            product,
            serial,
            revision,
            made,
            size_kib,
        }: &Medium = medium;
        MediumRow {
            part: disk.name(),
            kind: kind.name(),
            maker: *maker,
            oem: *oem,
            product,
            serial,
            revision,
            made_year: made.0,
            made_month: made.1,
            size_kib: *size_kib,
        }
    };
    media.iter().map(row).collect()
}

pub(super) fn writers(writers: &[Writer]) -> Vec<WriterRow<'_>> {
    let row = |writer| {
        let Writer {
            disk,
            name,
            written_kib,
            over_s,
        }: &Writer = writer;
        WriterRow {
            part: disk.as_ref().map_or(PartKind::Node.name(), Named::name),
            name,
            written_kib: *written_kib,
            over_s: *over_s,
        }
    };
    writers.iter().map(row).collect()
}

/// Each of them as rows of cells with a heading; what nobody found or nobody said is left out.
pub(super) fn tables(found: &Found) -> Vec<Vec<Vec<String>>> {
    let board = found.board.as_ref().map(board_rows);
    let disks = found.media.as_deref().map(media);
    let disks = disks.map(|disks| media_rows(&disks));
    let who = found.writers.as_deref().map(writers);
    let who = who.map(|who| writer_rows(&who));
    let tables = [board, disks, who].into_iter().flatten();
    // A heading alone says nothing.
    tables.filter(|rows| rows.len() > 1).collect()
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    let cell = |cell: &str| if cell.is_empty() { "-" } else { cell }.to_owned();
    cells.into_iter().map(cell).collect()
}

fn board_rows(of: &Board) -> Vec<Vec<String>> {
    let row = board(of);
    let built = jiff::Timestamp::from_second(i64::from(row.boot_loader_built_s));
    let built = built.map(|at| at.to_string()).unwrap_or_default();
    let told = [
        ("revision", row.revision.as_str(), of.revision != 0),
        ("serial", row.serial, true),
        ("boot loader", row.boot_loader, true),
        ("boot loader built", &built, of.boot_loader_built_s != 0),
        ("reset reason", row.reset_reason, true),
        ("reset reason from", row.reset_source, true),
        ("returns after a halt", row.returns, true),
        ("because", row.returns_because, true),
    ];
    let told = told.into_iter();
    let told = told.filter(|(_, value, said)| *said && !value.is_empty());
    let told = told.map(|(name, value, _)| cells([name, value]));
    [cells(["BOARD", "VALUE"])]
        .into_iter()
        .chain(told)
        .collect()
}

fn media_rows(media: &[MediumRow<'_>]) -> Vec<Vec<String>> {
    let heading = [
        "DISK", "KIND", "MAKER", "OEM", "PRODUCT", "SERIAL", "REVISION", "MADE", "SIZE",
    ];
    let row = |medium: &MediumRow<'_>| {
        let hex = |number: u32| match number {
            0 => String::new(),
            number => format!("0x{number:x}"),
        };
        let made = match (medium.made_year, medium.made_month) {
            (0, _) => String::new(),
            (year, month) => format!("{year}-{month:02}"),
        };
        cells([
            medium.part,
            medium.kind,
            &hex(medium.maker),
            &hex(u32::from(medium.oem)),
            medium.product,
            medium.serial,
            medium.revision,
            &made,
            &format!("{} KiB", medium.size_kib),
        ])
    };
    [cells(heading)]
        .into_iter()
        .chain(media.iter().map(row))
        .collect()
}

fn writer_rows(writers: &[WriterRow<'_>]) -> Vec<Vec<String>> {
    let row = |writer: &WriterRow<'_>| {
        let written = format!("{} KiB", writer.written_kib);
        cells([
            writer.part,
            writer.name,
            &written,
            &format!("{} s", writer.over_s),
        ])
    };
    [cells(["DISK", "WRITER", "WRITTEN", "IN"])]
        .into_iter()
        .chain(writers.iter().map(row))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{json, table};
    use super::*;
    use picket_wire::{MediumKind, Returns};

    fn found() -> Found {
        let disk = Named::new(PartKind::Disk, "cid/1", "mmcblk0");
        let medium = Medium {
            disk: disk.clone(),
            kind: MediumKind::Sd,
            maker: 0x9f,
            oem: 0x5449,
            product: "SPCC".to_owned(),
            serial: String::new(),
            revision: "2.0".to_owned(),
            made: (2023, 8),
            size_kib: 31_166_976,
        };
        let writer = Writer {
            disk: Some(disk),
            name: "influxdb.service".to_owned(),
            written_kib: 5120,
            over_s: 3600,
        };
        let nowhere = Writer {
            disk: None,
            name: "sshd".to_owned(),
            ..writer.clone()
        };
        Found {
            board: Some(Board {
                revision: 0x00d0_4170,
                serial: "c0ffee".to_owned(),
                boot_loader: String::new(),
                boot_loader_built_s: 1_731_666_030,
                reset_reason: "power-on".to_owned(),
                reset_source: "rsts 0x1000".to_owned(),
                returns: Returns::No,
                returns_because: "WAIT_FOR_POWER_BUTTON=1".to_owned(),
            }),
            media: Some(vec![medium]),
            writers: Some(vec![writer, nowhere]),
            ..Found::default()
        }
    }

    #[test]
    fn json_names_them_as_the_hub_does() {
        let expected = concat!(
            r#"{"readings":[],"board":{"revision":"d04170","serial":"c0ffee","boot_loader":"","#,
            r#""boot_loader_built_s":1731666030,"reset_reason":"power-on","reset_source":"rsts 0x1000","#,
            r#""returns":"no","returns_because":"WAIT_FOR_POWER_BUTTON=1"},"#,
            r#""media":[{"part":"mmcblk0","kind":"sd","maker":159,"oem":21577,"product":"SPCC","#,
            r#""serial":"","revision":"2.0","made_year":2023,"made_month":8,"size_kib":31166976}],"#,
            r#""writers":[{"part":"mmcblk0","name":"influxdb.service","written_kib":5120,"#,
            r#""over_s":3600},{"part":"node","name":"sshd","written_kib":5120,"over_s":3600}]}"#,
        );
        assert_eq!(json(&found()), expected);
    }

    #[test]
    fn tables_stand_below_the_readings_and_leave_out_what_nobody_says() {
        let expected = "\
PART  READING  VALUE

BOARD                 VALUE
revision              d04170
serial                c0ffee
boot loader built     2024-11-15T10:20:30Z
reset reason          power-on
reset reason from     rsts 0x1000
returns after a halt  no
because               WAIT_FOR_POWER_BUTTON=1

DISK     KIND  MAKER  OEM     PRODUCT  SERIAL  REVISION  MADE     SIZE
mmcblk0  sd    0x9f   0x5449  SPCC     -       2.0       2023-08  31166976 KiB

DISK     WRITER            WRITTEN   IN
mmcblk0  influxdb.service  5120 KiB  3600 s
node     sshd              5120 KiB  3600 s
";
        assert_eq!(table(&found()), expected);
        let none = Found {
            media: Some(Vec::new()),
            ..Found::default()
        };
        assert_eq!(table(&none), "PART  READING  VALUE\n");
        assert_eq!(json(&none), r#"{"readings":[],"media":[]}"#);
    }
}
