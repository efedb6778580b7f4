//! Which disk is proven to be in the place of another: only that ends what is open of the other.
//!
//! A card is in its slot, and whichever was there before is not. Every other name goes to the disk
//! that is found first, so that a disk that is missing has left its name to a neighbour, and is
//! not replaced by it. There the proof is a disk that was not known by another name, in a boot in
//! which the old one was never there: an NVMe does not change while its machine runs, and a USB
//! disk that does may be back at once.

use super::Disk;
use crate::node::{Known, KnownPart};
use picket_wire::BootId;

/// What the id of a card begins with that names the card itself, not its slot.
const CARD: &str = "cid";
/// What the id of a disk begins with that does not say who it is.
const NAME: &str = "name";

/// A disk that has a name now that another one had.
#[derive(Clone, Copy, Debug)]
pub(super) struct Newcomer<'a> {
    /// What is known of its node.
    pub(super) known: &'a Known,
    /// Its part.
    pub(super) part: &'a KnownPart,
    /// The boot in which it has the name.
    pub(super) boot: BootId,
    /// Whether it was known by another name.
    pub(super) has_moved: bool,
}

impl Newcomer<'_> {
    /// Whether it is proven to be in the place of a disk that had its name.
    pub(super) fn replaces(&self, old: &Disk) -> bool {
        // A disk that says who it is by other means may be the same disk.
        let kind = kind_of(&old.id);
        if kind != kind_of(&self.part.id) || kind == NAME {
            return false;
        }
        let mut listed = self.known.parts().filter(|part| part.id == old.id);
        if kind == CARD {
            return !listed.any(|part| part.name != self.part.name);
        }
        let was_here = listed.next().is_some() || old.boot().is_none_or(|boot| boot == self.boot);
        !self.has_moved && !was_here
    }
}

/// By what means a disk says who it is.
fn kind_of(id: &str) -> &str {
    id.split_once('/').map_or(NAME, |(kind, _)| kind)
}
