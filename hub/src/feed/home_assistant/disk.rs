//! The entity that says whether the files of a disk are what they were.
//!
//! It is on while they are not, off while somebody looks and finds them good, and unknown while
//! nobody looks: no automation may take blindness for health.

#[cfg(test)]
mod tests;

use picket_hub_core::Node;
use serde_json::{Map, Value, json};

use super::component::{self, Component, Fields, fields};
use super::look::{Look, Place, Platform};
use super::topics;
use crate::view::scrub::{Scrubbed, Watched};

/// What begins the id of such an entity; the part's id follows.
pub(super) const NAME: &str = "silent_corruption";

const LOOK: Look = Look {
    platform: Platform::BinarySensor,
    device_class: Some("problem"),
    unit: None,
    state_class: None,
    precision: None,
    place: Place::First,
};

/// The entity of a disk with its id; none for a part that facts have not named yet.
pub(super) fn of(node: &Node, part: u8) -> Option<(String, Component)> {
    let id = id(node, part)?;
    let part = node.part(part)?;
    let name = format!("Silent corruption {}", component::plain(&part.name));
    let template = format!("{{{{ value_json.readings.{id} | default(None) }}}}");
    let mut config = component::config(node.id().as_str(), &id, &name, &template, LOOK);
    config.extend(component::while_node_reports(node.id()));
    config.extend(attributes(node, &id));
    let component = Component {
        platform: LOOK.platform,
        part: Some((part.kind.code(), part.id.clone())),
        config,
    };
    Some((id, component))
}

/// The id of the entity of a disk; none for a part that facts have not named yet.
pub(super) fn id(node: &Node, part: u8) -> Option<String> {
    Some(format!("{NAME}_{}", component::slug(node.part(part)?)))
}

/// Its state: 1 while something is wrong, 0 while all is well, none while nobody knows.
pub(super) fn state(disk: &Scrubbed) -> Option<u8> {
    match disk.watched {
        Watched::Faulty(_) => Some(1),
        Watched::Healthy => Some(0),
        Watched::Blind(_) => None,
    }
}

/// What its attributes say: the state in a word, and what is wrong or why nobody knows.
pub(super) fn words(disk: &Scrubbed) -> Value {
    let mut words = Map::new();
    words.insert("state".to_owned(), json!(disk.watched.name()));
    words.insert("why".to_owned(), json!(disk.watched.why()));
    Value::Object(words)
}

/// Where the attributes of the entity with this id stand.
fn attributes(node: &Node, id: &str) -> Fields {
    let template = format!("{{{{ value_json.scrub.{id} | default({{}}) | tojson }}}}");
    fields([
        ("json_attr_t", json!(topics::node(node.id()))),
        ("json_attr_tpl", json!(template)),
    ])
}
