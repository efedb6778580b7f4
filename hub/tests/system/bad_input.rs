//! Whatever arrives on whatever topic: it is counted, it is not shouted about, and nobody else
//! suffers.

use crate::support::{
    Agent, Client, FakeNode, Hub, HubSettings, Mosquitto, Mqtt, Place, Watcher, http, proc,
    seconds, wait_for,
};
use picket_wire::Kind;
use serde_json::Value;

/// Memory that a hub may take more after all this, in KiB.
const MAX_GROWTH_KIB: u64 = 64 << 10;
/// Lines that a hub may log, whatever happens to it in these minutes.
const MAX_LINES: usize = 200;
const NODE_TOPICS: [&str; 7] = [
    "facts", "report", "power", "status", "order", "join", "joined",
];
const BAD_IDS: [&str; 6] = [
    "PI-01",
    "pi.01",
    "pi 01",
    "pï",
    "ask",
    "a-name-of-more-than-32-characters",
];

/// Payloads that are no frame, each wrong in its own way.
fn garbage(node: &FakeNode) -> Vec<Vec<u8>> {
    let good = node.report(7, 1_000_000);
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let mut all = vec![
        vec![0],
        b"online".to_vec(),
        b"offline ffff.99999999999999999999".to_vec(),
        vec![0xff; 27],
        vec![0xa7; 200],
        vec![0xa7; 4096],
        vec![0x00; 5000],
        with(0, 0xa6),
        with(1, 2),
        with(2, 99),
        with(3, 0xf0),
        with(20, 0xff),
        [good.as_slice(), b"more"].concat(),
    ];
    all.extend((1..good.len()).step_by(5).map(|len| good[..len].to_vec()));
    all
}

fn refused(hub: &Hub) -> Value {
    http::get_json(hub.web, "/healthz").expect("the hub is well")["refused"].clone()
}

/// Waits until a report that was sampled after this call has come in.
#[track_caller]
fn assert_reports_flow(hub: &Hub, node: &str) {
    let uptime = || {
        let node = hub.node(node)?;
        let readings = node["readings"].as_array()?;
        readings.iter().find(|r| r["name"] == "uptime")?["value"].as_u64()
    };
    let before = uptime();
    wait_for("further reports of the good node", seconds(60), || {
        uptime().filter(|after| Some(*after) > before.map(|s| s + 2))
    });
    assert_eq!(hub.presence(node), "alive");
    assert_eq!(hub.incidents(node), Vec::<Value>::new());
}

/// A hub, its broker, a node that works, and what a stranger needs to look real.
struct Scene {
    hub: Hub,
    agent: Agent,
    fake: FakeNode,
    rss_kib: u64,
}

impl Scene {
    #[track_caller]
    fn new(place: &Place, settings: &HubSettings) -> Scene {
        let hub = Hub::run(place, settings);
        let agent = Agent::start(place, "pi-good", hub.broker, "1s");
        hub.wait_presence("pi-good", "alive", 30);
        let watcher = Watcher::new(hub.broker, Mqtt::V311, &["picket/v1/hub/status"]);
        let status = watcher.expect("hub/status", seconds(20), |m| !m.payload.is_empty());
        let rss_kib = proc::rss_kib(hub.pid());
        Scene {
            hub,
            agent,
            fake: FakeNode::following(&status.payload),
            rss_kib,
        }
    }

    #[track_caller]
    fn assert_unharmed(&mut self) {
        self.hub.assert_running();
        self.agent.assert_running();
        assert_reports_flow(&self.hub, "pi-good");
        let rss_kib = proc::rss_kib(self.hub.pid());
        let (lines, agent_lines) = (
            self.hub.log().lines().count(),
            self.agent.log().lines().count(),
        );
        println!(
            "hub: {} -> {rss_kib} KiB, {lines} lines; agent: {agent_lines} lines",
            self.rss_kib
        );
        assert!(
            rss_kib < self.rss_kib + MAX_GROWTH_KIB,
            "{} -> {rss_kib} KiB",
            self.rss_kib
        );
        assert!(lines < MAX_LINES, "the hub logged {lines} lines");
        assert!(
            agent_lines < MAX_LINES,
            "the agent logged {agent_lines} lines"
        );
        let log = self.hub.log() + &self.agent.log();
        assert!(!log.contains("panicked"), "{log}");
    }
}

