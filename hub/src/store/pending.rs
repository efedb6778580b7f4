//! What is to be written, merged: the newest state of each thing, so that it cannot grow while the
//! disk is away.

use picket_hub_core::incident::{Incident, Severity};
use picket_hub_core::seam::{Notice, Run, Save, SavedDisk, SavedNode, SavedWitness};
use picket_wire::NodeId;
use std::collections::{BTreeMap, BTreeSet};

/// Incidents that wait at most; of more, closed ones go first, then the oldest.
pub(super) const MAX_INCIDENTS: usize = 2000;
/// Notices, and notices to strike out, that wait at most; of more, the oldest go.
pub(super) const MAX_NOTICES: usize = 2000;
/// Nodes to forget that wait at most; of more, the first by name stay in the file, and the hub takes
/// them up again at its next start.
pub(super) const MAX_FORGOTTEN: usize = 2000;

/// Everything that one transaction is to write.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pending {
    pub(super) run: Option<Run>,
    pub(super) nodes: BTreeMap<NodeId, SavedNode>,
    /// By node and id.
    pub(super) disks: BTreeMap<(NodeId, String), SavedDisk>,
    /// By node and id.
    pub(super) witnesses: BTreeMap<(NodeId, String), SavedWitness>,
    /// None of them is among `nodes`, and none of `disks` and `witnesses` is of them.
    pub(super) forgotten: BTreeSet<NodeId>,
    /// By the order in which they first came, so that their rows are in it too.
    pub(super) incidents: BTreeMap<u64, Incident>,
    pub(super) notices: BTreeMap<u64, Notice>,
    pub(super) said: BTreeSet<u64>,
    next: u64,
}

impl Pending {
    /// Nothing.
    pub fn new() -> Pending {
        Pending::default()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        let Pending {
            run,
            nodes,
            disks,
            witnesses,
            forgotten,
            incidents,
            notices,
            said,
            next: _,
        } = self;
        let disks = disks.is_empty() && witnesses.is_empty();
        let nodes = nodes.is_empty() && disks && forgotten.is_empty();
        let maps = nodes && incidents.is_empty() && notices.is_empty();
        run.is_none() && maps && said.is_empty()
    }

    /// Whether an incident of severity ticket or page opens in it, or rises to that: of such a one
    /// there is a notice besides.
    pub(super) fn is_urgent(&self) -> bool {
        let opens = |notice: &Notice| {
            let mut incidents = self.incidents.values();
            incidents.any(|incident| incident.is_open() && incident.id == notice.incident)
        };
        let mut notices = self.notices.values();
        notices.any(|notice| notice.severity > Severity::Note && opens(notice))
    }

    /// Adds what the core wants kept.
    pub fn save(&mut self, save: Save) {
        match save {
            Save::Run(run) => self.run = Some(run),
            // The core bounds the nodes that it knows.
            Save::Node(node) => {
                self.forgotten.remove(&node.id);
                self.nodes.insert(node.id, node);
            }
            // The core bounds the disks of a node, too.
            Save::Disk(disk) => {
                self.disks.insert((disk.node, disk.id.clone()), disk);
            }
            // And so it does what they may forget.
            Save::Witness(witness) => {
                let key = (witness.node, witness.id.clone());
                self.witnesses.insert(key, witness);
            }
            Save::Forget(id) => {
                self.nodes.remove(&id);
                self.disks.retain(|(node, _), _| *node != id);
                self.witnesses.retain(|(node, _), _| *node != id);
                self.forgotten.insert(id);
                if self.forgotten.len() > MAX_FORGOTTEN {
                    self.forgotten.pop_first();
                }
            }
            Save::Incident(incident) => self.incident(incident),
            Save::Said(id) => {
                self.notices.remove(&id);
                self.said.insert(id);
                if self.said.len() > MAX_NOTICES {
                    self.said.pop_first();
                }
            }
        }
    }

    /// Adds what the core wants said: it is kept until it was.
    pub fn say(&mut self, notice: Notice) {
        self.notices.insert(notice.id, notice);
        if self.notices.len() > MAX_NOTICES {
            self.notices.pop_first();
        }
    }

    /// Adds what came later: it stands where both name the same thing.
    pub fn merge(&mut self, later: Pending) {
        let Pending {
            run,
            nodes,
            disks,
            witnesses,
            forgotten,
            incidents,
            notices,
            said,
            next: _,
        } = later;
        self.run = run.or(self.run);
        let nodes = nodes.into_values().map(Save::Node);
        let forgotten = forgotten.into_iter().map(Save::Forget);
        let disks = disks.into_values().map(Save::Disk);
        let witnesses = witnesses.into_values().map(Save::Witness);
        // What was forgotten and came back is among the nodes: only it has disks.
        let all = forgotten.chain(nodes).chain(disks).chain(witnesses);
        all.for_each(|save| self.save(save));
        incidents
            .into_values()
            .for_each(|incident| self.incident(incident));
        notices.into_values().for_each(|notice| self.say(notice));
        said.into_iter().for_each(|id| self.save(Save::Said(id)));
    }

    fn incident(&mut self, incident: Incident) {
        let known = self
            .incidents
            .iter_mut()
            .find(|(_, waiting)| waiting.id == incident.id);
        if let Some((_, waiting)) = known {
            *waiting = incident;
            return;
        }
        self.incidents.insert(self.next, incident);
        self.next = self.next.saturating_add(1);
        if self.incidents.len() > MAX_INCIDENTS {
            let closed = self
                .incidents
                .iter()
                .find(|(_, waiting)| !waiting.is_open());
            let oldest = self.incidents.first_key_value();
            let goes = closed.or(oldest).map(|(order, _)| *order);
            goes.and_then(|order| self.incidents.remove(&order));
        }
    }
}
