//! Health of NVMe disks, from their SMART log.

use super::disk_health::{self, Health};
use super::disks::{self, Disk};
use super::{Found, Needs, Probe, RARE};
use crate::device::{BLOCK, Transaction};
use crate::parts::Named;
use crate::root::Root;
use crate::source::reason;
use nix::errno::Errno;
use picket_wire::{MediumKind, Missing, PartKind, Quantity};
use std::time::Duration;

/// Most controllers that are asked.
pub const MAX_CONTROLLERS: usize = 16;

const CONTROLLERS: &str = "/sys/class/nvme";
/// The page *SMART / Health Information* (NVM Express Base Specification, Get Log Page).
const SMART_LOG: u8 = 0x02;

/// The probe. It also says on the node why nothing is known of the health of disks where the
/// machine has none that could tell: without any disk it is *not fitted*, with others *not
/// supported*. `smart` and `sd_health` read of the same quantities, and answer for their disks.
#[derive(Debug, Default)]
pub struct Nvme {}

impl Probe for Nvme {
    fn quantities(&self) -> &'static [Quantity] {
        &disk_health::QUANTITIES
    }

    fn every(&self) -> Duration {
        RARE
    }

    fn subject(&self, root: &Root) -> Vec<String> {
        let mut subject = disks::subject(root);
        subject.extend(root.list(CONTROLLERS).unwrap_or_default());
        subject
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let disks = match disks::list(root) {
            Ok(disks) => disks,
            Err(why) => return out.all_missing(self.quantities(), why),
        };
        let controllers = match controllers(root, &disks) {
            Ok(controllers) => controllers,
            Err(why) => return out.all_missing(self.quantities(), why),
        };
        let there = |kind| disks.iter().any(|disk| disk.kind == kind);
        if controllers.is_empty() && !there(MediumKind::Ata) {
            let of_cards = |quantity: &Quantity| *quantity == Quantity::DISK_LIFE_USED;
            // A card that does not say what it is could be one that tells of its life.
            let unknown = disks.iter().find_map(|disk| disk.unknown_card(root));
            let without_source = match disks.is_empty() {
                true => Missing::NotFitted,
                false => Missing::NotSupported,
            };
            for quantity in disk_health::QUANTITIES {
                match unknown.filter(|_| of_cards(&quantity)) {
                    _ if of_cards(&quantity) && there(MediumKind::Sd) => {}
                    Some(why) => out.of_node(quantity, Err(why)),
                    None => out.of_node(quantity, Err(without_source)),
                }
            }
        }
        for (controller, part) in controllers {
            health(root, &controller).push(&part, Needs::SysAdmin, out);
        }
    }
}

/// The controllers, and the part of each: its first disk, because the log is of all its disks
/// together; itself while it has none, as when it has failed.
fn controllers(root: &Root, disks: &[Disk]) -> Result<Vec<(String, Named)>, Missing> {
    let names = match root.list(CONTROLLERS) {
        Ok(names) => names,
        // A tree that shows only the disks: the usual name of a disk begins with its controller's.
        Err(Errno::ENOENT) => {
            let mut names: Vec<String> = disks.iter().filter_map(controller_of).collect();
            names.dedup();
            names
        }
        Err(errno) => return Err(reason(errno)),
    };
    let controllers = names.into_iter().take(MAX_CONTROLLERS);
    Ok(controllers
        .map(|controller| {
            let part = part(root, &controller, disks);
            (controller, part)
        })
        .collect())
}

fn part(root: &Root, controller: &str, disks: &[Disk]) -> Named {
    let entries = root.list(&format!("{CONTROLLERS}/{controller}"));
    let entries = entries.unwrap_or_default();
    let named: Vec<String> = entries.iter().filter_map(|name| disk_of(name)).collect();
    let nvme = disks.iter().filter(|disk| disk.kind == MediumKind::Nvme);
    let own = |disk: &&Disk| match named.is_empty() {
        false => named.contains(&disk.name),
        true => disk
            .name
            .strip_prefix(controller)
            .is_some_and(|rest| rest.starts_with('n')),
    };
    match nvme.clone().find(own) {
        Some(disk) => disk.part.clone(),
        None => Named::new(PartKind::Disk, &format!("name/{controller}"), controller),
    }
}

/// The disk of an entry in a controller's folder: `nvme0n1` itself, or `nvme0c1n1`, which is the
/// path through controller 1 to the disk `nvme0n1` (Linux, nvme multipath).
fn disk_of(entry: &str) -> Option<String> {
    let (subsystem, rest) = number(entry.strip_prefix("nvme")?)?;
    let rest = match rest.strip_prefix('c') {
        Some(path) => number(path)?.1,
        None => rest,
    };
    let (namespace, end) = number(rest.strip_prefix('n')?)?;
    end.is_empty()
        .then(|| format!("nvme{subsystem}n{namespace}"))
}

fn controller_of(disk: &Disk) -> Option<String> {
    let (digits, _) = number(disk.name.strip_prefix("nvme")?)?;
    Some(format!("nvme{digits}"))
}

/// The digits at the beginning, and what follows them.
fn number(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end)
        .filter(|(digits, _)| !digits.is_empty())
}

fn health(root: &Root, controller: &str) -> Health {
    let mut page = [0; BLOCK];
    let log = Transaction::NvmeLog {
        page: SMART_LOG,
        data: &mut page,
    };
    match root.transact(&format!("/dev/{controller}"), log) {
        Ok(()) => parse(&page),
        Err(errno) => Health::missing(refused(errno)),
    }
}

/// The kernel shows the controller, so that a device which is not there is hidden from this process.
fn refused(errno: Errno) -> Missing {
    match errno {
        Errno::ENOENT => Missing::Denied,
        Errno::EINVAL | Errno::ENOTTY => Missing::NotSupported,
        other => reason(other),
    }
}

/// The page; one of the same byte throughout was never written by the disk, whatever it would mean.
fn parse(page: &[u8; BLOCK]) -> Health {
    let [first, ..] = page;
    let blank = page.iter().all(|byte| byte == first);
    let health = fields(page).filter(|_| !blank);
    health.unwrap_or(Health::missing(Missing::Garbled))
}

/// The fields (NVM Express Base Specification, SMART / Health Information Log), which are little
/// endian; none beyond the page.
fn fields(page: &[u8; BLOCK]) -> Option<Health> {
    let [warning] = field(page, 0)?;
    let [spare] = field(page, 3)?;
    let [used] = field(page, 5)?;
    let kelvin = u16::from_le_bytes(field(page, 1)?);
    let number = |at| field(page, at).map(u128::from_le_bytes);
    Some(Health {
        life_used: disk_health::life_used(used.into()),
        spare: disk_health::percent(spare.into()),
        failing: disk_health::failing(warning),
        media_errors: disk_health::count(number(160)?),
        unsafe_shutdowns: disk_health::count(number(144)?),
        power_on_h: disk_health::count(number(128)?),
        written_kib: disk_health::data_units_kib(number(48)?),
        deci_celsius: match kelvin {
            // A controller without a sensor.
            0 => Err(Missing::NotSupported),
            kelvin => disk_health::deci_celsius(i64::from(kelvin) - 273),
        },
    })
}

fn field<const N: usize>(page: &[u8; BLOCK], at: usize) -> Option<[u8; N]> {
    page.get(at..)?.first_chunk().copied()
}

#[cfg(test)]
mod tests;
