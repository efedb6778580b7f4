//! A subscriber that records what the broker delivers.

use super::{Broker, Process, SOON, unhex, wait_for, wait_until};
use picket_wire::{Frame, Header, Section};
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

/// One message as the broker delivered it.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
}

impl Message {
    pub(crate) fn header(&self) -> Header {
        Frame::decode(&self.payload).expect("a frame").header
    }

    /// The sections that this version knows, by a function of each.
    pub(crate) fn sections<T>(&self, mut of: impl FnMut(Section<'_>) -> Option<T>) -> Vec<T> {
        let frame = Frame::decode(&self.payload).expect("a frame");
        frame
            .sections()
            .filter_map(|section| of(section.expect("a section")))
            .collect()
    }
}

/// Subscribes to everything of Picket and records it in order.
pub(crate) struct Witness {
    messages: Arc<Mutex<Vec<Message>>>,
    _process: Process,
}

impl Witness {
    /// Returns once the broker has the subscription.
    pub(crate) fn of(broker: &Broker) -> Witness {
        const READY: &str = "test/ready";
        broker.publish_retained(READY, b"!");
        let mut child = Command::new("mosquitto_sub")
            .args(["-p", &broker.port.to_string(), "-q", "1", "-F", "%t %x"])
            .args(["-t", "picket/v1/#", "-t", READY])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let messages = Arc::new(Mutex::new(Vec::new()));
        let witness = Witness {
            messages: messages.clone(),
            _process: Process(child),
        };
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let (topic, hex) = line.split_once(' ').unwrap();
                let message = Message {
                    topic: topic.to_owned(),
                    payload: unhex(hex),
                };
                messages.lock().unwrap().push(message);
            }
        });
        wait_until("the witness to subscribe", || {
            !witness.of_topic(READY).is_empty()
        });
        witness
    }

    pub(crate) fn of_topic(&self, topic: &str) -> Vec<Message> {
        let messages = self.messages.lock().unwrap();
        messages
            .iter()
            .filter(|message| message.topic == topic)
            .cloned()
            .collect()
    }

    pub(crate) fn wait_for_count(&self, topic: &str, count: usize) -> Vec<Message> {
        wait_for(&format!("{count} messages on {topic}"), SOON, || {
            Some(self.of_topic(topic)).filter(|messages| messages.len() >= count)
        })
    }
}
