//! Discovery payloads hold exactly what Home Assistant takes, and entities come and go as parts do.

use super::*;
use crate::feed::home_assistant::render;
use crate::view::sample::{Fleet, PI_FACTS, PI_PARTS, PI_READINGS};
use picket_wire::{Missing, NodeId, Quantity, SessionId};

/// Keys of a device payload; of what Home Assistant takes, those that Picket uses.
const TOP: [&str; 3] = ["cmps", "dev", "o"];
const DEVICE: [&str; 9] = [
    "ids",
    "name",
    "mf",
    "mdl",
    "sw",
    "hw",
    "sn",
    "cu",
    "via_device",
];
const COMPONENT: [&str; 10] = [
    "p",
    "uniq_id",
    "name",
    "val_tpl",
    "stat_t",
    "avty",
    "avty_mode",
    "dev_cla",
    "ent_cat",
    "en",
];
const SENSOR: [&str; 4] = ["unit_of_meas", "stat_cla", "sug_dsp_prc", "ops"];
const BINARY_SENSOR: [&str; 4] = ["pl_on", "pl_off", "json_attr_t", "json_attr_tpl"];

fn pi() -> NodeId {
    NodeId::parse("pi-01").unwrap()
}

fn payload_of(fleet: &Fleet, before: &Components) -> Value {
    let known = fleet.known();
    let node = known.hub.node(pi()).unwrap();
    super::node(node, &known, &readings(node, before), &BTreeMap::new())
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn assert_allowed(payload: &Value) {
    assert_eq!(keys(payload), TOP);
    for key in keys(&payload["dev"]) {
        assert!(DEVICE.contains(&key), "{key} in dev");
    }
    assert_eq!(keys(&payload["o"]), ["name", "sw"]);
    let mut unique = std::collections::BTreeSet::new();
    for (id, component) in payload["cmps"].as_object().unwrap() {
        let plain = |c| matches!(c, 'a'..='z' | '0'..='9' | '_');
        assert!(id.chars().all(plain), "{id}");
        let own: &[&str] = match component["p"].as_str().unwrap() {
            "sensor" => &SENSOR,
            "binary_sensor" => &BINARY_SENSOR,
            other => panic!("{id} is a {other}"),
        };
        for key in keys(component) {
            assert!(
                COMPONENT.contains(&key) || own.contains(&key),
                "{key} in {id}"
            );
        }
        assert_ne!(component["dev_cla"], "", "{id}");
        if component["dev_cla"] == "enum" {
            assert_eq!(component.get("unit_of_meas"), None);
            assert_eq!(component.get("stat_cla"), None);
        }
        assert!(unique.insert(component["uniq_id"].to_string()), "{id}");
        assert!(component["stat_t"].is_string(), "{id}");
    }
}

#[test]
fn a_node_becomes_a_device_with_an_entity_for_each_reading_that_can_be_read() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    let payload = payload_of(&fleet, &Components::new());
    assert_allowed(&payload);
    assert_eq!(
        payload["dev"],
        json!({
            "ids": ["picket_pi-01"], "name": "pi-01", "via_device": "picket_hub",
            "mdl": "Raspberry Pi 4 Model B Rev 1.5", "sw": "picket-agent 0.1.0", "hw": "aarch64",
        })
    );
    let components = &payload["cmps"];
    assert_eq!(
        components["cpu_temperature"],
        json!({
            "p": "sensor", "uniq_id": "picket_pi-01.cpu_temperature", "name": "CPU temperature",
            "val_tpl": "{{ value_json.readings.cpu_temperature | default(None) }}",
            "dev_cla": "temperature", "unit_of_meas": "°C", "stat_cla": "measurement",
            "sug_dsp_prc": 1, "stat_t": "picket/v1/hub/node/pi-01", "avty_mode": "all",
            "avty": [
                {"t": "picket/v1/hub/available"},
                {"t": "picket/v1/hub/node/pi-01", "val_tpl": "{{ value_json.availability }}"},
            ],
        })
    );
    let read_only = keys(components)
        .into_iter()
        .find(|id| id.starts_with("filesystem_read_only_"))
        .unwrap();
    assert_eq!(components[read_only]["p"], "binary_sensor");
    assert_eq!(components[read_only]["dev_cla"], "problem");
    assert_eq!(components[read_only]["name"], "Filesystem read-only /");
    assert_eq!(components.get("swap_total"), None, "not fitted");
    let errors = |id: &&str| id.starts_with("filesystem_errors_");
    assert_eq!(keys(components).into_iter().find(errors), None, "no value");
    assert_eq!(keys(components).len(), 11 + 3);
}

