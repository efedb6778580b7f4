//! What a forecast rests on, in words.

use super::forecast::{Basis, Outlook};
use super::rate::LEAST_DAYS;
use super::{Disk, Endurance};

/// What the numbers rest on, a line each.
pub(crate) fn rests_on(disk: &Disk, outlook: &Outlook<'_>) -> Vec<String> {
    let mut lines = vec![match disk.days.rate() {
        Some(rate) => format!(
            "{} a day ({} to {}) over {} days",
            size(rate.per_day_kib),
            size(rate.low_kib),
            size(rate.high_kib),
            rate.over_days
        ),
        None if disk.days.today().is_none() => {
            "nothing is counted by days until the hub's clock is synchronised".to_owned()
        }
        None => match LEAST_DAYS.saturating_sub(disk.days.history()) {
            0 | 1 => "1 more day of history is needed".to_owned(),
            days => format!("{days} more days of history are needed"),
        },
    }];
    if let Some(percent) = disk.life.percent {
        let width = u64::from(disk.life.width);
        let steps = disk.life.steps.len();
        let of_width = match width {
            0 | 1 => String::new(),
            width => format!(" to {} %", u64::from(percent).saturating_add(width)),
        };
        lines.push(format!(
            "the disk says that {percent} %{of_width} of its life is used; steps seen: {steps}"
        ));
    }
    match outlook.basis {
        Basis::Life => {}
        Basis::Stated(stated) => lines.push(of_endurance(disk, stated)),
        Basis::NotStated => lines.push("nobody has stated its endurance".to_owned()),
    }
    lines
}

fn of_endurance(disk: &Disk, stated: &Endurance) -> String {
    let written = match disk.ever_kib {
        Some(ever) => format!("{} written as it says itself", size(ever)),
        None if stated.written_before_kib == 0 => {
            format!("{} seen written", size(disk.written_kib))
        }
        None => format!(
            "{} seen written and {} before",
            size(disk.written_kib),
            size(stated.written_before_kib)
        ),
    };
    format!("{} stated in hub.toml; {written}", size(stated.kib))
}

/// A size in decimal units, as makers of disks count.
pub fn size(kib: u64) -> String {
    let gigabytes = kib as f64 * 1024.0 / 1e9;
    match gigabytes {
        1000.0.. => format!("{:.1} TB", gigabytes / 1000.0),
        1.0.. => format!("{gigabytes:.1} GB"),
        _ => format!("{:.0} MB", gigabytes * 1000.0),
    }
}
