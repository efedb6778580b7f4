//! The feed at a real broker: Debian's mosquitto.

mod support;

use picket_hub_core::{Detector, Incident, Severity, Wall, Wish};
use picket_testing::free_port;
use picket_wire::{Missing, Quantity};
use serde_json::{Value, json};
use support::{Broker, DEADLINE, Ear, Feeding};

use super::*;
use crate::handle::ClearError;
use crate::view::sample::{BEGIN_UNIX_MS, Fleet};

const DEVICE: &str = "homeassistant/device/picket_pi-01/config";
const STATE: &str = "picket/v1/hub/node/pi-01";
const AVAILABLE: &str = "picket/v1/hub/available";

fn fleet_of_one() -> Fleet {
    let mut fleet = Fleet::restored(vec![incident("0000002a-1")]);
    fleet.add_pi("pi-01");
    fleet
}

fn incident(id: &str) -> Incident {
    Incident {
        id: id.to_owned(),
        node: NodeId::parse("pi-01").unwrap(),
        subject: "node".into(),
        detector: Detector::Overheating,
        severity: Severity::Ticket,
        opened: Wall {
            unix_ms: BEGIN_UNIX_MS,
            synchronised: true,
        },
        closed: None,
        summary: "too hot".into(),
        advice: "Look at the fan.".into(),
        evidence: Vec::new(),
    }
}

#[tokio::test]
async fn devices_states_and_incidents_are_retained_and_the_end_says_offline() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let early = Ear::new(broker.port, "early");
    let feeding = Feeding::start(broker.port, fleet_of_one());
    early.wait(AVAILABLE, |text| text == "online").await;

    // Who comes later hears it only if it is retained.
    let late = Ear::new(broker.port, "late");
    let device = late.wait_json(DEVICE, Value::is_object).await;
    assert_eq!(device["dev"]["via_device"], "picket_hub");
    let hub = late
        .wait_json("homeassistant/device/picket_hub/config", Value::is_object)
        .await;
    assert_eq!(hub["dev"]["name"], "Picket home");
    let state = late.wait_json(STATE, Value::is_object).await;
    assert_eq!(state["readings"]["cpu_temperature"], json!(48.2));
    assert_eq!(state["problem"], 1);
    let incident = late
        .wait_json("picket/v1/hub/incident/0000002a-1", Value::is_object)
        .await;
    assert_eq!(incident["summary"], "too hot");
    late.wait(AVAILABLE, |text| text == "online").await;
    {
        let heard = early.heard.lock().unwrap();
        let place = |topic: &str| heard.order.iter().position(|heard| heard == topic).unwrap();
        assert!(place("homeassistant/device/picket_hub/config") < place(DEVICE));
        assert!(place(DEVICE) < place(STATE));
        assert!(place(STATE) < place(AVAILABLE));
        let own = |topic: &&String| {
            !topic.starts_with("homeassistant/") && !topic.starts_with("picket/v1/hub/")
        };
        assert_eq!(
            heard.last.keys().find(own),
            None,
            "nothing else goes over this connection"
        );
    }

    feeding.stopper.stop();
    tokio::time::timeout(DEADLINE, feeding.feed)
        .await
        .unwrap()
        .unwrap();
    late.wait(AVAILABLE, |text| text == "offline").await;
}

#[tokio::test]
async fn only_what_changed_is_sent_and_many_changes_at_once_are_one() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let ear = Ear::new(broker.port, "ear");
    let feeding = Feeding::start(broker.port, fleet_of_one());
    ear.wait(AVAILABLE, |text| text == "online").await;
    let before = (ear.count(DEVICE), ear.count(STATE));

    for tenths in 500..550 {
        feeding.report("pi-01", &[(Quantity::CPU_TEMPERATURE, 0, Ok(tenths))]);
    }
    let hot = |state: &Value| state["readings"]["cpu_temperature"] == json!(54.9);
    ear.wait_json(STATE, hot).await;
    let states = ear.count(STATE) - before.1;
    assert!(
        states <= 2,
        "{states} states for 50 reports within a moment"
    );
    assert_eq!(ear.count(DEVICE), before.0, "the device is as it was");

    feeding.report(
        "pi-01",
        &[(Quantity::CPU_TEMPERATURE, 0, Err(Missing::NotFitted))],
    );
    ear.wait_json(DEVICE, |device| {
        device["cmps"].get("cpu_temperature").is_none()
    })
    .await;
    assert_eq!(
        ear.count(DEVICE),
        before.0 + 2,
        "once to take it back, once without it"
    );
}