#[test]
fn the_hub_is_a_device_that_says_when_it_is_away() {
    let fleet = Fleet::new();
    let payload = hub(&fleet.known());
    assert_allowed(&payload);
    assert_eq!(payload["dev"]["ids"], json!(["picket_hub"]));
    let connected = &payload["cmps"]["connected"];
    assert_eq!(connected["stat_t"], "picket/v1/hub/available");
    assert_eq!(connected.get("avty"), None, "it is off, never unavailable");
    assert_eq!(
        payload["cmps"]["problem"]["avty"],
        json!([{"t": "picket/v1/hub/available"}])
    );
}

#[test]
fn presence_stays_available_while_the_readings_of_a_silent_node_do_not() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    let payload = payload_of(&fleet, &Components::new());
    let while_hub_is = json!([{"t": "picket/v1/hub/available"}]);
    for id in ["connected", "presence", "problem"] {
        assert_eq!(payload["cmps"][id]["avty"], while_hub_is, "{id}");
    }
    let options = payload["cmps"]["presence"]["ops"].as_array().unwrap();
    assert!(options.contains(&json!("expected_off")) && options.len() == 8);
    let reading = &payload["cmps"]["cpu_temperature"]["avty"];
    assert_eq!(reading[1]["t"], "picket/v1/hub/node/pi-01", "{reading}");
}

#[test]
fn a_page_that_others_can_reach_is_linked_and_a_loopback_one_is_not() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    fleet.health.web = Some("127.0.0.1:8470".parse().unwrap());
    assert_eq!(
        payload_of(&fleet, &Components::new())["dev"].get("cu"),
        None
    );
    fleet.health.web = Some("192.0.2.4:8470".parse().unwrap());
    let device = &payload_of(&fleet, &Components::new())["dev"];
    assert_eq!(device["cu"], "http://192.0.2.4:8470/nodes/pi-01");
}

#[test]
fn a_reading_that_turns_out_not_to_be_fitted_is_taken_back_once() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    let known = fleet.known();
    let rendered = render::node(&known, pi(), "homeassistant", &Components::new()).unwrap();
    assert_eq!(rendered.messages.len(), 2, "device and state");
    let before = rendered.components.unwrap();

    fleet.report(
        "pi-01",
        &[(Quantity::CPU_TEMPERATURE, 0, Err(Missing::NotFitted))],
    );
    let known = fleet.known();
    let rendered = render::node(&known, pi(), "homeassistant", &before).unwrap();
    let payload = |at: usize| -> Value { serde_json::from_str(&rendered.messages[at].1).unwrap() };
    assert_eq!(
        payload(0)["cmps"]["cpu_temperature"],
        json!({"p": "sensor"})
    );
    assert_eq!(payload(1)["cmps"].get("cpu_temperature"), None);
    assert!(payload(1)["cmps"].get("uptime").is_some());
    let after = rendered.components.unwrap();
    let again = render::node(&known, pi(), "homeassistant", &after).unwrap();
    assert_eq!(again.messages.len(), 2, "it is said once");
}

#[test]
fn a_reading_that_only_fails_keeps_its_entity_and_a_part_that_is_gone_does_not() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    let node = |fleet: &Fleet, before: &Components| {
        let known = fleet.known();
        readings(known.hub.node(pi()).unwrap(), before)
    };
    let before = node(&fleet, &Components::new());
    fleet.report(
        "pi-01",
        &[(Quantity::CPU_TEMPERATURE, 0, Err(Missing::TimedOut))],
    );
    assert_eq!(node(&fleet, &before), before);

    // Within a session parts are only added; the next one names those that are there.
    fleet.session = SessionId(2);
    fleet.report("pi-01", &PI_READINGS[..3]);
    assert_eq!(
        node(&fleet, &before),
        before,
        "the new session has not named its parts yet"
    );
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS[1..]);
    let after = node(&fleet, &before);
    let gone: Vec<&String> = before
        .keys()
        .filter(|id| !after.contains_key(*id))
        .collect();
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert!(gone[0].starts_with("disk_written_"), "{gone:?}");
}

