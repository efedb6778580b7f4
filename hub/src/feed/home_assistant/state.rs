//! The payloads that carry values: a node's, the hub's, an incident's.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;

use picket_hub_core::{Incident, Node, Presence, Severity};
use picket_wire::NodeId;
use serde_json::{Map, Value, json};

use super::{component, disk, look};
use crate::handle::Known;
use crate::view::incidents::IncidentView;
use crate::view::time;

/// Incidents listed in one state; their number is always whole.
const MAX_LISTED: usize = 10;

/// The state of a node. A reading that is missing, that the node says no more, or of a node that
/// does not report, is absent, which Home Assistant shows as unknown.
pub(super) fn node(node: &Node, known: &Known<'_>) -> Value {
    let presence = node.presence();
    let open = open(known, Some(node.id()));
    let mut readings = Map::new();
    let mut disks = Map::new();
    if is_connected(presence) == Some(true) {
        for latest in node.readings() {
            let row = latest.quantity.row();
            if let (Some(id), Some(row), Ok(value)) =
                (component::id(node, &latest), row, latest.value)
            {
                readings.insert(id, Value::Number(look::value(row, value)));
            }
        }
        for disk in known.hub.corruption(node) {
            let id = disk::id(disk.part);
            readings.extend(disk::state(&disk).map(|state| (id.clone(), json!(state))));
            disks.insert(id, disk::words(&disk));
        }
    }
    json!({
        "presence": presence.name(),
        "availability": availability(presence),
        "connected": is_connected(presence).map(u8::from),
        "joined": node.joined(),
        "problem": u8::from(is_problem(&open)),
        "open_incidents": open.len(),
        "incidents": listed(&open),
        "readings": readings,
        "scrub": disks,
    })
}

/// The state of a node that the broker remembers and this hub does not: nothing is known of it.
pub(super) fn forgotten_node() -> Value {
    let presence = Presence::Unheard;
    json!({
        "presence": presence.name(),
        "availability": availability(presence),
        "connected": null,
        "joined": false,
        "problem": 0,
        "open_incidents": 0,
        "incidents": [],
        "readings": {},
        "scrub": {},
    })
}

/// The state of the hub's own device: the whole fleet in short.
pub(super) fn hub(known: &Known<'_>) -> Value {
    let open = open(known, None);
    let connected = known.hub.nodes();
    let connected = connected.filter(|node| is_connected(node.presence()) == Some(true));
    json!({
        "problem": u8::from(is_problem(&open)),
        "open_incidents": open.len(),
        "nodes_connected": connected.count(),
        "nodes": known.hub.nodes().count(),
        "incidents": listed(&open),
    })
}

/// An incident, in the shape of the API.
pub(super) fn incident(incident: &Incident) -> Value {
    json!(IncidentView::of(incident))
}

/// Whether a node's readings mean anything: `offline` makes them unavailable. A node that is off
/// on purpose is no failure, so that its readings become unknown instead.
fn availability(presence: Presence) -> &'static str {
    match presence {
        Presence::Alive | Presence::Late | Presence::ExpectedOff => "online",
        Presence::Unheard
        | Presence::Hung
        | Presence::Gone
        | Presence::CutOff
        | Presence::NotReturned => "offline",
    }
}

/// Whether a node is there; none before this hub has heard it.
fn is_connected(presence: Presence) -> Option<bool> {
    match presence {
        Presence::Unheard => None,
        Presence::Alive | Presence::Late => Some(true),
        Presence::Hung
        | Presence::Gone
        | Presence::CutOff
        | Presence::ExpectedOff
        | Presence::NotReturned => Some(false),
    }
}

/// Open incidents, the worst and then the newest first.
fn open<'a>(known: &Known<'a>, node: Option<NodeId>) -> Vec<&'a Incident> {
    let mut open: Vec<&Incident> = known
        .hub
        .incidents()
        .filter(|incident| incident.is_open())
        .filter(|incident| node.is_none_or(|node| node == incident.node))
        .collect();
    open.reverse();
    open.sort_by_key(|incident| Reverse(incident.severity));
    open
}

/// A note stays on the page: it is no problem that somebody should be shown elsewhere.
fn is_problem(open: &[&Incident]) -> bool {
    open.iter()
        .any(|incident| incident.severity > Severity::Note)
}

fn listed(open: &[&Incident]) -> Vec<Value> {
    let entry = |incident: &&Incident| {
        json!({
            "id": incident.id,
            "node": incident.node.as_str(),
            "severity": incident.severity.name(),
            "since": time::rfc3339(incident.opened),
            "summary": incident.summary,
            "advice": incident.advice,
        })
    };
    open.iter().take(MAX_LISTED).map(entry).collect()
}
