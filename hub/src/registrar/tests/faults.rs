//! A disk that is full, a broker that does not listen, a site that is full: what is done all the same.

use super::support::{NOWHERE, Site, join};
use crate::mqtt::Event;
use crate::mqtt::tests::Mosquitto;
use crate::registrar::tokens::VALID;
use crate::settings::{Broker, External, LoginFrom, MosquittoFiles, Settings};
use picket_wire::Answer;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_while_the_broker_cannot_be_told_is_enrolled_and_welcomed_once_it_is() {
    let mosquitto = Mosquitto::start("").await;
    let dir = tempfile::tempdir().unwrap();
    let listens = dir.path().join("listens");
    std::fs::write(&listens, "").unwrap();
    let files = MosquittoFiles {
        password_file: dir.path().join("passwords"),
        acl_file: dir.path().join("rights"),
        reload: ["test", "-e", listens.to_str().unwrap()]
            .map(str::to_owned)
            .to_vec(),
    };
    let broker = Broker::External(External {
        url: crate::settings::url_of(mosquitto.address()),
        login: LoginFrom::Nobody,
        ca_file: None,
        files: Some(files),
    });
    let settings = Settings {
        broker,
        ..Settings::default()
    };
    let mut site = Site::with(dir, settings, VALID).await;
    site.port = mosquitto.address().port();
    let token = site.token("pi-07", false).await;

    std::fs::remove_file(&listens).unwrap();
    assert_eq!(join(&site, &token, 1, "mine").await, Answer::NotKept);
    let nodes = site.get("/api/v1/nodes").await.unwrap();
    assert_eq!(nodes["nodes"][0]["joined"], true, "{nodes}");
    assert_eq!(join(&site, &token, 1, "mine").await, Answer::NotKept);
    assert_eq!(join(&site, &token, 2, "theirs").await, Answer::TokenUsed);

    std::fs::write(&listens, "").unwrap();
    assert_eq!(join(&site, &token, 1, "mine").await, Answer::Welcome);
    let passwords = std::fs::read_to_string(site.dir.path().join("passwords")).unwrap();
    assert!(passwords.contains("pi-07:"), "{passwords}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_expelled_while_the_disk_fails_is_out_all_the_same_and_it_is_said() {
    let site = Site::open().await;
    let token = site.token("pi-07", false).await;
    assert_eq!(join(&site, &token, 1, "mine").await, Answer::Welcome);
    let mut node = site.itself("pi-07", "mine").await;
    assert!(node.is_up().await);
    let mut bearer = site.joining(&site.token("pi-07", true).await).await;
    assert!(bearer.is_up().await);

    // A folder that is not empty cannot be replaced by a file, not even by root.
    let credentials = site.dir.path().join("state/identity/credentials.toml");
    std::fs::remove_file(&credentials).unwrap();
    std::fs::create_dir_all(credentials.join("full")).unwrap();
    let words = site
        .refusal("/api/v1/expel", json!({"node": "pi-07"}))
        .await;
    assert!(words.contains("pi-07 is let in no more, but "), "{words}");
    assert!(words.contains("credentials.toml"), "{words}");
    assert_eq!(node.event().await, Event::Down);
    assert!(node.stays_out().await);
    assert_eq!(bearer.event().await, Event::Down);
    let nodes = site.get("/api/v1/nodes").await.unwrap();
    assert_eq!(nodes["nodes"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_token_counts_among_the_nodes_that_may_be_known() {
    let broker = Broker::Embedded {
        listen: vec![NOWHERE],
        listen_tls: vec![NOWHERE],
    };
    let settings = Settings {
        broker,
        max_nodes: 2,
        ..Settings::default()
    };
    let site = Site::with(tempfile::tempdir().unwrap(), settings, VALID).await;
    let first = site.token("pi-01", false).await;
    site.token("pi-02", false).await;
    let third = json!({"nodes": ["pi-03"], "address": "hub.lan:8883"});
    let words = site.refusal("/api/v1/enroll", third.clone()).await;
    assert!(words.contains("max_nodes = 2"), "{words}");
    // Its token of before is void, so it counts once.
    assert_ne!(site.token("pi-01", false).await, first);
    let gone = json!({"node": "pi-02"});
    site.post("/api/v1/expel", gone).await.unwrap();
    site.post("/api/v1/enroll", third).await.unwrap();
}
