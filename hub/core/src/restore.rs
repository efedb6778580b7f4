//! What a hub takes up of an earlier run: its ordinal, the nodes, their excuses,
//! their disks and what these may forget, the incidents.

use crate::config::Config;
use crate::hub::Hub;
use crate::incident::Detector;
use crate::ledger::Ledger;
use crate::node::Node;
use crate::seam::{Run, Save, Saved, SavedNode, Show};
use crate::time::{Millis, Now, Wall};

impl Hub {
    /// Takes up what the store kept, and the run after the last one. Only the first time counts.
    pub(crate) fn restore(&mut self, saved: Saved, now: Now) {
        if self.restored {
            return;
        }
        self.restored = true;
        self.ledger.restore(saved.incidents);
        for kept in &saved.nodes {
            self.restore_node(kept, now);
        }
        for kept in saved.disks {
            if let Some(node) = self.nodes.get_mut(&kept.node) {
                node.disks.restore(kept, now.moment);
            }
        }
        for kept in saved.witnesses {
            if let Some(node) = self.nodes.get_mut(&kept.node) {
                node.places.restore(kept, now.moment);
            }
        }
        let run = self.runs.start_after(saved.run_ordinal);
        self.ledger
            .notices
            .restore(saved.notices, &mut self.effects);
        self.begin_run(run, now);
    }

    fn restore_node(&mut self, kept: &SavedNode, now: Now) {
        // A node that does not fit comes back when it is heard, or is refused then with the reason.
        let Ok((node, _)) = self.admit(kept.id, now) else {
            return;
        };
        node.stored_boot = kept.boot;
        node.stored_heard = kept.last_heard;
        node.memory.unscrubbed.restore(kept.unscrubbed_day);
        node.watch.framed(now.moment);
        node.watch.set_every(kept.every_ms);
        if let Some(until) = kept.excused_until {
            let left = excuse_left(until, now.wall, &self.config);
            if let Some(node) = self.nodes.get_mut(&kept.id) {
                node.watch.excuse(now.moment + left);
            }
        }
    }

    /// A run begins: nodes must hear of it before they can be heard.
    pub(crate) fn begin_run(&mut self, run: Run, now: Now) {
        self.ledger.notices.start(run.ordinal);
        self.effects.save(Save::Run(run));
        self.effects.show(Show::Run(run));
        for node in self.nodes.values_mut() {
            node.watch.give_chance(now.moment);
        }
        self.plan_wake();
    }
}

/// What is left of an excuse. A clock that is not known to be right cannot shorten it.
fn excuse_left(until: Wall, wall: Wall, config: &Config) -> Millis {
    let full = config.stopping_excuse;
    if !until.synchronised || !wall.synchronised {
        return full;
    }
    let left_ms = until.unix_ms.saturating_sub(wall.unix_ms);
    Millis(u64::try_from(left_ms).unwrap_or(0).min(full.0))
}

/// Tells the detectors of a node that was just made what its open incidents say of the past.
pub(crate) fn remember_open(node: &mut Node, ledger: &Ledger) {
    for subject in ledger.open_subjects(node.id, Detector::ReadOnly) {
        node.memory.writable.restore(subject);
    }
    if ledger
        .open_subjects(node.id, Detector::LostReports)
        .next()
        .is_some()
    {
        node.memory.losses.restore();
    }
}
