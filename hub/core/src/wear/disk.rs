//! One disk: what was written to it, and what it says of itself.

use super::counter::Counter;
use super::days::Days;
use super::life::Life;
use crate::detect::SeenFor;
use crate::seam::SavedDisk;
use picket_wire::{BootId, Header, NodeId, Quantity};

/// An eMMC says its life in steps of so many hundredths.
const EMMC_STEP_PERCENT: u8 = 10;
/// So much of its life used, in hundredths, is worn out.
const WORN_PERCENT: u8 = 90;
/// So few spare blocks left, in hundredths, is worn out.
const SPARE_PERCENT: u8 = 10;
/// The state of an eMMC's spare blocks from which it is worn out: more than 80 % used.
const SPARE_STATE: u8 = 2;

/// What is remembered of one disk of a node.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    /// The id of its part.
    pub(crate) id: String,
    /// Its name on the machine; empty once another disk has it.
    pub(crate) name: String,
    counter: Counter,
    /// Written since it was first seen.
    pub(crate) written_kib: u64,
    /// Written since it was made, as it says itself.
    pub(crate) ever_kib: Option<u64>,
    pub(crate) days: Days,
    pub(crate) life: Life,
    /// Spare blocks left, in hundredths.
    spare_percent: Option<u8>,
    /// The state of an eMMC's spare blocks.
    spare_state: Option<u8>,
    /// How long it was seen to be well.
    pub(crate) well: SeenFor,
}

/// What a reading did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// It is to be kept over a restart: counting, a boot or a day began, or the disk says that it is
    /// worn out.
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
    pub(crate) fn new(id: &str) -> Disk {
        Disk {
            id: id.to_owned(),
            ..Disk::default()
        }
    }

    /// A disk as the store kept it.
    pub(crate) fn restored(saved: SavedDisk) -> Disk {
        Disk {
            id: saved.id,
            name: saved.name,
            counter: Counter::restored(saved.counter),
            written_kib: saved.written_kib,
            ever_kib: saved.ever_kib,
            days: Days::restored(saved.days),
            life: saved.life,
            spare_percent: saved.spare_percent,
            spare_state: saved.spare_state,
            well: SeenFor::default(),
        }
    }

    /// What the store is to keep.
    pub(crate) fn save(&self, node: NodeId) -> SavedDisk {
        SavedDisk {
            node,
            id: self.id.clone(),
            name: self.name.clone(),
            counter: self.counter.saved(),
            written_kib: self.written_kib,
            ever_kib: self.ever_kib,
            days: self.days.saved(),
            life: self.life.clone(),
            spare_percent: self.spare_percent,
            spare_state: self.spare_state,
        }
    }

    /// Takes a value of a live report. `today` is known while the hub's clock is synchronised. A
    /// value that cannot be changes nothing.
    pub(crate) fn take(
        &mut self,
        quantity: Quantity,
        value: i64,
        header: &Header,
        today: Option<i64>,
    ) -> Taken {
        let was_worn = self.worn().is_some();
        let in_byte = |most: u8| u8::try_from(value).ok().filter(|value| *value <= most);
        let mut taken = Taken::default();
        match quantity {
            Quantity::DISK_WRITTEN => taken = self.count(value, header, today),
            Quantity::DISK_WRITTEN_EVER => {
                self.ever_kib = u64::try_from(value).ok().or(self.ever_kib);
            }
            Quantity::DISK_LIFE_USED if value >= 0 => {
                let percent = in_byte(u8::MAX).unwrap_or(u8::MAX);
                self.life.note(percent, 1, today);
            }
            Quantity::EMMC_LIFE_STEP => {
                // Step 1 is up to 10 %, 11 is beyond all of it. Others are not defined.
                if let Some(tens) = in_byte(11).and_then(|step| step.checked_sub(1)) {
                    let percent = tens * EMMC_STEP_PERCENT;
                    self.life.note(percent, EMMC_STEP_PERCENT, today);
                }
            }
            Quantity::DISK_SPARE => self.spare_percent = in_byte(100).or(self.spare_percent),
            Quantity::EMMC_SPARE_STATE if value > 0 => {
                self.spare_state = in_byte(3).or(self.spare_state);
            }
            _ => {}
        }
        taken.keep |= !was_worn && self.worn().is_some();
        taken
    }

    fn count(&mut self, value: i64, header: &Header, today: Option<i64>) -> Taken {
        let Ok(kib) = u64::try_from(value) else {
            return Taken::default();
        };
        let boot_before = self.boot();
        let more = self.counter.more(header, kib);
        self.written_kib = self.written_kib.saturating_add(more.unwrap_or(0));
        let day_began = today.is_some_and(|today| self.days.reach(today, self.written_kib));
        Taken {
            keep: self.boot() != boot_before || day_began,
            implausible: more.is_none(),
        }
    }

    /// The boot in which its counter was read last; none if it never was.
    pub(crate) fn boot(&self) -> Option<BootId> {
        self.counter.saved().map(|(boot, _)| boot)
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

    /// Whether the disk says anything of its end at all.
    pub(crate) fn tells(&self) -> bool {
        self.life.percent.is_some() || self.spare_percent.is_some() || self.spare_state.is_some()
    }
}
