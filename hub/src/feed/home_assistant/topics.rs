//! Where the feed publishes and what it listens to.

use picket_wire::NodeId;

pub(super) use picket_wire::topic::HUB_AVAILABLE;

/// The state of the hub's own device: `hub` is no node's id.
pub(super) const HUB_STATE: &str = "picket/v1/hub/node/hub";
/// Home Assistant says `online` here when it has started, whatever its discovery prefix is.
pub(super) const BIRTH: &str = "homeassistant/status";
/// Every incident that the broker holds.
pub(super) const ALL_INCIDENTS: &str = "picket/v1/hub/incident/+";
/// Every node's state that the broker holds.
pub(super) const ALL_NODES: &str = "picket/v1/hub/node/+";

const NODES: &str = "picket/v1/hub/node/";
const INCIDENTS: &str = "picket/v1/hub/incident/";

/// The state of a node.
pub(super) fn node(node: NodeId) -> String {
    format!("{NODES}{node}")
}

/// The node of such a topic.
pub(super) fn node_of(topic: &str) -> Option<NodeId> {
    NodeId::parse(topic.strip_prefix(NODES)?).ok()
}

/// An incident; none if its id cannot be a level of a topic.
pub(super) fn incident(id: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fits = !id.is_empty() && id.len() <= 64 && id.chars().all(plain);
    fits.then(|| format!("{INCIDENTS}{id}"))
}

/// The incident's id of such a topic.
pub(super) fn incident_of(topic: &str) -> Option<&str> {
    let id = topic.strip_prefix(INCIDENTS)?;
    incident(id).map(|_| id)
}

/// The discovery of a device; `id` is a node's, or `hub`.
pub(super) fn discovery(prefix: &str, id: &str) -> String {
    format!("{prefix}/device/picket_{id}/config")
}
