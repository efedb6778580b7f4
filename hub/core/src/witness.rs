//! What the hub remembers of each disk that is read back, and the disk itself may forget: the
//! generation of its canary, and the root of its manifest.
//!
//! | file | one idea |
//! |---|---|
//! | `place` | one disk: what is remembered, and what a look at it shows |
//! | `judge` | what a live report of a disk means for its incidents |
//! | `own` | the hub's own disk, which would forget together with the hub: the nodes remember |
//!
//! A disk is looked at once in each boot for whether it has gone back: what it shows first in a boot
//! cannot be older than what it confirmed in the one before. The manifest knows whether a file is
//! good again only while it is the one by which the fault was found.

mod judge;
mod own;
mod place;

pub use own::MAX_WITNESSES;
pub use place::{Canary, FoundIn, Kept, Manifest, Older, RolledBack};

pub(crate) use judge::{looked_at, report};
pub(crate) use place::{Look, Place};

use crate::detect::few::{self, Looked};
use crate::node::KnownPart;
use crate::seam::SavedWitness;
use crate::time::Moment;
use picket_wire::BootId;

/// Most disks, or filesystems without a disk, that are remembered of one node; one that was not
/// seen for a day makes room.
pub const MAX_PLACES: usize = 32;

/// What is remembered of the disks of one node.
#[derive(Debug, Default)]
pub(crate) struct Places {
    known: Vec<Looked<Place>>,
    /// The boot that followed one whose last word was none, if it is the newest.
    pub(crate) unasked: Option<BootId>,
}

impl Places {
    /// Takes up what the store kept of one; the first ones have the places.
    pub(crate) fn restore(&mut self, saved: SavedWitness, now: Moment) {
        if self.known.len() < MAX_PLACES && self.of(&saved.id).is_none() {
            self.known.push(Looked::new(Place::restored(saved), now));
        }
    }

    /// What is remembered of a part.
    pub(crate) fn of(&self, id: &str) -> Option<&Place> {
        self.iter().find(|place| place.id == id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Place> {
        self.known.iter().map(Looked::it)
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        self.known.iter_mut().map(Looked::it_mut)
    }

    /// What is remembered of a part, known or new; none if there is no room.
    fn of_part(&mut self, part: &KnownPart, now: Moment) -> Option<&mut Place> {
        let is_it = |place: &Place| place.id == part.id;
        few::lasting(&mut self.known, MAX_PLACES, now, is_it, || {
            Place::new(&part.id)
        })
    }
}
