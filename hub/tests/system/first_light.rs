//! The first look: one command, and everything that its owner is promised within 20 seconds.

use crate::support::{
    Agent, Hub, HubSettings, Message, Mosquitto, Mqtt, Place, Watcher, free_port, http, proc,
    seconds, wait_for,
};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Instant;

/// Readings of a node that have a value and are younger than 15 s.
fn fresh(node: &Value) -> usize {
    let readings = node["readings"].as_array().cloned().unwrap_or_default();
    let young = |r: &&Value| r["age_s"].as_f64().is_some_and(|age| age < 15.0);
    readings
        .iter()
        .filter(|r| r["value"].is_number())
        .filter(young)
        .count()
}

/// Waits for the first node that is alive with 8 fresh readings; gives its id.
#[track_caller]
fn wait_alive(hub: &Hub) -> String {
    let listening = Instant::now();
    let node = wait_for(
        "a node alive with at least 8 fresh readings",
        seconds(20),
        || {
            hub.nodes()
                .into_iter()
                .find(|n| n["presence"] == "alive" && fresh(n) >= 8)
        },
    );
    println!(
        "alive with {} fresh readings after {:.1?}",
        fresh(&node),
        listening.elapsed()
    );
    node["id"].as_str().unwrap().to_owned()
}

/// Checks a device discovery by what Home Assistant demands of one.
fn assert_discovery(message: &Message, node: &str) {
    assert_eq!(
        message.topic,
        format!("homeassistant/device/picket_{node}/config")
    );
    let discovery: Value = serde_json::from_slice(&message.payload).unwrap();
    for key in discovery.as_object().unwrap().keys() {
        let known = ["dev", "o", "cmps", "avty", "avty_mode", "stat_t", "qos"];
        assert!(
            known.contains(&key.as_str()),
            "Home Assistant drops the whole for {key:?}"
        );
    }
    let components = discovery["cmps"].as_object().unwrap();
    assert!(
        components.len() >= 8,
        "only {} components",
        components.len()
    );
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_');
    let mut unique = BTreeSet::new();
    for (id, component) in components {
        assert!(id.chars().all(allowed), "component id {id:?}");
        assert!(
            component["p"].is_string(),
            "{id} has no platform: {component}"
        );
        let unique_id = component["uniq_id"]
            .as_str()
            .or(component["unique_id"].as_str());
        assert!(
            unique.insert(unique_id.unwrap().to_owned()),
            "{id} shares its unique id"
        );
    }
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

fn discovery_topic(node: &str) -> String {
    format!("homeassistant/device/picket_{node}/config")
}

#[test]
fn up_shows_this_machine_alive_to_people_and_to_mqtt_3_and_5() {
    let place = Place::new();
    let hub = Hub::up(&place, free_port(), free_port(), &[]);
    let node = wait_alive(&hub);

    for version in [Mqtt::V311, Mqtt::V5] {
        let begin = Instant::now();
        let discovery = Watcher::retained(hub.broker, version, &discovery_topic(&node), 20);
        println!("{version:?}: discovery after {:.1?}", begin.elapsed());
        assert_discovery(&discovery, &node);
    }

    let (status, page) = http::get(hub.web, "/").unwrap();
    assert_eq!(status, 200);
    assert!(
        page.contains(&node),
        "the page does not show {node}:\n{page}"
    );

    let (status, health) = http::get(hub.web, "/healthz").unwrap();
    assert_eq!(status, 200, "{health}");

    for (words, path) in [
        ("status", "/api/v1/nodes"),
        ("incidents", "/api/v1/incidents"),
    ] {
        let said = hub.ask(&[words, "--json"]);
        assert!(said.status.success(), "{words}: {said:?}");
        let said: Value = serde_json::from_slice(&said.stdout).unwrap();
        let shown = http::get_json(hub.web, path).unwrap();
        assert_eq!(keys(&said), keys(&shown), "{words} --json and {path}");
        if words == "status" {
            assert_eq!(keys(&said["nodes"][0]), keys(&shown["nodes"][0]));
            assert_eq!(said["nodes"][0]["id"], node.as_str());
        }
        let for_people = hub.ask(&[words]);
        assert!(for_people.status.success(), "{words}: {for_people:?}");
    }
    let for_people = hub.ask(&["status"]);
    assert!(
        String::from_utf8_lossy(&for_people.stdout).contains(&node),
        "{for_people:?}"
    );
}

#[test]
fn ending_up_takes_its_agent_along() {
    let place = Place::new();
    let mut hub = Hub::up(
        &place,
        free_port(),
        free_port(),
        &["--node", "pi-up", "--every", "1s"],
    );
    hub.wait_presence("pi-up", "alive", 20);
    let agents = proc::children(hub.pid());
    assert_eq!(agents.len(), 1, "up runs one agent");
    hub.signal(Signal::SIGTERM);
    let status = hub.wait(seconds(20));
    assert!(status.success(), "up ended with {status}");
    wait_for("the agent of up has ended", seconds(10), || {
        agents.iter().all(|pid| !proc::exists(*pid)).then_some(())
    });
}

#[test]
fn an_agent_that_up_started_and_that_dies_is_started_again() {
    let place = Place::new();
    let hub = Hub::up(
        &place,
        free_port(),
        free_port(),
        &["--node", "pi-up", "--every", "1s"],
    );
    hub.wait_presence("pi-up", "alive", 20);
    let first = proc::children(hub.pid());
    let pid = nix::unistd::Pid::from_raw(first[0].cast_signed());
    nix::sys::signal::kill(pid, Signal::SIGKILL).unwrap();
    wait_for("up has a new agent", seconds(30), || {
        let children = proc::children(hub.pid());
        (!children.is_empty() && children != first).then_some(())
    });
    hub.wait_presence("pi-up", "alive", 30);
}

#[test]
fn a_hub_on_debians_mosquitto_shows_the_same() {
    let place = Place::new();
    let broker = Mosquitto::start(&place);
    let hub = Hub::run(&place, &HubSettings::external(&place, broker.port));
    let _agent = Agent::start(&place, "pi-mosq", broker.port, "10s");
    assert_eq!(wait_alive(&hub), "pi-mosq");
    for version in [Mqtt::V311, Mqtt::V5] {
        let discovery = Watcher::retained(broker.port, version, &discovery_topic("pi-mosq"), 20);
        assert_discovery(&discovery, "pi-mosq");
        let state = Watcher::retained(broker.port, version, "picket/v1/hub/node/pi-mosq", 20);
        serde_json::from_slice::<Value>(&state.payload).expect("the state is JSON");
    }
}

#[test]
fn home_assistants_broker_hears_discovery_and_states_and_nothing_else() {
    let place = Place::new();
    let mut theirs = Mosquitto::start(&place);
    let mut settings = HubSettings::embedded(&place);
    settings.tables = format!(
        "[home_assistant]\nurl = \"mqtt://127.0.0.1:{}\"",
        theirs.port
    );
    let everything = Watcher::new(theirs.port, Mqtt::V5, &["#"]);
    let hub = Hub::run(&place, &settings);
    let ours = Watcher::new(hub.broker, Mqtt::V311, &["picket/v1/+/report"]);
    let _agent = Agent::start(&place, "pi-ha", hub.broker, "1s");
    assert_eq!(wait_alive(&hub), "pi-ha");

    let is_report = |m: &&Message| m.topic == "picket/v1/pi-ha/report";
    wait_for("ten reports on Picket's own broker", seconds(30), || {
        (ours.messages().iter().filter(is_report).count() >= 10).then_some(())
    });
    let port = theirs.port;
    let check_states = || {
        let discovery = Watcher::retained(port, Mqtt::V5, &discovery_topic("pi-ha"), 60);
        assert_discovery(&discovery, "pi-ha");
        Watcher::retained(port, Mqtt::V5, "picket/v1/hub/node/pi-ha", 60);
        let available = Watcher::retained(port, Mqtt::V5, "picket/v1/hub/available", 60);
        assert_eq!(available.text(), "online");
    };
    check_states();
    let allowed = [
        "homeassistant/device/",
        "picket/v1/hub/node/",
        "picket/v1/hub/incident/",
    ];
    let assert_nothing_else = |messages: Vec<Message>| {
        for Message { topic, .. } in messages {
            let fits = allowed.iter().any(|prefix| topic.starts_with(prefix));
            assert!(
                fits || topic == "picket/v1/hub/available",
                "{topic} has no business there"
            );
        }
    };
    assert_nothing_else(everything.messages());

    // Home Assistant's broker restarts and forgets everything: the feed brings it back.
    theirs.kill();
    theirs.start_again();
    let begin = Instant::now();
    check_states();
    println!(
        "discovery and states back on an empty broker after {:.1?}",
        begin.elapsed()
    );
    assert_eq!(hub.presence("pi-ha"), "alive");
}
