//! The payload that makes a device in Home Assistant: the hub's, and one for every node.
//!
//! Keys are Home Assistant's abbreviations. Any key too many at the top or in `dev` makes it refuse
//! the whole, so that nothing is added here without a test against its list.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use picket_hub_core::{Node, Presence};
use serde_json::{Value, json};

use super::component::{self, Component, Fields, MAX_COMPONENTS, fields};
use super::look::{Look, Place, Platform};
use super::{disk, topics};
use crate::handle::Known;

/// The device that all nodes hang from.
const HUB_DEVICE: &str = "picket_hub";

/// All words of presence, for Home Assistant to know its possible states.
const PRESENCES: [Presence; 8] = [
    Presence::Unheard,
    Presence::Alive,
    Presence::Late,
    Presence::Hung,
    Presence::Gone,
    Presence::CutOff,
    Presence::ExpectedOff,
    Presence::NotReturned,
];

const PLAIN: Look = Look {
    platform: Platform::Sensor,
    device_class: None,
    unit: None,
    state_class: None,
    precision: None,
    place: Place::First,
};

/// Components by their ids.
pub(super) type Components = BTreeMap<String, Component>;

/// The components of a node's readings: those of before that are not known to be gone, and those
/// of now. A reading that is only late, unreadable or no longer said keeps its entity.
pub(super) fn readings(node: &Node, before: &Components) -> Components {
    let mut components = before.clone();
    components.retain(|_, component| !component::is_gone(&component.part, node));
    for latest in node.readings() {
        let Some((id, component)) = component::of_reading(node, &latest) else {
            continue;
        };
        let held = components.contains_key(&id);
        if component::is_refuted(&latest) {
            components.remove(&id);
        } else if held || (components.len() < MAX_COMPONENTS && component::is_sighted(&latest)) {
            components.insert(id, component);
        }
    }
    disks(node, &mut components);
    components
}

/// The components of its disks: those that a scrub tells of are there, those that turn out to have
/// none are not.
fn disks(node: &Node, components: &mut Components) {
    for part in node.parts() {
        let Some(is_read_back) = node.is_read_back(part) else {
            continue;
        };
        let (id, component) = disk::of(node, part);
        if !is_read_back {
            components.remove(&id);
        } else if components.contains_key(&id) || components.len() < MAX_COMPONENTS {
            components.insert(id, component);
        }
    }
}

/// The discovery of a node's device. Of what is in `removed` only the platform is said, once,
/// which makes Home Assistant forget it.
pub(super) fn node(
    node: &Node,
    known: &Known<'_>,
    components: &Components,
    removed: &BTreeMap<String, Platform>,
) -> Value {
    let mut parts = about_node(node);
    for (id, component) in components {
        parts.insert(id.clone(), Value::Object(component.config.clone()));
    }
    for (id, platform) in removed {
        parts.insert(id.clone(), json!({ "p": platform.name() }));
    }
    json!({
        "dev": node_device(node, known),
        "o": origin(known),
        "cmps": parts,
    })
}

/// The entities about the node itself. They are there while the hub is, whatever the node does:
/// a node that is off on purpose is *off*, and one that is gone says so.
fn about_node(node: &Node) -> Fields {
    let id = node.id();
    let state = topics::node(id);
    let entity = |name, title, template, look, more| {
        let mut config = component::config(id.as_str(), name, title, template, look);
        config.extend(component::while_hub_is(&state));
        config.extend(more);
        (name, Value::Object(config))
    };
    let connected = "{{ value_json.connected }}";
    let presence = Look {
        device_class: Some("enum"),
        place: Place::Diagnostic,
        ..PLAIN
    };
    let options = fields([("ops", json!(PRESENCES.map(Presence::name)))]);
    let word = "{{ value_json.presence }}";
    let texts = incident_texts(&state);
    fields([
        entity(
            "connected",
            "Connected",
            connected,
            binary("connectivity"),
            Fields::new(),
        ),
        entity("presence", "Presence", word, presence, options),
        entity("problem", "Problem", PROBLEM, binary("problem"), texts),
    ])
}

