//! How a node is lost, and how it comes back: each way has its own name within 30 seconds.

use crate::support::{Agent, Hub, HubSettings, Place, seconds, wait_for};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::time::Instant;

/// The issue's own bound: each within 30 s at `every = "10s"`.
const WITHIN_S: u64 = 30;

/// A hub with its own broker and an agent that reports every 10 s.
#[track_caller]
fn hub_and_agent(place: &Place, node: &str, tables: &str) -> (Hub, Agent) {
    let mut settings = HubSettings::embedded(place);
    settings.tables = tables.to_owned();
    let hub = Hub::run(place, &settings);
    let agent = Agent::start(place, node, hub.broker, "10s");
    hub.wait_presence(node, "alive", 30);
    assert_eq!(
        hub.incidents(node),
        Vec::<Value>::new(),
        "a fresh node has no incident"
    );
    (hub, agent)
}

fn assert_words(incident: &Value, words: &[&str]) {
    let summary = incident["summary"].as_str().unwrap().to_lowercase();
    for word in words {
        assert!(summary.contains(word), "{summary:?} does not say {word:?}");
    }
    assert_eq!(incident["severity"], "ticket");
    assert_eq!(incident["subject"], "node");
    assert!(!incident["advice"].as_str().unwrap().is_empty());
    assert!(!incident["evidence"].as_array().unwrap().is_empty());
}

#[test]
fn an_agent_killed_is_gone_and_its_return_closes_the_incident() {
    let place = Place::new();
    let (hub, mut agent) = hub_and_agent(&place, "pi-kill", "");
    let event = Instant::now();
    agent.kill();
    hub.wait_presence("pi-kill", "gone", WITHIN_S);
    println!("gone {:.1?} after SIGKILL", event.elapsed());
    let opened = hub.wait_incident("pi-kill", "silent_node", "open", 5);
    println!("{}", opened["summary"]);
    assert_words(&opened, &["agent"]);

    let agent = Agent::start(&place, "pi-kill", hub.broker, "10s");
    hub.wait_presence("pi-kill", "alive", WITHIN_S);
    let closed = hub.wait_incident("pi-kill", "silent_node", "closed", 10);
    assert_eq!(closed["id"], opened["id"]);
    assert_eq!(closed["closed_by"], "healthy");
    // The same machine runs on: this is a restart of the agent, and no crash.
    hub.wait_incident("pi-kill", "agent_restarts", "open", 10);
    assert_eq!(
        hub.incidents_by("pi-kill", "crash_boot"),
        Vec::<Value>::new()
    );
    drop(agent);
}

#[test]
fn an_agent_frozen_is_hung_and_thawing_closes_the_incident_by_health() {
    let place = Place::new();
    let (hub, agent) = hub_and_agent(&place, "pi-stop", "");
    let event = Instant::now();
    agent.signal(Signal::SIGSTOP);
    hub.wait_presence("pi-stop", "hung", WITHIN_S);
    println!("hung {:.1?} after SIGSTOP", event.elapsed());
    let opened = hub.wait_incident("pi-stop", "silent_node", "open", 5);
    println!("{}", opened["summary"]);
    assert_words(&opened, &["hung or cut off"]);

    agent.signal(Signal::SIGCONT);
    hub.wait_presence("pi-stop", "alive", WITHIN_S);
    let closed = hub.wait_incident("pi-stop", "silent_node", "closed", 10);
    assert_eq!(closed["id"], opened["id"]);
    assert_eq!(closed["closed_by"], "healthy");
    let all = hub.incidents("pi-stop");
    assert_eq!(
        all.len(),
        1,
        "a thaw is neither a restart nor a crash: {all:?}"
    );
}

#[test]
fn an_agent_stopped_is_excused_until_its_excuse_is_over() {
    let place = Place::new();
    let tables = "[presence]\nstopping_excuse = \"20s\"";
    let (hub, mut agent) = hub_and_agent(&place, "pi-term", tables);
    let event = Instant::now();
    agent.signal(Signal::SIGTERM);
    let status = agent.wait(seconds(20));
    assert!(status.success(), "the agent ended with {status}");
    hub.wait_presence("pi-term", "expected_off", WITHIN_S);
    println!("expected_off {:.1?} after SIGTERM", event.elapsed());
    assert_eq!(
        hub.incidents("pi-term"),
        Vec::<Value>::new(),
        "an excused silence is no incident"
    );

    hub.wait_presence("pi-term", "not_returned", 20 + WITHIN_S);
    println!("not_returned {:.1?} after SIGTERM", event.elapsed());
    assert!(event.elapsed() >= seconds(19), "the excuse was cut short");
    let opened = hub.wait_incident("pi-term", "not_returned", "open", 5);
    println!("{}", opened["summary"]);
    assert_eq!(
        hub.incidents_by("pi-term", "silent_node"),
        Vec::<Value>::new()
    );

    let _agent = Agent::start(&place, "pi-term", hub.broker, "10s");
    let closed = hub.wait_incident("pi-term", "not_returned", "closed", WITHIN_S);
    assert_eq!(
        (&closed["id"], &closed["closed_by"]),
        (&opened["id"], &"healthy".into())
    );
    let all = hub.incidents("pi-term");
    assert_eq!(
        all.len(),
        1,
        "who said that it stops neither crashed nor restarted: {all:?}"
    );
}

#[test]
fn an_agent_that_says_it_stops_and_comes_back_at_once_is_no_incident() {
    let place = Place::new();
    let hub = Hub::run(&place, &HubSettings::embedded(&place));
    let mut agent = Agent::start(&place, "pi-again", hub.broker, "1s");
    hub.wait_presence("pi-again", "alive", 30);
    for _ in 0..3 {
        agent.signal(Signal::SIGTERM);
        agent.wait(seconds(20));
        hub.wait_presence("pi-again", "expected_off", 10);
        agent = Agent::start(&place, "pi-again", hub.broker, "1s");
        hub.wait_presence("pi-again", "alive", 30);
    }
    let seen_s = |node: &Value| node["last_report_age_s"].as_f64();
    wait_for("reports flow", seconds(10), || {
        seen_s(&hub.node("pi-again")?).filter(|s| *s < 2.0)
    });
    assert_eq!(hub.incidents("pi-again"), Vec::<Value>::new());
}
