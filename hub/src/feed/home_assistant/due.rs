//! What has to be looked at again before the next sending: many changes of one node are one.

use std::collections::BTreeSet;

use picket_hub_core::Show;
use picket_wire::NodeId;

/// What may have changed since it was sent. Bounded by the nodes of the hub.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Due {
    /// Which nodes there are is not known: all of them, and everything else.
    pub(super) everything: bool,
    /// The hub's own device.
    pub(super) hub: bool,
    /// Nodes.
    pub(super) nodes: BTreeSet<NodeId>,
    /// Incidents.
    pub(super) incidents: bool,
}

impl Due {
    /// Notes a change. Of a node that is known no more, what stands there is taken away. Who an incident is about is asked later, so that an incident makes every
    /// node due; incidents are rare.
    pub(super) fn note(&mut self, show: &Show) {
        match show {
            Show::Node(node)
            | Show::Report {
                node,
                backlog: false,
                ..
            } => {
                self.nodes.insert(*node);
                self.hub = true;
            }
            Show::Incident(_) | Show::Expelled(_) => self.everything = true,
            // History and the hub's run are not shown there.
            Show::Report { backlog: true, .. } | Show::Run(_) => {}
        }
    }

    /// Whether nothing is due.
    pub(super) fn is_empty(&self) -> bool {
        *self == Due::default()
    }
}
