//! What is written to each disk of a node, day by day, and how long the disk will last.
//!
//! | file | one idea |
//! |---|---|
//! | `disk` | one disk: what was written to it, and what it says of itself |
//! | `counter` | a counter over boots: how much more was written |
//! | `days` | what was written until each day began |
//! | `life` | the life that a disk says it has used, in its own steps |
//! | `rate` | how much is written a day, by the median of slopes |
//! | `endurance` | what the owner states that a disk stands |
//! | `forecast` | how many days are left |
//! | `replaced` | which disk is proven to be in the place of another |
//! | `words` | what that rests on |
//!
//! Only live reports count, since only they come in order: what a machine wrote in a boot of which
//! this hub heard nothing live is not counted.

mod counter;
mod days;
mod disk;
mod endurance;
mod forecast;
mod life;
mod rate;
mod replaced;
#[cfg(test)]
mod tests;
mod words;

pub use endurance::{Endurance, MAX_ENDURANCE, WhichDisk};
pub use forecast::{DayWriter, Forecast, MOST_DAYS_LEFT};
pub use life::{Life, LifeStep};
pub use rate::Day;
pub use words::size;

pub(crate) use disk::{Disk, Worn};
pub(crate) use forecast::{Basis, Outlook, writers};
pub(crate) use words::rests_on;

use crate::counters::count;
use crate::detect;
use crate::detect::few::{self, Looked};
use crate::incident::Detector;
use crate::node::{KnownPart, Latest, Node};
use crate::scribe::Scribe;
use crate::seam::{Save, SavedDisk};
use crate::time::Moment;
use picket_wire::{Header, PartKind, Quantity};
use replaced::Newcomer;

/// Most disks that are remembered of one node; one that was not seen for a day makes room.
pub const MAX_DISKS: usize = 32;

/// The disks of one node.
#[derive(Debug, Default)]
pub(crate) struct Disks {
    known: Vec<Looked<Disk>>,
}

impl Disks {
    /// Takes up what the store kept of one; the first ones have the places.
    pub(crate) fn restore(&mut self, saved: SavedDisk, now: Moment) {
        if self.known.len() < MAX_DISKS && self.of(&saved.id).is_none() {
            self.known.push(Looked::new(Disk::restored(saved), now));
        }
    }

    fn of(&self, id: &str) -> Option<&Disk> {
        self.known.iter().map(Looked::it).find(|disk| disk.id == id)
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Disk> {
        self.known.iter_mut().map(Looked::it_mut)
    }

    fn of_mut(&mut self, id: &str) -> Option<&mut Disk> {
        self.iter_mut().find(|disk| disk.id == id)
    }

    /// The disk of a part, known or new; none if there is no place.
    fn of_part(&mut self, part: &KnownPart, now: Moment) -> Option<&mut Disk> {
        let is_it = |disk: &Disk| disk.id == part.id;
        let new = || Disk::new(&part.id);
        let disk = few::lasting(&mut self.known, MAX_DISKS, now, is_it, new)?;
        disk.name.clone_from(&part.name);
        Some(disk)
    }

    /// Whether the disk of a part was last known by another name.
    fn has_moved(&self, part: &KnownPart) -> bool {
        let known = self.of(&part.id);
        known.is_some_and(|disk| !disk.name.is_empty() && disk.name != part.name)
    }

    /// The disks that had the name that another one has now.
    fn of_name_of<'d>(&'d mut self, part: &KnownPart) -> impl Iterator<Item = &'d mut Disk> {
        self.iter_mut()
            .filter(move |disk| disk.name == part.name && disk.id != part.id)
    }
}

/// Takes a live reading, if it is one of the wear of a disk, and judges the disk.
pub(crate) fn sampled(node: &mut Node, header: &Header, reading: &Latest, scribe: &mut Scribe<'_>) {
    if !is_of_wear(reading.quantity) {
        return;
    }
    let id = node.id;
    let Node { known, disks, .. } = node;
    let part = known.part(reading.part);
    let Some(part) = part.filter(|part| part.kind == PartKind::Disk) else {
        return;
    };
    if let Ok(value) = reading.value {
        let has_moved = disks.has_moved(part);
        let Some(disk) = disks.of_part(part, scribe.now.moment) else {
            count(&mut scribe.counters.beyond_bounds);
            return;
        };
        let taken = disk.take(reading.quantity, value, header, scribe.now.wall.day());
        if taken.implausible {
            count(&mut scribe.counters.jumps_disbelieved);
        }
        if taken.keep {
            scribe.effects.save(Save::Disk(disk.save(id)));
        }
        let newcomer = Newcomer {
            known,
            part,
            boot: header.boot,
            has_moved,
        };
        for old in disks.of_name_of(part) {
            let is_replaced = newcomer.replaces(old);
            if is_replaced || has_moved {
                old.name.clear();
                scribe.effects.save(Save::Disk(old.save(id)));
            }
            if is_replaced {
                scribe.retire_part(id, PartKind::Disk, &old.id);
            }
        }
    }
    let Some(disk) = disks.of_mut(&part.id) else {
        return;
    };
    let outlook = Outlook::of(disk, id, known.product(part.number), &node.endurance);
    let (now, every) = (scribe.now.moment, node.watch.every());
    let verdict = detect::wear::judge(known, part, disk, &outlook, now, every);
    let subject = detect::Subject::Part(part);
    scribe.verdict(id, Detector::Wear, subject, verdict);
}

fn is_of_wear(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::DISK_WRITTEN
            | Quantity::DISK_WRITTEN_EVER
            | Quantity::DISK_LIFE_USED
            | Quantity::DISK_SPARE
            | Quantity::EMMC_LIFE_STEP
            | Quantity::EMMC_SPARE_STATE
    )
}

impl Node {
    /// The wear of each disk of the present session, by ascending part number.
    pub fn wear(&self) -> impl Iterator<Item = Forecast> {
        let disks = self.parts().filter(|part| part.kind == PartKind::Disk);
        disks.filter_map(|part| {
            let disk = self.disks.of(&part.id)?;
            let product = self.known.product(part.number);
            let outlook = Outlook::of(disk, self.id, product, &self.endurance);
            Some(Forecast::of(&self.known, part, disk, &outlook))
        })
    }
}
