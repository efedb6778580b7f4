//! What the hub says of itself: its run, to whom, and how often.

use super::support::{PATIENCE, hub, url};
use super::*;
use crate::health::StoreHealth;
use crate::mqtt::Event;
use crate::mqtt::tests::{Mosquitto, link, next_event, up};
use picket_wire::{BootId, Frame, Kind};

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
    hub.until(|known| known.health.broker.up && known.health.power.up)
        .await;
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
async fn the_run_counts_on_over_restarts_and_the_store_is_closed() {
    let mosquitto = Mosquitto::start("").await;
    let folder = tempfile::tempdir().unwrap();
    for ordinal in 1..4 {
        let hub = hub(&mosquitto, Some(folder.path())).await;
        hub.until(|known| known.health.broker.up && known.health.power.up)
            .await;
        let run = hub.handle.read(|known| known.hub.run()).await.unwrap();
        assert_eq!(run.ordinal, ordinal);
        let health = hub.handle.read(|known| known.health.store.clone()).await;
        assert!(matches!(health, Ok(StoreHealth::Good { .. })));
        hub.stop().await;
        assert!(!folder.path().join("hub.db-wal").exists());
    }
}