#[tokio::test]
async fn when_home_assistant_starts_it_is_told_everything_again() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let ear = Ear::new(broker.port, "ear");
    let _feeding = Feeding::start(broker.port, fleet_of_one());
    ear.wait(AVAILABLE, |text| text == "online").await;
    let before: Vec<usize> = [DEVICE, STATE, AVAILABLE]
        .map(|topic| ear.count(topic))
        .into();

    ear.publish("homeassistant/status", "online", false).await;
    let end = Instant::now() + DEADLINE;
    for (topic, before) in [DEVICE, STATE, AVAILABLE].into_iter().zip(before) {
        while ear.count(topic) == before {
            assert!(Instant::now() < end, "{topic} did not come again");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_broker_that_comes_back_empty_is_filled_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(dir.path(), free_port());
    let feeding = Feeding::start(broker.port, fleet_of_one());
    let ear = Ear::new(broker.port, "before");
    ear.wait(AVAILABLE, |text| text == "online").await;
    drop(ear);

    broker.end();
    feeding.report("pi-01", &[(Quantity::CPU_TEMPERATURE, 0, Ok(611))]);
    let broker = Broker::start(dir.path(), broker.port);
    let ear = Ear::new(broker.port, "after");
    ear.wait_json(DEVICE, Value::is_object).await;
    let hot = |state: &Value| state["readings"]["cpu_temperature"] == json!(61.1);
    ear.wait_json(STATE, hot).await;
    ear.wait("picket/v1/hub/incident/0000002a-1", |text| !text.is_empty())
        .await;
    ear.wait(AVAILABLE, |text| text == "online").await;
}

#[tokio::test]
async fn incidents_that_the_hub_does_not_know_are_taken_from_the_broker() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let ear = Ear::new(broker.port, "ear");
    let old = "picket/v1/hub/incident/00000001-7";
    ear.publish(old, "{}", true).await;
    ear.wait(old, |text| text == "{}").await;

    let _feeding = Feeding::start(broker.port, fleet_of_one());
    ear.wait(old, str::is_empty).await;
    ear.wait("picket/v1/hub/incident/0000002a-1", |text| !text.is_empty())
        .await;
}

#[tokio::test]
async fn a_node_that_only_the_broker_remembers_is_not_shown_as_alive() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let ear = Ear::new(broker.port, "ear");
    let ghost = "picket/v1/hub/node/pi-99";
    let alive = json!({"presence": "alive", "availability": "online"}).to_string();
    ear.publish(ghost, &alive, true).await;
    ear.wait(ghost, |text| text == alive).await;

    let _feeding = Feeding::start(broker.port, fleet_of_one());
    let state = ear
        .wait_json(ghost, |state| state["presence"] == "unheard")
        .await;
    assert_eq!(state["availability"], "offline");
    let own = ear.wait_json(STATE, Value::is_object).await;
    assert_eq!(
        own["presence"], "alive",
        "a node that the hub knows keeps its state"
    );
}

#[tokio::test]
async fn a_late_will_of_an_earlier_connection_is_contradicted() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let ear = Ear::new(broker.port, "ear");
    let _feeding = Feeding::start(broker.port, fleet_of_one());
    ear.wait(AVAILABLE, |text| text == "online").await;
    let before = ear.count(AVAILABLE);

    ear.publish(AVAILABLE, OFFLINE, true).await;
    let again = |text: &str| text == ONLINE && ear.count(AVAILABLE) >= before + 2;
    ear.wait(AVAILABLE, again).await;
}

#[tokio::test]
async fn that_a_node_has_joined_is_in_its_state() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let ear = Ear::new(broker.port, "ear");
    let feeding = Feeding::start(broker.port, fleet_of_one());
    ear.wait_json(STATE, |state| state["joined"] == json!(false))
        .await;
    feeding.ask(Wish::Enrol(NodeId::parse("pi-01").unwrap()));
    ear.wait_json(STATE, |state| state["joined"] == json!(true))
        .await;
}

/// What stands at the broker: topics that hold something.
fn held(ear: &Ear) -> Vec<String> {
    let heard = ear.heard.lock().unwrap();
    let held = heard.last.iter().filter(|(_, payload)| !payload.is_empty());
    held.map(|(topic, _)| topic.clone()).collect()
}

