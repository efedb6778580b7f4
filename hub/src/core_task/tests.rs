//! The task with a real broker, and everything that may arrive.

use super::*;
use crate::handle::{self, Handle};
use crate::health::StoreHealth;
use crate::mqtt::tests::{Mosquitto, link, next_event, up};
use crate::mqtt::{self, Event, Will};
use crate::stop::Stopper;
use crate::store::Database;
use picket_hub_core::Config;
use picket_wire::{BootId, Flags, Frame, FrameWriter, Header, Kind, RunBits, SessionId};
use std::path::Path;
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(20);

/// A hub without feeds, page and socket.
struct Hubling {
    handle: Handle,
    stopper: Stopper,
    task: JoinHandle<()>,
    driver: JoinHandle<()>,
}

async fn hub(mosquitto: &Mosquitto, state_dir: Option<&Path>) -> Hubling {
    let opened = state_dir.map(|dir| Database::open(dir).unwrap());
    let (store, saved) = match opened {
        Some((database, saved)) => (Some(Writer::start(database).unwrap()), saved),
        None => (None, Saved::default()),
    };
    let (publisher, events, driver) = mqtt::connect(mqtt::Options {
        url: crate::settings::url_of(mosquitto.address()),
        client_id: "hub".to_owned(),
        will: Some(Will {
            topic: topic::HUB_STATUS.to_owned(),
            payload: Vec::new(),
            retained: true,
        }),
        subscriptions: topic::HUB_SUBSCRIPTIONS.map(str::to_owned).to_vec(),
        max_packet: mqtt::MAX_PACKET,
    });
    let (handle, desk) = handle::channel();
    let (stopper, stop) = Stopper::new();
    let mut clock = Clock::new();
    let config = Config {
        max_nodes: 3,
        ..Config::default()
    };
    let core = CoreTask {
        hub: Hub::new(config, getrandom::u64().unwrap(), clock.now()),
        history: History::new(),
        health: Health::starting("test"),
        clock,
        desk,
        events,
        publisher,
        status: HubStatus::new(BootId(1), SessionId(2)),
        store,
        stop,
    };
    let task = tokio::spawn(core.run(saved));
    let driver = tokio::spawn(driver.run());
    Hubling {
        handle,
        stopper,
        task,
        driver,
    }
}

impl Hubling {
    /// Waits until what is known is as it should be.
    async fn until(&self, holds: fn(&Known<'_>) -> bool) {
        let seen = async {
            while !self.handle.read(holds).await.unwrap() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, seen).await.is_err() {
            let known = self
                .handle
                .read(|known| format!("{:?} {:?}", known.hub.counters(), known.health));
            panic!("it did not come: {}", known.await.unwrap());
        }
    }

    async fn stop(self) {
        self.stopper.stop();
        tokio::time::timeout(PATIENCE, self.task)
            .await
            .unwrap()
            .unwrap();
        tokio::time::timeout(PATIENCE, self.driver)
            .await
            .unwrap()
            .unwrap();
    }
}

fn url(mosquitto: &Mosquitto) -> crate::broker_url::BrokerUrl {
    crate::settings::url_of(mosquitto.address())
}

fn frame(kind: Kind, seq: u32) -> Vec<u8> {
    let header = Header {
        kind,
        flags: Flags::default(),
        boot: BootId(7),
        session: SessionId(9),
        seq,
        run: RunBits::NONE,
        uptime_ms: 1000,
    };
    let mut buffer = [0; 64];
    FrameWriter::new(&mut buffer, &header)
        .unwrap()
        .finish()
        .to_vec()
}

#[tokio::test]
async fn the_hub_says_its_run_and_takes_it_back_when_it_stops() {
    let mosquitto = Mosquitto::start("").await;
    let (_watcher, mut heard) = link(url(&mosquitto), &[topic::HUB_STATUS]);
    up(&mut heard).await;
    let hub = hub(&mosquitto, None).await;
    let Event::Message { payload, .. } = next_event(&mut heard).await else {
        panic!()
    };
    let header = Frame::decode(&payload).unwrap().header;
    assert_eq!((header.kind, header.boot), (Kind::HubStatus, BootId(1)));
    let run = hub.handle.read(|known| known.hub.run()).await.unwrap();
    assert_eq!(header.run, run.bits);
    hub.stop().await;
    let last = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Event::Message { payload, .. } = next_event(&mut heard).await
                && payload.is_empty()
            {
                return;
            }
        }
    });
    last.await.unwrap();
    let (_late, mut later) = link(url(&mosquitto), &[topic::HUB_STATUS, "ready"]);
    up(&mut later).await;
    _late.try_publish("ready", "", false).unwrap();
    let Event::Message { topic, .. } = next_event(&mut later).await else {
        panic!()
    };
    assert_eq!(topic, "ready", "nothing of the hub is retained");
}

