//! The broker dies and comes back empty while a node samples every second: nothing is lost.

use crate::support::{
    Agent, Hub, HubSettings, Message, Mosquitto, Mqtt, Place, Watcher, http, seconds, wait_for,
};
use jiff::Timestamp;
use nix::sys::signal::Signal;
use picket_wire::{StatusText, StatusWord};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Longer than 60 reports, so that one tick skipped by a busy tester does not decide.
const OUTAGE: Duration = seconds(63);
const REPORTS: usize = 60;
/// Between two reports of a node that samples every second on a busy machine.
const LONGEST_GAP_S: f64 = 2.6;
const NODE: &str = "pi-outage";

/// The node's uptime in seconds, with the moment at which the hub thinks it was sampled.
fn uptimes(hub: &Hub) -> Vec<(f64, f64)> {
    let path = format!("/api/v1/nodes/{NODE}/history?quantity=uptime&part=node");
    // Until its first report there is no such node, and no history.
    let Some(series) = http::get_json(hub.web, &path) else {
        return Vec::new();
    };
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

/// Waits until the history has no hole from just before `begin_s` up to this moment; gives it.
#[track_caller]
fn wait_whole(hub: &Hub, begin_s: f64) -> Vec<(f64, f64)> {
    let mut holes = Vec::new();
    let begin = Instant::now();
    loop {
        let all = uptimes(hub);
        let mut moments: Vec<f64> = all.iter().map(|(at, _)| *at).collect();
        moments.retain(|at| *at > begin_s - 3.0);
        moments.push(now_s());
        let hole = |pair: &[f64]| (pair[1] - pair[0] > LONGEST_GAP_S).then(|| (pair[0], pair[1]));
        holes.clear();
        holes.extend(moments.windows(2).filter_map(hole));
        if moments.len() > 1 && holes.is_empty() {
            return all;
        }
        assert!(
            begin.elapsed() < seconds(120),
            "no reports between {holes:?}"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Moment minus uptime is the moment of boot: the same for every report, late or not.
fn assert_moments_agree(all: &[(f64, f64)]) {
    let boot = |(at, uptime): &(f64, f64)| at - uptime;
    let earliest = all.iter().map(boot).fold(f64::INFINITY, f64::min);
    let latest = all.iter().map(boot).fold(f64::NEG_INFINITY, f64::max);
    println!("moments agree within {:.2} s", latest - earliest);
    assert!(
        latest - earliest < 1.5,
        "reports were put beside their moment"
    );
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

    let all = wait_whole(&hub, begin_s);
    println!(
        "history whole {:.1?} after the broker came back",
        back.elapsed()
    );
    let during = all
        .iter()
        .filter(|(at, _)| (begin_s..end_s).contains(at))
        .count();
    println!("{during} reports in an outage of {:.1} s", end_s - begin_s);
    assert!(during >= REPORTS);
    hub.wait_presence(NODE, "alive", 30);
    assert_moments_agree(&all);

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
        Watcher::retained(broker.port, Mqtt::V5, topic, 60);
    }
}

/// The broker restarts, and the agent finds it seconds before the hub does.
fn agent_before_hub(place: &Place, mut broker: Mosquitto, end: fn(&mut Mosquitto)) {
    let hub = Hub::run(place, &HubSettings::external(place, broker.port));
    let agent = Agent::start(place, NODE, broker.port, "1s");
    wait_for("five reports before the outage", seconds(60), || {
        (uptimes(&hub).len() >= 5).then_some(())
    });
    end(&mut broker);
    let begin_s = now_s();
    // A frozen hub finds the broker last, whatever the back-offs of both happen to be.
    hub.signal(Signal::SIGSTOP);
    broker.start_again();
    let watcher = Watcher::new(broker.port, Mqtt::V5, &["picket/v1/+/status"]);
    watcher.expect("the agent is back", seconds(60), |m| {
        let status = StatusText::parse(&m.payload);
        status.is_some_and(|s| s.word == StatusWord::Online && s.connection.number > 1)
    });
    let alone = Instant::now();
    while alone.elapsed() < seconds(5) {
        let by_hub = |m: &Message| m.topic == "picket/v1/hub/status" && !m.retained;
        assert!(
            !watcher.messages().iter().any(by_hub),
            "the hub is not frozen"
        );
        std::thread::sleep(seconds(1));
    }
    hub.signal(Signal::SIGCONT);
    let all = wait_whole(&hub, begin_s);
    assert_moments_agree(&all);
    hub.wait_presence(NODE, "alive", 30);
    assert_eq!(hub.node(NODE).unwrap()["lost_reports"], 0);
    drop(agent);
}

#[test]
fn an_agent_that_is_back_before_the_hub_keeps_its_reports_for_it() {
    let place = Place::new();
    let broker = Mosquitto::start(&place);
    agent_before_hub(&place, broker, Mosquitto::kill);
}

#[test]
fn a_broker_that_remembers_a_hub_that_is_not_there_gets_no_reports_either() {
    let place = Place::new();
    let broker = Mosquitto::persistent(&place);
    agent_before_hub(&place, broker, Mosquitto::kill_remembering);
}

#[test]
fn a_hub_and_an_agent_that_start_before_their_broker_wait_for_it() {
    let place = Place::new();
    let mut broker = Mosquitto::start(&place);
    broker.kill();
    let mut hub = Hub::run(&place, &HubSettings::external(&place, broker.port));
    let mut agent = Agent::start(&place, NODE, broker.port, "1s");
    wait_for("its health says what to look at", seconds(20), || {
        let (_, health) = http::get(hub.web, "/healthz")?;
        health.contains("is the broker running?").then_some(())
    });
    wait_for("both say what is the matter", seconds(20), || {
        let says = |log: String| log.contains("WARN") && log.contains(&broker.port.to_string());
        (says(hub.log()) && says(agent.log())).then_some(())
    });
    broker.start_again();
    hub.wait_presence(NODE, "alive", 90);
    let (status, health) = http::get(hub.web, "/healthz").unwrap();
    assert_eq!(status, 200, "{health}");
    hub.assert_running();
    agent.assert_running();
}
