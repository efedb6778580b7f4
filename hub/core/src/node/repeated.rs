//! Which readings a node still repeats: what it says no more is no present value.
//!
//! An agent repeats every reading once a minute, or with each report if those come more seldom. Of
//! a part that was taken out it says nothing at all, so that nothing else would ever take back the
//! last value. Only time that live reports cover counts: while none came the node had no chance to
//! repeat anything, and the first report after an outage need not have what is read once a minute.

use super::{Kept, Known};
use crate::time::{Millis, Moment};
use picket_wire::{Missing, Quantity};

/// A reading may stay away for so many times `every`.
const REPORTS: u64 = 3;
/// A reading may stay away at least so long: three times what slow probes are asked in.
const SHORTEST: Millis = Millis::from_s(180);

/// Why a reading has no present value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// The node says why.
    Said(Missing),
    /// The node reports, and no longer says anything of it: the part was taken out, or unmounted.
    NoLongerReported,
}

impl Lack {
    /// The word that JSON sees.
    pub const fn name(self) -> &'static str {
        match self {
            Lack::Said(why) => why.name(),
            Lack::NoLongerReported => "no_longer_reported",
        }
    }
}

/// What is known now of one quantity of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownReading {
    /// What was measured.
    pub quantity: Quantity,
    /// The part it is about; 0 is the node itself.
    pub part: u8,
    /// The number, or why there is none.
    pub value: Result<i64, Lack>,
    /// When it was sampled last, in the hub's time.
    pub at: Moment,
}

/// How much of a session live reports cover, by the node's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Covered {
    pub(super) length: Millis,
    uptime: Millis,
}

impl Covered {
    /// A live report covers the time since the one before it, and at most one `every`: whatever a
    /// node says of its uptime, it cannot make readings old at once.
    fn report(&mut self, uptime: Millis, every: Millis) {
        let gap = uptime.0.saturating_sub(self.uptime.0).min(every.0);
        self.length = Millis(self.length.0.saturating_add(gap));
        self.uptime = uptime;
    }
}

impl Known {
    /// A live report was sampled at this uptime of the node; its readings are kept next.
    pub(crate) fn report_heard(&mut self, uptime: Millis, every: Millis) {
        self.covered.report(uptime, every);
    }

    /// The readings as they are known now, of a node that reports each `every`.
    pub(crate) fn present(&self, every: Millis) -> impl Iterator<Item = KnownReading> {
        let longest = SHORTEST.0.max(every.0.saturating_mul(REPORTS));
        let present = move |kept: &Kept| {
            let away = self.covered.length.0.saturating_sub(kept.covered.0);
            let latest = &kept.latest;
            KnownReading {
                quantity: latest.quantity,
                part: latest.part,
                value: match away > longest {
                    true => Err(Lack::NoLongerReported),
                    false => latest.value.map_err(Lack::Said),
                },
                at: latest.at,
            }
        };
        self.readings.iter().map(present)
    }
}
