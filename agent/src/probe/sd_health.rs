//! Health of an SD card by its maker's own command (CMD56), where the owner allows it for this
//! very card.
//!
//! Some cards answer such a command with their life; others hang on it, and with them the machine
//! whose root filesystem they hold. Therefore a card is asked only if its CID stands in the
//! settings, its maker is known to answer, a day has passed, no earlier attempt went wrong, and
//! that will be remembered over the next boot.
//! Only commands that read are sent: the table of makers has no others.

mod maker;
mod memory;

use super::cid::Cid;
use super::disks::{self, Disk};
use super::emmc::{READS_A_BLOCK, refused};
use super::{Found, Measured, Needs, Probe, RARE};
use crate::clock;
use crate::device::{BLOCK, Transaction};
use crate::root::Root;
use maker::Method;
use memory::{DAY, Memory};
use nix::errno::Errno;
use picket_wire::{MediumKind, Missing, Quantity, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// GEN_CMD of the SD specification.
const GEN_CMD: u32 = 56;
/// No card is asked so soon after the boot, in milliseconds: on a machine that a card hangs each
/// time, its owner can log in before and forbid it.
const SETTLED_MS: u64 = 10 * 60 * 1000;

/// The probe. A card that is not asked is *not supported*, or *busy* while the machine has only just
/// booted; a machine without a card is left to `nvme`, which reads of the same quantity.
#[derive(Debug)]
pub struct SdHealth {
    allowed: Vec<Cid>,
    state: Option<PathBuf>,
    /// On what filesystem a folder is.
    filesystem: fn(&Path) -> io::Result<u32>,
    /// What each card answered, and when.
    asked: BTreeMap<Cid, (Instant, Value)>,
    /// Of which cards the log has said why they are not asked.
    told: BTreeSet<Cid>,
}

/// The moment of a reading, by both clocks.
#[derive(Clone, Copy, Debug)]
struct Now {
    /// Counts the day while this process runs.
    steady: Instant,
    /// Counts it over restarts.
    wall: SystemTime,
    /// Since the machine booted.
    uptime_ms: u64,
}

/// What is in the slot.
trait Slot {
    /// The card that is in it at this moment; none if that is not known.
    fn cid(&self) -> Option<Cid>;
    /// Asks the card one thing.
    fn send(&mut self, arg: u32) -> Result<[u8; BLOCK], Errno>;
}

/// The slot of a disk.
struct SlotOf<'a> {
    root: &'a Root,
    disk: &'a Disk,
}

impl Default for SdHealth {
    fn default() -> SdHealth {
        SdHealth::new(Vec::new(), None)
    }
}

impl Probe for SdHealth {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn every(&self) -> Duration {
        RARE
    }

    fn subject(&self, root: &Root) -> Vec<String> {
        disks::subject(root)
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let now = Now {
            steady: Instant::now(),
            wall: SystemTime::now(),
            // A recorded card hangs no machine, and the clock is this one's.
            uptime_ms: match root.is_moved() {
                true => SETTLED_MS,
                false => clock::uptime_ms(),
            },
        };
        // Why the disks cannot be listed is said by `nvme`.
        for disk in disks::list(root).unwrap_or_default() {
            if disk.kind == MediumKind::Sd {
                let used = self.used(&disk, now, &mut SlotOf { root, disk: &disk });
                let reading = Measured::of_part(Quantity::DISK_LIFE_USED, &disk.part, used);
                out.push(reading.needing(Needs::SysRawio));
            }
        }
    }
}

impl Slot for SlotOf<'_> {
    fn cid(&self) -> Option<Cid> {
        Cid::parse(&self.disk.text(self.root, "device/cid").ok()?)
    }

    fn send(&mut self, arg: u32) -> Result<[u8; BLOCK], Errno> {
        let mut answer = [0; BLOCK];
        let command = Transaction::MmcRead {
            opcode: GEN_CMD,
            arg,
            flags: READS_A_BLOCK,
            data: &mut answer,
        };
        let device = self.disk.device();
        self.root.transact(&device, command).map(|()| answer)
    }
}

