//! How many days a disk has left, and what that rests on.
//!
//! What a disk says of its own life goes before what its owner states. Where neither is known there
//! is no forecast, whatever is written: endurance is never guessed.

use super::words::rests_on;
use super::{Disk, Endurance};
use crate::node::{Known, KnownPart, KnownWriter};
use core::cmp::Reverse;
use picket_wire::{NodeId, PartKind};

/// Longer is not told apart: a hundred years.
pub const MOST_DAYS_LEFT: u32 = 36_500;
/// Seconds of a day.
const DAY_S: u64 = 86_400;

/// The wear of one disk, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// The id of its part, such as `cid/0353…`.
    pub id: String,
    /// Its name on the machine, such as `mmcblk0`.
    pub name: String,
    /// Written to it since this site's hub saw it first.
    pub written_kib: u64,
    /// Written to it since it was made, as it says itself.
    pub written_ever_kib: Option<u64>,
    /// How many days of history there are.
    pub history_days: u32,
    /// Written a day; none before three days of history.
    pub per_day_kib: Option<u64>,
    /// The quartiles of that.
    pub per_day_range_kib: Option<(u64, u64)>,
    /// Life that it says it has used, in hundredths; of an eMMC the lower end of its step.
    pub life_used_percent: Option<u8>,
    /// Days until it is worn out, at most [`MOST_DAYS_LEFT`]; none where nothing tells.
    pub days_left: Option<u32>,
    /// The same by the quartiles of what is written a day, the fewest first.
    pub days_left_range: Option<(u32, u32)>,
    /// What all this rests on, or what is lacking; one line.
    pub rests_on: String,
    /// Who wrote most to it lately, and after them who may have.
    pub writers: Vec<DayWriter>,
}

/// What a program would write in a day if it went on as it did lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayWriter {
    /// A systemd unit, a container or a program.
    pub name: String,
    /// What it would write in a day.
    pub per_day_kib: u64,
    /// Length of the window that this rests on, in seconds.
    pub over_s: u32,
    /// Whether it is known that this is the disk it writes to; else it may be another one.
    pub is_to_it: bool,
}

/// What a number of days rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis<'e> {
    /// The disk's own steps.
    Life,
    /// What is written, and the endurance that the owner states.
    Stated(&'e Endurance),
    /// Nobody has stated an endurance.
    NotStated,
}

/// The forecast in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outlook<'e> {
    pub(crate) basis: Basis<'e>,
    pub(crate) days_left: Option<u32>,
    pub(crate) range: Option<(u32, u32)>,
}

impl<'e> Outlook<'e> {
    pub(crate) fn of(
        disk: &Disk,
        node: NodeId,
        product: Option<&str>,
        endurance: &'e [Endurance],
    ) -> Outlook<'e> {
        let today = disk.days.today();
        if let Some(days) = today.and_then(|today| disk.life.days_left(today)) {
            return Outlook {
                basis: Basis::Life,
                days_left: Some(at_most(days)),
                range: None,
            };
        }
        let Some(stated) = Endurance::of(endurance, node, disk, product) else {
            return Outlook {
                basis: Basis::NotStated,
                days_left: None,
                range: None,
            };
        };
        let rest_kib = stated.kib.saturating_sub(written_so_far(disk, stated));
        let rate = disk.days.rate();
        let left = |rate_kib| days_left(rest_kib, rate_kib);
        Outlook {
            basis: Basis::Stated(stated),
            days_left: match rest_kib {
                0 => Some(0),
                _ => rate.map(|rate| left(rate.per_day_kib)),
            },
            range: rate.map(|rate| (left(rate.high_kib), left(rate.low_kib))),
        }
    }
}

/// Where nothing is written a day, what is left has no end, which is beyond what is told apart.
fn days_left(rest_kib: u64, per_day_kib: u64) -> u32 {
    match rest_kib.checked_div(per_day_kib) {
        Some(days) => at_most(days),
        None if rest_kib == 0 => 0,
        None => MOST_DAYS_LEFT,
    }
}

fn at_most(days: u64) -> u32 {
    u32::try_from(days).map_or(MOST_DAYS_LEFT, |days| days.min(MOST_DAYS_LEFT))
}

fn written_so_far(disk: &Disk, stated: &Endurance) -> u64 {
    let seen = disk.written_kib;
    match disk.ever_kib {
        Some(ever_kib) => ever_kib.max(seen),
        None => seen.saturating_add(stated.written_before_kib),
    }
}

impl Forecast {
    pub(crate) fn of(
        known: &Known,
        part: &KnownPart,
        disk: &Disk,
        outlook: &Outlook<'_>,
    ) -> Forecast {
        Forecast {
            id: part.id.clone(),
            name: part.name.clone(),
            written_kib: disk.written_kib,
            written_ever_kib: disk.ever_kib,
            history_days: disk.days.history(),
            per_day_kib: disk.days.rate().map(|rate| rate.per_day_kib),
            per_day_range_kib: disk.days.rate().map(|rate| (rate.low_kib, rate.high_kib)),
            life_used_percent: disk.life.percent,
            days_left: outlook.days_left,
            days_left_range: outlook.range,
            rests_on: rests_on(disk, outlook).join("; "),
            writers: writers(known, part.number),
        }
    }
}

/// Who wrote to a disk lately, and after those who may have, the one that wrote most first.
pub(crate) fn writers(known: &Known, part: u8) -> Vec<DayWriter> {
    let disks = known.parts().filter(|part| part.kind == PartKind::Disk);
    let is_only_disk = disks.count() == 1;
    let mut writers: Vec<_> = known
        .writers()
        .iter()
        .filter(|writer| writer.part == part || writer.part == 0)
        .map(|writer| DayWriter::of(writer, writer.part == part || is_only_disk))
        .collect();
    writers.sort_by_key(|writer| (!writer.is_to_it, Reverse(writer.per_day_kib)));
    writers
}

impl DayWriter {
    fn of(writer: &KnownWriter, is_to_it: bool) -> DayWriter {
        let in_days = writer.written_kib.saturating_mul(DAY_S);
        DayWriter {
            name: writer.name.clone(),
            per_day_kib: in_days / u64::from(writer.over_s.max(1)),
            over_s: writer.over_s,
            is_to_it,
        }
    }
}
