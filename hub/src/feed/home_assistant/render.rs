//! Everything that is to stand at the broker, as of one moment: topics and payloads, in order.

use std::collections::BTreeMap;

use picket_hub_core::{Incident, Millis};
use picket_wire::NodeId;

use super::discovery::{self, Components};
use super::{state, topics};
use crate::handle::Known;

/// Closed incidents stay at the broker for so long.
const KEEP_CLOSED: Millis = Millis::from_s(24 * 3600);
/// Closed incidents that stay at most.
const MAX_CLOSED: usize = 50;
/// Open incidents at the broker at most; the newest.
const MAX_OPEN: usize = 500;

/// A topic and what is to stand there.
pub(super) type Message = (String, String);

/// What is to be said of one node.
#[derive(Debug)]
pub(super) struct NodeMessages {
    /// Discovery, then state.
    pub(super) messages: Vec<Message>,
    /// What Home Assistant knows of the node once they are sent; none if it is not announced.
    pub(super) components: Option<Components>,
}

/// The messages about the hub itself.
pub(super) fn hub(known: &Known<'_>, prefix: &str) -> Vec<Message> {
    vec![
        (
            topics::discovery(prefix, "hub"),
            discovery::hub(known).to_string(),
        ),
        (topics::HUB_STATE.to_owned(), state::hub(known).to_string()),
    ]
}

/// The messages about a node, of which Home Assistant was told `before`.
///
/// A node is announced once a report says what it has: to announce less would overwrite what the
/// broker remembers of it from an earlier run of the hub.
pub(super) fn node(
    known: &Known<'_>,
    id: NodeId,
    prefix: &str,
    before: &Components,
) -> Option<NodeMessages> {
    let node = known.hub.node(id)?;
    let state = (topics::node(id), state::node(node, known).to_string());
    if node.readings().next().is_none() && node.last_report().is_none() && before.is_empty() {
        return Some(NodeMessages {
            messages: vec![state],
            components: None,
        });
    }
    let topic = topics::discovery(prefix, id.as_str());
    let components = discovery::readings(node, before);
    let gone = before
        .iter()
        .filter(|(id, _)| !components.contains_key(*id));
    let gone: BTreeMap<_, _> = gone.map(|(id, c)| (id.clone(), c.platform)).collect();
    let mut messages = Vec::new();
    if !gone.is_empty() {
        let farewell = discovery::node(node, known, &components, &gone);
        messages.push((topic.clone(), farewell.to_string()));
    }
    let device = discovery::node(node, known, &components, &BTreeMap::new());
    messages.push((topic, device.to_string()));
    messages.push(state);
    Some(NodeMessages {
        messages,
        components: Some(components),
    })
}

/// The incidents that are to stand at the broker, by id: those that are open, and those that
/// ended lately of nodes that are still known.
pub(super) fn incidents(known: &Known<'_>) -> BTreeMap<String, Message> {
    let mut newest_first: Vec<&Incident> = known.hub.incidents().collect();
    newest_first.reverse();
    let lately = |incident: &&&Incident| {
        incident.closed.is_some_and(|(at, _)| {
            let ago_ms = known.now.wall.unix_ms.saturating_sub(at.unix_ms);
            u64::try_from(ago_ms).unwrap_or(0) <= KEEP_CLOSED.0
        })
    };
    let open = newest_first
        .iter()
        .filter(|incident| incident.is_open())
        .take(MAX_OPEN);
    let known_still = |incident: &&&Incident| known.hub.node(incident.node).is_some();
    let closed = newest_first.iter().filter(lately).filter(known_still);
    let closed = closed.take(MAX_CLOSED);
    open.chain(closed)
        .filter_map(|incident| {
            let topic = topics::incident(&incident.id)?;
            let payload = state::incident(incident).to_string();
            Some((incident.id.clone(), (topic, payload)))
        })
        .collect()
}

/// Which nodes there are.
pub(super) fn nodes(known: &Known<'_>) -> Vec<NodeId> {
    known.hub.nodes().map(|node| node.id()).collect()
}
