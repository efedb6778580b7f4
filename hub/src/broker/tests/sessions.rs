//! Wills, and sessions that end or change hands.

use super::house::{House, PATIENCE, enrolled, heard, node, running};
use super::*;
use crate::mqtt::tests::{program_at, run};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Child;

/// A client without a name on loopback that leaves a will, once it is connected.
async fn with_will(house: &House, id: &str, topic: &str) -> Child {
    let mut command = program_at("mosquitto_sub", house.plain);
    command.args(["-i", id, "-t", "ready", "-v", "--will-retain"]);
    command.args(["--will-topic", topic, "--will-payload", "gone"]);
    let mut child = running(command);
    say_ready(house, &mut child).await;
    child
}

/// Says `ready` until the client heard it.
async fn say_ready(house: &House, child: &mut Child) {
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.as_mut().unwrap());
    let hear = output.read_line(&mut line);
    tokio::pin!(hear);
    let heard = async {
        loop {
            let mut word = program_at("mosquitto_pub", house.plain);
            word.args(["-t", "ready", "-m", "now"]);
            run(word).await;
            let soon = tokio::time::timeout(Duration::from_millis(200), &mut hear).await;
            if soon.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, heard).await.unwrap();
}

#[tokio::test]
async fn a_will_is_published_if_its_client_may_and_else_the_client_is_refused() {
    let house = House::start().await;
    let (_publisher, mut events) = house.hub().await;
    for topic in [
        "picket/v1/pi-03/order",
        "picket/v1/hub/status",
        "picket/v1/pi-01/status",
    ] {
        let mut command = program_at("mosquitto_sub", house.plain);
        command.args([
            "-t",
            "x",
            "-W",
            "1",
            "--will-topic",
            topic,
            "--will-payload",
            "gone",
        ]);
        let (_, said) = run(command).await;
        assert!(said.contains("not authorised"), "{topic}: {said}");
    }
    let mut child = with_will(&house, "pi-03", "picket/v1/pi-03/status").await;
    child.kill().await.unwrap();
    let (topic, payload) = heard(&mut events).await;
    assert_eq!(
        (topic.as_str(), payload.as_slice()),
        ("picket/v1/pi-03/status", &b"gone"[..])
    );
}

#[tokio::test]
async fn a_will_that_was_left_before_its_node_joined_is_nobody_s_word() {
    let house = House::start().await;
    let (_publisher, mut events) = house.hub().await;
    let mut child = with_will(&house, "stranger", "picket/v1/pi-03/status").await;
    house.roster.enrol(node("pi-03"), enrolled("pi-03"));
    child.kill().await.unwrap();
    let mut other = with_will(&house, "other", "picket/v1/pi-04/status").await;
    other.kill().await.unwrap();
    let (topic, _) = heard(&mut events).await;
    assert_eq!(topic, "picket/v1/pi-04/status");
    let late = ["-t", "picket/v1/pi-03/status", "-C", "1", "-W", "1"];
    let late = client("mosquitto_sub", house.plain, &late).await;
    assert!(late.stdout.is_empty(), "nor is it retained");
}

#[tokio::test]
async fn an_expelled_node_is_cut_off_at_once_and_nothing_of_it_is_kept() {
    let house = House::start().await;
    let (publisher, mut events) = house.hub().await;
    let args = [
        "-i",
        "pi-01",
        "-c",
        "-q",
        "1",
        "-t",
        "picket/v1/pi-01/order",
        "--will-topic",
        "picket/v1/pi-01/status",
        "--will-payload",
        "gone",
        "--will-retain",
    ];
    let mut child = running(house.over_tls("mosquitto_sub", "pi-01", "pi-01", &args));
    let order = "picket/v1/pi-01/order";
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let obeys = async {
        while line.is_empty() {
            publisher.try_publish(order, "1\n", false).unwrap();
            let soon = output.read_line(&mut line);
            let _ = tokio::time::timeout(Duration::from_millis(200), soon).await;
        }
    };
    tokio::time::timeout(PATIENCE, obeys).await.unwrap();
    house.roster.expel(node("pi-01"));
    house.handle.kick(node("pi-01")).await;
    // mosquitto_sub tries again by itself, and is refused, which ends it.
    let ended = tokio::time::timeout(PATIENCE, child.wait())
        .await
        .unwrap()
        .unwrap();
    assert!(!ended.success());
    let mut rest = String::new();
    output.read_to_string(&mut rest).await.unwrap();
    // Whoever has that name next is another one.
    publisher
        .try_publish(order, "for the one of before", false)
        .unwrap();
    house.roster.enrol(node("pi-01"), enrolled("pi-01"));
    let again = [
        "-i",
        "pi-01",
        "-c",
        "-q",
        "1",
        "-t",
        "picket/v1/hub/status",
        "-E",
    ];
    let (done, said) = run(house.over_tls("mosquitto_sub", "pi-01", "pi-01", &again)).await;
    assert!(done, "{said}");
    publisher
        .try_publish(order, "not subscribed any more", false)
        .unwrap();
    publisher
        .try_publish("picket/v1/hub/status", "mark", true)
        .unwrap();
    let (done, said) = house.hears_first("pi-01").await;
    assert!(done && said.trim() == "mark", "{said}");
    let mut topics = Vec::new();
    while let Ok(Event::Message { topic, .. }) = events.try_recv() {
        topics.push(topic);
    }
    assert!(
        !topics
            .iter()
            .any(|topic| topic.ends_with("/status") && topic.contains("pi-01")),
        "{topics:?}"
    );
}

#[tokio::test]
async fn a_kept_session_of_somebody_without_a_name_is_not_handed_to_the_node() {
    let house = House::start().await;
    let (publisher, _events) = house.hub().await;
    let keep = [
        "-i",
        "pi-03",
        "-c",
        "-q",
        "1",
        "-t",
        "picket/v1/pi-02/report",
        "-E",
    ];
    let mut command = program_at("mosquitto_sub", house.plain);
    command.args(keep);
    assert!(run(command).await.0);
    publisher
        .try_publish("picket/v1/pi-02/report", "waits", false)
        .unwrap();
    house.roster.enrol(node("pi-03"), enrolled("pi-03"));
    publisher
        .try_publish("picket/v1/hub/status", "mark", true)
        .unwrap();
    let (done, said) = house.hears_first("pi-03").await;
    assert!(done && said.trim() == "mark", "{said}");
}
