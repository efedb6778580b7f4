//! A disk will be worn out soon: by the days it has left, or because it says so itself.

use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, KnownPart};
use crate::time::{Millis, Moment};
use crate::wear::{self, Basis, Disk, Outlook, Worn};

/// A ticket below so many days left.
pub(crate) const TICKET_DAYS: u32 = 60;
/// Well again above so many days left, for [`LASTING`].
pub(crate) const HEALTHY_DAYS: u32 = 75;
/// How long it must be seen to be well.
pub(crate) const LASTING: Millis = Millis::from_s(24 * 3600);
/// Most writers that the evidence names.
const MAX_NAMED: usize = 3;

/// `every` is how often the node samples.
pub(crate) fn judge(
    known: &Known,
    part: &KnownPart,
    disk: &mut Disk,
    outlook: &Outlook<'_>,
    now: Moment,
    every: Millis,
) -> Verdict {
    let summary = match (disk.worn(), outlook.days_left) {
        (Some(worn), _) => of_worn(&part.name, worn),
        (None, Some(0)) => format!("the disk {} has no days left", part.name),
        (None, Some(days)) if days < TICKET_DAYS => {
            format!("the disk {} has about {days} days left", part.name)
        }
        (None, _) => return not_faulty(disk, outlook, now, every),
    };
    disk.well.note(false, now, every);
    Verdict::Faulty(finding(known, part, disk, outlook, summary))
}

fn not_faulty(disk: &mut Disk, outlook: &Outlook<'_>, now: Moment, every: Millis) -> Verdict {
    let is_well = match (outlook.days_left, outlook.basis) {
        (Some(days), _) => days > HEALTHY_DAYS,
        // Where there can be no forecast, the disk's own word is all.
        (None, Basis::NotStated) => disk.tells() && !may_end_soon(disk),
        (None, Basis::Stated(_) | Basis::Life) => false,
    };
    disk.well.note(is_well, now, every);
    let lasts = disk.well.lasts(LASTING, now);
    match (is_well, outlook.days_left) {
        (true, _) if lasts => Verdict::Healthy,
        (true, _) => Verdict::Blind("well, but not for a day"),
        (false, Some(_)) => Verdict::Blind("between 60 and 75 days left"),
        (false, None) if disk.days.rate().is_none() => {
            Verdict::Blind("less than three days of history")
        }
        (false, None) => Verdict::Blind("nothing tells how many days are left"),
    }
}

/// Whether the disk takes steps towards its end, and none was long enough in coming to say that it
/// is far.
fn may_end_soon(disk: &Disk) -> bool {
    let least = disk
        .days
        .today()
        .and_then(|today| disk.life.least_days_left(today));
    !disk.life.steps.is_empty() && least.is_none_or(|days| days <= u64::from(HEALTHY_DAYS))
}

fn of_worn(name: &str, worn: Worn) -> String {
    match worn {
        Worn::Life(100..) => format!("the disk {name} says that all of its life is used"),
        Worn::Life(percent) => {
            format!("the disk {name} says that {percent} % of its life is used")
        }
        Worn::Spare(percent) => {
            format!("the disk {name} says that {percent} % of its spare blocks are left")
        }
        Worn::SpareState(3..) => {
            format!("the disk {name} says that more than 90 % of its spare blocks are used")
        }
        Worn::SpareState(_) => {
            format!("the disk {name} says that more than 80 % of its spare blocks are used")
        }
    }
}

fn finding(
    known: &Known,
    part: &KnownPart,
    disk: &Disk,
    outlook: &Outlook<'_>,
    summary: String,
) -> Finding {
    let writers = wear::writers(known, part.number);
    let advice = match writers.first().filter(|first| first.is_to_it) {
        Some(first) => format!(
            "Copy it to a new one in time. {} writes most: have it write less, or elsewhere.",
            first.name
        ),
        None => "Copy it to a new one in time, and look at what writes to it.".to_owned(),
    };
    let mut evidence = wear::rests_on(disk, outlook);
    if let Some((fewest, most)) = outlook.range {
        evidence.push(format!("{fewest} to {most} days left"));
    }
    evidence.extend(writers.iter().take(MAX_NAMED).map(|writer| {
        let whereto = match writer.is_to_it {
            true => "",
            false => " to a disk that is not known",
        };
        format!(
            "{} wrote {} a day{whereto}, by its last {} min",
            writer.name,
            wear::size(writer.per_day_kib),
            writer.over_s.div_ceil(60)
        )
    }));
    Finding {
        severity: Severity::Ticket,
        summary,
        advice,
        evidence,
    }
}
