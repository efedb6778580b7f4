//! A connection with a real mosquitto at its other end.

use super::*;
use crate::login::Login;
use picket_testing::free_port;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// Longest wait for anything in these tests.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mosquitto of the test's own; it ends with the value.
pub(crate) struct Mosquitto {
    address: SocketAddr,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Mosquitto {
    /// Starts one on a free port, with more lines of configuration.
    pub(crate) async fn start(more: &str) -> Mosquitto {
        Mosquitto::start_at((Ipv4Addr::LOCALHOST, free_port()).into(), more).await
    }

    /// Starts one on a port that was free a moment ago.
    pub(crate) async fn start_at(address: SocketAddr, more: &str) -> Mosquitto {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mosquitto.conf");
        let port = address.port();
        let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\n{more}\n");
        std::fs::write(&file, text).unwrap();
        let child = Command::new(mosquitto_program())
            .arg("-c")
            .arg(&file)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let answers = async {
            while TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answers).await.unwrap();
        Mosquitto {
            address,
            child,
            _folder: folder,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    async fn stop(mut self) -> SocketAddr {
        self.child.kill().await.unwrap();
        self.address
    }
}

/// A client of Mosquitto's, at a broker.
pub(crate) fn program_at(program: &str, address: SocketAddr) -> Command {
    let mut command = Command::new(program);
    command.args(["-h", "127.0.0.1", "-p", &address.port().to_string()]);
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Whether it succeeded, and what it said.
pub(crate) async fn run(mut command: Command) -> (bool, String) {
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.unwrap().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// Debian's mosquitto stands where an ordinary user's shell does not look.
pub(crate) fn mosquitto_program() -> &'static str {
    let debians = "/usr/sbin/mosquitto";
    if std::path::Path::new(debians).exists() {
        debians
    } else {
        "mosquitto"
    }
}

/// A connection whose driver runs by itself.
pub(crate) fn link(url: BrokerUrl, subscriptions: &[&str]) -> (Publisher, mpsc::Receiver<Event>) {
    limited_link(url, subscriptions, 256 * 1024, None)
}

fn limited_link(
    url: BrokerUrl,
    subscriptions: &[&str],
    max_packet: usize,
    will: Option<Will>,
) -> (Publisher, mpsc::Receiver<Event>) {
    let prefix = url.login().map_or("test", |_| "hub");
    let client_id = format!("{prefix}-{:08x}", entropy());
    let subscriptions = subscriptions.iter().map(|s| (*s).to_owned()).collect();
    let (publisher, events, driver) = connect(Options {
        url,
        client_id,
        will,
        subscriptions,
        max_packet,
    });
    tokio::spawn(driver.run());
    (publisher, events)
}

/// The next event, soon.
pub(crate) async fn next_event(events: &mut mpsc::Receiver<Event>) -> Event {
    tokio::time::timeout(PATIENCE, events.recv())
        .await
        .unwrap()
        .unwrap()
}

/// Waits for the connection.
pub(crate) async fn up(events: &mut mpsc::Receiver<Event>) {
    assert_eq!(next_event(events).await, Event::Up);
}

fn url(mosquitto: &Mosquitto) -> BrokerUrl {
    BrokerUrl::new("127.0.0.1", mosquitto.address().port())
}

fn message(topic: &str, payload: &[u8], retained: bool) -> Event {
    Event::Message {
        topic: topic.to_owned(),
        payload: payload.to_vec(),
        retained,
    }
}

#[tokio::test]
async fn what_is_published_arrives_and_what_was_retained_says_so() {
    let mosquitto = Mosquitto::start("").await;
    let (publisher, mut events) = link(url(&mosquitto), &["a/+"]);
    up(&mut events).await;
    publisher.try_publish("a/b", "one", true).unwrap();
    assert_eq!(next_event(&mut events).await, message("a/b", b"one", false));
    let (_late, mut later) = link(url(&mosquitto), &["a/+"]);
    up(&mut later).await;
    assert_eq!(next_event(&mut later).await, message("a/b", b"one", true));
}

#[tokio::test]
async fn a_broker_that_comes_back_empty_finds_the_subscriptions_again() {
    let mosquitto = Mosquitto::start("").await;
    let (publisher, mut events) = link(url(&mosquitto), &["a"]);
    up(&mut events).await;
    let address = mosquitto.stop().await;
    assert_eq!(next_event(&mut events).await, Event::Down);
    assert_eq!(
        publisher.try_publish("a", "lost", false),
        Err(PublishError::Down)
    );
    let _again = Mosquitto::start_at(address, "").await;
    up(&mut events).await;
    publisher.try_publish("a", "found", false).unwrap();
    assert_eq!(next_event(&mut events).await, message("a", b"found", false));
}

#[tokio::test]
async fn a_retained_message_above_the_limit_is_left_out_and_breaks_nothing() {
    let mosquitto = Mosquitto::start("").await;
    let (publisher, mut events) = link(url(&mosquitto), &[]);
    up(&mut events).await;
    publisher
        .try_publish("a/long", vec![b'x'; 100_000], true)
        .unwrap();
    publisher.try_publish("a/short", "word", true).unwrap();
    let (_limited, mut limited) = limited_link(url(&mosquitto), &["a/#"], 8192, None);
    up(&mut limited).await;
    assert_eq!(
        next_event(&mut limited).await,
        message("a/short", b"word", true)
    );
    publisher
        .try_publish("a/long", vec![b'x'; 100_000], false)
        .unwrap();
    publisher.try_publish("a/short", "again", false).unwrap();
    assert_eq!(
        next_event(&mut limited).await,
        message("a/short", b"again", false)
    );
}

#[tokio::test]
async fn a_message_that_the_broker_would_refuse_is_not_taken() {
    let mosquitto = Mosquitto::start("max_packet_size 1000").await;
    let (publisher, mut events) = link(url(&mosquitto), &["a"]);
    up(&mut events).await;
    let refused = publisher.try_publish("a", vec![0; 2000], false);
    assert_eq!(refused, Err(PublishError::TooLong(2000)));
    assert_eq!(
        publisher.try_publish("a/+", "", false),
        Err(PublishError::Topic)
    );
    publisher.try_publish("a", vec![0; 900], false).unwrap();
    assert_eq!(
        next_event(&mut events).await,
        message("a", &[0; 900], false)
    );
}

#[tokio::test]
async fn a_goodbye_delivers_what_was_taken_and_keeps_the_will_back() {
    let mosquitto = Mosquitto::start("").await;
    let (_watcher, mut watched) = link(url(&mosquitto), &["w"]);
    up(&mut watched).await;
    let will = Will {
        topic: "w".to_owned(),
        payload: b"will".to_vec(),
        retained: false,
    };
    let (publisher, mut events) = limited_link(url(&mosquitto), &[], 8192, Some(will.clone()));
    up(&mut events).await;
    publisher.try_publish("w", "goodbye", false).unwrap();
    drop(events);
    assert_eq!(
        next_event(&mut watched).await,
        message("w", b"goodbye", false)
    );
    // A second client dies without a goodbye; its will is the next that is heard.
    let options = Options {
        url: url(&mosquitto),
        client_id: "dies".to_owned(),
        will: Some(will),
        subscriptions: Vec::new(),
        max_packet: 8192,
    };
    let (_publisher, mut events, driver) = connect(options);
    let driver = tokio::spawn(driver.run());
    up(&mut events).await;
    driver.abort();
    assert_eq!(next_event(&mut watched).await, message("w", b"will", false));
}

#[tokio::test]
async fn a_login_is_used_and_a_refusal_is_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let passwords = folder.path().join("passwords");
    std::fs::write(&passwords, "picket:secret\n").unwrap();
    let made = Command::new("mosquitto_passwd")
        .arg("-U")
        .arg(&passwords)
        .status()
        .await;
    assert!(made.unwrap().success());
    let more = format!(
        "allow_anonymous false\npassword_file {}",
        passwords.display()
    );
    let mosquitto = Mosquitto::start(&more).await;
    let port = mosquitto.address().port();
    let (refused, mut nothing) = link(url(&mosquitto), &[]);
    let picket = BrokerUrl::new("127.0.0.1", port).with_login(Login::new("picket", "secret"));
    let (_publisher, mut events) = link(picket, &[]);
    up(&mut events).await;
    assert!(!refused.is_up());
    assert!(nothing.try_recv().is_err());
}
