//! The embedded broker with real clients of both versions of MQTT.

mod admission;
mod house;
mod sessions;

use super::*;
use crate::access::tests::roster;
use crate::broker_url::BrokerUrl;
use crate::login::Login;
use crate::mqtt::tests::{Mosquitto, link, next_event, up};
use crate::mqtt::{Event, Publisher};
use crate::settings::url_of;
use std::process::Output;
use tokio::process::Command;
use tokio::sync::mpsc;

/// A broker of this test's own.
async fn broker() -> SocketAddr {
    let any = "127.0.0.1:0".parse().unwrap();
    let broker = Broker::bind(&[any], 200, access()).await.unwrap();
    let address = broker.addresses()[0];
    tokio::spawn(broker.run());
    address
}

fn access() -> Access {
    Access::new(roster(), "homeassistant")
}

/// The broker as the hub's own connections meet it.
fn as_hub(address: SocketAddr) -> BrokerUrl {
    url_of(address).with_login(Login::new("hub", "hub"))
}

async fn client(program: &str, address: SocketAddr, args: &[&str]) -> Output {
    let port = address.port().to_string();
    let client = Command::new(program)
        .args(["-h", "127.0.0.1", "-p", &port])
        .args(args)
        .output();
    tokio::time::timeout(Duration::from_secs(30), client)
        .await
        .unwrap()
        .unwrap()
}

