//! The entities that the readings of a node become, and their ids.
//!
//! An id rests on the quantity and on what stays the same of the part over boots, never on the
//! part's number or name, so that an entity keeps its history when a disk is named anew.

use picket_hub_core::{KnownPart, KnownReading, Lack, Node};
use picket_wire::{Missing, NodeId};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::look::{self, Look, Place, Platform};
use super::topics;
use crate::view::label::label;

/// Most entities of one node; further readings get none.
pub(super) const MAX_COMPONENTS: usize = 256;
/// Longest piece of a part's id that an entity's id shows.
const MAX_SLUG: usize = 24;

/// What stays the same of a part: its kind's code and its id. None for the node itself.
pub(super) type PartKey = Option<(u8, String)>;

/// Keys and values of a piece of a discovery payload.
pub(super) type Fields = Map<String, Value>;

/// One entity.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Component {
    pub(super) platform: Platform,
    pub(super) part: PartKey,
    /// Its part of the discovery payload.
    pub(super) config: Fields,
}

/// The id of a reading's entity; none for a quantity that this hub does not know or that people do
/// not look at, or a part that facts have not named yet.
pub(super) fn id(node: &Node, latest: &KnownReading) -> Option<String> {
    let name = latest.quantity.row()?.name;
    if look::place(latest.quantity, None) == Place::Nowhere {
        return None;
    }
    match latest.part {
        0 => Some(name.to_owned()),
        number => Some(format!("{name}_{}", slug(node.part(number)?))),
    }
}

/// Whether a reading says that the machine has no such thing: it has no entity, or no longer.
pub(super) fn is_refuted(latest: &KnownReading) -> bool {
    matches!(
        latest.value,
        Err(Lack::Said(Missing::NotFitted | Missing::NotSupported))
    )
}

/// Whether a reading says that the machine has such a thing. One without a value does not: nobody
/// could look, and what is there may be of another part.
pub(super) fn is_sighted(latest: &KnownReading) -> bool {
    latest.value.is_ok()
}

/// The entity of a reading.
pub(super) fn of_reading(node: &Node, latest: &KnownReading) -> Option<(String, Component)> {
    let id = id(node, latest)?;
    let part = node.part(latest.part);
    let look = look::look(latest.quantity.row()?, part.map(|part| part.id.as_str()));
    let mut name = label(latest.quantity);
    if let Some(part) = part {
        name.push(' ');
        name.push_str(&plain(&part.name));
    }
    let template = format!("{{{{ value_json.readings.{id} | default(None) }}}}");
    let mut config = config(node.id().as_str(), &id, &name, &template, look);
    config.extend(while_node_reports(node.id()));
    let component = Component {
        platform: look.platform,
        part: part.map(|part| (part.kind.code(), part.id.clone())),
        config,
    };
    Some((id, component))
}

/// A name without what would steer whoever shows it.
pub(super) fn plain(name: &str) -> String {
    name.replace(char::is_control, " ")
}

/// The discovery of one entity of `device`.
pub(super) fn config(device: &str, id: &str, name: &str, template: &str, look: Look) -> Fields {
    let mut fields = fields([
        ("p", json!(look.platform.name())),
        ("uniq_id", json!(unique_id(device, id))),
        ("name", json!(name)),
        ("val_tpl", json!(template)),
    ]);
    let binary = look.platform == Platform::BinarySensor;
    let optional = [
        ("pl_on", binary.then(|| json!("1"))),
        ("pl_off", binary.then(|| json!("0"))),
        ("dev_cla", look.device_class.map(|class| json!(class))),
        ("unit_of_meas", look.unit.map(|unit| json!(unit))),
        ("stat_cla", look.state_class.map(|class| json!(class))),
        ("sug_dsp_prc", look.precision.map(|digits| json!(digits))),
        (
            "ent_cat",
            (look.place != Place::First).then(|| json!("diagnostic")),
        ),
        (
            "en",
            (look.place == Place::Disabled).then_some(json!(false)),
        ),
    ];
    for (key, value) in optional {
        fields.extend(value.map(|value| (key.to_owned(), value)));
    }
    fields
}