/// The discovery of the hub's own device.
pub(super) fn hub(known: &Known<'_>) -> Value {
    let entity = |name, title, template, look, more| {
        let mut config = component::config("hub", name, title, template, look);
        config.extend(component::while_hub_is(topics::HUB_STATE));
        config.extend(more);
        (name, Value::Object(config))
    };
    let count = Look {
        state_class: Some("measurement"),
        precision: Some(0),
        ..PLAIN
    };
    // This one is never unavailable: that the hub is away is what it says.
    let is_online = "{{ 1 if value == 'online' else 0 }}";
    let connectivity = binary("connectivity");
    let mut connected = component::config("hub", "connected", "Connected", is_online, connectivity);
    connected.extend(fields([("stat_t", json!(topics::HUB_AVAILABLE))]));
    let open = "{{ value_json.open_incidents }}";
    let nodes = "{{ value_json.nodes_connected }}";
    let texts = incident_texts(topics::HUB_STATE);
    json!({
        "dev": hub_device(known),
        "o": origin(known),
        "cmps": fields([
            ("connected", Value::Object(connected)),
            entity("problem", "Problem", PROBLEM, binary("problem"), texts),
            entity("open_incidents", "Open incidents", open, count, Fields::new()),
            entity("nodes_connected", "Nodes connected", nodes, count, Fields::new()),
        ]),
    })
}

const PROBLEM: &str = "{{ value_json.problem }}";

fn binary(class: &'static str) -> Look {
    Look {
        platform: Platform::BinarySensor,
        device_class: Some(class),
        ..PLAIN
    }
}

/// The texts of incidents as attributes of an entity, from the state at `topic`.
fn incident_texts(topic: &str) -> Fields {
    let template = "{{ {'incidents': value_json.incidents} | tojson }}";
    fields([
        ("json_attr_t", json!(topic)),
        ("json_attr_tpl", json!(template)),
    ])
}

fn origin(known: &Known<'_>) -> Value {
    json!({ "name": "Picket", "sw": known.health.version })
}

fn hub_device(known: &Known<'_>) -> Value {
    let mut device = fields([
        ("ids", json!([HUB_DEVICE])),
        ("name", json!(format!("Picket {}", known.health.site))),
        ("mf", json!("Picket")),
        ("mdl", json!("Hub")),
        ("sw", json!(known.health.version)),
    ]);
    if let Some(page) = page(known.health.web) {
        device.extend(fields([("cu", json!(page))]));
    }
    Value::Object(device)
}

fn node_device(node: &Node, known: &Known<'_>) -> Value {
    let id = node.id();
    let mut device = fields([
        ("ids", json!([component::device(id)])),
        ("name", json!(id.as_str())),
        ("via_device", json!(HUB_DEVICE)),
    ]);
    if let Some(facts) = node.facts() {
        let texts = [
            ("mdl", &facts.model),
            ("sw", &facts.agent),
            ("hw", &facts.arch),
        ];
        device.extend(said(texts));
    }
    if let Some(board) = node.board() {
        let revision = match board.revision {
            0 => String::new(),
            code => format!("{code:x}"),
        };
        device.extend(said([("hw", &revision), ("sn", &board.serial)]));
    }
    if let Some(page) = page(known.health.web) {
        device.extend(fields([("cu", json!(format!("{page}nodes/{id}")))]));
    }
    Value::Object(device)
}

/// The texts that are not empty.
fn said<const N: usize>(texts: [(&str, &String); N]) -> Fields {
    let said = texts.into_iter().filter(|(_, text)| !text.is_empty());
    said.map(|(key, text)| (key.to_owned(), json!(text)))
        .collect()
}

/// The page, if a browser elsewhere can reach it.
fn page(web: Option<SocketAddr>) -> Option<String> {
    let web = web.filter(|web| !web.ip().is_loopback() && !web.ip().is_unspecified())?;
    Some(format!("http://{web}/"))
}
