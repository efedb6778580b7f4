//! One disk: its counter over boots, what was written until each day began, and what it says of
//! itself.

use super::life::Life;
use super::rate::{Day, MOST_DAYS, Rate};
use crate::seam::SavedDisk;
use crate::time::Moment;
use picket_wire::{BootId, Header, NodeId, Quantity};
use std::collections::VecDeque;

/// Most days that are kept of a disk: the beginnings and the end of those that count.
pub(crate) const MAX_DAYS: usize = MOST_DAYS as usize + 1;
/// More than this between two reports is disbelieved: a TiB.
pub(crate) const MAX_JUMP_KIB: u64 = 1 << 30;
/// An eMMC says its life in steps of so many hundredths.
const EMMC_STEP_PERCENT: u8 = 10;
/// So much of its life used, in hundredths, is worn out.
const WORN_PERCENT: u8 = 90;
/// So few spare blocks left, in hundredths, is worn out.
const SPARE_PERCENT: u8 = 10;
/// The state of an eMMC's spare blocks from which it is worn out: more than 80 % used.
const SPARE_STATE: u8 = 2;

/// The counter of a disk as it was last read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counter {
    boot: BootId,
    uptime_ms: u64,
    kib: u64,
}

/// What is remembered of one disk of a node.
#[derive(Debug)]
pub(crate) struct Disk {
    /// The id of its part.
    pub(crate) id: String,
    /// Its name on the machine; empty once another card is in its slot.
    pub(crate) name: String,
    counter: Option<Counter>,
    boot_before: Option<BootId>,
    /// Written since it was first seen.
    pub(crate) written_kib: u64,
    /// Written since it was made, as it says itself.
    pub(crate) ever_kib: Option<u64>,
    /// The newest day with a reading, since 1970-01-01 in UTC.
    pub(crate) today: Option<i64>,
    /// Days that began under our eyes, oldest first.
    days: VecDeque<Day>,
    /// The rate by these days.
    pub(crate) rate: Option<Rate>,
    pub(crate) life: Life,
    /// Spare blocks left, in hundredths.
    pub(crate) spare_percent: Option<u8>,
    /// The state of an eMMC's spare blocks.
    pub(crate) spare_state: Option<u8>,
    /// When a reading of it came last.
    pub(crate) seen: Moment,
    /// Since when it is seen to be well.
    pub(crate) well_since: Option<Moment>,
}

/// What a reading did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// It is to be kept over a restart: a day began, or the disk says that it is worn out.
    pub(crate) keep: bool,
    /// It was not believed.
    pub(crate) implausible: bool,
}

/// What a disk itself says of its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worn {
    /// So much of its life is used, in hundredths.
    Life(u8),
    /// So many of its spare blocks are left, in hundredths.
    Spare(u8),
    /// More than 80 % of its spare blocks are used, or in state 3 more than 90 %.
    SpareState(u8),
}

impl Disk {
    pub(crate) fn new(id: &str, now: Moment) -> Disk {
        Disk {
            id: id.to_owned(),
            name: String::new(),
            counter: None,
            boot_before: None,
            written_kib: 0,
            ever_kib: None,
            today: None,
            days: VecDeque::new(),
            rate: None,
            life: Life::default(),
            spare_percent: None,
            spare_state: None,
            seen: now,
            well_since: None,
        }
    }

    /// A disk as the store kept it.
    pub(crate) fn restored(saved: SavedDisk, now: Moment) -> Disk {
        let counter = saved.counter.map(|(boot, kib)| Counter {
            boot,
            uptime_ms: 0,
            kib,
        });
        let mut days: VecDeque<Day> = saved.days.into();
        while days.len() > MAX_DAYS {
            days.pop_front();
        }
        let mut disk = Disk {
            name: saved.name,
            counter,
            written_kib: saved.written_kib,
            ever_kib: saved.ever_kib,
            today: days.back().map(|day| day.number),
            days,
            life: saved.life,
            spare_percent: saved.spare_percent,
            spare_state: saved.spare_state,
            ..Disk::new(&saved.id, now)
        };
        disk.measure();
        disk
    }

    /// What the store is to keep.
    pub(crate) fn save(&self, node: NodeId) -> SavedDisk {
        SavedDisk {
            node,
            id: self.id.clone(),
            name: self.name.clone(),
            counter: self.counter.map(|counter| (counter.boot, counter.kib)),
            written_kib: self.written_kib,
            ever_kib: self.ever_kib,
            days: self.days.iter().copied().collect(),
            life: self.life.clone(),
            spare_percent: self.spare_percent,
            spare_state: self.spare_state,
        }
    }

