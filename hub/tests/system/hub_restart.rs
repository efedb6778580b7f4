//! The hub dies and starts again: what it had opened stays open under the same name.

use crate::support::{Agent, Hub, HubSettings, Mosquitto, Place, http, seconds, wait_for};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::time::Instant;

/// How often this hub of the site has started.
fn run_of(hub: &Hub) -> u64 {
    // The page may answer before the broker does, and the hub is not well until then.
    wait_for("the hub is well", seconds(20), || {
        http::get_json(hub.web, "/healthz")?["run"].as_u64()
    })
}

/// Opens an incident about one node, ends the hub by `end`, starts it again and looks.
fn restart(place: &Place, settings: &HubSettings, end: Signal) {
    let mut hub = Hub::run(place, settings);
    let mut lost = Agent::start(place, "pi-lost", hub.broker, "1s");
    let mut well = Agent::start(place, "pi-well", hub.broker, "1s");
    hub.wait_presence("pi-lost", "alive", 30);
    hub.wait_presence("pi-well", "alive", 30);
    lost.kill();
    let opened = hub.wait_incident("pi-lost", "silent_node", "open", 30);
    let run = run_of(&hub);

    hub.signal(end);
    let status = hub.wait(seconds(20));
    assert_eq!(
        status.success(),
        end == Signal::SIGTERM,
        "the hub ended with {status}"
    );
    let begin = Instant::now();
    let hub = Hub::run(place, settings);
    assert!(run_of(&hub) > run, "a start of the hub is a run of its own");
    let kept = hub.incidents_by("pi-lost", "silent_node");
    assert_eq!(kept.len(), 1, "kept, and not opened twice: {kept:?}");
    assert_eq!(
        (&kept[0]["id"], &kept[0]["state"]),
        (&opened["id"], &"open".into())
    );
    assert_eq!(kept[0]["opened"], opened["opened"]);

    hub.wait_presence("pi-well", "alive", 60);
    println!(
        "alive under the new run {:.1?} after its start",
        begin.elapsed()
    );
    wait_for("the well node's reports flow again", seconds(30), || {
        let node = hub.node("pi-well")?;
        node["last_report_age_s"].as_f64().filter(|age| *age < 2.5)
    });
    // The new run has heard one node and not the other: that is no news of the other.
    let still = hub.incidents_by("pi-lost", "silent_node");
    assert_eq!(still.len(), 1, "{still:?}");
    assert_eq!(
        (&still[0]["id"], &still[0]["state"]),
        (&opened["id"], &"open".into())
    );
    assert_eq!(
        hub.incidents("pi-well"),
        Vec::<Value>::new(),
        "a restart opens nothing"
    );
    well.assert_running();

    let _back = Agent::start(place, "pi-lost", hub.broker, "1s");
    let closed = hub.wait_incident("pi-lost", "silent_node", "closed", 60);
    assert_eq!(
        (&closed["id"], &closed["closed_by"]),
        (&opened["id"], &"healthy".into())
    );
    assert_eq!(
        hub.incidents_by("pi-lost", "crash_boot"),
        Vec::<Value>::new()
    );
}

#[test]
fn a_killed_hub_on_an_external_broker_keeps_its_incident() {
    let place = Place::new();
    let broker = Mosquitto::start(&place);
    restart(
        &place,
        &HubSettings::external(&place, broker.port),
        Signal::SIGKILL,
    );
}

#[test]
fn a_stopped_hub_with_its_own_broker_keeps_its_incident() {
    let place = Place::new();
    restart(&place, &HubSettings::embedded(&place), Signal::SIGTERM);
}

#[test]
fn a_node_that_stays_away_over_a_restart_of_the_hub_is_noticed() {
    let place = Place::new();
    let broker = Mosquitto::start(&place);
    let settings = HubSettings::external(&place, broker.port);
    let mut hub = Hub::run(&place, &settings);
    let mut agent = Agent::start(&place, "pi-away", hub.broker, "1s");
    hub.wait_presence("pi-away", "alive", 30);
    hub.kill();
    agent.kill();
    let hub = Hub::run(&place, &settings);
    let begin = Instant::now();
    hub.wait_incident("pi-away", "silent_node", "open", 60);
    println!("noticed {:.1?} after the hub's start", begin.elapsed());
    assert_ne!(
        hub.presence("pi-away"),
        "alive",
        "a retained word of a dead node is no life"
    );
}
