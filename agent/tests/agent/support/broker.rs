//! A real mosquitto.

use super::{Process, Signal, free_port, unhex, wait_until};
use picket_wire::{
    BootId, Flags, FrameWriter, Header, HubRun, Kind, RunBits, SessionId, section, topic,
};
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::Duration;
use tempfile::TempDir;

/// Between two words of the hub that [`Broker::start`] has.
const HUB_SAYS_EVERY: Duration = Duration::from_millis(300);

/// mosquitto without persistence: it starts empty each time.
pub(crate) struct Broker {
    process: Process,
    pub(crate) port: u16,
    _dir: TempDir,
    /// Ends the hub's words when dropped.
    _hub: Option<Sender<()>>,
}

impl Broker {
    /// With the words of a hub that listens.
    pub(crate) fn start() -> Broker {
        let mut broker = Broker::without_hub();
        let word = hub_status(1, 0x1111);
        broker.publish_retained(topic::HUB_STATUS, &word);
        let (hub, ended) = mpsc::channel();
        let port = broker.port;
        std::thread::spawn(move || {
            while ended.recv_timeout(HUB_SAYS_EVERY) == Err(RecvTimeoutError::Timeout) {
                // The broker may be frozen or gone, as the test wants it.
                publish(port, topic::HUB_STATUS, &word);
            }
        });
        broker._hub = Some(hub);
        broker
    }

    /// Nobody there takes reports.
    pub(crate) fn without_hub() -> Broker {
        Broker::with("allow_anonymous true")
    }

    pub(crate) fn with(setting: &str) -> Broker {
        Broker::configured("", setting)
    }

    /// With settings before and after those of the listener without TLS.
    pub(crate) fn configured(before: &str, after: &str) -> Broker {
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        let file = dir.path().join("mosquitto.conf");
        let settings = format!("{before}\nlistener {port} 127.0.0.1\npersistence false\n{after}\n");
        std::fs::write(&file, settings).unwrap();
        let mosquitto = ["/usr/sbin/mosquitto", "mosquitto"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .unwrap_or("mosquitto");
        let child = Command::new(mosquitto)
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto has to be installed: apt-get install mosquitto mosquitto-clients");
        let broker = Broker {
            process: Process(child),
            port,
            _dir: dir,
            _hub: None,
        };
        wait_until("mosquitto to listen", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        broker
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// It stays connected and answers nothing more.
    pub(crate) fn freeze(&self) {
        self.process.signal(Signal::SIGSTOP);
    }

    pub(crate) fn thaw(&self) {
        self.process.signal(Signal::SIGCONT);
    }

    /// As SIGKILL does it.
    pub(crate) fn kill(mut self) {
        self.process.kill();
    }

    /// It reads its password file again.
    pub(crate) fn reload(&self) {
        self.process.signal(Signal::SIGHUP);
    }

    pub(crate) fn publish_retained(&self, topic: &str, payload: &[u8]) {
        assert!(publish(self.port, topic, payload).success());
    }

    /// Not retained.
    pub(crate) fn say(&self, topic: &str, payload: &[u8]) {
        assert!(publish_with(self.port, topic, payload, &[]).success());
    }

    /// What a new subscriber is given of a topic.
    pub(crate) fn retained(&self, topic: &str) -> Option<Vec<u8>> {
        let port = self.port.to_string();
        let output = Command::new("mosquitto_sub")
            .args([
                "-p", &port, "-t", topic, "-C", "1", "-W", "2", "-F", "%r %x",
            ])
            .stderr(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.trim().strip_prefix("1 ").map(unhex)
    }
}

fn publish(port: u16, topic: &str, payload: &[u8]) -> ExitStatus {
    publish_with(port, topic, payload, &["-r"])
}

fn publish_with(port: u16, topic: &str, payload: &[u8], flags: &[&str]) -> ExitStatus {
    // -s refuses to send nothing.
    let what = if payload.is_empty() { "-n" } else { "-s" };
    let mut child = Command::new("mosquitto_pub")
        .args(["-p", &port.to_string(), "-t", topic, "-q", "1", what])
        .args(flags)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A client that cannot connect may have ended before it reads.
    let _ = child.stdin.take().unwrap().write_all(payload);
    child.wait().unwrap()
}

/// What a hub publishes of its run.
pub(crate) fn hub_status(ordinal: u32, bits: u32) -> Vec<u8> {
    let header = Header {
        kind: Kind::HubStatus,
        flags: Flags::default(),
        boot: BootId(1),
        session: SessionId(1),
        seq: 0,
        run: RunBits(bits),
        uptime_ms: 0,
    };
    let mut buf = [0; 128];
    let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
    writer
        .section(section::HUB_RUN, &HubRun { ordinal })
        .unwrap();
    writer.finish().to_vec()
}