fn throw_everything(scene: &Scene, retained: bool) -> u64 {
    let mut stranger = Client::connect(scene.hub.broker, "stranger");
    let mut sent = 0;
    for payload in garbage(&scene.fake) {
        for topic in NODE_TOPICS {
            // The good node's own topics too: whoever shares a broker can write there. The embedded
            // one passes on of all this what a node says of itself; an external one everything.
            for node in ["pi-bad", "pi-good"] {
                stranger.publish(&format!("picket/v1/{node}/{topic}"), &payload, retained);
                sent += 1;
            }
        }
        stranger.publish("picket/v1/hub/status", &payload, retained);
        stranger.publish("picket/v1/hub/available", &payload, false);
        stranger.publish("picket/v1/hub/ask/pi-good/identify", &payload, retained);
    }
    stranger.flush(seconds(60));
    sent
}

#[test]
fn garbage_on_every_topic_is_counted_and_harms_nobody() {
    for external in [true, false] {
        let place = Place::new();
        let broker = external.then(|| Mosquitto::start(&place));
        let settings = match &broker {
            Some(broker) => HubSettings::external(&place, broker.port),
            None => HubSettings::embedded(&place),
        };
        let mut scene = Scene::new(&place, &settings);
        for retained in [false, true] {
            let sent = throw_everything(&scene, retained);
            println!("external broker: {external}, retained: {retained}, {sent} messages");
            scene.assert_unharmed();
        }
        let refused = refused(&scene.hub);
        println!("refused: {refused}");
        assert!(
            refused["frames_garbled"].as_u64().unwrap() >= 100,
            "{refused}"
        );
        assert!(
            refused["status_garbled"].as_u64().unwrap() >= 50,
            "{refused}"
        );
        assert!(scene.hub.node("pi-bad").is_none(), "garbage makes no node");
    }
}

#[test]
fn the_same_garbage_ten_thousand_times_is_a_few_lines_of_log() {
    let place = Place::new();
    let broker = Mosquitto::start(&place);
    let mut scene = Scene::new(&place, &HubSettings::external(&place, broker.port));
    let mut stranger = Client::connect(broker.port, "stranger");
    for i in 0..10_000_u32 {
        let topic = NODE_TOPICS[i as usize % 4];
        stranger.publish(
            &format!("picket/v1/pi-bad/{topic}"),
            &i.to_le_bytes(),
            false,
        );
    }
    stranger.flush(seconds(60));
    wait_for("all of it is counted", seconds(60), || {
        let refused = refused(&scene.hub);
        let count = |key: &str| refused[key].as_u64().unwrap();
        (count("frames_garbled") + count("status_garbled") >= 10_000).then_some(())
    });
    scene.assert_unharmed();
}

#[test]
fn ids_that_are_not_allowed_and_frames_on_the_wrong_topic_are_refused() {
    let place = Place::new();
    let broker = Mosquitto::start(&place);
    let mut scene = Scene::new(&place, &HubSettings::external(&place, broker.port));
    let mut stranger = Client::connect(broker.port, "stranger");
    let report = scene.fake.report(1, 1_000_000);
    for id in BAD_IDS {
        for topic in ["facts", "report", "status"] {
            stranger.publish(&format!("picket/v1/{id}/{topic}"), &report, false);
        }
    }
    for kind in [
        Kind::Order,
        Kind::HubStatus,
        Kind::Join,
        Kind::Facts,
        Kind::Power,
    ] {
        let frame = scene.fake.empty(kind, 1);
        stranger.publish("picket/v1/pi-wrong/report", &frame, false);
    }
    stranger.flush(seconds(30));
    wait_for("all of it is counted", seconds(30), || {
        let refused = refused(&scene.hub);
        let count = |key: &str| refused[key].as_u64().unwrap();
        (count("messages_misaddressed") >= 18 && count("frames_refused") >= 5).then_some(())
    });
    println!("refused: {}", refused(&scene.hub));
    scene.assert_unharmed();
    let nodes: Vec<Value> = scene.hub.nodes().iter().map(|n| n["id"].clone()).collect();
    assert_eq!(nodes, ["pi-good"], "nothing of this makes a node");
}
