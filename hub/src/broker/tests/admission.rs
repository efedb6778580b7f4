//! Who gets in, and what is taken from them: Mosquitto's programs over TLS and on loopback.

use super::house::{House, heard, identity_in};
use crate::mqtt::tests::{program_at, run};

#[tokio::test]
async fn a_node_speaks_over_tls_and_what_it_may_not_say_reaches_nobody() {
    let house = House::start().await;
    let (_publisher, mut events) = house.hub().await;
    for version in ["mqttv311", "mqttv5"] {
        for topic in [
            "picket/v1/pi-01/order",
            "picket/v1/pi-02/report",
            "picket/v1/pi-03/report",
            "picket/v1/hub/status",
            "picket/v1/hub/ask/drill",
            "picket/v1/pi-01/join",
            "homeassistant/device/picket_pi-01/config",
        ] {
            let args = ["-V", version, "-r", "-t", topic, "-m", "forged"];
            house.publish("pi-01", "pi-01", &args).await;
        }
        let report = ["-V", version, "-t", "picket/v1/pi-01/report", "-m", "true"];
        let (done, said) = house.publish("pi-01", "pi-01", &report).await;
        assert!(done, "{said}");
        let (topic, payload) = heard(&mut events).await;
        assert_eq!(
            (topic.as_str(), payload.as_slice()),
            ("picket/v1/pi-01/report", &b"true"[..])
        );
    }
}

#[tokio::test]
async fn nobody_gets_in_over_tls_without_a_right_password_and_an_own_client_id() {
    let house = House::start().await;
    let (_publisher, mut events) = house.hub().await;
    let word = ["-t", "picket/v1/pi-01/report", "-m", "forged"];
    for (user, password) in [
        ("pi-01", "pi-02"),
        ("pi-09", "pi-09"),
        ("hub", "hub"),
        ("pi-07", "secret"),
    ] {
        let (done, said) = house.publish(user, password, &word).await;
        assert!(
            !done && said.contains("Connection Refused"),
            "{user}: {said}"
        );
    }
    let mut nobody = program_at("mosquitto_pub", house.tls);
    nobody
        .arg("--insecure")
        .arg("--cafile")
        .arg(house.ca())
        .args(word);
    let (done, said) = run(nobody).await;
    assert!(!done && said.contains("not authorised"), "{said}");
    for id in ["pi-02", "pi-01x", "hub-0123abcd"] {
        let args = ["-i", id, "-q", "1", word[0], word[1], word[2], word[3]];
        let foreign = house.over_tls("mosquitto_pub", "pi-01", "pi-01", &args);
        let (done, said) = run(foreign).await;
        assert!(!done && said.contains("not authorised"), "{id}: {said}");
    }
    let mark = ["-t", "picket/v1/pi-02/report", "-m", "mark"];
    assert!(house.publish("pi-02", "pi-02", &mark).await.0);
    assert_eq!(heard(&mut events).await.1, b"mark");
}

#[tokio::test]
async fn plain_text_and_another_ca_get_nothing() {
    let house = House::start().await;
    let word = [
        "-u",
        "pi-01",
        "-P",
        "pi-01",
        "-i",
        "pi-01",
        "-t",
        "picket/v1/pi-01/report",
        "-m",
        "x",
    ];
    let mut plain = program_at("mosquitto_pub", house.tls);
    plain.args(word);
    assert!(!run(plain).await.0, "plain text to the port of TLS");
    let folder = tempfile::tempdir().unwrap();
    let other = identity_in(&folder);
    let mut other_ca = program_at("mosquitto_pub", house.tls);
    other_ca
        .arg("--insecure")
        .arg("--cafile")
        .arg(other.dir().join("ca.pem"))
        .args(word);
    assert!(!run(other_ca).await.0, "the CA of another site");
    let mut by_name = program_at("mosquitto_pub", house.tls);
    by_name.arg("--cafile").arg(house.ca()).args(word);
    let (done, _) = run(by_name).await;
    assert!(!done, "127.0.0.1 is not what the certificate is for");
    let (done, said) = house
        .publish(
            "pi-01",
            "pi-01",
            &["-t", "picket/v1/pi-01/report", "-m", "x"],
        )
        .await;
    assert!(done, "the same with all of it right: {said}");
}

