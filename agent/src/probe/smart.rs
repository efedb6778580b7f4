//! Health of SATA and USB disks, by `smartctl` of smartmontools where it is installed.
//!
//! The program knows how to speak to many hundred disks and bridges, which is not repeated here.
//! It never wakes a disk that sleeps.

mod answer;
mod run;
mod turns;

use super::disk_health::{self, Health};
use super::disks::{self, Disk};
use super::{Found, Needs, Probe, RARE};
use crate::root::Root;
use crate::source::{Source, reason};
use answer::Answer;
use nix::errno::Errno;
use picket_wire::{MediumKind, Missing, Quantity};
use run::Runner;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use turns::Turns;

pub use turns::{LONGEST, LONGEST_OF_ONE};

/// The program.
pub const SMARTCTL: &str = "/usr/sbin/smartctl";
/// Longest answer of one disk; the answer of a disk with full logs has some 30 KiB.
pub const MAX_ANSWER: usize = 256 * 1024;

/// The probe. Without the program it is *not supported*; a machine without such a disk is left to
/// `nvme`, which reads of the same quantities.
#[derive(Debug, Default)]
pub struct Smart {
    runner: Runner,
    turns: Turns,
    /// What each disk said last, by the kernel's name and the id of its part: a disk that sleeps
    /// wears nothing.
    last: BTreeMap<(String, String), Health>,
}

impl Probe for Smart {
    fn quantities(&self) -> &'static [Quantity] {
        &disk_health::QUANTITIES
    }

    fn every(&self) -> Duration {
        RARE
    }

    fn subject(&self, root: &Root) -> Vec<String> {
        disks::subject(root)
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        // Why the disks cannot be listed is said by `nvme`.
        let mut disks = disks::list(root).unwrap_or_default();
        disks.retain(|disk| disk.kind == MediumKind::Ata);
        self.last
            .retain(|key, _| disks.iter().any(|disk| key_of(disk) == *key));
        let mut turns = std::mem::take(&mut self.turns);
        let said = turns.ask_all(&disks, Instant::now, |disk, deadline| {
            self.health(root, disk, deadline)
        });
        self.turns = turns;
        for (disk, health) in disks.iter().zip(said) {
            health.push(&disk.part, Needs::SysRawio, out);
        }
    }
}

impl Smart {
    fn health(&mut self, root: &Root, disk: &Disk, deadline: Instant) -> Health {
        let text = match root.is_moved() {
            true => recorded(root, disk),
            false => installed(root).and_then(|()| self.runner.ask(&disk.device(), deadline)),
        };
        match text.map(|text| answer::parse(&text)) {
            Ok(Answer::Health(health)) => {
                self.last.insert(key_of(disk), health);
                health
            }
            Ok(Answer::Sleeps) => match self.last.get(&key_of(disk)) {
                Some(last) => Health {
                    deci_celsius: Err(Missing::Busy),
                    ..*last
                },
                None => Health::missing(Missing::Busy),
            },
            Ok(Answer::Refused(why)) | Err(why) => Health::missing(why),
        }
    }
}

fn key_of(disk: &Disk) -> (String, String) {
    (disk.name.clone(), disk.part.id().to_owned())
}

/// Whether the program is there; one that cannot be looked for may be.
pub fn is_installed(root: &Root) -> bool {
    installed(root) != Err(Missing::NotSupported)
}

fn installed(root: &Root) -> Result<(), Missing> {
    match root.open(SMARTCTL) {
        Ok(_) | Err(Errno::EACCES) => Ok(()),
        Err(Errno::ENOENT) => Err(Missing::NotSupported),
        Err(errno) => Err(reason(errno)),
    }
}

/// Below a moved root no program is run: what one said there stands in a file of each disk.
fn recorded(root: &Root, disk: &Disk) -> Result<Vec<u8>, Missing> {
    let path = format!("{SMARTCTL}/{}.json", disk.name);
    match Source::with_limit(path, MAX_ANSWER).read(root) {
        Ok(text) => Ok(text.as_bytes().to_vec()),
        Err(Errno::ENOENT | Errno::ENOTDIR) => Err(Missing::NotSupported),
        Err(errno) => Err(reason(errno)),
    }
}

#[cfg(test)]
mod tests;
