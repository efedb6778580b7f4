//! One disk: what is remembered of it, and what a look at it shows.

use crate::detect::Counter;
use crate::node::{Scrubbed, number};
use crate::seam::SavedWitness;
use crate::time::Moment;
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

/// Which of the two showed an older state, and has not shown since what was remembered of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accused {
    /// The canary, or what others remember of it.
    pub canary: bool,
    /// The manifest.
    pub manifest: bool,
}

/// What is remembered of one disk of a node.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// The id of its part.
    pub(crate) id: String,
    pub(crate) canary: Option<Canary>,
    pub(crate) manifest: Option<Manifest>,
    /// Where the faults of the open incident were found; none while none is open.
    pub(crate) found_in: Option<FoundIn>,
    /// The files that the manifest of `found_in` named last, by the hash of their path; at most
    /// [`MAX_FINDINGS`](crate::node::MAX_FINDINGS). Not kept over a restart of the hub.
    pub(crate) named: Vec<[u8; 32]>,
    /// What the open incident of going back rests on; neither while none is open.
    pub(crate) accused: Accused,
    /// The installation when the canary was heard last, by the hash of its id; none if it was not
    /// said.
    pub(crate) machine: Option<u64>,
    /// Up to which generation the word of others was told as an incident.
    pub(crate) conceded: u32,
    /// When a reading of it came last.
    pub(crate) seen: Moment,
    /// How often a file read wrong once and then right.
    pub(crate) transient: Counter,
    /// What the present boot showed.
    shown: Option<Shown>,
    /// The boot before it: what comes of that one late shows nothing.
    left: Option<BootId>,
}

/// What one boot showed first, against what was remembered.
#[derive(Clone, Copy, Debug)]
struct Shown {
    boot: BootId,
    /// Found, remembered; none while it is well.
    canary: Option<(u32, u32)>,
    /// Passes found, passes remembered; none while it is well.
    manifest: Option<(u32, u32)>,
}

impl Shown {
    fn nothing(boot: BootId) -> Shown {
        Shown {
            boot,
            canary: None,
            manifest: None,
        }
    }
}

