//! What may arrive from anybody: rubbish on every topic, and a flood that bears signatures.

use super::frames::{frame, node, signed};
use super::support::{hub, url};
use super::*;
use crate::mqtt::tests::{Mosquitto, link, up};
use picket_wire::sign::Whose;
use picket_wire::{Kind, NodeTopic};

#[tokio::test]
async fn rubbish_on_every_topic_is_counted_and_hurts_no_other_node() {
    let mosquitto = Mosquitto::start("").await;
    let hub = hub(&mosquitto, None).await;
    hub.until(|known| known.health.broker.up && known.health.power.up)
        .await;
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
    // Ids that are allowed fill the places of max_nodes: one is enrolled, and the id `-`
    // takes one.
    // What follows all of it is still heard. An empty payload on the topic of facts is no rubbish:
    // somebody took away what stood there.
    let topic = picket_wire::NodeTopic::Status.of(picket_wire::NodeId::parse("pi-99").unwrap());
    hub.until(|known| {
        let counters = known.hub.counters();
        counters.frames_garbled == 15
            && counters.status_garbled == 1
            && counters.frames_refused == 499
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
async fn a_flood_of_signed_frames_is_dropped_and_counted() {
    let mosquitto = Mosquitto::start("").await;
    let hub = hub(&mosquitto, None).await;
    let run = hub.is_up().await;
    let (nodes, mut events) = link(url(&mosquitto), &[]);
    up(&mut events).await;
    let facts = NodeTopic::Facts.of(node("pi-01"));
    let pi = Whose::Node(node("pi-01"));
    // Signed before any is sent: signing is slow without optimisation, and would thin the flood.
    let frames: Vec<_> = (0..200)
        .map(|seq| signed(run, Kind::Facts, seq, 2, pi))
        .collect();
    for bytes in frames {
        nodes.try_publish(&facts, bytes, false).unwrap();
    }
    // How many are dropped depends on how fast they come; the budget has tests of its own.
    hub.until(|known| {
        let refused = known.hub.counters().frames_refused;
        known.health.messages_flooded > 0 && refused + known.health.messages_flooded == 200
    })
    .await;
    hub.stop().await;
}
