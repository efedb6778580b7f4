//! What counts only when the right key signed it.

use super::frames::{frame, node, signed};
use super::support::{hub, url};
use super::*;
use crate::mqtt::tests::{Mosquitto, link, up};
use picket_hub_core::{Presence, Refusal};
use picket_wire::sign::Whose;
use picket_wire::{Kind, NodeTopic, RunBits};

#[tokio::test]
async fn an_enrolled_node_is_listed_and_heard_by_its_own_signature_only() {
    let mosquitto = Mosquitto::start("").await;
    let hub = hub(&mosquitto, None).await;
    let run = hub.is_up().await;
    hub.until(|known| known.hub.nodes().any(|node| node.joined()))
        .await;
    let (nodes, mut events) = link(url(&mosquitto), &[]);
    up(&mut events).await;
    let pi = Whose::Node(node("pi-01"));
    let facts = NodeTopic::Facts.of(node("pi-01"));
    let wrong = [
        frame(Kind::Facts, 0),
        signed(run, Kind::Facts, 0, 2, pi),
        signed(run, Kind::Facts, 0, 1, Whose::Node(node("pi-02"))),
        signed(run, Kind::Facts, 0, 8, Whose::Hub),
    ];
    for bytes in wrong {
        nodes.try_publish(&facts, bytes, false).unwrap();
    }
    hub.until(|known| known.hub.counters().frames_refused == 4)
        .await;
    assert_eq!(hub.last_refusal().await, Some(Refusal::NotSigned));
    let right = signed(run, Kind::Facts, 0, 1, pi);
    nodes.try_publish(&facts, right, false).unwrap();
    hub.until(|known| {
        let node = known.hub.node(node("pi-01")).unwrap();
        node.presence() == Presence::Alive && node.facts().is_some()
    })
    .await;
    hub.stop().await;
}

#[tokio::test]
async fn power_comes_by_a_connection_of_its_own_and_counts_signed() {
    let mosquitto = Mosquitto::start("").await;
    let hub = hub(&mosquitto, None).await;
    let run = hub.is_up().await;
    let (nodes, mut events) = link(url(&mosquitto), &[]);
    up(&mut events).await;
    let power = NodeTopic::Power.of(node("pi-01"));
    let right = signed(run, Kind::Power, 0, 1, Whose::Node(node("pi-01")));
    nodes.try_publish(&power, right, false).unwrap();
    hub.until(|known| known.hub.node(node("pi-01")).unwrap().presence() == Presence::Alive)
        .await;
    nodes
        .try_publish(
            &power,
            signed(run, Kind::Power, 9_999, 2, Whose::Hub),
            false,
        )
        .unwrap();
    hub.until(|known| known.hub.counters().frames_refused == 1)
        .await;
    hub.stop().await;
}

#[tokio::test]
async fn only_a_status_with_a_key_of_this_hub_raises_its_run() {
    let mosquitto = Mosquitto::start("").await;
    let hub = hub(&mosquitto, None).await;
    hub.is_up().await;
    let (other, mut events) = link(url(&mosquitto), &[]);
    up(&mut events).await;
    let bits = RunBits(77);
    let status = |seed, whose| signed(bits, Kind::HubStatus, 0, seed, whose);
    for bytes in [status(3, Whose::Hub), status(8, Whose::Node(node("pi-01")))] {
        other.try_publish(topic::HUB_STATUS, bytes, false).unwrap();
    }
    hub.until(|known| known.hub.counters().frames_refused == 2)
        .await;
    assert_eq!(hub.last_refusal().await, Some(Refusal::OtherHub));
    let run = hub.handle.read(|known| known.hub.run()).await.unwrap();
    assert_eq!(run.ordinal, 1);
    // The key of the future counts as the present one.
    other
        .try_publish(topic::HUB_STATUS, status(9, Whose::Hub), false)
        .unwrap();
    hub.until(|known| known.hub.run().ordinal == 71).await;
    hub.stop().await;
}
