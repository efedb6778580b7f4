//! The payload that makes a device in Home Assistant: the hub's, and one for every node.
//!
//! Keys are Home Assistant's abbreviations. Any key too many at the top or in `dev` makes it refuse
//! the whole, so that nothing is added here without a test against its list.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use picket_hub_core::{Node, Presence};
use serde_json::{Map, Value, json};

use super::component::{self, Component, MAX_COMPONENTS};
use super::look::{Look, Platform};
use super::topics;
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
    diagnostic: false,
};

/// Components by their ids.
pub(super) type Components = BTreeMap<String, Component>;

/// The components of a node's readings: those of before that are not known to be gone, and those
/// of now. A reading that is only late or unreadable keeps its entity.
pub(super) fn readings(node: &Node, before: &Components) -> Components {
    let mut components = before.clone();
    components.retain(|_, component| !component::is_gone(&component.part, node));
    for latest in node.readings() {
        let Some((id, component)) = component::of_reading(node, latest) else {
            continue;
        };
        if !component::is_wanted(latest) {
            components.remove(&id);
        } else if components.len() < MAX_COMPONENTS || components.contains_key(&id) {
            components.insert(id, component);
        }
    }
    components
}

/// The discovery of a node's device. Of what is in `removed` only the platform is said, once,
/// which makes Home Assistant forget it.
pub(super) fn node(
    node: &Node,
    known: &Known<'_>,
    components: &Components,
    removed: &BTreeMap<String, Platform>,
) -> Value {
    let mut parts = Map::new();
    for (id, config) in about_node(node) {
        parts.insert(id.to_owned(), config);
    }
    for (id, component) in components {
        parts.insert(id.clone(), component.config.clone());
    }
    for (id, platform) in removed {
        parts.insert(id.clone(), json!({ "p": platform.name() }));
    }
    let state = topics::node(node.id());
    json!({
        "dev": node_device(node, known),
        "o": origin(known),
        "stat_t": state,
        "avty": [
            { "t": topics::HUB_AVAILABLE },
            { "t": state, "val_tpl": "{{ value_json.availability }}" },
        ],
        "avty_mode": "all",
        "cmps": parts,
    })
}

/// The entities about the node itself. They are there while the hub is, whatever the node does:
/// a node that is off on purpose is *off*, and one that is gone says so.
fn about_node(node: &Node) -> [(&'static str, Value); 3] {
    let device = node.id();
    let entity = |id, name, template, look| {
        let mut config = component::config(device.as_str(), id, name, template, look);
        config["avty"] = while_hub_is();
        config
    };
    let binary = |class| Look {
        platform: Platform::BinarySensor,
        device_class: Some(class),
        ..PLAIN
    };
    let connected = "{{ value_json.connected }}";
    let mut problem = entity(
        "problem",
        "Problem",
        "{{ value_json.problem }}",
        binary("problem"),
    );
    problem["json_attr_t"] = json!(topics::node(device));
    problem["json_attr_tpl"] = json!("{{ {'incidents': value_json.incidents} | tojson }}");
    let words = Look {
        device_class: Some("enum"),
        diagnostic: true,
        ..PLAIN
    };
    let mut presence = entity("presence", "Presence", "{{ value_json.presence }}", words);
    presence["ops"] = json!(PRESENCES.map(Presence::name));
    [
        (
            "connected",
            entity("connected", "Connected", connected, binary("connectivity")),
        ),
        ("presence", presence),
        ("problem", problem),
    ]
}

/// The discovery of the hub's own device.
pub(super) fn hub(known: &Known<'_>) -> Value {
    let connected = Look {
        platform: Platform::BinarySensor,
        device_class: Some("connectivity"),
        ..PLAIN
    };
    let problem = Look {
        platform: Platform::BinarySensor,
        device_class: Some("problem"),
        ..PLAIN
    };
    let count = Look {
        state_class: Some("measurement"),
        precision: Some(0),
        ..PLAIN
    };
    let entity = |id, name, template, look| {
        let mut config = component::config("hub", id, name, template, look);
        config["stat_t"] = json!(topics::HUB_STATE);
        config["avty"] = while_hub_is();
        config
    };
    // This one is never unavailable: that the hub is away is what it says.
    let is_online = "{{ 1 if value == 'online' else 0 }}";
    let mut alive = component::config("hub", "connected", "Connected", is_online, connected);
    alive["stat_t"] = json!(topics::HUB_AVAILABLE);
    let mut trouble = entity("problem", "Problem", "{{ value_json.problem }}", problem);
    trouble["json_attr_t"] = json!(topics::HUB_STATE);
    trouble["json_attr_tpl"] = json!("{{ {'incidents': value_json.incidents} | tojson }}");
    let open = "{{ value_json.open_incidents }}";
    let nodes = "{{ value_json.nodes_connected }}";
    json!({
        "dev": hub_device(known),
        "o": origin(known),
        "cmps": {
            "connected": alive,
            "problem": trouble,
            "open_incidents": entity("open_incidents", "Open incidents", open, count),
            "nodes_connected": entity("nodes_connected", "Nodes connected", nodes, count),
        },
    })
}

fn while_hub_is() -> Value {
    json!([{ "t": topics::HUB_AVAILABLE }])
}

fn origin(known: &Known<'_>) -> Value {
    json!({ "name": "Picket", "sw": known.health.version })
}

fn hub_device(known: &Known<'_>) -> Value {
    let mut device = json!({
        "ids": [HUB_DEVICE],
        "name": format!("Picket {}", known.health.site),
        "mf": "Picket",
        "mdl": "Hub",
        "sw": known.health.version,
    });
    if let Some(page) = page(known.health.web) {
        device["cu"] = json!(page);
    }
    device
}

fn node_device(node: &Node, known: &Known<'_>) -> Value {
    let id = node.id();
    let mut device = json!({
        "ids": [component::device(id)],
        "name": id.as_str(),
        "via_device": HUB_DEVICE,
    });
    if let Some(facts) = node.facts() {
        for (key, text) in [
            ("mdl", &facts.model),
            ("sw", &facts.agent),
            ("hw", &facts.arch),
        ] {
            if !text.is_empty() {
                device[key] = json!(text);
            }
        }
    }
    if let Some(page) = page(known.health.web) {
        device["cu"] = json!(format!("{page}nodes/{id}"));
    }
    device
}

/// The page, if a browser elsewhere can reach it.
fn page(web: Option<SocketAddr>) -> Option<String> {
    let web = web.filter(|web| !web.ip().is_loopback() && !web.ip().is_unspecified())?;
    Some(format!("http://{web}/"))
}