/// A reading stands in the node's state, and is available while the hub is there and the node
/// reports, or is off on purpose.
pub(super) fn while_node_reports(node: NodeId) -> Fields {
    let state = topics::node(node);
    let available = json!([
        { "t": topics::HUB_AVAILABLE },
        { "t": state, "val_tpl": "{{ value_json.availability }}" },
    ]);
    fields([
        ("stat_t", json!(state)),
        ("avty", available),
        ("avty_mode", json!("all")),
    ])
}

/// What is said by the state at `topic` is available while the hub is there.
pub(super) fn while_hub_is(topic: &str) -> Fields {
    let available = json!([{ "t": topics::HUB_AVAILABLE }]);
    fields([("stat_t", json!(topic)), ("avty", available)])
}

/// Fields of these keys and values.
pub(super) fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Fields {
    let pairs = pairs.into_iter();
    pairs.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// What names an entity for ever. The dot is in no id, so that no two devices can meet.
pub(super) fn unique_id(device: &str, id: &str) -> String {
    format!("picket_{device}.{id}")
}

/// Whether the part of an entity is known not to be there any more.
pub(super) fn is_gone(part: &PartKey, node: &Node) -> bool {
    let Some((kind, id)) = part else {
        return false;
    };
    let mut parts = node.parts().peekable();
    parts.peek().is_some() && !parts.any(|part| part.kind.code() == *kind && part.id == *id)
}

/// A part's id in `[a-z0-9_]`. Where that loses something, a piece of its hash is added.
pub(super) fn slug(part: &KnownPart) -> String {
    let plain = |c: char| matches!(c, 'a'..='z' | '0'..='9');
    let id = part.id.as_str();
    let mut slug = String::new();
    for c in id.chars().map(|c| c.to_ascii_lowercase()) {
        if plain(c) {
            slug.push(c);
        } else if !slug.ends_with('_') && !slug.is_empty() {
            slug.push('_');
        }
    }
    if slug == id && (1..=MAX_SLUG).contains(&slug.len()) {
        return slug;
    }
    slug.truncate(MAX_SLUG);
    let hash = Sha256::new()
        .chain_update([part.kind.code()])
        .chain_update(id)
        .finalize();
    let hash = hash.iter().take(4).map(|byte| format!("{byte:02x}"));
    let hash: String = hash.collect();
    match slug.trim_end_matches('_') {
        "" => hash,
        slug => format!("{slug}_{hash}"),
    }
}

/// Of which device an entity is: a node's, by its id.
pub(super) fn device(node: NodeId) -> String {
    format!("picket_{node}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_wire::PartKind;

    fn slug_of(kind: PartKind, id: &str) -> String {
        let (id, name) = (id.to_owned(), "sda".to_owned());
        slug(&KnownPart {
            number: 1,
            kind,
            id,
            name,
        })
    }

    #[test]
    fn part_ids_become_short_plain_words_that_differ_when_the_ids_do() {
        let disk = PartKind::Disk;
        assert_eq!(slug_of(disk, "s3z8nb0k"), "s3z8nb0k");
        let ids = [
            "/",
            "/boot/firmware",
            "/boot_firmware",
            "/BOOT/firmware",
            "",
            "ü",
            "日本",
        ];
        let mut slugs: Vec<String> = ids.iter().map(|id| slug_of(disk, id)).collect();
        slugs.push(slug_of(PartKind::Filesystem, "/"));
        slugs.push(slug_of(disk, &"x".repeat(64)));
        slugs.push(slug_of(disk, &"x".repeat(63)));
        for slug in &slugs {
            assert!(slug.len() <= MAX_SLUG + 9, "{slug}");
            let plain = |c| matches!(c, 'a'..='z' | '0'..='9' | '_');
            assert!(!slug.is_empty() && slug.chars().all(plain), "{slug}");
        }
        let count = slugs.len();
        slugs.sort();
        slugs.dedup();
        assert_eq!(slugs.len(), count);
    }
}
