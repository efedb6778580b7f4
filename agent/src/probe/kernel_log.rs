//! The kernel's messages about storage, voltage and memory, counted.
//!
//! They are counted from the oldest one that the kernel still holds: since boot, unless its ring
//! has wrapped before the first reading. What `message` knows of them is apart from the reading.

mod message;

use super::{About, Found, Measured, Needs, Probe, disks};
use crate::parts::Named;
use crate::root::Root;
use crate::source::{Source, reason};
use message::Event;
use nix::errno::Errno;
use picket_wire::{Missing, Quantity, Value};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

const KMSG: &str = "/dev/kmsg";
/// Its numbers, 1 and 11 (Linux, Documentation/admin-guide/devices.txt).
const KMSG_DEVICE: u64 = (1 << 8) | 11;
const QUANTITIES: [Quantity; 3] = [
    Quantity::STORAGE_MESSAGES,
    Quantity::UNDER_VOLTAGE_MESSAGES,
    Quantity::OUT_OF_MEMORY_MESSAGES,
];

/// Room for one record: what the kernel itself takes at most (`CONSOLE_EXT_LOG_MAX`,
/// `PRINTK_MESSAGE_MAX`). It answers `EINVAL` for one that is longer, and goes on behind it.
pub const MAX_RECORD: usize = 8192;
/// Most records that one reading takes; the next one goes on there.
pub const MAX_RECORDS: usize = 1 << 18;
/// Longest recording of a moved root.
pub const MAX_RECORDING: usize = 1 << 20;
/// Most names of devices that one reading counts apart; what further ones say counts for the node.
pub const MAX_NAMES: usize = 64;
/// Most disks whose counts are kept, with those that are gone; when it is full, these are forgotten.
pub const MAX_KEPT: usize = 64;

/// The probe. A kernel whose messages cannot be had, such as that of a container, is *not
/// supported*.
#[derive(Debug, Default)]
pub struct KernelLog {
    /// Open from the first reading on, so that each record is counted once.
    log: Option<File>,
    counts: Counts,
}

/// What was counted since the log was opened.
#[derive(Debug, Default)]
struct Counts {
    under_voltage: i64,
    out_of_memory: i64,
    /// By the name that the kernel used, such as `mmcblk0p2` or `nvme0`, empty for none: what has
    /// not been charged to a disk yet.
    named: BTreeMap<String, i64>,
    /// By the id of the disk's part. A name is given out again, and the next disk of that name has
    /// not made the errors of the one before.
    of_disks: BTreeMap<String, i64>,
    /// What was charged to no disk.
    of_none: i64,
}

impl Probe for KernelLog {
    fn quantities(&self) -> &'static [Quantity] {
        &QUANTITIES
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let read = match root.is_moved() {
            true => self.read_recording(root),
            false => self.read_on(root),
        };
        if let Err(why) = read {
            let missing = |&quantity| Measured::of_node(quantity, Err(why));
            let missing = QUANTITIES.iter().map(missing);
            out.extend(missing.map(|measured| measured.needing(Needs::Syslog)));
            return;
        }
        let disks = parts_of_disks(root);
        let counts = &mut self.counts;
        counts.forget(|name| is_host_of_a_chip(root, name, &disks));
        counts.charge(&disks);
        out.of_node(Quantity::UNDER_VOLTAGE_MESSAGES, Ok(counts.under_voltage));
        out.of_node(Quantity::OUT_OF_MEMORY_MESSAGES, Ok(counts.out_of_memory));
        for (about, value) in counts.by_disk(&disks) {
            let measured = Measured::of_node(Quantity::STORAGE_MESSAGES, value);
            out.push(Measured { about, ..measured });
        }
    }
}

impl KernelLog {
    /// A recording is counted as a whole each time. One in which the kernel says nothing is none:
    /// it says at least who it is.
    fn read_recording(&mut self, root: &Root) -> Result<(), Missing> {
        let mut source = Source::with_limit(KMSG, MAX_RECORDING);
        let text = source.read(root).map_err(why)?;
        if text
            .lines()
            .all(|line| message::of_the_kernel(line).is_none())
        {
            return Err(Missing::Garbled);
        }
        self.counts = Counts::default();
        for line in text.lines() {
            self.counts.count(line);
        }
        Ok(())
    }

    /// Counts the records that came since the last reading.
    fn read_on(&mut self, root: &Root) -> Result<(), Missing> {
        let mut log = match self.log.take() {
            Some(log) => log,
            None => {
                // Opened anew it begins with the oldest record again.
                self.counts = Counts::default();
                open(root)?
            }
        };
        drain(&mut log, &mut self.counts).map_err(why)?;
        self.log = Some(log);
        Ok(())
    }
}

/// The log of this machine. In a container a FIFO may stand there, or `/dev/null`.
fn open(root: &Root) -> Result<File, Missing> {
    let log = File::from(root.open(KMSG).map_err(why)?);
    let metadata = log.metadata().map_err(|_| Missing::Garbled)?;
    let is_log = metadata.file_type().is_char_device() && metadata.rdev() == KMSG_DEVICE;
    is_log.then_some(log).ok_or(Missing::NotSupported)
}

