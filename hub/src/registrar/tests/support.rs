//! A whole hub in this process, and connections of nodes to it.

use crate::broker_url::BrokerUrl;
use crate::login::Login;
use crate::mqtt::{self, Event, Publisher};
use crate::registrar::tokens::VALID;
use crate::roster::verifier;
use crate::run::{self, Options, Running, Taken};
use crate::settings::{Broker, Settings};
use crate::socket::{self, AskError};
use picket_hub_core::time::Millis;
use picket_wire::sign::{self, SigningKey, VerifyingKey, Whose};
use picket_wire::token::{Token, join_user};
use picket_wire::{
    Answer, BootId, Flags, Frame, FrameWriter, Header, Join, Joined, Kind, MAX_FRAME, NodeTopic,
    RunBits, Section, SessionId, section,
};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub(super) const PATIENCE: Duration = Duration::from_secs(30);
pub(super) const NOWHERE: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A hub of the site `home`.
pub(super) struct Site {
    pub(super) dir: tempfile::TempDir,
    pub(super) port: u16,
    pub(super) page: SocketAddr,
    _hub: JoinHandle<()>,
}

impl Site {
    pub(super) async fn start(valid: Millis, listen_tls: Vec<SocketAddr>) -> Site {
        let broker = Broker::Embedded {
            listen: vec![NOWHERE],
            listen_tls,
        };
        let settings = Settings {
            broker,
            ..Settings::default()
        };
        Site::with(tempfile::tempdir().unwrap(), settings, valid).await
    }

    /// In a folder, with settings of which files and the page are made its own.
    pub(super) async fn with(dir: tempfile::TempDir, settings: Settings, valid: Millis) -> Site {
        let settings = Settings {
            state_dir: dir.path().join("state"),
            nodes_file: dir.path().join("nodes.toml"),
            web: NOWHERE,
            ..settings
        };
        let options = Options {
            runtime_dir: dir.path().join("run"),
            taken: Taken::Fail,
            config: None,
            token_valid: valid,
        };
        let hub: Running = run::start(&settings, &options).await.unwrap();
        let (port, page) = (hub.addresses().broker.port(), hub.addresses().page);
        let hub = tokio::spawn(async move { hub.until(std::future::pending()).await.unwrap() });
        let site = Site {
            dir,
            port,
            page,
            _hub: hub,
        };
        // Answers leave only once the hub has its own connection.
        site.wait("the hub is connected", async |site: &Site| {
            let health = site.get("/healthz").await.unwrap();
            (health["status"] == "ok").then_some(())
        })
        .await;
        site
    }

    pub(super) async fn open() -> Site {
        Site::start(VALID, vec![NOWHERE]).await
    }

    pub(super) fn run_dir(&self) -> PathBuf {
        self.dir.path().join("run")
    }

    pub(super) async fn get(&self, target: &str) -> Result<Value, AskError> {
        socket::get(&self.run_dir(), target).await
    }

    pub(super) async fn post(&self, target: &str, body: Value) -> Result<Value, AskError> {
        socket::post(&self.run_dir(), target, &body).await
    }

    /// A token for a node.
    pub(super) async fn token(&self, node: &str, replace: bool) -> Token {
        let wish = json!({"nodes": [node], "replace": replace, "address": "hub.lan:8883"});
        let given = self.post("/api/v1/enroll", wish).await.unwrap();
        assert_eq!(given["tokens"][0]["node"], node);
        given["tokens"][0]["token"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    }

    pub(super) async fn refusal(&self, target: &str, body: Value) -> String {
        self.post(target, body).await.unwrap_err().to_string()
    }

    /// What `pi-07` joins with.
    pub(super) async fn connect(&self, user: &str, password: &str, hears: &[String]) -> Client {
        let login = Login::new(user, password);
        let url = BrokerUrl::new("127.0.0.1", self.port).with_login(login);
        let (publisher, events, driver) = mqtt::connect(mqtt::Options {
            url,
            client_id: user.to_owned(),
            will: None,
            subscriptions: hears.to_vec(),
            max_packet: mqtt::MAX_PACKET,
        });
        Client {
            publisher,
            events,
            driver: tokio::spawn(driver.run()),
        }
    }

    pub(super) async fn joining(&self, token: &Token) -> Client {
        let user = join_user(token.node);
        let hears = [NodeTopic::Joined.of(token.node).as_str().to_owned()];
        self.connect(&user, &token.secret.password(), &hears).await
    }

    pub(super) async fn itself(&self, node: &str, password: &str) -> Client {
        self.connect(node, password, &[]).await
    }

    pub(super) fn nodes_file(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("nodes.toml")).unwrap_or_default()
    }

