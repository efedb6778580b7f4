//! A whole hub in this process: its socket, its broker, and nodes that join by what they were given.

mod faults;
pub(super) mod support;

use crate::mqtt::Event;
use crate::registrar::tokens::VALID;
use picket_hub_core::time::Millis;
use picket_wire::token::Token;
use picket_wire::{Answer, NodeId, NodeTopic};
use serde_json::json;
use support::{NOWHERE, Site, join, key, request};

#[tokio::test(flavor = "multi_thread")]
async fn a_node_joins_by_its_token_and_another_key_does_not() {
    let site = Site::open().await;
    let token = site.token("pi-07", false).await;
    assert_eq!(token.address.as_str(), "hub.lan:8883");
    assert!(site.itself("pi-07", "mine").await.stays_out().await);

    assert_eq!(join(&site, &token, 1, "mine").await, Answer::Welcome);
    assert!(
        site.nodes_file().contains("[nodes.pi-07]"),
        "{}",
        site.nodes_file()
    );
    assert!(site.itself("pi-07", "mine").await.is_up().await);
    assert_eq!(
        join(&site, &token, 1, "mine").await,
        Answer::Welcome,
        "the answer was lost"
    );
    assert_eq!(join(&site, &token, 2, "theirs").await, Answer::TokenUsed);
    assert!(site.itself("pi-07", "theirs").await.stays_out().await);

    let nodes = site.get("/api/v1/nodes").await.unwrap();
    let node = nodes["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|n| n["id"] == "pi-07");
    assert_eq!(node.unwrap()["joined"], true, "{nodes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_its_key_did_not_sign_is_refused_and_uses_nothing_up() {
    let site = Site::open().await;
    let token = site.token("pi-07", false).await;
    let mut client = site.joining(&token).await;
    assert!(client.is_up().await);
    let elsewhere = Token {
        node: NodeId::parse("pi-08").unwrap(),
        ..token.clone()
    };
    let frame = request(&elsewhere, &key(1), "mine");
    assert_eq!(client.ask(&token, &frame, &key(1)).await, Answer::Malformed);
    let frame = request(&token, &key(1), "mine");
    assert_eq!(client.ask(&token, &frame, &key(1)).await, Answer::Welcome);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_card_takes_the_place_of_one_only_when_that_is_wished() {
    let site = Site::open().await;
    let token = site.token("pi-07", false).await;
    assert_eq!(join(&site, &token, 1, "old").await, Answer::Welcome);
    let mut old = site.itself("pi-07", "old").await;
    assert!(old.is_up().await);
    let words = site
        .refusal("/api/v1/enroll", json!({"nodes": ["pi-08", "pi-07"]}))
        .await;
    assert!(words.contains("enroll --replace pi-07"), "{words}");

    let token = site.token("pi-07", true).await;
    assert!(
        old.publisher.is_up(),
        "nothing happens before the new card has joined"
    );
    assert_eq!(join(&site, &token, 2, "new").await, Answer::Welcome);
    assert_eq!(old.event().await, Event::Down);
    assert!(old.stays_out().await);
    assert!(site.itself("pi-07", "new").await.is_up().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_over_or_was_followed_by_another_lets_nobody_in() {
    let site = Site::start(Millis(2_000), vec![NOWHERE]).await;
    let first = site.token("pi-07", false).await;
    let mut bearer = site.joining(&first).await;
    assert!(bearer.is_up().await);
    let second = site.token("pi-07", false).await;
    assert_eq!(bearer.event().await, Event::Down, "the first is void");
    drop(bearer);
    let mut bearer = site.joining(&second).await;
    assert!(bearer.is_up().await);
    assert_eq!(bearer.event().await, Event::Down, "its time is over");
    assert!(bearer.stays_out().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_expelled_is_out_at_once_and_forgotten() {
    let site = Site::open().await;
    let token = site.token("pi-07", false).await;
    assert_eq!(join(&site, &token, 1, "mine").await, Answer::Welcome);
    let mut node = site.itself("pi-07", "mine").await;
    assert!(node.is_up().await);

    let words = site
        .refusal("/api/v1/expel", json!({"node": "pi-70"}))
        .await;
    assert!(words.contains("did you mean pi-07?"), "{words}");
    let said = site
        .post("/api/v1/expel", json!({"node": "pi-07"}))
        .await
        .unwrap();
    assert_eq!(
        said,
        json!({"node": "pi-07", "was_enrolled": true, "retired": 0})
    );
    assert_eq!(node.event().await, Event::Down);
    assert!(node.stays_out().await);
    assert!(
        !site.nodes_file().contains("pi-07"),
        "{}",
        site.nodes_file()
    );
    let nodes = site.get("/api/v1/nodes").await.unwrap();
    assert_eq!(nodes["nodes"], json!([]));
    assert!(
        site.joining(&token).await.stays_out().await,
        "its token went with it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn home_assistant_gets_a_login_and_a_second_one_voids_the_first() {
    let site = Site::open().await;
    let wish = json!({"address": "hub.lan:8883"});
    let mut passwords = Vec::new();
    for _ in 0..2 {
        let login = site
            .post("/api/v1/enroll-home-assistant", wish.clone())
            .await
            .unwrap();
        assert_eq!(login["user"], "home.assistant");
        assert_eq!(login["address"], "hub.lan:8883");
        assert_eq!(login["local"], format!("127.0.0.1:{}", site.port));
        let ca = std::fs::read_to_string(login["ca_file"].as_str().unwrap()).unwrap();
        assert!(ca.contains("BEGIN CERTIFICATE"));
        passwords.push(login["password"].as_str().unwrap().to_owned());
    }
    assert!(
        site.itself("home.assistant", &passwords[1])
            .await
            .is_up()
            .await
    );
    assert!(
        site.itself("home.assistant", &passwords[0])
            .await
            .stays_out()
            .await
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_listener_no_token_is_given_until_there_is_one() {
    let site = Site::start(VALID, Vec::new()).await;
    let joining = site.get("/api/v1/joining").await.unwrap();
    assert_eq!(joining["listeners_tls"], json!([]));
    assert_eq!(joining["broker"], "embedded");
    assert_eq!(joining["ca_sha256"].as_str().unwrap().len(), 64);
    let words = site
        .refusal("/api/v1/enroll", json!({"nodes": ["pi-07"]}))
        .await;
    assert!(words.contains("--listen 0.0.0.0:8883"), "{words}");

    let listens = site
        .post("/api/v1/listen", json!({"address": "127.0.0.1:0"}))
        .await
        .unwrap();
    let joining = site.get("/api/v1/joining").await.unwrap();
    assert_eq!(joining["listeners_tls"], json!([listens["address"]]));
    let given = site
        .post("/api/v1/enroll", json!({"nodes": ["pi-07"]}))
        .await
        .unwrap();
    assert_eq!(given["tokens"][0]["address"], listens["address"]);
    assert_eq!(given["address_from"], "listener");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_understood_is_refused_in_words() {
    let site = Site::open().await;
    for (target, body, word) in [
        ("enroll", json!({"nodes": []}), "at least one"),
        ("enroll", json!({"nodes": ["Pi 7"]}), "no name of a node"),
        (
            "enroll",
            json!({"nodes": ["pi-07"], "replaces": true}),
            "unknown field",
        ),
        (
            "enroll",
            json!({"nodes": ["pi-07"], "address": "hub"}),
            "HOST:PORT",
        ),
        ("expel", json!({"node": "hub"}), "reserved"),
        ("clear", json!({"all": false}), "everything"),
        ("clear", json!({}), "missing field"),
    ] {
        let words = site.refusal(&format!("/api/v1/{target}"), body).await;
        assert!(words.contains(word), "{target}: {words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clear_removes_everything_that_is_retained_and_the_hub_is_silent() {
    let site = Site::open().await;
    let token = site.token("pi-07", false).await;
    assert_eq!(join(&site, &token, 1, "mine").await, Answer::Welcome);
    let mut node = site.itself("pi-07", "mine").await;
    assert!(node.is_up().await);
    let status = NodeTopic::Status.of(token.node);
    node.publisher
        .try_publish(&status, "online 0001.1", true)
        .unwrap();
    let wish = json!({"address": "hub.lan:8883"});
    let login = site
        .post("/api/v1/enroll-home-assistant", wish)
        .await
        .unwrap();
    let all = ["picket/v1/hub/#".to_owned(), "homeassistant/#".to_owned()];
    let password = login["password"].as_str().unwrap();
    let mut watcher = site.connect("home.assistant", password, &all).await;
    assert!(watcher.is_up().await);
    site.wait(
        "the node is shown to Home Assistant",
        async |site: &Site| {
            let nodes = site.get("/api/v1/nodes").await.unwrap();
            (nodes["nodes"][0]["presence"] == "alive" || nodes["nodes"][0]["joined"] == true)
                .then_some(())
        },
    )
    .await;

    let said = site
        .post("/api/v1/clear", json!({"all": true}))
        .await
        .unwrap();
    assert!(said["nodes_broker"].as_u64().unwrap() >= 1, "{said}");
    assert!(said["home_assistant"].as_u64().unwrap() >= 1, "{said}");
    drop(watcher);
    let mut late = site.connect("home.assistant", password, &all).await;
    assert!(late.is_up().await);
    assert!(late.stays_out().await, "nothing is left, and nothing comes");
}

#[tokio::test(flavor = "multi_thread")]
async fn none_of_it_is_answered_on_tcp() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let site = Site::open().await;
    for (method, path) in [
        ("POST", "enroll"),
        ("POST", "enroll-home-assistant"),
        ("POST", "expel"),
        ("POST", "clear"),
        ("POST", "listen"),
        ("GET", "joining"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(site.page).await.unwrap();
        let request = format!(
            "{method} /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             Content-Length: 2\r\n\r\n{{}}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
}
