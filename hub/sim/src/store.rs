//! What is kept over a restart of the hub: the effects that ask for it, put together again.

use picket_hub_core::{Effect, Save, Saved};

/// The store of a world's hub.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    saved: Saved,
}

impl Store {
    /// Keeps what an effect asks to keep.
    pub(crate) fn keep(&mut self, effect: &Effect) {
        match effect {
            Effect::Save(Save::Run(run)) => self.saved.run_ordinal = run.ordinal,
            Effect::Save(Save::Node(node)) => {
                put(&mut self.saved.nodes, node.clone(), |a, b| a.id == b.id);
            }
            Effect::Save(Save::Disk(disk)) => {
                put(&mut self.saved.disks, disk.clone(), |a, b| {
                    (a.node, &a.id) == (b.node, &b.id)
                });
            }
            Effect::Save(Save::Witness(witness)) => {
                put(&mut self.saved.witnesses, witness.clone(), |a, b| {
                    (a.node, &a.id) == (b.node, &b.id)
                });
            }
            Effect::Save(Save::Incident(incident)) => {
                put(&mut self.saved.incidents, incident.clone(), |a, b| {
                    a.id == b.id
                });
            }
            Effect::Save(Save::Forget(id)) => {
                self.saved.nodes.retain(|node| node.id != *id);
                self.saved.disks.retain(|disk| disk.node != *id);
                self.saved.witnesses.retain(|witness| witness.node != *id);
            }
            Effect::Save(Save::Said(id)) => self.saved.notices.retain(|notice| notice.id != *id),
            Effect::Say(notice) => {
                put(&mut self.saved.notices, notice.clone(), |a, b| a.id == b.id);
            }
            Effect::Show(_) => {}
        }
    }

    /// Everything that was kept.
    pub(crate) fn saved(&self) -> Saved {
        self.saved.clone()
    }
}

/// Takes the place of the one that is the same, or the end.
fn put<T>(all: &mut Vec<T>, new: T, same: impl Fn(&T, &T) -> bool) {
    match all.iter_mut().find(|old| same(old, &new)) {
        Some(old) => *old = new,
        None => all.push(new),
    }
}