    /// Takes a value of a live report. `today` is known while the hub's clock is synchronised.
    pub(crate) fn take(
        &mut self,
        quantity: Quantity,
        value: i64,
        header: &Header,
        today: Option<i64>,
    ) -> Taken {
        let was_worn = self.worn().is_some();
        let mut taken = Taken::default();
        match quantity {
            Quantity::DISK_WRITTEN => {
                if let Ok(kib) = u64::try_from(value) {
                    taken.implausible = !self.count(header, kib);
                    taken.keep = today.is_some_and(|today| self.reach(today));
                }
            }
            Quantity::DISK_WRITTEN_EVER => self.ever_kib = u64::try_from(value).ok(),
            Quantity::DISK_LIFE_USED if value >= 0 => {
                let percent = u8::try_from(value).unwrap_or(u8::MAX);
                self.life.note(percent, 1, today);
            }
            Quantity::EMMC_LIFE_STEP => {
                // Step 1 is up to 10 %, 11 is beyond all of it. Others are not defined.
                let step = u8::try_from(value).ok().filter(|s| (1..=11).contains(s));
                if let Some(step) = step {
                    let percent = (step - 1) * EMMC_STEP_PERCENT;
                    self.life.note(percent, EMMC_STEP_PERCENT, today);
                }
            }
            Quantity::DISK_SPARE => {
                self.spare_percent = u8::try_from(value).ok().filter(|s| *s <= 100);
            }
            Quantity::EMMC_SPARE_STATE => {
                self.spare_state = u8::try_from(value).ok().filter(|s| (1..=3).contains(s));
            }
            _ => {}
        }
        taken.keep |= !was_worn && self.worn().is_some();
        taken
    }

    /// Counts what was written since the reading before; false if that is implausible.
    ///
    /// A counter begins at 0 with its boot, so that the first value of a later boot counts wholly.
    /// At first sight nobody knows what was counted before, and a counter that ran backwards, as of
    /// a disk that was away for a while, begins anew.
    fn count(&mut self, header: &Header, kib: u64) -> bool {
        let (boot, uptime_ms) = (header.boot, header.uptime_ms);
        if self.boot_before == Some(boot) {
            // A straggler of a boot that is over.
            return true;
        }
        let counter = Counter {
            boot,
            uptime_ms,
            kib,
        };
        let more = match self.counter {
            Some(before) if before.boot == boot && uptime_ms < before.uptime_ms => return true,
            Some(before) if before.boot == boot => kib.saturating_sub(before.kib),
            Some(before) => {
                self.boot_before = Some(before.boot);
                kib
            }
            None => 0,
        };
        self.counter = Some(counter);
        if more > MAX_JUMP_KIB {
            return false;
        }
        self.written_kib = self.written_kib.saturating_add(more);
        true
    }

    /// Notes which day it is; true if one began under our eyes. What is noted then is never changed,
    /// so that a hub that restarts on the same day knows it as well as before.
    fn reach(&mut self, today: i64) -> bool {
        // Days that are still to come were noted by a clock that was wrong.
        while self.days.back().is_some_and(|day| day.number > today) {
            self.days.pop_back();
        }
        let before = self.today.replace(today);
        if before.is_none_or(|before| before >= today) {
            return false;
        }
        self.days.push_back(Day {
            number: today,
            written_kib: self.written_kib,
        });
        if self.days.len() > MAX_DAYS {
            self.days.pop_front();
        }
        self.measure();
        true
    }

    /// Finds the rate anew: it changes with the days only.
    fn measure(&mut self) {
        self.rate = Rate::of(self.days.make_contiguous());
    }

    /// How many whole days the rate could rest on.
    pub(crate) fn history_days(&self) -> u32 {
        let first = self.days.front().map_or(0, |day| day.number);
        let last = self.days.back().map_or(0, |day| day.number);
        u32::try_from(last.saturating_sub(first)).unwrap_or(0)
    }

    /// What the disk itself says of its end, if it is near.
    pub(crate) fn worn(&self) -> Option<Worn> {
        let life = self.life.percent.filter(|used| *used >= WORN_PERCENT);
        let spare = self.spare_percent.filter(|left| *left <= SPARE_PERCENT);
        let state = self.spare_state.filter(|state| *state >= SPARE_STATE);
        life.map(Worn::Life)
            .or(spare.map(Worn::Spare))
            .or(state.map(Worn::SpareState))
    }
}