impl SdHealth {
    /// Asks the cards whose CIDs the owner named, and remembers them in the folder of the scrub's
    /// state; without that folder none.
    pub fn new(allowed: Vec<Cid>, state: Option<PathBuf>) -> SdHealth {
        SdHealth {
            allowed,
            state,
            filesystem: memory::filesystem,
            asked: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// Hundredths of life that the card has used.
    fn used(&mut self, disk: &Disk, now: Now, slot: &mut dyn Slot) -> Value {
        let allowed = |cid: &Cid| self.allowed.contains(cid);
        let Some(cid) = Cid::of_disk(disk).filter(allowed) else {
            return Err(Missing::NotSupported);
        };
        let day = |at: Instant| now.steady.saturating_duration_since(at) < DAY;
        if let Some((_, value)) = self.asked.get(&cid).filter(|(at, _)| day(*at)) {
            return *value;
        }
        match self.may_ask(cid, now) {
            // Setting the tombstone may take seconds, in which cards can be swapped.
            Ok((_, memory)) if slot.cid() != Some(cid) => {
                self.mind(cid, memory.exhume());
                self.tell(cid, "its slot does not show it any more");
                Err(Missing::NotSupported)
            }
            Ok((method, memory)) => {
                let value = self.ask(cid, method, &memory, slot);
                self.asked.insert(cid, (now.steady, value));
                value
            }
            Err(value) => value,
        }
    }

    /// How the card is asked, and the files that remember it; a tombstone stands among them.
    ///
    /// # Errors
    /// What is said of the card instead.
    fn may_ask(&mut self, cid: Cid, now: Now) -> Result<(&'static Method, Memory), Value> {
        let refused = Err(Missing::NotSupported);
        let Some(state) = &self.state else {
            self.tell(cid, "there is no folder to remember it in");
            return Err(refused);
        };
        let memory = Memory::of(state, cid);
        let method = cid.sd().ok_or("its CID is garbled");
        let method = match method.and_then(|card| maker::method(&card)) {
            Ok(method) => method,
            Err(why) => {
                self.tell(cid, why);
                return Err(refused);
            }
        };
        if memory.is_buried() {
            let file = memory.tombstone.display();
            self.tell(
                cid,
                &format!("it was asked once and did not answer; it is not asked again until {file} is deleted"),
            );
            return Err(refused);
        }
        if let Some(value) = memory.kept(now.wall) {
            return Err(value);
        }
        if now.uptime_ms < SETTLED_MS {
            return Err(Err(Missing::Busy));
        }
        if let Err(why) = memory::outlives_a_boot(state, (self.filesystem)(state)) {
            self.tell(cid, &why);
            return Err(refused);
        }
        match memory.bury() {
            Ok(()) => Ok((method, memory)),
            Err(error) => {
                let file = memory.tombstone.display();
                self.tell(cid, &format!("{file} cannot be written: {error}"));
                Err(refused)
            }
        }
    }

    /// Asks twice. The tombstone stays if the card did not answer.
    fn ask(&mut self, cid: Cid, method: &Method, memory: &Memory, slot: &mut dyn Slot) -> Value {
        let first = slot.send(method.arg);
        let value = match first.and_then(|first| Ok((first, slot.send(method.arg)?))) {
            Ok((first, second)) => {
                let value = method.used(&first, &second);
                self.mind(cid, memory.keep(value).and_then(|()| memory.exhume()));
                value
            }
            Err(errno) => Err(refused(errno)),
        };
        match value {
            // The kernel sent nothing.
            Err(Missing::Denied) => self.mind(cid, memory.exhume()),
            Err(Missing::Garbled) => self.tell(cid, "it answered nonsense"),
            Err(why) => {
                let (why, file) = (why.name(), memory.tombstone.display());
                let until = format!("it is not asked again until {file} is deleted");
                self.tell(cid, &format!("it did not answer ({why}); {until}"));
            }
            Ok(_) => {}
        }
        value
    }

    fn mind(&mut self, cid: Cid, done: io::Result<()>) {
        if let Err(error) = done {
            self.tell(cid, &format!("its files cannot be written: {error}"));
        }
    }

    /// Says once in the log why nothing is known of a card that the owner named.
    fn tell(&mut self, cid: Cid, why: &str) {
        if self.told.insert(cid) {
            tracing::warn!(%cid, "the health of the card that the settings name is not known: {why}");
        }
    }
}

#[cfg(test)]
mod tests;
