//! The kernel, or a disk itself, tells of errors of storage: each quantity of each disk is a
//! subject of its own, so that one that is well ends nothing of another, and one that cannot be
//! read keeps nothing of another open.
//!
//! A count that does not grow is history. What the kernel has said since boot is news when it is
//! first seen, unless an incident of this boot has told as much and is over; what a disk has counted
//! since it was made is not.

use super::counter::{Change, Counter, Counts, count_of, since_boot};
use super::few::{self, Looked};
use super::lasting::SeenFor;
use super::{Judgement, Sampling, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, KnownPart, Latest};
use crate::time::{Millis, Moment};
use picket_wire::Quantity;

/// Over after so long without a new error.
pub(crate) const HEALTHY_AFTER: Millis = Millis::from_s(24 * 3600);
/// Over as well when a new boot is so old, and the kernel said nothing in it.
pub(crate) const CLEAN_BOOT: Millis = Millis::from_s(3600);
/// Most disks of one node that are told apart; one that was not seen for a day makes room.
pub(crate) const MAX_DISKS: usize = 32;

/// The disks of one node.
#[derive(Debug, Default)]
pub(crate) struct Disks {
    known: Vec<Looked<Disk>>,
}

/// One disk, or the node for errors whose disk nobody named.
#[derive(Debug, Default)]
struct Disk {
    /// The id of its part; empty for the node.
    id: String,
    messages: Counter,
    media_errors: Counter,
    /// How long it was seen not to warn.
    not_failing: SeenFor,
    /// How long none of the three was at fault.
    calm: SeenFor,
}

impl Disks {
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    fn of(&mut self, id: &str, at: Moment) -> Option<&mut Disk> {
        let new = || Disk {
            id: id.to_owned(),
            ..Disk::default()
        };
        let is_it = |disk: &Disk| disk.id == id;
        few::lasting(&mut self.known, MAX_DISKS, at, is_it, new)
    }
}

/// `told` says how much of it was told by incidents that were closed in this boot.
pub(crate) fn judge<'a>(
    known: &'a Known,
    reading: &Latest,
    sampling: Sampling,
    disks: &mut Disks,
    told: impl FnOnce(Subject<'_>) -> u64,
) -> Judgement<'a> {
    let part = known.part(reading.part);
    if reading.part != 0 && part.is_none() {
        return None;
    }
    let subject = Subject::Reading(part, reading.quantity);
    let disk = disks.of(id_of(part), reading.at)?;
    let Some(value) = count_of(reading.value) else {
        return Some((subject, Verdict::Blind("the count or the flag is missing")));
    };
    let verdict = match reading.quantity {
        Quantity::STORAGE_MESSAGES => {
            disk.judge_messages(part, value, reading, sampling, || told(subject))
        }
        Quantity::DISK_MEDIA_ERRORS => disk.judge_media(part, value, reading, sampling),
        Quantity::DISK_FAILING => disk.judge_failing(part, value != 0, reading, sampling),
        _ => return None,
    };
    let calm = !matches!(verdict, Verdict::Faulty(_));
    disk.calm.note(calm, reading.at, sampling.every);
    Some((subject, verdict))
}

/// Ends what a hub of before said of a disk as a whole: when none of the three was at fault for so
/// long.
pub(crate) fn judge_whole<'a>(
    known: &'a Known,
    reading: &Latest,
    disks: &mut Disks,
) -> Judgement<'a> {
    let part = known.part(reading.part);
    if reading.part != 0 && part.is_none() {
        return None;
    }
    let disk = disks.of(id_of(part), reading.at)?;
    let subject = part.map_or(Subject::Node, Subject::Part);
    let is_over = disk.calm.lasts(HEALTHY_AFTER, reading.at);
    is_over.then_some((subject, Verdict::Healthy))
}

fn id_of(part: Option<&KnownPart>) -> &str {
    part.map_or("", |part| part.id.as_str())
}

impl Disk {
    fn judge_messages(
        &mut self,
        part: Option<&KnownPart>,
        value: u64,
        reading: &Latest,
        sampling: Sampling,
        told: impl FnOnce() -> u64,
    ) -> Verdict {
        let at = reading.at;
        let news = match self
            .messages
            .look(value, Counts::FromBoot(sampling.boot), at)
        {
            Change::Rose(_) => true,
            Change::First => self.messages.rise_from(told(), value, at) > 0,
            Change::Same => false,
        };
        let clean_boot = sampling.uptime >= CLEAN_BOOT && self.messages.is_clean();
        if news {
            let new = self.messages.rose();
            let summary = match part {
                Some(part) => format!("the kernel tells of errors of the disk {}", part.name),
                None => "the kernel tells of errors of storage".to_owned(),
            };
            let all = since_boot(value);
            let evidence = format!("at least {new} messages of the kernel since it began{all}");
            Verdict::Faulty(finding(summary, evidence))
        } else if clean_boot || self.messages.is_quiet_for(HEALTHY_AFTER, at) {
            self.messages.well();
            Verdict::Healthy
        } else {
            Verdict::Blind("no new message for less than a day")
        }
    }

    fn judge_media(
        &mut self,
        part: Option<&KnownPart>,
        value: u64,
        reading: &Latest,
        sampling: Sampling,
    ) -> Verdict {
        let counter = &mut self.media_errors;
        let counts = Counts::OverBoots(sampling.boot);
        if let Change::Rose(_) = counter.look(value, counts, reading.at) {
            let new = counter.rose();
            let summary = format!("{} has errors of its medium", name_of(part));
            let evidence = format!("at least {new} since it began, {value} since it was made");
            Verdict::Faulty(finding(summary, evidence))
        } else if counter.is_quiet_for(HEALTHY_AFTER, reading.at) {
            counter.well();
            Verdict::Healthy
        } else {
            Verdict::Blind("no new error for less than a day")
        }
    }

    fn judge_failing(
        &mut self,
        part: Option<&KnownPart>,
        failing: bool,
        reading: &Latest,
        sampling: Sampling,
    ) -> Verdict {
        self.not_failing.note(!failing, reading.at, sampling.every);
        if failing {
            let summary = format!("{} warns that it fails", name_of(part));
            let evidence = "it says of itself that it fails".to_owned();
            Verdict::Faulty(finding(summary, evidence))
        } else if self.not_failing.lasts(HEALTHY_AFTER, reading.at) {
            Verdict::Healthy
        } else {
            Verdict::Blind("no warning for less than a day")
        }
    }
}

fn name_of(part: Option<&KnownPart>) -> String {
    part.map_or("a disk".to_owned(), |part| {
        format!("the disk {}", part.name)
    })
}

fn finding(summary: String, evidence: String) -> Finding {
    Finding {
        severity: Severity::Ticket,
        summary,
        advice: "Back it up, read `dmesg` on it, look at its cable, socket and power supply, and \
                 have a new one at hand."
            .to_owned(),
        evidence: vec![evidence],
    }
}
