//! The broker dies and comes back empty while a node samples every second: nothing is lost.

use crate::support::{
    Agent, Hub, HubSettings, Mosquitto, Mqtt, Place, Watcher, http, seconds, wait_for,
};
use jiff::Timestamp;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Longer than 60 reports, so that one tick skipped by a busy tester does not decide.
const OUTAGE: Duration = seconds(63);
const REPORTS: usize = 60;
const NODE: &str = "pi-outage";

/// The node's uptime in seconds, with the moment at which the hub thinks it was sampled.
fn uptimes(hub: &Hub) -> Vec<(f64, f64)> {
    let path = format!("/api/v1/nodes/{NODE}/history?quantity=uptime&part=node");
    let series = http::get_json(hub.web, &path).expect("a history of uptime");
    let point = |point: &Value| {
        let at: Timestamp = point["at"].as_str().unwrap().parse().unwrap();
        (
            at.as_millisecond() as f64 / 1000.0,
            point["value"].as_f64().unwrap(),
        )
    };
    series["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(point)
        .collect()
}

fn now_s() -> f64 {
    Timestamp::now().as_millisecond() as f64 / 1000.0
}

/// Lives through the outage and looks every second that nobody gives up or cries.
fn live_through(hub: &mut Hub, agent: &mut Agent) {
    let begin = Instant::now();
    while begin.elapsed() < OUTAGE {
        hub.assert_running();
        agent.assert_running();
        let incidents = hub.incidents(NODE);
        assert!(
            incidents.is_empty(),
            "the outage of a broker is no fault of a node: {incidents:?}"
        );
        std::thread::sleep(seconds(1));
    }
}

#[test]
fn no_report_is_lost_when_the_broker_comes_back_empty() {
    let place = Place::new();
    let mut broker = Mosquitto::start(&place);
    let mut hub = Hub::run(&place, &HubSettings::external(&place, broker.port));
    let mut agent = Agent::start(&place, NODE, broker.port, "1s");
    wait_for("ten reports before the outage", seconds(60), || {
        (uptimes(&hub).len() >= 10).then_some(())
    });
    assert_eq!(hub.presence(NODE), "alive");
    let pids = (hub.pid(), agent.pid());

    broker.kill();
    let begin_s = now_s();
    live_through(&mut hub, &mut agent);
    broker.start_again();
    let end_s = now_s();
    let back = Instant::now();

    let during = |all: &[(f64, f64)]| -> Vec<(f64, f64)> {
        let inside = |at: f64| (begin_s..end_s).contains(&at);
        all.iter().copied().filter(|(at, _)| inside(*at)).collect()
    };
    wait_for(
        "every second of the outage is in the history",
        seconds(90),
        || {
            let points = during(&uptimes(&hub));
            let last = points.last().is_some_and(|(at, _)| end_s - at < 2.5);
            (points.len() >= REPORTS && last).then_some(())
        },
    );
    println!(
        "history whole {:.1?} after the broker came back",
        back.elapsed()
    );
    hub.wait_presence(NODE, "alive", 30);

    let all = uptimes(&hub);
    let points = during(&all);
    println!(
        "{} points in an outage of {:.1} s",
        points.len(),
        end_s - begin_s
    );
    let whole: Vec<_> = all.iter().filter(|(at, _)| *at > begin_s - 3.0).collect();
    for pair in whole.windows(2) {
        let gap = pair[1].0 - pair[0].0;
        assert!(gap < 2.6, "no report for {gap:.1} s around {:?}", pair[0]);
    }
    // Moment minus uptime is the moment of boot: the same for every report, late or not.
    let boot = |(at, uptime): &(f64, f64)| at - uptime;
    let (first, worst) = (boot(&all[0]), |b: f64, a: &(f64, f64)| {
        (boot(a) - boot(&all[0])).abs().max(b)
    });
    let worst = all.iter().fold(0.0, worst);
    println!("moments agree within {worst:.2} s (boot at {first:.1})");
    assert!(
        worst < 1.5,
        "reports were put up to {worst:.1} s beside their moment"
    );

    let node = hub.node(NODE).unwrap();
    assert_eq!(node["lost_reports"], 0);
    assert_eq!(
        hub.incidents(NODE),
        Vec::<Value>::new(),
        "nothing is opened by the outage"
    );
    assert_eq!((hub.pid(), agent.pid()), pids);
    hub.assert_running();
    agent.assert_running();

    // A watcher that comes later finds everything again on the broker that had forgotten it.
    let late = Watcher::new(broker.port, Mqtt::V5, &["#"]);
    let discovery = format!("homeassistant/device/picket_{NODE}/config");
    let again = [
        &format!("picket/v1/{NODE}/facts"),
        &format!("picket/v1/{NODE}/status"),
        &format!("picket/v1/hub/node/{NODE}"),
        "picket/v1/hub/status",
        "picket/v1/hub/available",
        &discovery,
    ];
    for topic in again {
        late.expect(topic, seconds(30), |m| m.topic == topic && m.retained);
    }
}
