//! What a scrub says; of each disk in `/api/v1/nodes`, and of all disks of a node in a word.

#[cfg(test)]
mod tests;

use picket_hub_core::{Corruption, Watched};
use picket_wire::Quantity;
use serde::{Deserialize, Serialize};

/// What is said of a node of which nobody reads a file back.
const NOT_WATCHED: &str = "not watched";
/// What is said of a node of which every file that was read is what it was.
pub const AS_WRITTEN: &str = "as written";
/// What is said of a disk of which the files are not what they were.
pub const FAULTY: &str = Watched::Faulty.name();
/// What is said of a disk of which they all are.
pub const HEALTHY: &str = Watched::Healthy.name();

/// Whether the files of all disks of a node are what they were, by the [names](Watched::name) of
/// their states: the worst of them, in a word.
pub fn overall<'s>(states: impl IntoIterator<Item = &'s str>) -> &'static str {
    let (mut healthy, mut all) = (0, 0);
    for state in states {
        if state == FAULTY {
            return FAULTY;
        }
        all += 1;
        healthy += usize::from(state == HEALTHY);
    }
    match healthy {
        0 => NOT_WATCHED,
        healthy if healthy == all => AS_WRITTEN,
        _ => "partly watched",
    }
}

/// What a scrub says of a disk, or of the pass under way.
pub const QUANTITIES: &[Quantity] = &[
    Quantity::SCRUB_PROGRESS,
    Quantity::SCRUB_FILES,
    Quantity::SCRUB_READ,
    Quantity::SCRUB_REMAINING,
    Quantity::SCRUB_UNREAD,
    Quantity::SCRUB_AGE,
    Quantity::SCRUB_PERIOD,
    Quantity::SCRUB_PASSES,
    Quantity::SCRUB_ERA,
    Quantity::SCRUB_ROOT,
    Quantity::CORRUPT_FILES,
    Quantity::FLAPPING_FILES,
    Quantity::UNREADABLE_FILES,
    Quantity::TRANSIENT_MISREADS,
    Quantity::CANARY_GENERATION,
    Quantity::CANARY_FOUND,
    Quantity::CANARY_LINEAGE,
    Quantity::CANARY_DROPPED,
    Quantity::CANARY_REFUSED,
];

/// Whether a scrub says this.
pub fn is_of_scrub(quantity: Quantity) -> bool {
    QUANTITIES.contains(&quantity)
}

/// Whether the files of one disk are what they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrubView {
    /// What people call the disk, or the filesystem where no disk is known.
    pub part: String,
    /// What stays the same of it over boots.
    pub part_id: String,
    /// `healthy`, `faulty`, or `blind` where nobody looks.
    pub state: String,
    /// The same in one line, with the reason.
    pub words: String,
}

impl ScrubView {
    /// What is known of one disk.
    pub(super) fn of(disk: Corruption<'_>) -> ScrubView {
        ScrubView {
            part: disk.part.name.clone(),
            part_id: disk.part.id.clone(),
            state: disk.state.name().to_owned(),
            words: disk.words,
        }
    }
}
