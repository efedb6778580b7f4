//! What the broker holds of ours, so that only what changed goes out.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use picket_wire::NodeId;

use super::discovery::Components;

/// Most incidents that are remembered to be held by the broker.
const MAX_HELD: usize = 4096;

/// What was published, as far as it is known to be there still.
#[derive(Debug, Default)]
pub(super) struct Published {
    /// Fingerprints of payloads by topic. Bounded by the nodes and incidents of the hub.
    payloads: BTreeMap<String, u64>,
    /// Nodes whose state was published, as long as it was not cleared.
    nodes: BTreeSet<NodeId>,
    /// What Home Assistant was told that nodes have. It remembers that over every outage, and so
    /// must we, to know what to take back.
    components: BTreeMap<NodeId, Components>,
    /// Incidents that the broker holds, of this hub or an earlier one.
    incidents: BTreeSet<String>,
}

impl Published {
    /// Nothing is known of the broker any more: everything is to be sent again.
    pub(super) fn forget(&mut self) {
        self.payloads.clear();
    }

    /// Whether the broker holds another payload than this, or none.
    pub(super) fn differs(&self, topic: &str, payload: &str) -> bool {
        self.payloads.get(topic) != Some(&fingerprint(payload))
    }

    /// This payload was handed to the connection.
    pub(super) fn sent(&mut self, topic: &str, payload: &str) {
        self.payloads.insert(topic.to_owned(), fingerprint(payload));
    }

    /// The retained payload of a topic was taken away.
    pub(super) fn cleared(&mut self, topic: &str) {
        self.payloads.remove(topic);
    }

    /// What Home Assistant was told of a node.
    pub(super) fn components(&self, node: NodeId) -> Components {
        self.components.get(&node).cloned().unwrap_or_default()
    }

    /// Home Assistant was told this of a node.
    pub(super) fn announced(&mut self, node: NodeId, components: Components) {
        self.components.insert(node, components);
    }

    /// The state of this node was handed to the connection.
    pub(super) fn holds_node(&mut self, node: NodeId) {
        self.nodes.insert(node);
    }

    /// Nothing of this node is left.
    pub(super) fn dropped_node(&mut self, node: NodeId) {
        self.nodes.remove(&node);
        self.components.remove(&node);
    }

    /// Nodes whose state the broker holds by this feed.
    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.iter().copied()
    }

    /// The broker holds this incident; beyond the bound that is forgotten.
    pub(super) fn holds_incident(&mut self, id: &str) {
        if self.incidents.len() < MAX_HELD {
            self.incidents.insert(id.to_owned());
        }
    }

    /// The broker holds this incident no more.
    pub(super) fn dropped_incident(&mut self, id: &str) {
        self.incidents.remove(id);
    }

    /// Incidents that the broker holds and that are not among `wanted`.
    pub(super) fn incidents_besides(&self, wanted: &BTreeSet<String>) -> Vec<String> {
        self.incidents.difference(wanted).cloned().collect()
    }
}

fn fingerprint(payload: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    payload.hash(&mut hasher);
    hasher.finish()
}
