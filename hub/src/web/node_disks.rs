//! What the page of a node says of its disks besides their readings: who made them, how long they
//! will last, and who writes to them.

use picket_hub_core::time::Millis;
use picket_hub_core::wear::{self, MOST_DAYS_LEFT};
use picket_hub_core::{Forecast, KnownMedium, KnownWriter, Node};
use picket_wire::{MediumKind, PartKind};

use super::node_groups::Table;
use crate::view::words;

/// One of those who write to a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WriterRow {
    /// A systemd unit, a container or a program.
    pub(super) name: String,
    /// What it wrote, and in what time.
    pub(super) written: String,
    /// What that would be in a day.
    pub(super) a_day: String,
}

/// The tables of disks, with all that is known of them. A disk without readings that says who made
/// it has one too.
pub(super) fn complete(node: &Node, mut tables: Vec<Table>) -> Vec<Table> {
    let forecasts: Vec<Forecast> = node.wear().collect();
    for part in node.parts().filter(|part| part.kind == PartKind::Disk) {
        let medium = node
            .media()
            .iter()
            .find(|medium| medium.part == part.number);
        let mut lines: Vec<String> = medium.map(made).unwrap_or_default();
        let forecast = forecasts.iter().find(|forecast| forecast.id == part.id);
        lines.extend(forecast.map(lasts));
        let writers = writers(node, part.number);
        if lines.is_empty() && writers.is_empty() {
            continue;
        }
        match tables.iter_mut().find(|table| table.id == part.id) {
            Some(table) => {
                table.lines = lines;
                table.writers = writers;
            }
            None => tables.push(Table {
                title: part.name.clone(),
                id: part.id.clone(),
                lines,
                writers,
                ..Table::default()
            }),
        }
    }
    let writers = writers(node, 0);
    if !writers.is_empty() {
        tables.push(Table {
            title: "To a disk that is not known".to_owned(),
            writers,
            ..Table::default()
        });
    }
    tables
}

/// What a disk is, and who made it when.
fn made(medium: &KnownMedium) -> Vec<String> {
    let kind = match medium.kind {
        MediumKind::Sd => "SD card",
        MediumKind::Emmc => "eMMC",
        MediumKind::Nvme => "NVMe disk",
        MediumKind::Ata => "SATA or USB disk",
        MediumKind::Unknown(_) => "Disk",
    };
    let what = match medium.product.as_str() {
        "" => kind.to_owned(),
        product => format!("{kind} {product}"),
    };
    let size = i64::try_from(medium.size_kib).ok().filter(|kib| *kib > 0);
    let details = [
        size.map(words::kibibytes),
        (medium.maker != 0).then(|| maker(medium)),
        date(medium.made),
        said("revision", &medium.revision),
        said("serial number", &medium.serial),
    ];
    let details: Vec<String> = details.into_iter().flatten().collect();
    let mut lines = vec![what, details.join(", ")];
    lines.retain(|line| !line.is_empty());
    lines
}

/// How long a disk will last, and what that rests on.
fn lasts(forecast: &Forecast) -> String {
    let about = match forecast.days_left {
        None => return format!("wear: {}", forecast.rests_on),
        Some(MOST_DAYS_LEFT..) => "a hundred years or more left".to_owned(),
        Some(days) => format!("about {days} days left"),
    };
    let range = match forecast.days_left_range {
        Some((fewest, most)) if fewest < most => format!(" ({fewest} to {most})"),
        _ => String::new(),
    };
    format!("wear: {about}{range}: {}", forecast.rests_on)
}

/// The numbers by which a card names its maker; the second one is mostly two letters.
fn maker(medium: &KnownMedium) -> String {
    let letters = medium.oem.to_be_bytes();
    let oem = match std::str::from_utf8(&letters) {
        Ok(text) if letters.iter().all(u8::is_ascii_graphic) => format!(" ({text})"),
        _ => String::new(),
    };
    format!("maker {:#04x}/{:#06x}{oem}", medium.maker, medium.oem)
}

fn date((year, month): (u16, u8)) -> Option<String> {
    match (year, month) {
        (0, _) => None,
        (year, 1..=12) => Some(format!("made {year}-{month:02}")),
        (year, _) => Some(format!("made {year}")),
    }
}

fn said(what: &str, text: &str) -> Option<String> {
    (!text.is_empty()).then(|| format!("{what} {text}"))
}

/// Who wrote to the disk of this number, the most first.
fn writers(node: &Node, part: u8) -> Vec<WriterRow> {
    let all = node.writers().iter();
    let mut writers: Vec<&KnownWriter> = all.filter(|writer| writer.part == part).collect();
    writers.sort_by_key(|writer| std::cmp::Reverse(writer.written_kib));
    let row = |writer: &KnownWriter| {
        let written = i64::try_from(writer.written_kib).unwrap_or(i64::MAX);
        let window = words::duration(Millis::from_s(u64::from(writer.over_s)));
        let kib_a_day = writer.written_kib.saturating_mul(86_400) / u64::from(writer.over_s.max(1));
        WriterRow {
            name: writer.name.clone(),
            written: format!("{} in {window}", words::kibibytes(written)),
            a_day: wear::size(kib_a_day),
        }
    };
    writers.into_iter().map(row).collect()
}
