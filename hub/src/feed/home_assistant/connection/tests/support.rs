//! A broker, somebody who listens there, and a feed over a hub that the test drives.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use picket_hub_core::{Effect, Show, Wish};
use picket_wire::Quantity;
use serde_json::Value;
use tokio::task::JoinHandle;

use super::super::*;
use crate::broker_url::BrokerUrl;
use crate::feed::home_assistant::DISCOVERY_PREFIX;
use crate::handle::{self, Desk, Handle, Request};
use crate::mqtt::tests::mosquitto_program;
use crate::stop::Stopper;
use crate::view::sample::Fleet;

pub(super) const DEADLINE: Duration = Duration::from_secs(30);

/// A broker that keeps nothing over its end.
pub(super) struct Broker {
    pub(super) port: u16,
    child: Child,
}

impl Broker {
    pub(super) fn start(dir: &Path, port: u16) -> Broker {
        let settings = dir.join("mosquitto.conf");
        let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n");
        std::fs::write(&settings, text).unwrap();
        let child = Command::new(mosquitto_program())
            .arg("-c")
            .arg(&settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto: install it by `apt-get install mosquitto`");
        Broker { port, child }
    }

    pub(super) fn end(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What somebody at the broker hears: the last payload of every topic, and how many came.
#[derive(Default)]
pub(super) struct Heard {
    pub(super) last: BTreeMap<String, String>,
    pub(super) count: BTreeMap<String, usize>,
    pub(super) order: Vec<String>,
}

/// Another client of the broker.
pub(super) struct Ear {
    publisher: Publisher,
    pub(super) heard: Arc<Mutex<Heard>>,
    tasks: [JoinHandle<()>; 2],
}

impl Ear {
    pub(super) fn new(port: u16, client_id: &str) -> Ear {
        let (publisher, mut events, driver) = mqtt::connect(Options {
            url: BrokerUrl::new("127.0.0.1", port),
            client_id: client_id.to_owned(),
            will: None,
            subscriptions: vec!["#".to_owned()],
            max_packet: MAX_PACKET,
        });
        let heard = Arc::new(Mutex::new(Heard::default()));
        let ears = heard.clone();
        let listening = tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                if let Event::Message { topic, payload, .. } = event {
                    let mut heard = ears.lock().unwrap();
                    *heard.count.entry(topic.clone()).or_default() += 1;
                    heard.order.push(topic.clone());
                    heard
                        .last
                        .insert(topic, String::from_utf8(payload).unwrap());
                }
            }
        });
        Ear {
            publisher,
            heard,
            tasks: [listening, tokio::spawn(driver.run())],
        }
    }

    /// Waits until the last payload of `topic` is as wanted, and gives it.
    pub(super) async fn wait(&self, topic: &str, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + DEADLINE;
        loop {
            let last = self.heard.lock().unwrap().last.get(topic).cloned();
            match last {
                Some(last) if wanted(&last) => return last,
                last if Instant::now() > end => panic!("{topic} is {last:?}"),
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    pub(super) async fn wait_json(&self, topic: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
        parse(&self.wait(topic, |text| wanted(&parse(text))).await)
    }

    pub(super) fn count(&self, topic: &str) -> usize {
        self.heard
            .lock()
            .unwrap()
            .count
            .get(topic)
            .copied()
            .unwrap_or(0)
    }

    pub(super) async fn publish(&self, topic: &str, payload: &str, retained: bool) {
        let end = Instant::now() + DEADLINE;
        while let Err(error) = self.publisher.try_publish(topic, payload, retained) {
            assert!(Instant::now() < end, "{topic}: {error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// A feed over a hub core that the test drives by hand.
pub(super) struct Feeding {
    pub(super) fleet: Arc<Mutex<Fleet>>,
    pub(super) handle: Handle,
    pub(super) shows: tokio::sync::mpsc::UnboundedSender<Show>,
    pub(super) stopper: Stopper,
    pub(super) feed: JoinHandle<()>,
}

impl Feeding {
    pub(super) fn start(port: u16, fleet: Fleet) -> Feeding {
        Feeding::start_patient(port, fleet, Duration::from_secs(3600))
    }

    /// A feed that takes nodes away which the hub has not heard of for `abandon`.
    pub(super) fn start_patient(port: u16, fleet: Fleet, abandon: Duration) -> Feeding {
        let (handle, desk) = handle::channel();
        let (stopper, stop) = Stopper::new();
        let settings = Settings {
            url: BrokerUrl::new("127.0.0.1", port),
            client_id: "picket-hub-feed".to_owned(),
            discovery_prefix: DISCOVERY_PREFIX.to_owned(),
        };
        let fleet = Arc::new(Mutex::new(fleet));
        let (shows, to_show) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(answer(desk, fleet.clone(), to_show));
        let (mut feed, events, driver) = connect(settings, handle.clone());
        feed.settle = Duration::ZERO;
        feed.abandon = abandon;
        let feed = tokio::spawn(async move {
            tokio::join!(driver.run(), feed.serve(events, stop));
        });
        Feeding {
            fleet,
            handle,
            shows,
            stopper,
            feed,
        }
    }

    pub(super) fn ask(&self, wish: Wish) {
        for effect in self.fleet.lock().unwrap().ask(wish) {
            if let Effect::Show(show) = effect {
                self.shows.send(show).unwrap();
            }
        }
    }

    pub(super) fn report(&self, id: &str, readings: &[(Quantity, u8, picket_wire::Value)]) {
        self.fleet.lock().unwrap().report(id, readings);
        self.shows
            .send(Show::Node(NodeId::parse(id).unwrap()))
            .unwrap();
    }
}

async fn answer(
    mut desk: Desk,
    fleet: Arc<Mutex<Fleet>>,
    mut shows: tokio::sync::mpsc::UnboundedReceiver<Show>,
) {
    loop {
        tokio::select! {
            request = desk.requests.recv() => match request {
                Some(Request::Read(question)) => question(&fleet.lock().unwrap().known()),
                Some(Request::Wish(_, _) | Request::HomeAssistantLink(_) | Request::FallSilent) => {}
                None => return,
            },
            Some(show) = shows.recv() => desk.show(show),
        }
    }
}
