//! Findings and packages on their way to the hub: some with each report, all of them again when the
//! hub cannot know them.

use crate::scrub::message::piece::Located;
use crate::scrub::standing::PackageContent;
use picket_node::MAX_FRAMES_BEFORE;
use picket_node::lists::{Room, finding_len, package_len};
use picket_wire::MAX_FRAME;
use std::sync::Arc;

/// Frames that the packages of one report take at most: they are many, and none is urgent.
const PACKAGE_FRAMES: u32 = 1;
/// Findings are told anew so long after the last time, in milliseconds: reports that waited for the
/// broker may have been dropped.
const FINDINGS_AGAIN_MS: u64 = 3_600_000;
/// The same of packages, which are many and change with each pass at most.
const PACKAGES_AGAIN_MS: u64 = 24 * 3_600_000;

/// What is told of in parts.
pub(super) trait Told: Clone + PartialEq {
    /// Most frames of a report.
    const FRAMES: u32;
    /// When all is told anew, in milliseconds.
    const AGAIN_MS: u64;

    /// Most bytes that it takes in a frame.
    fn len(&self) -> usize;
}

impl Told for Located {
    const FRAMES: u32 = MAX_FRAMES_BEFORE;
    const AGAIN_MS: u64 = FINDINGS_AGAIN_MS;

    fn len(&self) -> usize {
        finding_len(&self.on_wire(0))
    }
}

impl Told for PackageContent {
    const FRAMES: u32 = PACKAGE_FRAMES;
    const AGAIN_MS: u64 = PACKAGES_AGAIN_MS;

    fn len(&self) -> usize {
        package_len(&self.on_wire())
    }
}

/// What of the scrub's lists a report is to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    /// Some of what it found.
    pub findings: Vec<Located>,
    /// Some of what packages read as.
    pub packages: Vec<PackageContent>,
}

/// A list, and how far it has been told.
#[derive(Debug)]
pub(super) struct List<T> {
    all: Arc<[T]>,
    /// How many were told.
    told: usize,
    /// Uptime when the telling began last.
    since_ms: u64,
}

impl<T> Default for List<T> {
    fn default() -> List<T> {
        List {
            all: Arc::new([]),
            told: 0,
            since_ms: 0,
        }
    }
}

impl<T: Told> List<T> {
    /// The scrub says that it is this. What is new is told from the beginning.
    pub(super) fn heard(&mut self, all: Arc<[T]>) {
        if *self.all != *all {
            self.all = all;
            self.told = 0;
        }
    }

    /// What is to be told now: what a report has room for of what is left, and all from the
    /// beginning to who cannot know it or after a long time.
    pub(super) fn next(&mut self, now_ms: u64, full: bool) -> Vec<T> {
        let is_old = now_ms.saturating_sub(self.since_ms) >= T::AGAIN_MS;
        if full || (is_old && self.told == self.all.len()) {
            self.told = 0;
        }
        if self.told == 0 {
            self.since_ms = now_ms;
        }
        let mut room = Room::new(T::FRAMES, MAX_FRAME);
        let left = self.all.get(self.told..).unwrap_or_default();
        let some = left.iter().take_while(|item| room.take(item.len()));
        let some: Vec<T> = some.cloned().collect();
        self.told += some.len();
        some
    }
}