#[tokio::test]
async fn an_expelled_node_leaves_nothing_at_the_broker() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let ear = Ear::new(broker.port, "ear");
    let mut fleet = fleet_of_one();
    fleet.add_pi("pi-02");
    let feeding = Feeding::start(broker.port, fleet);
    ear.wait(AVAILABLE, |text| text == "online").await;
    assert_eq!(held(&ear).len(), 8, "{:?}", held(&ear));

    feeding.ask(Wish::Expel(NodeId::parse("pi-01").unwrap()));
    for topic in [DEVICE, STATE, "picket/v1/hub/incident/0000002a-1"] {
        ear.wait(topic, str::is_empty).await;
    }
    {
        let heard = ear.heard.lock().unwrap();
        let last = |topic: &str| heard.order.iter().rposition(|heard| heard == topic);
        assert!(last(DEVICE) < last(STATE), "no device without a state");
    }
    let hub = |state: &Value| state["nodes"] == json!(1) && state["open_incidents"] == json!(0);
    ear.wait_json("picket/v1/hub/node/hub", hub).await;
    assert_eq!(
        held(&ear),
        [
            "homeassistant/device/picket_hub/config",
            "homeassistant/device/picket_pi-02/config",
            AVAILABLE,
            "picket/v1/hub/node/hub",
            "picket/v1/hub/node/pi-02",
        ]
    );
}

#[tokio::test]
async fn a_node_whose_end_the_feed_missed_is_taken_away_with_the_next_look_at_everything() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let ear = Ear::new(broker.port, "ear");
    let feeding = Feeding::start(broker.port, fleet_of_one());
    ear.wait(AVAILABLE, |text| text == "online").await;
    let wish = Wish::Expel(NodeId::parse("pi-01").unwrap());
    feeding.fleet.lock().unwrap().ask(wish);
    ear.publish("homeassistant/status", "online", false).await;
    for topic in [DEVICE, STATE, "picket/v1/hub/incident/0000002a-1"] {
        ear.wait(topic, str::is_empty).await;
    }
}

#[tokio::test]
async fn a_node_that_stays_unheard_of_is_taken_from_the_broker() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let ear = Ear::new(broker.port, "ear");
    let ghosts = [
        "picket/v1/hub/node/pi-99",
        "homeassistant/device/picket_pi-99/config",
    ];
    for ghost in ghosts {
        ear.publish(ghost, "{}", true).await;
        ear.wait(ghost, |text| text == "{}").await;
    }
    let _feeding = Feeding::start_patient(broker.port, fleet_of_one(), Duration::ZERO);
    for ghost in ghosts {
        ear.wait(ghost, str::is_empty).await;
    }
    ear.wait_json(STATE, Value::is_object).await;
}

/// What the broker has sent so far is heard before a word that is sent now.
async fn hears_nothing_retained(ear: &Ear) {
    ear.publish("cleared", "yes", false).await;
    ear.wait("cleared", |text| text == "yes").await;
    assert_eq!(
        held(ear),
        ["cleared"],
        "what came before it is heard by now"
    );
}

#[tokio::test]
async fn a_wish_to_clear_leaves_nothing_and_ends_the_feed() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(dir.path(), free_port());
    let ear = Ear::new(broker.port, "ear");
    let ghost = "picket/v1/hub/node/pi-99";
    ear.publish(ghost, "{}", true).await;
    ear.wait(ghost, |text| text == "{}").await;
    let feeding = Feeding::start(broker.port, fleet_of_one());
    ear.wait(AVAILABLE, |text| text == "online").await;
    ear.wait_json(ghost, |state| state["presence"] == "unheard")
        .await;

    // The hub's and two nodes' devices and states, an incident, and whether the hub is there.
    assert_eq!(feeding.handle.clear_feeds().await, Ok(8));
    hears_nothing_retained(&ear).await;
    feeding.report("pi-01", &[(Quantity::CPU_TEMPERATURE, 0, Ok(700))]);
    assert_eq!(feeding.handle.clear_feeds().await, Ok(8), "it is done");

    let late = Ear::new(broker.port, "late");
    late.publish("ready", "yes", false).await;
    late.wait("ready", |text| text == "yes").await;
    assert_eq!(held(&late), ["ready"], "nothing of it is retained");
    feeding.stopper.stop();
    tokio::time::timeout(DEADLINE, feeding.feed)
        .await
        .unwrap()
        .unwrap();
    late.publish("done", "yes", false).await;
    late.wait("done", |text| text == "yes").await;
    assert_eq!(held(&late), ["done", "ready"], "nor said at the end");
}

#[tokio::test]
async fn what_cannot_be_cleared_is_said_and_can_be_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let port = free_port();
    let feeding = Feeding::start(port, fleet_of_one());
    let failed = feeding.handle.clear_feeds().await;
    assert_eq!(failed, Err(ClearError::Unreachable));
    let broker = Broker::start(dir.path(), port);
    let ear = Ear::new(broker.port, "ear");
    ear.wait(AVAILABLE, |text| text == "online").await;
    assert_eq!(feeding.handle.clear_feeds().await, Ok(6));
    hears_nothing_retained(&ear).await;
}
