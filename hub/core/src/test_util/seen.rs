//! What a hub in virtual time has shown, said and saved.

use super::board::Board;
use super::world::World;
use crate::*;

impl World {
    pub(crate) fn presence(&self, board: &Board) -> Presence {
        self.hub.node(board.id).unwrap().presence()
    }

    /// Detector, subject and severity of the open incidents.
    pub(crate) fn open(&self) -> Vec<(&'static str, &str, Severity)> {
        let open = self.hub.incidents().filter(|incident| incident.is_open());
        open.map(|i| (i.detector.name(), i.subject.as_str(), i.severity))
            .collect()
    }

    pub(crate) fn open_detectors(&self) -> Vec<&'static str> {
        self.open()
            .iter()
            .map(|(detector, _, _)| *detector)
            .collect()
    }

    pub(crate) fn open_id(&self) -> String {
        let mut open = self.hub.incidents().filter(|incident| incident.is_open());
        let id = open.next().unwrap().id.clone();
        assert!(
            open.next().is_none(),
            "more than one is open: {:?}",
            self.open()
        );
        id
    }

    /// What a store would have kept by now.
    pub(crate) fn saved(&self) -> Saved {
        let mut saved = self.kept.clone();
        for effect in &self.effects {
            match effect {
                Effect::Save(Save::Run(run)) => saved.run_ordinal = run.ordinal,
                Effect::Save(Save::Node(node)) => {
                    saved.nodes.retain(|known| known.id != node.id);
                    saved.nodes.push(node.clone());
                }
                Effect::Save(Save::Disk(disk)) => {
                    let same = |known: &SavedDisk| known.node == disk.node && known.id == disk.id;
                    saved.disks.retain(|known| !same(known));
                    saved.disks.push(disk.clone());
                }
                Effect::Save(Save::Witness(witness)) => {
                    let same = |known: &SavedWitness| {
                        (known.node, &known.id) == (witness.node, &witness.id)
                    };
                    saved.witnesses.retain(|known| !same(known));
                    saved.witnesses.push(witness.clone());
                }
                Effect::Save(Save::Incident(incident)) => {
                    saved.incidents.retain(|known| known.id != incident.id);
                    saved.incidents.push(incident.clone());
                }
                Effect::Save(Save::Said(id)) => saved.notices.retain(|n| n.id != *id),
                Effect::Save(Save::Forget(id)) => {
                    saved.nodes.retain(|known| known.id != *id);
                    saved.disks.retain(|known| known.node != *id);
                    saved.witnesses.retain(|known| known.node != *id);
                }
                Effect::Say(notice) => {
                    saved.notices.retain(|n| n.id != notice.id);
                    saved.notices.push(notice.clone());
                }
                Effect::Show(_) => {}
            }
        }
        saved
    }

    pub(crate) fn notices(&self) -> Vec<Notice> {
        let say = |effect: &Effect| match effect {
            Effect::Say(notice) => Some(notice.clone()),
            Effect::Save(_) | Effect::Show(_) => None,
        };
        self.effects.iter().filter_map(say).collect()
    }

    pub(crate) fn saves_of_incidents(&self) -> usize {
        let is_save = |effect: &&Effect| matches!(effect, Effect::Save(Save::Incident(_)));
        self.effects.iter().filter(is_save).count()
    }
}