/// What a disk shows that has gone back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RolledBack {
    /// The generation of the canary that it showed first, and the one that it had confirmed.
    pub(crate) canary: Option<(u32, u32)>,
    /// How many scrubs its manifest counts, and how many there were. The same number twice is
    /// another manifest of the same scrub.
    pub(crate) manifest: Option<(u32, u32)>,
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
    /// `machine` is the hash of the id of the installation, 0 if it is not said.
    pub(crate) fn new(boot: BootId, machine: u64, scrubbed: &Scrubbed) -> Look {
        Look {
            boot,
            machine: Some(machine).filter(|machine| *machine != 0),
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
    /// It is to be kept over a restart.
    pub(crate) keep: bool,
    /// The disk was written anew: what was said of the canary before is past.
    pub(crate) began_anew: bool,
    /// Whether it has gone back; none if this look cannot tell, or not of what was accused.
    pub(crate) rolled_back: Option<Result<(), RolledBack>>,
}

impl Place {
    pub(crate) fn new(id: &str) -> Place {
        Place {
            id: id.to_owned(),
            ..Place::default()
        }
    }

    pub(crate) fn restored(saved: SavedWitness, now: Moment) -> Place {
        Place {
            canary: saved.canary,
            manifest: saved.manifest,
            found_in: saved.found_in,
            accused: saved.accused,
            machine: saved.machine,
            conceded: saved.conceded,
            seen: now,
            ..Place::new(&saved.id)
        }
    }

    /// What the store is to keep. `day` is the present one, if it is known.
    pub(crate) fn save(&self, node: NodeId, day: Option<i64>) -> SavedWitness {
        SavedWitness {
            node,
            id: self.id.clone(),
            canary: self.canary,
            manifest: self.manifest,
            found_in: self.found_in,
            accused: self.accused,
            machine: self.machine,
            conceded: self.conceded,
            day,
        }
    }

    /// Whether a whole scrub was heard of since this hub knows the manifest.
    pub(crate) fn is_witnessed(&self) -> bool {
        let manifest = self.manifest.as_ref();
        manifest.is_some_and(|manifest| manifest.passes > manifest.from_passes)
    }

    /// Takes what a live report says.
    pub(crate) fn look(&mut self, look: &Look) -> Seen {
        if self.left == Some(look.boot) {
            return Seen::default();
        }
        if self.shown.is_none_or(|shown| shown.boot != look.boot) {
            self.left = self.shown.map(|shown| shown.boot);
            self.shown = Some(Shown::nothing(look.boot));
        }
        let before = (self.canary, self.manifest, self.accused, self.machine);
        let began_anew = look.is_of_other_content(&self.last());
        if began_anew {
            self.accused = Accused::default();
            self.shown = Some(Shown::nothing(look.boot));
        }
        if look.lineage.is_some() {
            self.machine = look.machine.or(self.machine);
        }
        let canary = self.look_at_canary(look);
        // All manifests lie on one disk, the one that has a canary: what became of one says nothing
        // of the other disks whose files it names.
        let manifest = self.look_at_manifest(look);
        let manifest = manifest.filter(|_| self.canary.is_some());
        let rolled_back = self.show(canary, manifest);
        Seen {
            keep: before != (self.canary, self.manifest, self.accused, self.machine),
            began_anew,
            rolled_back,
        }
    }

    /// What was heard last, for comparing with it.
    fn last(&self) -> FoundIn {
        FoundIn {
            era: self.manifest.map(|manifest| manifest.era),
            lineage: self.canary.map(|canary| canary.lineage),
            machine: self.machine,
        }
    }

    /// Takes what the canary and the manifest show first in a boot. Each is well again only by
    /// itself: one of them says nothing of what the other one showed.
    fn show(
        &mut self,
        canary: Option<Option<(u32, u32)>>,
        manifest: Option<Option<(u32, u32)>>,
    ) -> Option<Result<(), RolledBack>> {
        let shown = self.shown.as_mut()?;
        if canary.is_none() && manifest.is_none() {
            return None;
        }
        if let Some(canary) = canary {
            shown.canary = canary;
            self.accused.canary = canary.is_some();
        }
        if let Some(manifest) = manifest {
            shown.manifest = manifest;
            self.accused.manifest = manifest.is_some();
        }
        match (shown.canary, shown.manifest) {
            (None, None) if self.accused == Accused::default() => Some(Ok(())),
            (None, None) => None,
            (canary, manifest) => Some(Err(RolledBack { canary, manifest })),
        }
    }

    /// Gives what is wrong with the canary, where this look is the first of a boot.
    fn look_at_canary(&mut self, look: &Look) -> Option<Option<(u32, u32)>> {
        let lineage = look.lineage?;
        let newest = look.generation.max(look.found)?;
        let same = self.canary.filter(|canary| canary.lineage == lineage);
        let generation = match same {
            Some(known) if known.boot == look.boot => newest.max(known.generation),
            // What stood there first must be known before anything newer is remembered.
            Some(_) => look.found.map(|_| newest)?,
            None => newest,
        };
        if same.is_none() {
            self.conceded = 0;
        }
        self.canary = Some(Canary {
            lineage,
            generation,
            boot: look.boot,
        });
        let before = same.filter(|known| known.boot != look.boot)?;
        let (found, remembered) = (look.found?, before.generation);
        Some((found < remembered).then_some((found, remembered)))
    }

    /// Gives what is wrong with the manifest, where this look is the first of a boot.
    fn look_at_manifest(&mut self, look: &Look) -> Option<Option<(u32, u32)>> {
        let (era, passes) = (look.era?, look.passes?);
        let same = self.manifest.filter(|manifest| manifest.era == era);
        let in_boot = same.filter(|known| known.boot == look.boot);
        if in_boot.is_some_and(|known| passes < known.passes) {
            return None;
        }
        self.manifest = Some(Manifest {
            era,
            passes,
            root: look.root.or(in_boot.and_then(|known| known.root)),
            boot: look.boot,
            from_passes: same.map_or(passes, |known| known.from_passes.min(passes)),
        });
        let before = same.filter(|known| known.boot != look.boot)?;
        let other_root = look
            .root
            .zip(before.root)
            .is_some_and(|(now, then)| now != then);
        let is_older = passes < before.passes || (passes == before.passes && other_root);
        Some(is_older.then_some((passes, before.passes)))
    }
}
