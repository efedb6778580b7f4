//! A machine that boots anew: a crash if it had not said that it stops, told by its frames alone.

use crate::support::{Client, FakeNode, Hub, HubSettings, Mqtt, Place, Watcher, seconds, wait_for};
use picket_wire::{BootId, SessionId};
use serde_json::Value;

/// Tells the hub what an agent would after its start, and then one live report.
fn start_of_agent(client: &mut Client, node: &str, fake: &FakeNode, uptime_ms: u64) {
    let online = format!("online {:04x}.1", fake.session.0);
    client.publish(&format!("picket/v1/{node}/status"), online.as_bytes(), true);
    let facts = fake.facts(0, uptime_ms, 1);
    client.publish(&format!("picket/v1/{node}/facts"), &facts, true);
    let report = fake.report(0, uptime_ms + 10);
    client.publish(&format!("picket/v1/{node}/report"), &report, false);
    client.flush(seconds(20));
}

/// Two boots of one node, with what it said in between; gives its incidents.
fn two_boots(last_word: Option<&str>) -> (Place, Hub, Vec<Value>) {
    let place = Place::new();
    let hub = Hub::run(&place, &HubSettings::embedded(&place));
    let watcher = Watcher::new(hub.broker, Mqtt::V311, &["picket/v1/hub/status"]);
    let status = watcher.expect("hub/status", seconds(20), |m| !m.payload.is_empty());
    let mut fake = FakeNode::following(&status.payload);
    let mut client = Client::connect(hub.broker, "pi-boots");
    start_of_agent(&mut client, "pi-boots", &fake, 5_000_000);
    hub.wait_presence("pi-boots", "alive", 20);

    if let Some(word) = last_word {
        let text = format!("{word} {:04x}.1", fake.session.0);
        client.publish("picket/v1/pi-boots/status", text.as_bytes(), true);
        client.flush(seconds(20));
        hub.wait_presence("pi-boots", "expected_off", 20);
    }
    fake.boot = BootId(0x0b00_7002);
    fake.session = SessionId(0x0002);
    start_of_agent(&mut client, "pi-boots", &fake, 20_000);
    let uptime = |node: &Value| {
        let readings = node["readings"].as_array()?;
        readings.iter().find(|r| r["name"] == "uptime")?["value"].as_u64()
    };
    wait_for("the second boot is heard", seconds(20), || {
        uptime(&hub.node("pi-boots")?).filter(|s| *s < 1_000)
    });
    hub.wait_presence("pi-boots", "alive", 20);
    let incidents = hub.incidents("pi-boots");
    (place, hub, incidents)
}

#[test]
fn a_machine_that_boots_without_a_word_has_crashed() {
    let (_place, _hub, incidents) = two_boots(None);
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    assert_eq!(incidents[0]["detector"], "crash_boot");
    assert_eq!(incidents[0]["severity"], "ticket");
    println!("{}", incidents[0]["summary"]);
}

#[test]
fn a_machine_that_said_that_it_stops_has_not() {
    for word in ["stopping", "halted"] {
        let (_place, _hub, incidents) = two_boots(Some(word));
        assert_eq!(incidents, Vec::<Value>::new(), "after {word}");
    }
}
