//! The entity that says whether the files of a disk are what they were.
//!
//! It is on while they are not, off while somebody looks and finds them good, and unknown while
//! nobody looks: no automation may take blindness for health.

#[cfg(test)]
mod tests;

use picket_hub_core::{Corruption, KnownPart, Node, Watched};
use serde_json::{Value, json};

use super::component::{self, Component, Fields, fields};
use super::look::{Look, Place, Platform};
use super::topics;

/// What begins the id of such an entity; the part's id follows.
const NAME: &str = "silent_corruption";

const LOOK: Look = Look {
    platform: Platform::BinarySensor,
    device_class: Some("problem"),
    unit: None,
    state_class: None,
    precision: None,
    place: Place::First,
};

/// The entity of a disk, with its id.
pub(super) fn of(node: &Node, part: &KnownPart) -> (String, Component) {
    let id = id(part);
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
    (id, component)
}

/// The id of the entity of a disk.
pub(super) fn id(part: &KnownPart) -> String {
    format!("{NAME}_{}", component::slug(part))
}

/// Its state: 1 while something is wrong, 0 while all is well, none while nobody knows.
pub(super) fn state(disk: &Corruption<'_>) -> Option<u8> {
    match disk.state {
        Watched::Faulty => Some(1),
        Watched::Healthy => Some(0),
        Watched::Blind(_) => None,
    }
}

/// What its attributes say: the state in a word, and in one line with the reason. Home Assistant
/// drops an attribute that is called `state`.
pub(super) fn words(disk: &Corruption<'_>) -> Value {
    json!({ "watched": disk.state.name(), "words": disk.words })
}

/// Where the attributes of the entity with this id stand.
fn attributes(node: &Node, id: &str) -> Fields {
    let template = format!("{{{{ value_json.scrub.{id} | default({{}}) | tojson }}}}");
    fields([
        ("json_attr_t", json!(topics::node(node.id()))),
        ("json_attr_tpl", json!(template)),
    ])
}