#[test]
fn a_node_that_no_report_came_from_yet_is_not_announced() {
    let mut fleet = Fleet::new();
    fleet.facts("pi-01", PI_FACTS, &PI_PARTS);
    let known = fleet.known();
    let rendered = render::node(&known, pi(), "homeassistant", &Components::new()).unwrap();
    let topics: Vec<&str> = rendered
        .messages
        .iter()
        .map(|(topic, _)| topic.as_str())
        .collect();
    assert_eq!(topics, ["picket/v1/hub/node/pi-01"]);
}

#[test]
fn a_node_with_made_up_parts_without_end_fits_into_one_packet() {
    let mut fleet = Fleet::new();
    // A quote becomes two characters, and a control character would become six.
    let names: Vec<String> = (1..=255)
        .map(|n| format!("{n:03}{}{}", "\"".repeat(31), "\u{1}".repeat(30)))
        .collect();
    for chunk in names.chunks(25) {
        let parts: Vec<picket_wire::Part<'_>> = chunk
            .iter()
            .map(|name| picket_wire::Part {
                number: name[..3].parse().unwrap(),
                kind: 2,
                id: name,
                name,
            })
            .collect();
        fleet.facts("pi-01", PI_FACTS, &parts);
        let readings: Vec<_> = parts
            .iter()
            .flat_map(|part| {
                [
                    Quantity::SOFT_LIMIT_SINCE_BOOT,
                    Quantity::FILESYSTEM_WRITTEN,
                ]
                .map(|quantity| (quantity, part.number, Ok(1)))
            })
            .collect();
        fleet.report("pi-01", &readings);
    }
    let payload = payload_of(&fleet, &Components::new());
    assert_allowed(&payload);
    assert_eq!(
        payload["cmps"].as_object().unwrap().len(),
        MAX_COMPONENTS + 3
    );
    let length = payload.to_string().len();
    assert!(length < 256 * 1024 - 1024, "{length}");
}

#[test]
fn a_pi_5_with_everything_shows_few_entities_first_and_fits_into_one_packet() {
    let mut fleet = Fleet::new();
    fleet.add_pi_5("pi-01");
    let payload = payload_of(&fleet, &Components::new());
    assert_allowed(&payload);
    assert!(payload.to_string().len() < 128 * 1024);
    assert_eq!(payload["dev"]["hw"], "d04170");
    assert_eq!(payload["dev"]["sn"], "1000000012345678");

    let components = payload["cmps"].as_object().unwrap();
    let enabled = |component: &&Value| component.get("en").is_none();
    let first = |component: &&Value| component.get("ent_cat").is_none();
    let count = components.len();
    assert!((100..MAX_COMPONENTS).contains(&count), "{count}");
    let enabled: Vec<&Value> = components.values().filter(enabled).collect();
    let first = enabled.iter().copied().filter(first).count();
    assert!((15..=25).contains(&first), "{first} stand first");
    assert!(enabled.len() <= 65, "{} are enabled", enabled.len());

    let voltages = |of: &str| {
        let name = format!("Voltage {of}");
        components.values().find(|c| c["name"] == name).unwrap()
    };
    assert_eq!(voltages("VDD_CORE")["en"], false);
    assert_eq!(voltages("ups").get("en"), None);
}

#[test]
fn what_never_had_a_value_gets_no_entity_and_keeps_the_one_that_it_has() {
    let mut fleet = Fleet::new();
    fleet.add_pi("pi-01");
    let node = |fleet: &Fleet, before: &Components| {
        let known = fleet.known();
        readings(known.hub.node(pi()).unwrap(), before)
    };
    let before = node(&fleet, &Components::new());
    for why in [
        Missing::Denied,
        Missing::Busy,
        Missing::Garbled,
        Missing::TimedOut,
        Missing::Unknown(77),
    ] {
        let lacking = [Quantity::CPU_TEMPERATURE, Quantity::DISK_LIFE_USED];
        fleet.report("pi-01", &lacking.map(|quantity| (quantity, 0, Err(why))));
        let after = node(&fleet, &before);
        assert!(after.contains_key("cpu_temperature"), "{why:?}");
        assert!(!after.contains_key("disk_life_used"), "{why:?}");
    }
}
