//! Health of an SD card by its maker's own command (CMD56), where the owner allows it for this
//! very card.
//!
//! Some cards answer such a command with their life; others hang on it, and with them the machine
//! whose root filesystem they hold. Therefore a card is asked only if its CID stands in the
//! settings, its maker is known to answer, a day has passed, and no earlier attempt went wrong.
//! Only commands that read are sent: the table of makers has no others.

mod maker;
mod memory;

use super::cid::Cid;
use super::disks::{self, Disk};
use super::emmc::{READS_A_BLOCK, refused};
use super::{Found, Measured, Needs, Probe, RARE};
use crate::device::{BLOCK, Transaction};
use crate::root::Root;
use maker::Method;
use memory::{DAY, Memory};
use nix::errno::Errno;
use picket_wire::{MediumKind, Missing, Quantity, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

/// GEN_CMD of the SD specification.
const GEN_CMD: u32 = 56;

/// The probe. A card that is not asked is *not supported*; a machine without a card is left to
/// `nvme`, which reads of the same quantity.
#[derive(Debug, Default)]
pub struct SdHealth {
    allowed: Vec<Cid>,
    state: Option<PathBuf>,
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
        };
        // Why the disks cannot be listed is said by `nvme`.
        for disk in disks::list(root).unwrap_or_default() {
            if disk.kind == MediumKind::Sd {
                let used = self.used(&disk, now, &mut |arg| send(root, &disk, arg));
                let reading = Measured::of_part(Quantity::DISK_LIFE_USED, &disk.part, used);
                out.push(reading.needing(Needs::SysRawio));
            }
        }
    }
}

/// Asks a card one thing.
fn send(root: &Root, disk: &Disk, arg: u32) -> Result<[u8; BLOCK], Errno> {
    let mut answer = [0; BLOCK];
    let command = Transaction::MmcRead {
        opcode: GEN_CMD,
        arg,
        flags: READS_A_BLOCK,
        data: &mut answer,
    };
    root.transact(&disk.device(), command).map(|()| answer)
}

impl SdHealth {
    /// Asks the cards whose CIDs the owner named, and remembers them in the folder of the scrub's
    /// state; without that folder none.
    pub fn new(allowed: Vec<Cid>, state: Option<PathBuf>) -> SdHealth {
        SdHealth {
            allowed,
            state,
            ..SdHealth::default()
        }
    }

    /// Hundredths of life that the card has used.
    fn used(
        &mut self,
        disk: &Disk,
        now: Now,
        send: &mut dyn FnMut(u32) -> Result<[u8; BLOCK], Errno>,
    ) -> Value {
        let allowed = |cid: &Cid| self.allowed.contains(cid);
        let Some(cid) = Cid::of_disk(disk).filter(allowed) else {
            return Err(Missing::NotSupported);
        };
        let day = |at: Instant| now.steady.saturating_duration_since(at) < DAY;
        if let Some((_, value)) = self.asked.get(&cid).filter(|(at, _)| day(*at)) {
            return *value;
        }
        match self.may_ask(cid, now) {
            Ok((method, memory)) => {
                let value = self.ask(cid, method, &memory, send);
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
    fn ask(
        &mut self,
        cid: Cid,
        method: &Method,
        memory: &Memory,
        send: &mut dyn FnMut(u32) -> Result<[u8; BLOCK], Errno>,
    ) -> Value {
        let first = send(method.arg);
        let value = match first.and_then(|first| Ok((first, send(method.arg)?))) {
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
