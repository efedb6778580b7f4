//! One disk: what is remembered of it, and what a look at it shows.

use crate::detect::transient_misreads::Misreads;
use crate::node::{Scrubbed, number};
use crate::seam::SavedWitness;
use picket_wire::{BootId, NodeId};

/// The canary of a disk, as it was heard last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canary {
    /// The random number that it began with.
    pub lineage: u32,
    /// The highest generation that was read back in `boot`.
    pub generation: u32,
    /// The boot in which it was heard last.
    pub boot: BootId,
}

/// The manifest of a disk, as it was heard last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The random number that it began with.
    pub era: u64,
    /// Whole scrubs since then.
    pub passes: u32,
    /// The first 48 bits of its digest root; none before it had one.
    pub root: Option<u64>,
    /// The boot in which it was heard last.
    pub boot: BootId,
    /// How many whole scrubs there were when this hub heard of it first: what it says is witnessed
    /// once there is one more.
    pub from_passes: u32,
}

/// By which manifest, on which content, the faults of the open incident were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundIn {
    /// The era of the manifest; none if it was not said.
    pub era: Option<u64>,
    /// The lineage of the canary; none if there was none.
    pub lineage: Option<u32>,
    /// Hash of the id of the installation; none if it was not said.
    pub machine: Option<u64>,
}

/// A state that is older than the one that had been confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Older {
    /// The generation of a canary, or the scrubs that a manifest counts, as a boot showed it first.
    pub found: u32,
    /// What was confirmed before that boot. The same number twice is another manifest of the same
    /// scrub.
    pub remembered: u32,
}

/// What showed that a disk has gone back, and has not shown since what was remembered of it. Nothing
/// of a disk that is well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RolledBack {
    /// The canary, or what others remember of it.
    pub canary: Option<Older>,
    /// The manifest.
    pub manifest: Option<Older>,
}

/// What is kept of one disk over a restart of the hub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Its canary, as it was heard last.
    pub canary: Option<Canary>,
    /// Its manifest, as it was heard last.
    pub manifest: Option<Manifest>,
    /// Where the faults of the open incident were found; none while none is open.
    pub found_in: Option<FoundIn>,
    /// The files that the manifest of `found_in` named as wrong, by the hash of their path and in the
    /// order of these hashes; at most [`MAX_FINDINGS`](crate::node::MAX_FINDINGS).
    pub named: Vec<[u8; 32]>,
    /// What the open incident of going back rests on.
    pub rolled_back: RolledBack,
    /// The installation when the canary was heard last, by the hash of its id; none if it was not
    /// said.
    pub machine: Option<u64>,
    /// Up to which generation of its canary the word of other nodes was told as an incident.
    pub conceded: u32,
}

impl Kept {
    /// What was heard last, for comparing with it.
    fn last(&self) -> FoundIn {
        FoundIn {
            era: self.manifest.map(|manifest| manifest.era),
            lineage: self.canary.map(|canary| canary.lineage),
            machine: self.machine,
        }
    }
}

/// What is known of one disk of a node.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// The id of its part.
    pub(crate) id: String,
    pub(crate) kept: Kept,
    /// How often a file read wrong once and then right.
    pub(crate) transient: Misreads,
    /// The boot that it was looked at in last.
    boot: Option<BootId>,
    /// The boot before it: what comes of that one late shows nothing.
    left: Option<BootId>,
}

/// What the canary, or the manifest, shows in a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Showed {
    /// Nothing: it was not said, or it is not the first look of a boot.
    Nothing,
    /// At least what had been confirmed.
    Well,
    /// Less than that.
    Older(Older),
}

impl Showed {
    fn older(self) -> Option<Older> {
        match self {
            Showed::Older(older) => Some(older),
            Showed::Nothing | Showed::Well => None,
        }
    }
}

/// What a report says of what could be forgotten. What is missing or nonsense is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    boot: BootId,
    lineage: Option<u32>,
    generation: Option<u32>,
    found: Option<u32>,
    era: Option<u64>,
    passes: Option<u32>,
    root: Option<u64>,
    machine: Option<u64>,
}

impl Look {
    /// `machine` is the hash of the id of the installation, if it is said.
    pub(crate) fn new(boot: BootId, machine: Option<u64>, scrubbed: &Scrubbed) -> Look {
        Look {
            boot,
            machine,
            lineage: number(scrubbed.lineage),
            generation: number(scrubbed.generation),
            found: number(scrubbed.found),
            era: number(scrubbed.era),
            passes: number(scrubbed.passes),
            root: number(scrubbed.root),
        }
    }

    /// The boot that it is of.
    pub(crate) fn boot(&self) -> BootId {
        self.boot
    }

    /// By which manifest, on which content, it finds what it finds.
    pub(crate) fn found_in(&self) -> FoundIn {
        FoundIn {
            era: self.era,
            lineage: self.lineage,
            machine: self.machine,
        }
    }

    /// Whether it is proven to be of other content: another canary, another manifest and another
    /// installation. The first two are new as well where only the state of the scrub was lost, and
    /// then the same files are on the same disk.
    pub(crate) fn is_of_other_content(&self, than: &FoundIn) -> bool {
        differ(self.lineage, than.lineage)
            && differ(self.era, than.era)
            && differ(self.machine, than.machine)
    }
}

fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

/// What a look showed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The disk was written anew: what was said of the canary before is past.
    pub(crate) began_anew: bool,
    /// What there is for that it has gone back, nothing if it is well; none if this look cannot
    /// tell.
    pub(crate) rolled_back: Option<RolledBack>,
}

impl Place {
    pub(crate) fn new(id: &str) -> Place {
        Place {
            id: id.to_owned(),
            ..Place::default()
        }
    }

    pub(crate) fn restored(saved: SavedWitness) -> Place {
        Place {
            id: saved.id,
            kept: saved.kept,
            ..Place::default()
        }
    }

    /// What the store is to keep. `day` is the present one, if it is known.
    pub(crate) fn save(&self, node: NodeId, day: Option<i64>) -> SavedWitness {
        SavedWitness {
            node,
            id: self.id.clone(),
            kept: self.kept.clone(),
            day,
        }
    }

    /// Whether a whole scrub was heard of since this hub knows the manifest.
    pub(crate) fn is_witnessed(&self) -> bool {
        let manifest = self.kept.manifest.as_ref();
        manifest.is_some_and(|manifest| manifest.passes > manifest.from_passes)
    }

    /// Takes what a live report says.
    pub(crate) fn look(&mut self, look: &Look) -> Seen {
        if self.left == Some(look.boot) {
            return Seen::default();
        }
        if self.boot != Some(look.boot) {
            self.left = self.boot.replace(look.boot);
        }
        let began_anew = look.is_of_other_content(&self.kept.last());
        if began_anew {
            self.kept.rolled_back = RolledBack::default();
        }
        if look.lineage.is_some() {
            self.kept.machine = look.machine.or(self.kept.machine);
        }
        let canary = self.kept.look_at_canary(look);
        let manifest = self.kept.look_at_manifest(look);
        Seen {
            began_anew,
            rolled_back: self.kept.show(canary, manifest),
        }
    }
}

impl Kept {
    /// Takes what the canary and the manifest show. Each is well again only by itself: one of them
    /// says nothing of what the other one showed.
    fn show(&mut self, canary: Showed, manifest: Showed) -> Option<RolledBack> {
        // All manifests lie on one disk, the one that has a canary: what became of one says nothing
        // of the other disks whose files it names.
        let manifest = match self.canary {
            Some(_) => manifest,
            None => Showed::Nothing,
        };
        let rolled_back = &mut self.rolled_back;
        if canary != Showed::Nothing {
            rolled_back.canary = canary.older();
        }
        if manifest != Showed::Nothing {
            rolled_back.manifest = manifest.older();
        }
        let both = [canary, manifest];
        let is_well = *rolled_back == RolledBack::default() && both.contains(&Showed::Well);
        let is_older = both.into_iter().any(|showed| showed.older().is_some());
        (is_well || is_older).then_some(*rolled_back)
    }

    /// Gives what the canary shows, where this look is the first of a boot.
    fn look_at_canary(&mut self, look: &Look) -> Showed {
        let newest = look.generation.max(look.found);
        let Some((lineage, newest)) = look.lineage.zip(newest) else {
            return Showed::Nothing;
        };
        let same = self.canary.filter(|canary| canary.lineage == lineage);
        let generation = match same {
            Some(known) if known.boot == look.boot => newest.max(known.generation),
            // What stood there first must be known before anything newer is remembered.
            Some(_) if look.found.is_none() => return Showed::Nothing,
            Some(_) => newest,
            None => {
                self.conceded = 0;
                newest
            }
        };
        self.canary = Some(Canary {
            lineage,
            generation,
            boot: look.boot,
        });
        let before = same.filter(|known| known.boot != look.boot);
        match before.zip(look.found) {
            None => Showed::Nothing,
            Some((before, found)) if found < before.generation => Showed::Older(Older {
                found,
                remembered: before.generation,
            }),
            Some(_) => Showed::Well,
        }
    }

    /// Gives what the manifest shows, where this look is the first of a boot.
    fn look_at_manifest(&mut self, look: &Look) -> Showed {
        let Some((era, passes)) = look.era.zip(look.passes) else {
            return Showed::Nothing;
        };
        let same = self.manifest.filter(|manifest| manifest.era == era);
        let in_boot = same.filter(|known| known.boot == look.boot);
        if in_boot.is_some_and(|known| passes < known.passes) {
            return Showed::Nothing;
        }
        self.manifest = Some(Manifest {
            era,
            passes,
            root: look.root.or(in_boot.and_then(|known| known.root)),
            boot: look.boot,
            from_passes: same.map_or(passes, |known| known.from_passes.min(passes)),
        });
        let Some(before) = same.filter(|known| known.boot != look.boot) else {
            return Showed::Nothing;
        };
        let other_root = look
            .root
            .zip(before.root)
            .is_some_and(|(now, then)| now != then);
        match passes < before.passes || (passes == before.passes && other_root) {
            true => Showed::Older(Older {
                found: passes,
                remembered: before.passes,
            }),
            false => Showed::Well,
        }
    }
}