/// Reads to the end of what there is now; each answer is one record
/// (Linux, Documentation/ABI/testing/dev-kmsg).
fn drain(log: &mut impl Read, counts: &mut Counts) -> Result<(), Errno> {
    let mut record = [0; MAX_RECORD];
    for _ in 0..MAX_RECORDS {
        match log.read(&mut record) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                let record = record.get(..length).unwrap_or_default();
                for line in String::from_utf8_lossy(record).lines() {
                    counts.count(line);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => match Errno::from_raw(error.raw_os_error().unwrap_or_default()) {
                // Records were overwritten before they were read, or one is too long.
                Errno::EPIPE | Errno::EINVAL => {}
                errno => return Err(errno),
            },
        }
    }
    Ok(())
}

fn why(errno: Errno) -> Missing {
    match errno {
        Errno::ENOENT => Missing::NotSupported,
        errno => reason(errno),
    }
}

/// The disks' parts. Where the disks are not known, all that is said of one is said of the node.
fn parts_of_disks(root: &Root) -> Vec<Named> {
    let disks = disks::list(root).unwrap_or_default();
    disks.into_iter().map(|disk| disk.part).collect()
}

/// Most cards of one host that are looked at; a host of SD has one.
const MAX_CARDS: usize = 4;

/// Whether this is a host of cards that has a chip, such as Wi-Fi, and no disk: `mmc1` of a Pi 5. Its
/// drivers cannot tell the two apart. An empty slot stays one of storage, because a card that no
/// longer answers leaves one (`type`, Linux, drivers/mmc/core/bus.c).
fn is_host_of_a_chip(root: &Root, name: &str, disks: &[Named]) -> bool {
    if message::host_number(name).is_none() || message::disk_of(name, disks).is_some() {
        return false;
    }
    let host = format!("/sys/class/mmc_host/{name}");
    let cards = root.list(&host).unwrap_or_default();
    let cards = cards.iter().filter(|card| {
        let address = card.strip_prefix(name);
        address.is_some_and(|address| address.starts_with(':'))
    });
    cards.take(MAX_CARDS).any(|card| {
        let mut kind = Source::new(format!("{host}/{card}/type"));
        kind.read(root).is_ok_and(|kind| kind.trim() == "SDIO")
    })
}

impl Counts {
    fn count(&mut self, line: &str) {
        match message::of_the_kernel(line).and_then(message::classify) {
            Some(Event::UnderVoltage) => self.under_voltage = self.under_voltage.saturating_add(1),
            Some(Event::OutOfMemory) => self.out_of_memory = self.out_of_memory.saturating_add(1),
            Some(Event::Storage(name)) => self.count_storage(name),
            Some(Event::Attached(name)) => self.part_from(name),
            None => {}
        }
    }

    fn count_storage(&mut self, name: &str) {
        let full = self.named.len() >= MAX_NAMES && !self.named.contains_key(name);
        let name = if full { "" } else { name };
        let count = self.named.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
    }

    /// Counts for no disk what was said until now of a name that a disk has only now: a log that is
    /// read again from its begin tells of disks that are gone. What a card's own search cost before
    /// it was found cannot be told from that, and counts for none as well.
    fn part_from(&mut self, attached: &str) {
        for (name, count) in &mut self.named {
            if message::is_of(name, attached) {
                self.of_none = self.of_none.saturating_add(std::mem::take(count));
            }
        }
    }

    /// Forgets what was counted since the last time of names that are no storage.
    fn forget(&mut self, is_none: impl Fn(&str) -> bool) {
        self.named.retain(|name, _| !is_none(name));
    }

    /// Charges what was counted since the last time to the disks that have those names now, and
    /// to none what names none of them.
    fn charge(&mut self, disks: &[Named]) {
        if self.of_disks.len() >= MAX_KEPT {
            let there = |id: &String| disks.iter().any(|disk| disk.id() == id);
            self.of_disks.retain(|id, _| there(id));
        }
        for (name, count) in std::mem::take(&mut self.named) {
            let sum = match message::disk_of(&name, disks) {
                Some(disk) => self.of_disks.entry(disk.id().to_owned()).or_default(),
                None => &mut self.of_none,
            };
            *sum = sum.saturating_add(count);
        }
    }

    /// What was charged to each of these disks, and at last what was charged to none. What was
    /// charged to a disk that is gone is not told.
    fn by_disk(&self, disks: &[Named]) -> Vec<(About, Value)> {
        let of = |disk: &Named| Ok(self.of_disks.get(disk.id()).copied().unwrap_or(0));
        let mut rows: Vec<_> = disks
            .iter()
            .map(|disk| (About::Part(disk.clone()), of(disk)))
            .collect();
        rows.push((About::Node, Ok(self.of_none)));
        rows
    }
}

#[cfg(test)]
mod tests;
