//! Nodes that want to join, are enrolled, and are expelled.

use super::frames::{node, signed};
use super::support::{JOINS, PATIENCE, hub, url};
use super::*;
use crate::mqtt::Event;
use crate::mqtt::tests::{Mosquitto, link, next_event, up};
use crate::store::Database;
use picket_wire::sign::Whose;
use picket_wire::{Kind, NodeTopic, RunBits};

#[tokio::test]
async fn words_of_joining_nodes_are_passed_on_and_never_waited_for() {
    let mosquitto = Mosquitto::start("").await;
    let mut hub = hub(&mosquitto, None).await;
    hub.is_up().await;
    let (nodes, mut events) = link(url(&mosquitto), &[]);
    up(&mut events).await;
    let join = NodeTopic::Join.of(node("pi-07"));
    for word in 0..JOINS as u64 + 3 {
        nodes
            .try_publish(&join, format!("{word}").as_bytes(), false)
            .unwrap();
    }
    hub.until(|known| known.health.messages_flooded == 3).await;
    for word in 0..JOINS {
        let expected = (node("pi-07"), format!("{word}").into_bytes());
        assert_eq!(hub.joining.recv().await, Some(expected));
    }
    let nodes_known = hub.handle.read(|known| known.hub.nodes().count()).await;
    assert_eq!(nodes_known, Ok(1), "who only wants to join is no node");
    hub.stop().await;
}

#[tokio::test]
async fn an_expelled_node_does_not_come_back_by_what_its_broker_keeps() {
    let mosquitto = Mosquitto::start("").await;
    let folder = tempfile::tempdir().unwrap();
    let (nodes, mut events) = link(url(&mosquitto), &[]);
    up(&mut events).await;
    let topics = [NodeTopic::Facts, NodeTopic::Status].map(|topic| topic.of(node("pi-01")));
    let pi = Whose::Node(node("pi-01"));
    let facts = signed(RunBits::NONE, Kind::Facts, 0, 1, pi);
    nodes.try_publish(&topics[0], facts, true).unwrap();
    nodes
        .try_publish(&topics[1], "online 0009.1", true)
        .unwrap();
    let hub = hub(&mosquitto, Some(folder.path())).await;
    hub.until(|known| {
        known.hub.counters().status_taken == 1 && known.hub.counters().frames_taken > 0
    })
    .await;

    assert!(hub.roster.expel(node("pi-01")));
    let accepted = hub.handle.expel(node("pi-01")).await.unwrap();
    assert_eq!(accepted, Accepted::Expelled { retired: 0 });
    let again = hub.handle.expel(node("pi-01")).await.unwrap_err();
    assert!(again.to_string().contains("pi-01"), "{again}");
    // Its will, as a broker sends it that ends the connection.
    nodes
        .try_publish(&topics[1], "offline 0009.1", true)
        .unwrap();
    let cleared = async {
        loop {
            let (late, mut heard) = link(url(&mosquitto), &["picket/v1/pi-01/+", "ready"]);
            up(&mut heard).await;
            late.try_publish("ready", "", false).unwrap();
            let Event::Message { topic, .. } = next_event(&mut heard).await else {
                continue;
            };
            if topic == "ready" {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, cleared)
        .await
        .expect("nothing of the node is retained");
    let nodes_known = hub.handle.read(|known| known.hub.nodes().count()).await;
    assert_eq!(nodes_known, Ok(0));
    hub.stop().await;
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.nodes, []);
}

#[tokio::test]
async fn a_node_that_joins_is_enrolled_at_once() {
    let mosquitto = Mosquitto::start("").await;
    let hub = hub(&mosquitto, None).await;
    let accepted = hub.handle.enrol(node("pi-02")).await.unwrap();
    assert_eq!(accepted, Accepted::Enrolled);
    let joined = hub
        .handle
        .read(|known| known.hub.node(node("pi-02")).map(|node| node.joined()));
    assert_eq!(joined.await, Ok(Some(true)));
    hub.stop().await;
}
