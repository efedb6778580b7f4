//! The hub's own disk, which would forget together with the hub: the nodes remember.
//!
//! What they say is a word of others: it opens a ticket, and nothing more. They say the highest
//! generation that they ever heard, so that each is told once: up to there it is conceded.

use super::{Canary, Older, Place};
use crate::detect::{Subject, rolled_back};
use crate::hub::Hub;
use crate::incident::{Detector, Verdict};
use crate::node::Node;
use crate::seam::Save;
use crate::time::Now;
use picket_wire::{BootId, NodeId, Witness, fnv1a};

/// Most disks of the hub's own machine that nodes are asked to remember, and that are kept of what
/// one node remembers.
pub const MAX_WITNESSES: usize = 8;

/// Most generations that others are believed to remember above what the hub itself knows of a
/// canary, which writes one each day and in each boot: more than a year of them. A single node that
/// says more than any canary reaches would else silence all others for good.
const MOST_AHEAD: u32 = 400;

impl Hub {
    /// What the nodes are to remember of the disks of the hub's own machine; at most
    /// [`MAX_WITNESSES`]. Nothing where no enrolled node runs on it.
    pub fn own_witnesses(&self) -> Vec<Witness> {
        let Some(boot) = self.config.own_boot else {
            return Vec::new();
        };
        let own = self.nodes.values().filter(|node| is_own(node, boot));
        let places = own.flat_map(|node| node.places.iter());
        places.filter_map(witness).take(MAX_WITNESSES).collect()
    }

    /// Compares the disks of the hub's own machine with what the nodes remember of them.
    pub(crate) fn compare_own_disks(&mut self, now: Now) {
        let Some(boot) = self.config.own_boot else {
            return;
        };
        let own = self.nodes.values().filter(|node| is_own(node, boot));
        let older: Vec<(NodeId, String, u32)> = own
            .flat_map(|node| {
                let places = node.places.iter();
                let older = places.filter_map(|place| {
                    let told = self.told_of(place, boot)?;
                    Some((node.id, place.id.clone(), told))
                });
                older.collect::<Vec<_>>()
            })
            .collect();
        for (id, part, told) in older {
            self.concede(id, &part, told, now);
        }
    }

    /// The generation that others remember of a disk, if it is above what the disk shows in this
    /// boot and was not told before.
    fn told_of(&self, place: &Place, boot: BootId) -> Option<u32> {
        let Canary {
            lineage,
            generation,
            ..
        } = place.kept.canary.filter(|canary| canary.boot == boot)?;
        let disk = fnv1a(place.id.bytes());
        let others = self
            .nodes
            .values()
            .filter(|node| node.joined && !is_own(node, boot));
        let told = others.flat_map(|node| node.known.witnesses());
        let of_it = told.filter(|told| (told.disk, told.lineage) == (disk, lineage));
        let reachable = generation.saturating_add(MOST_AHEAD);
        let credible = of_it.map(|told| told.generation);
        let highest = credible.filter(|told| *told <= reachable).max()?;
        (highest > generation.max(place.kept.conceded)).then_some(highest)
    }

    fn concede(&mut self, id: NodeId, part: &str, told: u32, now: Now) {
        let Ok((node, mut scribe)) = self.admit(id, now) else {
            return;
        };
        let Node { known, places, .. } = node;
        let place = places.iter_mut().find(|place| place.id == part);
        let (Some(place), Some(part)) = (place, known.parts().find(|known| known.id == part))
        else {
            return;
        };
        let shown = place.kept.canary.map_or(0, |canary| canary.generation);
        place.kept.conceded = told;
        place.kept.rolled_back.canary = Some(Older {
            found: shown,
            remembered: told,
        });
        scribe
            .effects
            .save(Save::Witness(place.save(id, now.wall.day())));
        let finding = rolled_back::by_others(part, shown, told);
        let subject: Subject<'_> = rolled_back::subject(part);
        let verdict = Verdict::Faulty(finding);
        scribe.verdict(id, Detector::SilentCorruption, subject, verdict);
    }
}

/// Whether a node runs on the machine of the hub.
fn is_own(node: &Node, boot: BootId) -> bool {
    node.joined && node.boot() == Some(boot)
}

fn witness(place: &Place) -> Option<Witness> {
    let canary = place.kept.canary?;
    Some(Witness {
        disk: fnv1a(place.id.bytes()),
        lineage: canary.lineage,
        generation: canary.generation,
    })
}
