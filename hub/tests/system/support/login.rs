//! Somebody at a broker: where, by which name and password, and what becomes of what they try.

use super::watcher::Watcher;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// How `mosquitto_pub` and `mosquitto_sub` connect.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) port: u16,
    /// The CA of a broker that speaks TLS; none for plain text.
    pub(crate) ca: Option<PathBuf>,
    /// Name and password; none for who gives neither.
    pub(crate) user: Option<(String, String)>,
    pub(crate) client_id: String,
}

impl Login {
    /// The same with another client id.
    pub(crate) fn with_id(&self, client_id: &str) -> Login {
        Login {
            client_id: client_id.to_owned(),
            ..self.clone()
        }
    }

    fn words(&self) -> Vec<String> {
        let mut words = vec!["-h".to_owned(), "127.0.0.1".to_owned()];
        let mut add = |key: &str, value: &str| words.extend([key.to_owned(), value.to_owned()]);
        add("-p", &self.port.to_string());
        add("-V", "mqttv5");
        add("-i", &self.client_id);
        if let Some((user, password)) = &self.user {
            add("-u", user);
            add("-P", password);
        }
        if let Some(ca) = &self.ca {
            add("--cafile", &ca.display().to_string());
            // The certificate's name is the same everywhere and is dialled nowhere.
            words.push("--insecure".to_owned());
        }
        words
    }

    /// Hears what it may of these filters, from now on.
    #[track_caller]
    pub(crate) fn watch(&self, filters: &[&str]) -> Watcher {
        let words = self.words();
        Watcher::by(
            &words.iter().map(String::as_str).collect::<Vec<_>>(),
            filters,
        )
    }

    /// Connects, publishes, waits for the broker's answer to it, and leaves. What it says is on
    /// standard error.
    #[track_caller]
    pub(crate) fn publish(&self, topic: &str, payload: &[u8], more: &[&str]) -> Output {
        let mut child = Command::new("timeout")
            .args(["20", "mosquitto_pub", "-q", "1", "-s", "-t", topic])
            .args(self.words())
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("mosquitto_pub (package mosquitto-clients)");
        let mut stdin = child.stdin.take().unwrap();
        // Who is refused at once does not read it.
        let _ = stdin.write_all(payload);
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// The topics on which something is retained, once nothing more comes.
    #[track_caller]
    pub(crate) fn retained(&self, filters: &[&str]) -> Vec<String> {
        let mut command = Command::new("mosquitto_sub");
        command.args(["--retained-only", "-W", "2", "-q", "1", "-F", "= %t"]);
        command.args(self.words());
        for filter in filters {
            command.args(["-t", filter]);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        // 27: the time was over; 0: somebody has said something that is not retained.
        let status = output.status.code();
        assert!(matches!(status, Some(0 | 27)), "{status:?}: {said}");
        let text = String::from_utf8(output.stdout).unwrap();
        let topics = text.lines().filter_map(|line| line.strip_prefix("= "));
        topics.map(str::to_owned).collect()
    }
}
