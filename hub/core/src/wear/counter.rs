//! The counter of a disk over boots: how much more was written since the reading before.
//!
//! A counter begins at 0 with its boot, so that the first value of a later boot counts wholly. At
//! first sight nobody knows when what it holds was written, and a counter that ran backwards, as
//! of a disk that was away for a while, begins anew.

use picket_wire::{BootId, Header};

/// So much between two reports is believed however soon they follow each other: a TiB.
pub(crate) const MAX_JUMP_KIB: u64 = 1 << 30;
/// More than this in each second between them is disbelieved, so that a hub that was away for long
/// counts what was written meanwhile: 4 GiB, which no disk of such a machine does.
const MAX_PER_S_KIB: u64 = 4 << 20;

/// What was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Last {
    boot: BootId,
    uptime_ms: u64,
    kib: u64,
}

/// The counter of one disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counter {
    last: Option<Last>,
    boot_before: Option<BootId>,
}

impl Counter {
    /// As the store kept it: the boot and its value. When that was is not kept: it may be as long
    /// ago as the boot.
    pub(crate) fn restored(saved: Option<(BootId, u64)>) -> Counter {
        let last = |(boot, kib)| Last {
            boot,
            uptime_ms: 0,
            kib,
        };
        Counter {
            last: saved.map(last),
            boot_before: None,
        }
    }

    /// What the store is to keep; none before the first reading.
    pub(crate) fn saved(&self) -> Option<(BootId, u64)> {
        self.last.map(|last| (last.boot, last.kib))
    }

    /// Takes a reading and gives how much more that is; none if it is not to be believed.
    pub(crate) fn more(&mut self, header: &Header, kib: u64) -> Option<u64> {
        let (boot, uptime_ms) = (header.boot, header.uptime_ms);
        if self.boot_before == Some(boot) {
            // A straggler of a boot that is over.
            return Some(0);
        }
        let (more, over_ms) = match self.last {
            Some(last) if last.boot == boot && uptime_ms < last.uptime_ms => return Some(0),
            Some(last) if last.boot == boot => (
                kib.saturating_sub(last.kib),
                uptime_ms.saturating_sub(last.uptime_ms),
            ),
            Some(last) => {
                self.boot_before = Some(last.boot);
                (kib, uptime_ms)
            }
            None => (0, 0),
        };
        self.last = Some(Last {
            boot,
            uptime_ms,
            kib,
        });
        let most = MAX_PER_S_KIB.saturating_mul(over_ms / 1000);
        (more <= most.max(MAX_JUMP_KIB)).then_some(more)
    }
}