    pub(super) async fn wait<T>(&self, what: &str, look: impl AsyncFn(&Site) -> Option<T>) -> T {
        let looking = async {
            loop {
                if let Some(found) = look(self).await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, looking).await;
        found.unwrap_or_else(|_| panic!("waited in vain: {what}"))
    }
}

/// A connection of a node, or of who says to be one.
pub(super) struct Client {
    pub(super) publisher: Publisher,
    pub(super) events: mpsc::Receiver<Event>,
    driver: JoinHandle<()>,
}

impl Drop for Client {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Client {
    pub(super) async fn event(&mut self) -> Event {
        let event = tokio::time::timeout(PATIENCE, self.events.recv()).await;
        event.expect("an event in time").unwrap()
    }

    pub(super) async fn is_up(&mut self) -> bool {
        matches!(self.event().await, Event::Up)
    }

    /// Whether it stays outside for a while: a refused connection is tried again and again.
    pub(super) async fn stays_out(&mut self) -> bool {
        let heard = tokio::time::timeout(Duration::from_millis(1500), self.events.recv());
        heard.await.is_err()
    }

    /// Asks to join, again and again as an agent does, and gives the answer to this key.
    pub(super) async fn ask(&mut self, token: &Token, frame: &[u8], key: &SigningKey) -> Answer {
        let topic = NodeTopic::Join.of(token.node);
        for _ in 0..10 {
            let _ = self.publisher.try_publish(&topic, frame, false);
            let heard = tokio::time::timeout(Duration::from_secs(3), self.events.recv()).await;
            if let Ok(Some(Event::Message { payload, .. })) = heard {
                let joined = answer(&payload, token);
                assert_eq!(joined.key, key.verifying_key().to_bytes());
                return joined.answer();
            }
        }
        panic!("no answer")
    }
}

/// What the hub of the token says to its node.
pub(super) fn answer(payload: &[u8], token: &Token) -> Joined {
    let frame = Frame::decode(payload).unwrap();
    let hub = VerifyingKey::from_bytes(&token.hub_key).unwrap();
    sign::verify(&frame, &hub, &token.site, Whose::Node(token.node)).unwrap();
    match frame.sections().next() {
        Some(Ok(Section::Joined(joined))) => joined,
        other => panic!("{other:?}"),
    }
}

/// Of a node that asks to join.
pub(in crate::registrar) const HEADER: Header = Header {
    kind: Kind::Join,
    flags: Flags {
        signed: true,
        backlog: false,
    },
    boot: BootId(1),
    session: SessionId(2),
    seq: 0,
    run: RunBits::NONE,
    uptime_ms: 3,
};

pub(in crate::registrar) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(super) fn request(token: &Token, key: &SigningKey, password: &str) -> Vec<u8> {
    let join = Join {
        key: key.verifying_key().to_bytes(),
        password: verifier(password.as_bytes(), [1; 12]),
    };
    let mut buffer = [0; MAX_FRAME];
    let mut writer = FrameWriter::new(&mut buffer, &HEADER).unwrap();
    writer.section(section::JOIN, &join).unwrap();
    let whose = Whose::Node(token.node);
    sign::sign(writer, key, &token.site, whose)
        .unwrap()
        .to_vec()
}

/// Joins, and gives the answer.
pub(super) async fn join(site: &Site, token: &Token, seed: u8, password: &str) -> Answer {
    let mut client = site.joining(token).await;
    assert!(client.is_up().await);
    let frame = request(token, &key(seed), password);
    client.ask(token, &frame, &key(seed)).await
}
