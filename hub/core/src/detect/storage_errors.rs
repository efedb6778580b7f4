//! The kernel, or a disk itself, tells of errors of storage: one subject for each disk.
//!
//! A count that does not grow is history. What the kernel has said since boot is news when it is
//! first seen, unless an incident of this boot has told it and is over; what a disk has counted
//! since it was made is not.

use super::counter::{Change, Counter, count_of};
use super::{Judgement, Sampling, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, KnownPart, Latest};
use crate::time::{Millis, Moment};
use picket_wire::{Missing, Quantity, Value};

/// Over after so long without a new error.
pub(crate) const HEALTHY_AFTER: Millis = Millis::from_s(24 * 3600);
/// Over as well when a new boot is so old, and the kernel said nothing in it.
pub(crate) const CLEAN_BOOT: Millis = Millis::from_s(3600);
/// Most disks of one node that are told apart.
pub(crate) const MAX_DISKS: usize = 32;

/// The disks of one node.
#[derive(Debug, Default)]
pub(crate) struct Disks {
    known: Vec<Disk>,
}

/// One disk, or the node for errors whose disk nobody named.
#[derive(Debug, Default)]
struct Disk {
    /// The id of its part; empty for the node.
    id: String,
    messages: Counter,
    media_errors: Counter,
    /// Whether it warned that it fails, and when it did so last.
    failing: Option<(bool, Moment)>,
    /// What should be there and cannot be read: at most the three above.
    unread: Vec<Quantity>,
}

impl Disks {
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    fn of(&mut self, id: &str) -> Option<&mut Disk> {
        let at = match self.known.iter().position(|disk| disk.id == id) {
            Some(at) => at,
            None if self.known.len() < MAX_DISKS => {
                self.known.push(Disk {
                    id: id.to_owned(),
                    ..Disk::default()
                });
                self.known.len() - 1
            }
            None => return None,
        };
        self.known.get_mut(at)
    }
}

impl Disk {
    /// Notes whether a quantity of it can be read.
    fn note(&mut self, quantity: Quantity, value: Value) {
        self.unread.retain(|unread| *unread != quantity);
        match value {
            Ok(_) | Err(Missing::NotFitted | Missing::NotSupported) => {}
            Err(_) => self.unread.push(quantity),
        }
    }

    fn is_well(&self, sampling: Sampling, at: Moment) -> bool {
        let new_boot = sampling.uptime >= CLEAN_BOOT && self.messages.is_clean();
        self.unread.is_empty()
            && (new_boot || self.messages.is_quiet_for(HEALTHY_AFTER, at))
            && self.media_errors.is_quiet_for(HEALTHY_AFTER, at)
            && self
                .failing
                .is_none_or(|(failing, last)| !failing && at.since(last) >= HEALTHY_AFTER)
    }
}

/// `was_told` says whether an incident about it was closed in this boot.
pub(crate) fn judge<'a>(
    known: &'a Known,
    reading: &Latest,
    sampling: Sampling,
    disks: &mut Disks,
    was_told: impl FnOnce(Subject<'_>) -> bool,
) -> Judgement<'a> {
    let part = known.part(reading.part);
    if reading.part != 0 && part.is_none() {
        return None;
    }
    let subject = part.map_or(Subject::Node, Subject::Part);
    let at = reading.at;
    let disk = disks.of(part.map_or("", |part| part.id.as_str()))?;
    disk.note(reading.quantity, reading.value);
    let Some(value) = count_of(reading.value) else {
        return Some((subject, Verdict::Blind("the count or the flag is missing")));
    };
    let news = match reading.quantity {
        Quantity::STORAGE_MESSAGES => match disk.messages.look(value, Some(sampling.boot), at) {
            Change::Rose(_) => true,
            Change::First if value > 0 && !was_told(subject) => {
                disk.messages.rise(value, at);
                true
            }
            Change::First | Change::Same => false,
        },
        Quantity::DISK_MEDIA_ERRORS => {
            matches!(disk.media_errors.look(value, None, at), Change::Rose(_))
        }
        Quantity::DISK_FAILING => {
            let failing = value != 0;
            let last = disk.failing.filter(|_| !failing).map_or(at, |f| f.1);
            disk.failing = Some((failing, last));
            failing
        }
        _ => return None,
    };
    let verdict = if news {
        Verdict::Faulty(finding(part, disk))
    } else if disk.is_well(sampling, at) {
        disk.messages.well();
        disk.media_errors.well();
        Verdict::Healthy
    } else {
        Verdict::Blind("no error for less than a day")
    };
    Some((subject, verdict))
}

fn finding(part: Option<&KnownPart>, disk: &Disk) -> Finding {
    let failing = matches!(disk.failing, Some((true, _)));
    let summary = match part {
        Some(part) if failing => format!("the disk {} warns that it fails", part.name),
        Some(part) => format!("the disk {} has errors", part.name),
        None => "the kernel tells of errors of storage".to_owned(),
    };
    let mut evidence = Vec::new();
    if failing {
        evidence.push("it says of itself that it fails".to_owned());
    }
    if disk.messages.rose() > 0 {
        let (new, all) = (disk.messages.rose(), disk.messages.last().unwrap_or(0));
        evidence.push(format!(
            "at least {new} messages of the kernel since it began, {all} since boot"
        ));
    }
    if disk.media_errors.rose() > 0 {
        let counter = &disk.media_errors;
        let (new, all) = (counter.rose(), counter.last().unwrap_or(0));
        evidence.push(format!(
            "at least {new} errors of its medium since it began, {all} since it was made"
        ));
    }
    Finding {
        severity: Severity::Ticket,
        summary,
        advice: "Back it up, read `dmesg` on it, look at its cable, socket and power supply, and \
                 have a new one at hand."
            .to_owned(),
        evidence,
    }
}
