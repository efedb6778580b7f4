//! A hundred thousand made-up nodes: the first few are taken, the rest refused, memory bounded.

use crate::support::{
    Agent, Client, FakeNode, Hub, HubSettings, Mosquitto, Mqtt, Place, Watcher, http, proc,
    seconds, wait_for,
};
use jiff::Timestamp;
use picket_wire::SessionId;
use serde_json::Value;
use std::time::Instant;

const IDS: u32 = 100_000;
const MAX_NODES: usize = 200;
const MAX_GROWTH_KIB: u64 = 64 << 10;
const MAX_LINES: usize = 2_000;

/// How many frames were refused, once that number has stopped growing.
fn through(hub: &Hub) -> Option<u64> {
    let refused = || {
        let health = http::get_json(hub.web, "/healthz")?;
        health["refused"]["frames_refused"].as_u64()
    };
    let before = refused()?;
    std::thread::sleep(seconds(2));
    refused().filter(|after| *after == before)
}

/// Longest time between two reports of the good node, in seconds.
fn longest_gap_s(hub: &Hub) -> f64 {
    let path = "/api/v1/nodes/pi-good/history?quantity=uptime&part=node";
    let series = http::get_json(hub.web, path).unwrap();
    let at = |point: &Value| {
        let at: Timestamp = point["at"].as_str().unwrap().parse().unwrap();
        at.as_millisecond() as f64 / 1000.0
    };
    let moments: Vec<f64> = series["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(at)
        .collect();
    let gaps = moments.windows(2).map(|pair| pair[1] - pair[0]);
    gaps.fold(0.0, f64::max)
}

fn flood(place: &Place, settings: &HubSettings) {
    let mut hub = Hub::run(place, settings);
    let mut agent = Agent::start(place, "pi-good", hub.broker, "1s");
    hub.wait_presence("pi-good", "alive", 30);
    let watcher = Watcher::new(hub.broker, Mqtt::V311, &["picket/v1/hub/status"]);
    let status = watcher.expect("hub/status", seconds(20), |m| !m.payload.is_empty());
    let mut fake = FakeNode::following(&status.payload);
    // Made-up nodes that nobody has to miss while the test runs.
    fake.every_ms = 600_000;
    let before_kib = proc::rss_kib(hub.pid());

    let begin = Instant::now();
    let mut stranger = Client::connect(hub.broker, "stranger");
    let mut peak_kib = before_kib;
    for i in 0..IDS {
        fake.session = SessionId(i as u16);
        let (topic, frame) = match i % 2 {
            0 => ("facts", fake.facts(0, 1_000_000, 40)),
            _ => ("report", fake.report(0, 1_000_000)),
        };
        stranger.publish(&format!("picket/v1/made-up-{i}/{topic}"), &frame, false);
        if i % 1_000 == 0 {
            peak_kib = peak_kib.max(proc::rss_kib(hub.pid()));
        }
    }
    stranger.flush(seconds(120));
    // The embedded broker drops what the hub has no time for; mosquitto here keeps all.
    let least = match settings.external {
        true => u64::from(IDS) - 2 * MAX_NODES as u64,
        false => 1_000,
    };
    // A busy machine can leave the hub without a turn for longer than `through` looks.
    let looked_at = wait_for("the hub is through with them", seconds(180), || {
        peak_kib = peak_kib.max(proc::rss_kib(hub.pid()));
        through(&hub).filter(|refused| *refused >= least)
    });
    let after = Instant::now();
    println!(
        "{looked_at} of {IDS} made-up ids refused in {:.1?}",
        begin.elapsed()
    );
    println!("hub: {before_kib} KiB before, {peak_kib} KiB at most");
    assert!(
        peak_kib < before_kib + MAX_GROWTH_KIB,
        "{before_kib} -> {peak_kib} KiB"
    );

    wait_for("reports of the good node flow", seconds(60), || {
        let age_s = hub.node("pi-good")?["last_report_age_s"].as_f64()?;
        (age_s + 0.5 < after.elapsed().as_secs_f64()).then_some(())
    });
    hub.wait_presence("pi-good", "alive", 30);
    let gap_s = longest_gap_s(&hub);
    println!("longest gap in the history of the good node: {gap_s:.1} s");
    assert!(gap_s < 5.0 || !settings.external, "a gap of {gap_s:.1} s");
    let health = http::get_json(hub.web, "/healthz").unwrap();
    assert!(
        health["nodes"].as_u64().unwrap() <= MAX_NODES as u64,
        "{health}"
    );
    let lines = hub.log().lines().count();
    println!("{lines} lines of log");
    assert!(lines < MAX_LINES, "{lines} lines of log");
    hub.assert_running();
    agent.assert_running();
}

#[test]
fn a_hundred_thousand_made_up_ids_on_an_external_broker() {
    let place = Place::new();
    let broker = Mosquitto::start(&place);
    flood(&place, &HubSettings::external(&place, broker.port));
}

#[test]
fn a_hundred_thousand_made_up_ids_on_the_embedded_broker() {
    let place = Place::new();
    flood(&place, &HubSettings::embedded(&place));
}
