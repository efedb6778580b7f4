//! A subscriber that collects what it hears: Debian's `mosquitto_sub`.

use picket_testing::{seconds, wait_for};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The version of MQTT that a watcher speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mqtt {
    V311,
    V5,
}

/// One message as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) retained: bool,
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
}

impl Message {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.payload).into_owned()
    }
}

#[derive(Default)]
struct Heard {
    subscribed: bool,
    messages: Vec<Message>,
}

/// Listens from its start to its end.
pub(crate) struct Watcher {
    child: Child,
    heard: Arc<Mutex<Heard>>,
}

impl Watcher {
    /// Listens to topic filters of the broker on `port`; returns once the broker has said yes.
    #[track_caller]
    pub(crate) fn new(port: u16, version: Mqtt, filters: &[&str]) -> Watcher {
        let version = match version {
            Mqtt::V311 => "mqttv311",
            Mqtt::V5 => "mqttv5",
        };
        let port = port.to_string();
        Watcher::by(&["-h", "127.0.0.1", "-p", &port, "-V", version], filters)
    }

    /// The same with `mosquitto_sub`'s own arguments for where and by whom.
    #[track_caller]
    pub(crate) fn by(connection: &[&str], filters: &[&str]) -> Watcher {
        // Into a pipe it would say that it has subscribed only when its buffer is full.
        let mut command = Command::new("stdbuf");
        command.args(["-oL", "mosquitto_sub", "-q", "1"]);
        command.args(connection);
        // -d says when it has subscribed; messages are the lines that begin with "=".
        command.args(["-d", "-F", "= %r %t %x"]);
        filters
            .iter()
            .for_each(|filter| _ = command.args(["-t", filter]));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .expect("mosquitto_sub (package mosquitto-clients)");
        let heard = Arc::new(Mutex::new(Heard::default()));
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let write = Arc::clone(&heard);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut heard = write.lock().unwrap();
                heard.subscribed |= line.starts_with("Subscribed");
                heard.messages.extend(message(&line));
            }
        });
        let watcher = Watcher { child, heard };
        let what = format!("a subscription to {filters:?}");
        wait_for(&what, seconds(20), || {
            watcher.heard.lock().unwrap().subscribed.then_some(())
        });
        watcher
    }

    /// Waits for a message on `topic`, and looks that whoever subscribes later is given it, too.
    #[track_caller]
    pub(crate) fn retained(port: u16, version: Mqtt, topic: &str, within_s: u64) -> Message {
        let watcher = Watcher::new(port, version, &[topic]);
        watcher.expect(topic, seconds(within_s), |_| true);
        let late = Watcher::new(port, version, &[topic]);
        let what = format!("{topic}, retained");
        late.expect(&what, seconds(10), |message| message.retained)
    }

    pub(crate) fn messages(&self) -> Vec<Message> {
        self.heard.lock().unwrap().messages.clone()
    }

    /// The first message that `fits`, heard before or within the deadline.
    #[track_caller]
    pub(crate) fn expect(
        &self,
        what: &str,
        deadline: Duration,
        fits: impl Fn(&Message) -> bool,
    ) -> Message {
        wait_for(what, deadline, || {
            self.heard
                .lock()
                .unwrap()
                .messages
                .iter()
                .find(|m| fits(m))
                .cloned()
        })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let heard = self.heard.lock().unwrap();
            let last = heard.messages.iter().rev().take(30).rev();
            eprintln!(
                "-- a watcher heard {} messages, last:",
                heard.messages.len()
            );
            for m in last {
                let payload = String::from_utf8_lossy(&m.payload[..m.payload.len().min(100)]);
                eprintln!(
                    "{} {} {:?}",
                    if m.retained { "r" } else { " " },
                    m.topic,
                    payload
                );
            }
        }
    }
}

fn message(line: &str) -> Option<Message> {
    let mut words = line.strip_prefix("= ")?.splitn(3, ' ');
    let retained = words.next()? == "1";
    let topic = words.next()?.to_owned();
    let hex = words.next().unwrap_or_default();
    let payload = (0..hex.len() / 2)
        .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    Some(Message {
        retained,
        topic,
        payload,
    })
}
