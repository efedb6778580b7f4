//! Messages far above every limit, also such that the broker keeps and gives to everybody again.

use crate::support::{Agent, Client, Hub, HubSettings, Mosquitto, Place, seconds, wait_for};
use serde_json::Value;
use std::time::Instant;

/// What the hub's own broker lets through. Longer ones on the topic that every agent hears end the
/// agents' connections; whoever has an external broker sets its limit, as mosquitto's
/// `message_size_limit`.
const LARGEST: usize = 256 << 10;
const SIZES: [usize; 3] = [10 << 10, 200 << 10, 900 << 10];
const TOPICS: [&str; 8] = [
    "picket/v1/pi-big/facts",
    "picket/v1/pi-big/report",
    "picket/v1/pi-big/power",
    "picket/v1/pi-big/status",
    "picket/v1/pi-good/facts",
    "picket/v1/pi-good/order",
    "picket/v1/hub/status",
    "picket/v1/hub/ask/pi-good/scrub",
];
/// The default: a connection that a giant cost is made again long before a node is missed.
const EVERY: &str = "10s";
const MAX_LINES: usize = 200;

#[track_caller]
fn assert_report_younger_than(hub: &Hub, begin: Instant) {
    wait_for(
        "a report of the good node from after that",
        seconds(90),
        || {
            let age_s = hub.node("pi-good")?["last_report_age_s"].as_f64()?;
            (age_s + 0.5 < begin.elapsed().as_secs_f64()).then_some(())
        },
    );
    println!("reports flow {:.1?} later", begin.elapsed());
    hub.wait_presence("pi-good", "alive", 30);
}

#[track_caller]
fn assert_calm(hub: &mut Hub, agent: &mut Agent) {
    hub.assert_running();
    agent.assert_running();
    let lines = (hub.log().lines().count(), agent.log().lines().count());
    println!("lines of hub and agent: {lines:?}");
    assert!(
        lines.0 < MAX_LINES && lines.1 < MAX_LINES,
        "{lines:?} lines"
    );
    assert_eq!(hub.incidents("pi-good"), Vec::<Value>::new());
}

#[test]
fn an_external_broker_that_hands_out_giants_stops_nobody() {
    let place = Place::new();
    let broker = Mosquitto::start(&place);
    let settings = HubSettings::external(&place, broker.port);
    let mut hub = Hub::run(&place, &settings);
    let mut agent = Agent::start(&place, "pi-good", broker.port, EVERY);
    hub.wait_presence("pi-good", "alive", 30);
    for retained in [false, true] {
        for size in SIZES {
            let mut stranger = Client::connect(broker.port, "stranger");
            let lets_through = |topic: &&&str| size <= LARGEST || **topic != "picket/v1/hub/status";
            for topic in TOPICS.iter().filter(lets_through) {
                stranger.publish(topic, &vec![0xa7; size], retained);
            }
            stranger.flush(seconds(60));
        }
        assert_report_younger_than(&hub, Instant::now());
        assert_calm(&mut hub, &mut agent);
    }
    // Whoever connects anew is handed the giants first.
    drop(hub);
    drop(agent);
    let mut hub = Hub::run(&place, &settings);
    let mut agent = Agent::start(&place, "pi-good", broker.port, EVERY);
    assert_report_younger_than(&hub, Instant::now());
    hub.assert_running();
    agent.assert_running();
}

#[test]
fn the_embedded_broker_takes_no_giants() {
    let place = Place::new();
    let mut hub = Hub::run(&place, &HubSettings::embedded(&place));
    let mut agent = Agent::start(&place, "pi-good", hub.broker, EVERY);
    hub.wait_presence("pi-good", "alive", 30);
    let giants = TOPICS
        .iter()
        .flat_map(|topic| SIZES.map(|size| (topic, size)));
    for (i, (topic, size)) in giants.enumerate() {
        // The broker throws strangers out, so each giant has a stranger of its own.
        let stranger = format!("stranger-{i}");
        Client::connect(hub.broker, &stranger).publish(topic, &vec![0xa7; size], true);
    }
    assert_report_younger_than(&hub, Instant::now());
    assert_calm(&mut hub, &mut agent);
}
