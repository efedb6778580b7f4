//! What is due by time alone: silence, excuses, wills, gaps, and notices to be said again.
//!
//! The time to wake is a lower bound: a beat moves a node's deadline away without a search for the
//! earliest one, so that some wakes find nothing to do.

use crate::hub::Hub;
use crate::node::Node;
use crate::presence::Presence;
use crate::time::{Millis, Moment, Now};
use picket_wire::NodeId;

/// A wake that comes later than this after the time asked for says that the hub itself stood
/// still, or its machine slept. Then the clocks of silence start anew.
pub(crate) const STALLED: Millis = Millis::from_s(5);

impl Hub {
    /// Does what is due.
    pub(crate) fn do_due(&mut self, now: Now) {
        let late = self.wake.map_or(Millis(0), |wake| now.moment.since(wake));
        if late > STALLED {
            for node in self.nodes.values_mut() {
                node.watch.hub_stalled(now.moment);
            }
        }
        let due: Vec<NodeId> = self
            .nodes
            .values()
            .filter(|node| self.next_due(node).is_some_and(|due| due <= now.moment))
            .map(Node::id)
            .collect();
        for id in due {
            self.node_due(id, now);
        }
        self.ledger.notices.timeout(now.moment, &mut self.effects);
        self.plan_wake();
    }

    fn node_due(&mut self, id: NodeId, now: Now) {
        let link_is_up = self.link_up_since.is_some();
        let Ok((node, mut scribe)) = self.admit(id, now) else {
            return;
        };
        let mut lost: u64 = 0;
        for session in node.sessions.iter_mut() {
            if let Some(window) = session.report.as_mut() {
                lost = lost.saturating_add(session.losses.expire(now.moment, window));
            }
        }
        scribe.lost(node, lost);
        if link_is_up {
            let before = node.watch.presence();
            node.watch.timeout(now.moment);
            if node.watch.presence() != before {
                scribe.presence_changed(node);
                // Being late comes and goes with the weather, and the store may be a card. A node
                // that is only missed is as much after a restart, without being kept.
                if node.watch.presence() != Presence::Late && node.watch.is_framed() {
                    scribe.keep(node);
                }
            }
        }
    }

    /// When something of a node is due. While the connection to the broker is down, nobody's
    /// silence is judged.
    fn next_due(&self, node: &Node) -> Option<Moment> {
        let presence = self.link_up_since.and_then(|_| node.watch.next_due());
        let gap = node
            .sessions
            .iter()
            .filter_map(|s| s.losses.next_due())
            .min();
        earlier(presence, gap)
    }

    /// The same by id.
    pub(crate) fn due_of(&self, id: NodeId) -> Option<Moment> {
        self.nodes.get(&id).and_then(|node| self.next_due(node))
    }

    /// Makes sure that the wake is not after `due`.
    pub(crate) fn wake_by(&mut self, due: Option<Moment>) {
        self.wake = earlier(self.wake, due);
    }

    /// Finds the earliest deadline of anything.
    pub(crate) fn plan_wake(&mut self) {
        let nodes = self
            .nodes
            .values()
            .filter_map(|node| self.next_due(node))
            .min();
        self.wake = earlier(nodes, self.ledger.notices.next_due());
    }
}

fn earlier(a: Option<Moment>, b: Option<Moment>) -> Option<Moment> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
