//! Findings and packages on their way to the hub: some with each report, all of them again when the
//! hub cannot know them.

use crate::scrub::message::piece::Located;
use crate::scrub::standing::PackageContent;
use std::sync::Arc;

/// Most bytes that the findings of one report take on the wire, about: three frames.
const FINDINGS_BYTES: usize = 10_000;
/// Most bytes that the packages of one report take on the wire, about: one frame.
const PACKAGES_BYTES: usize = 3_600;
/// Findings are told anew so long after the last time, in milliseconds: reports that waited for the
/// broker may have been dropped.
const FINDINGS_AGAIN_MS: u64 = 3_600_000;
/// The same of packages, which are many and change with each pass at most.
const PACKAGES_AGAIN_MS: u64 = 24 * 3_600_000;

/// What is told of in parts.
pub(super) trait Told: Clone + PartialEq {
    /// Most bytes of a report.
    const BYTES: usize;
    /// When all is told anew, in milliseconds.
    const AGAIN_MS: u64;

    /// Bytes on the wire, about.
    fn len(&self) -> usize;
}

impl Told for Located {
    const BYTES: usize = FINDINGS_BYTES;
    const AGAIN_MS: u64 = FINDINGS_AGAIN_MS;

    fn len(&self) -> usize {
        80 + self.finding.path.len() + self.finding.package.len()
    }
}

impl Told for PackageContent {
    const BYTES: usize = PACKAGES_BYTES;
    const AGAIN_MS: u64 = PACKAGES_AGAIN_MS;

    fn len(&self) -> usize {
        22 + self.name.len()
    }
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
        let mut room = T::BYTES;
        let left = self.all.get(self.told..).unwrap_or_default();
        let takes = |item: &&T| {
            let after = room.checked_sub(item.len());
            room = after.unwrap_or(0);
            after.is_some()
        };
        let some: Vec<T> = left.iter().take_while(takes).cloned().collect();
        self.told += some.len();
        some
    }
}