async fn publish(publisher: &Publisher, topic: &str, payload: &[u8]) {
    while publisher.try_publish(topic, payload, true).is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn both_versions_get_a_thousand_retained_messages_on_one_port() {
    let address = broker().await;
    let (publisher, mut events) = link(url_of(address), &[]);
    up(&mut events).await;
    for number in 0..1000 {
        publish(
            &publisher,
            &format!("many/{number}"),
            number.to_string().as_bytes(),
        )
        .await;
    }
    publish(&publisher, "last", b"one").await;
    let subscribe = ["-t", "last", "-C", "1", "-W", "20"];
    assert!(
        client("mosquitto_sub", address, &subscribe)
            .await
            .status
            .success()
    );
    for version in ["mqttv311", "mqttv5"] {
        for qos in ["0", "1"] {
            let args = [
                "-V", version, "-q", qos, "-t", "many/#", "-C", "1000", "-W", "20",
            ];
            let got = client("mosquitto_sub", address, &args).await;
            let text = String::from_utf8(got.stdout).unwrap();
            let mut numbers: Vec<u32> = text.lines().map(|l| l.parse().unwrap()).collect();
            numbers.sort_unstable();
            assert!(
                numbers.iter().copied().eq(0..1000),
                "{version} QoS {qos}: {}",
                numbers.len()
            );
        }
    }
}

#[tokio::test]
async fn an_empty_payload_removes_what_was_retained() {
    let address = broker().await;
    for version in ["mqttv311", "mqttv5"] {
        let keep = ["-V", version, "-r", "-t", "kept", "-m", "word"];
        assert!(
            client("mosquitto_pub", address, &keep)
                .await
                .status
                .success()
        );
        let read = ["-V", version, "-t", "kept", "-C", "1", "-W", "1"];
        assert_eq!(
            client("mosquitto_sub", address, &read).await.stdout,
            b"word\n"
        );
        let remove = ["-V", version, "-r", "-t", "kept", "-n"];
        assert!(
            client("mosquitto_pub", address, &remove)
                .await
                .status
                .success()
        );
        assert!(
            client("mosquitto_sub", address, &read)
                .await
                .stdout
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_packet_above_the_limit_ends_its_sender_and_nobody_else() {
    let address = broker().await;
    let (_publisher, mut events) = link(url_of(address), &["long", "longest"]);
    up(&mut events).await;
    let folder = tempfile::tempdir().unwrap();
    for (version, length) in [("mqttv311", MAX_PACKET + 1), ("mqttv5", MAX_PACKET * 4)] {
        let file = folder.path().join("long");
        std::fs::write(&file, vec![b'x'; length]).unwrap();
        let file = file.to_str().unwrap();
        let long = ["-V", version, "-q", "1", "-r", "-t", "long", "-f", file];
        client("mosquitto_pub", address, &long).await;
    }
    // Nothing of these arrived. The longest that passes reaches the hub's kind of client, though the broker adds to it.
    let file = folder.path().join("longest");
    std::fs::write(&file, vec![b'x'; MAX_PACKET - 16]).unwrap();
    let file = file.to_str().unwrap();
    let longest = ["-q", "1", "-r", "-t", "longest", "-f", file];
    assert!(
        client("mosquitto_pub", address, &longest)
            .await
            .status
            .success()
    );
    let Event::Message { topic, payload, .. } = next_event(&mut events).await else {
        panic!()
    };
    assert_eq!(
        (topic.as_str(), payload.len()),
        ("longest", MAX_PACKET - 16)
    );
}

#[tokio::test]
async fn a_long_message_reaches_no_topic_that_nodes_hear() {
    let address = broker().await;
    let (publisher, mut events) = link(as_hub(address), &["picket/v1/#"]);
    up(&mut events).await;
    for topic in ["picket/v1/hub/status", "picket/v1/pi-01/order"] {
        publisher
            .try_publish(topic, vec![b'x'; 9000], true)
            .unwrap();
        publisher.try_publish(topic, "short", false).unwrap();
        let Event::Message { payload, .. } = next_event(&mut events).await else {
            panic!()
        };
        assert_eq!(payload, b"short");
    }
    publisher
        .try_publish("picket/v1/pi-01/report", vec![b'x'; 9000], false)
        .unwrap();
    let Event::Message { payload, .. } = next_event(&mut events).await else {
        panic!()
    };
    assert_eq!(payload.len(), 9000, "this one is for the hub to judge");
    let (_late, mut later) = link(as_hub(address), &["picket/v1/#"]);
    up(&mut later).await;
    publisher
        .try_publish("picket/v1/hub/ready", "", false)
        .unwrap();
    let Event::Message { topic, .. } = next_event(&mut later).await else {
        panic!()
    };
    assert_eq!(topic, "picket/v1/hub/ready", "nothing long is retained");
}

#[tokio::test]
async fn members_of_a_shared_subscription_take_turns() {
    let address = broker().await;
    let (_one, mut first) = link(url_of(address), &["$share/group/work"]);
    let (_two, mut second) = link(url_of(address), &["$share/group/work"]);
    let (publisher, mut events) = link(url_of(address), &["ready"]);
    up(&mut first).await;
    up(&mut second).await;
    up(&mut events).await;
    publish(&publisher, "ready", b"").await;
    next_event(&mut events).await;
    for _ in 0..4 {
        publisher.try_publish("work", "piece", false).unwrap();
    }
    for member in [&mut first, &mut second] {
        for _ in 0..2 {
            assert!(matches!(next_event(member).await, Event::Message { .. }));
        }
    }
}

#[tokio::test]
async fn a_taken_port_is_named_with_what_to_do() {
    let mosquitto = Mosquitto::start("").await;
    let error = Broker::bind(&[mosquitto.address()], 200, access())
        .await
        .unwrap_err();
    assert!(error.is_taken());
    assert!(
        error.to_string().contains("another program has the port"),
        "{error}"
    );
}

#[tokio::test]
async fn made_up_topics_fill_no_memory_and_drive_nothing_out() {
    let storage = Retained::new(3, 1000);
    let count = async |topic: &str, payload: &[u8]| {
        let publish = rmqtt::codec::types::Publish {
            dup: false,
            retain: true,
            qos: rmqtt::types::QoS::AtLeastOnce,
            topic: topic.into(),
            packet_id: None,
            payload: payload.to_vec().into(),
            properties: None,
        };
        let publish = rmqtt::types::Publish::from(Box::new(publish));
        let from = rmqtt::types::From::from_system(rmqtt::types::Id::from(1, "test".into()));
        let retain = rmqtt::types::Retain {
            msg_id: None,
            from,
            publish,
        };
        use rmqtt::retain::RetainStorage;
        storage
            .set(&topic.into(), retain, Some(Duration::ZERO))
            .await
            .unwrap();
        storage.get(&"#".into()).await.unwrap().len()
    };
    assert_eq!(count("a", b"1").await, 1);
    assert_eq!(count("b", &[0; 999]).await, 1, "too many bytes");
    assert_eq!(count("b", b"1").await, 2);
    assert_eq!(count("c", b"1").await, 3);
    assert_eq!(count("d", b"1").await, 3, "too many topics");
    assert_eq!(count("a", b"other").await, 3, "a known topic still changes");
    assert_eq!(count("a", b"").await, 2);
    assert_eq!(count("d", b"1").await, 3, "there is room again");
}
