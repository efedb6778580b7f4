//! What the packages of one node read as, as it said last.
//!
//! A node tells all of them again each day, some with each report: a telling ends where a while
//! passes without one. What is in none of the last two was uninstalled.

use crate::time::{Millis, Moment};
use picket_wire::{Package, fnv1a};
use std::collections::BTreeMap;

/// Most packages that are kept of one node. A desktop has about half of it.
pub(crate) const MAX_PACKAGES: usize = 4096;
/// A telling is over after so long without a part of it: more than the longest time between two
/// reports, which is an hour, and less than the day after which a node tells all of them again.
const PAUSE: Millis = Millis::from_s(6 * 3600);

/// What a package reads as.
#[derive(Clone, Copy, Debug)]
struct Said {
    key: u64,
    content: u64,
    at: Moment,
}

/// The packages of one node.
#[derive(Debug, Default)]
pub(crate) struct Packages {
    /// By the hash of their name, which takes less room than the name.
    known: BTreeMap<u64, Said>,
    /// When the present telling and the one before it began.
    began: [Option<Moment>; 2],
    /// When a part of one came last.
    last: Option<Moment>,
}

/// By which a name is known.
pub(super) fn name_hash(name: &str) -> u64 {
    fnv1a(name.bytes())
}

impl Packages {
    /// A part of a telling came. Gives whether another telling begins with it; what was in none of
    /// the last two is forgotten then.
    pub(super) fn begin(&mut self, now: Moment) -> bool {
        let last = self.last.replace(now);
        if last.is_some_and(|last| now.since(last) < PAUSE) {
            return false;
        }
        let [present, before] = self.began;
        if let Some(before) = before {
            self.known.retain(|_, said| said.at >= before);
        }
        self.began = [Some(now), present];
        true
    }

    /// Takes what is said of a package; gives whether there was room for it.
    pub(super) fn take(&mut self, package: &Package<'_>, at: Moment) -> bool {
        let hash = name_hash(package.name);
        let has_room = self.known.len() < MAX_PACKAGES || self.known.contains_key(&hash);
        if has_room {
            let said = Said {
                key: package.key,
                content: package.content,
                at,
            };
            self.known.insert(hash, said);
        }
        has_room
    }

    /// What a build of a package reads as; none if the node has not told it.
    pub(super) fn content_of(&self, name: u64, key: u64) -> Option<u64> {
        let said = self.known.get(&name).filter(|said| said.key == key);
        said.map(|said| said.content)
    }

    /// Whether the node has told a package of this name in the last two tellings. Before there were
    /// two nobody knows, and it has.
    pub(super) fn has(&self, name: u64) -> bool {
        self.began.contains(&None) || self.known.contains_key(&name)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }
}