#[tokio::test]
async fn a_status_that_somebody_removed_or_wrote_over_is_said_again() {
    let mosquitto = Mosquitto::start("").await;
    let (other, mut heard) = link(url(&mosquitto), &[topic::HUB_STATUS]);
    up(&mut heard).await;
    let hub = hub(&mosquitto, None).await;
    next_event(&mut heard).await;
    for disturbance in ["", "rubbish"] {
        other
            .try_publish(topic::HUB_STATUS, disturbance, true)
            .unwrap();
        let said_again = async {
            let mut disturbed = false;
            loop {
                match next_event(&mut heard).await {
                    Event::Message { payload, .. } if payload == disturbance.as_bytes() => {
                        disturbed = true;
                    }
                    Event::Message { .. } if disturbed => return,
                    _ => {}
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(5), said_again)
            .await
            .expect("long before the next regular one");
    }
    hub.stop().await;
}

#[tokio::test]
async fn a_node_that_comes_online_hears_at_once_that_the_hub_listens() {
    let mosquitto = Mosquitto::start("").await;
    let hub = hub(&mosquitto, None).await;
    hub.until(|known| known.health.broker.up).await;
    let (node, mut heard) = link(url(&mosquitto), &[topic::HUB_STATUS]);
    up(&mut heard).await;
    node.try_publish("picket/v1/pi-01/status", "online 1a2b.1", true)
        .unwrap();
    let greeted = async {
        while !matches!(
            next_event(&mut heard).await,
            Event::Message {
                retained: false,
                ..
            }
        ) {}
    };
    tokio::time::timeout(Duration::from_secs(5), greeted)
        .await
        .expect("long before the next regular one");
    hub.stop().await;
}

#[tokio::test]
async fn rubbish_on_every_topic_is_counted_and_hurts_no_other_node() {
    let mosquitto = Mosquitto::start("").await;
    let hub = hub(&mosquitto, None).await;
    hub.until(|known| known.health.broker.up).await;
    let (nodes, mut events) = link(url(&mosquitto), &[]);
    up(&mut events).await;
    let report = frame(Kind::Report, 0);
    let mut newer = report.clone();
    newer[1] = 2;
    for last in ["facts", "report", "power"] {
        let topic = format!("picket/v1/pi-01/{last}");
        for payload in [&b""[..], b"x", &report[..20], &newer, &[0xA7; 200_000]] {
            nodes.try_publish(&topic, payload, false).unwrap();
        }
    }
    nodes
        .try_publish("picket/v1/pi-01/status", "x\n", false)
        .unwrap();
    nodes.try_publish(topic::HUB_STATUS, "x", false).unwrap();
    for id in ["Pi", "ask", "a b", "-", &"x".repeat(33)] {
        let topic = format!("picket/v1/{id}/report");
        nodes.try_publish(&topic, report.clone(), false).unwrap();
    }
    for number in 0..500 {
        let topic = format!("picket/v1/made-up-{number}/report");
        nodes.try_publish(&topic, report.clone(), false).unwrap();
    }
    // Ids that are allowed fill the places of max_nodes: three are taken. What follows all of it
    // is still heard.
    let topic = picket_wire::NodeTopic::Status.of(picket_wire::NodeId::parse("pi-99").unwrap());
    hub.until(|known| {
        let counters = known.hub.counters();
        counters.frames_garbled == 16
            && counters.status_garbled == 1
            && counters.frames_refused == 498
            && known.health.messages_misaddressed == 4
    })
    .await;
    nodes.try_publish(&topic, "online 0001.1", false).unwrap();
    hub.until(|known| known.hub.counters().status_refused == 1)
        .await;
    let (nodes, suppressed) = hub
        .handle
        .read(|known| (known.hub.nodes().count(), known.health.lines_suppressed))
        .await
        .unwrap();
    assert_eq!(nodes, 3, "max_nodes");
    assert!(suppressed > 400, "{suppressed}");
    hub.stop().await;
}

#[tokio::test]
async fn the_run_counts_on_over_restarts_and_the_store_is_closed() {
    let mosquitto = Mosquitto::start("").await;
    let folder = tempfile::tempdir().unwrap();
    for ordinal in 1..4 {
        let hub = hub(&mosquitto, Some(folder.path())).await;
        hub.until(|known| known.health.broker.up).await;
        let run = hub.handle.read(|known| known.hub.run()).await.unwrap();
        assert_eq!(run.ordinal, ordinal);
        let health = hub.handle.read(|known| known.health.store.clone()).await;
        assert!(matches!(health, Ok(StoreHealth::Good { .. })));
        hub.stop().await;
        assert!(!folder.path().join("hub.db-wal").exists());
    }
}