#[tokio::test]
async fn a_node_hears_its_orders_and_the_hub_and_nobody_else_s() {
    let house = House::start().await;
    let (publisher, _events) = house.hub().await;
    for topic in [
        "picket/v1/pi-02/order",
        "picket/v1/pi-02/facts",
        "picket/v1/pi-01/facts",
        "picket/v1/pi-01/order",
        "picket/v1/hub/status",
    ] {
        publisher.try_publish(topic, topic, true).unwrap();
    }
    for filter in [
        "#",
        "picket/v1/+/order",
        "$share/g/picket/v1/+/order",
        "picket/v1/pi-02/order",
        "picket/v1/pi-01/facts",
    ] {
        let args = ["-i", "pi-01", "-q", "1", "-t", filter, "-C", "1", "-W", "1"];
        let (_, said) = run(house.over_tls("mosquitto_sub", "pi-01", "pi-01", &args)).await;
        assert!(!said.contains("picket/v1"), "{filter}: {said}");
    }
    let args = [
        "-i",
        "pi-01",
        "-q",
        "1",
        "-t",
        "picket/v1/pi-01/order",
        "-t",
        "picket/v1/hub/status",
        "-C",
        "2",
        "-W",
        "20",
    ];
    let (done, said) = run(house.over_tls("mosquitto_sub", "pi-01", "pi-01", &args)).await;
    assert!(
        done && said.contains("pi-01/order") && said.contains("hub/status"),
        "{said}"
    );
}

#[tokio::test]
async fn the_bearer_of_a_token_and_home_assistant_have_their_topics() {
    let house = House::start().await;
    let (_publisher, mut events) = house.hub().await;
    for (user, password, id, topic) in [
        ("pi-07.join", "secret", "pi-07.join", "picket/v1/pi-07/join"),
        (
            "home.assistant",
            "ha",
            "anything",
            "picket/v1/hub/ask/pi-01/identify",
        ),
        ("home.assistant", "ha", "anything", "homeassistant/status"),
    ] {
        for (topic, payload) in [("picket/v1/pi-01/report", "forged"), (topic, topic)] {
            let args = ["-i", id, "-q", "1", "-t", topic, "-m", payload];
            let (done, said) = run(house.over_tls("mosquitto_pub", user, password, &args)).await;
            assert!(done, "{said}");
        }
        assert_eq!(heard(&mut events).await, (topic.to_owned(), topic.into()));
    }
}

#[tokio::test]
async fn on_loopback_a_name_must_log_in_and_who_has_none_is_no_enrolled_node() {
    let house = House::start().await;
    let (_publisher, mut events) = house.hub().await;
    let publish = async |args: &[&str]| {
        let mut command = program_at("mosquitto_pub", house.plain);
        command.args(["-q", "1"]).args(args);
        run(command).await.0
    };
    let own = "picket/v1/pi-01/report";
    assert!(
        !publish(&[
            "-u", "pi-01", "-P", "wrong", "-i", "pi-01", "-t", own, "-m", "x"
        ])
        .await
    );
    assert!(!publish(&["-u", "pi-01", "-i", "pi-01", "-t", own, "-m", "x"]).await);
    assert!(!publish(&["-i", "pi-01", "-t", own, "-m", "x"]).await);
    assert!(!publish(&["-i", "pi-07.join", "-t", own, "-m", "x"]).await);
    publish(&["-i", "stranger", "-t", own, "-m", "forged"]).await;
    publish(&["-i", "stranger", "-r", "-t", "picket/v1/hub/status", "-n"]).await;
    assert!(
        publish(&[
            "-u", "pi-01", "-P", "pi-01", "-i", "pi-01", "-t", own, "-m", "named"
        ])
        .await
    );
    assert_eq!(heard(&mut events).await.1, b"named");
    assert!(
        publish(&[
            "-i",
            "pi-03",
            "-t",
            "picket/v1/pi-03/report",
            "-m",
            "first look"
        ])
        .await
    );
    assert_eq!(heard(&mut events).await.1, b"first look");
}
