//! `picket-hub` as a process, and the questions that its page answers.

use super::http;
use super::place::Place;
use super::program::Program;
use picket_testing::{free_port, seconds, wait_for};
use serde_json::Value;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::process::{Command, Output};

/// A command of the hub's program.
pub(crate) fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_picket-hub"))
}

/// What is written into hub.toml.
pub(crate) struct HubSettings {
    pub(crate) state_dir: PathBuf,
    pub(crate) web: u16,
    /// Port of the embedded broker, or of an external one.
    pub(crate) broker: u16,
    pub(crate) external: bool,
    /// Lines for the top, such as `max_nodes = 5`.
    pub(crate) top: String,
    /// Further tables.
    pub(crate) tables: String,
}

impl HubSettings {
    /// The hub with its own broker.
    pub(crate) fn embedded(place: &Place) -> HubSettings {
        HubSettings {
            state_dir: place.path("state"),
            web: free_port(),
            broker: free_port(),
            external: false,
            top: String::new(),
            tables: String::new(),
        }
    }

    /// The hub as a client of the broker on `port`.
    pub(crate) fn external(place: &Place, port: u16) -> HubSettings {
        HubSettings {
            broker: port,
            external: true,
            ..HubSettings::embedded(place)
        }
    }

    pub(crate) fn to_toml(&self) -> String {
        let HubSettings {
            web,
            broker,
            top,
            tables,
            ..
        } = self;
        let broker = if self.external {
            format!("[mqtt]\nurl = \"mqtt://127.0.0.1:{broker}\"")
        } else {
            format!("[broker]\nlisten = [\"127.0.0.1:{broker}\"]")
        };
        let state_dir = self.state_dir.display();
        format!(
            "site = \"test\"\nstate_dir = \"{state_dir}\"\n{top}\n{broker}\n\
             [web]\nlisten = \"127.0.0.1:{web}\"\n{tables}\n"
        )
    }
}

/// A running hub.
pub(crate) struct Hub {
    pub(crate) program: Program,
    pub(crate) web: u16,
    pub(crate) broker: u16,
    runtime_dir: PathBuf,
}

impl Hub {
    /// `picket-hub run --config`; returns once its page answers.
    #[track_caller]
    pub(crate) fn run(place: &Place, settings: &HubSettings) -> Hub {
        Hub::run_by(place, settings, command())
    }

    /// The same by a command that ends with the hub's executable, such as `setpriv … picket-hub`.
    #[track_caller]
    pub(crate) fn run_by(place: &Place, settings: &HubSettings, mut command: Command) -> Hub {
        command.arg("run");
        Hub::run_text(place, settings, &settings.to_toml(), command)
    }

    /// The same with a text of hub.toml that programs have changed, by a command that ends with
    /// `run` and its options.
    #[track_caller]
    pub(crate) fn run_text(
        place: &Place,
        settings: &HubSettings,
        text: &str,
        mut command: Command,
    ) -> Hub {
        let file = place.write("hub.toml", text);
        let runtime_dir = place.path("run");
        std::fs::create_dir_all(&runtime_dir).unwrap();
        command
            .arg("--config")
            .arg(file)
            .arg("--runtime-dir")
            .arg(&runtime_dir);
        let mut program = Program::start("hub", command, place.path("hub.log"));
        let web = settings.web;
        wait_for("the hub's page answers", seconds(30), || {
            program.assert_running();
            http::get(web, "/healthz")
        });
        Hub {
            program,
            web,
            broker: settings.broker,
            runtime_dir,
        }
    }

    /// `picket-hub up` with wishes for ports; returns once it says that it listens.
    #[track_caller]
    pub(crate) fn up(place: &Place, web: u16, broker: u16, more: &[&str]) -> Hub {
        let runtime_dir = place.path("run");
        let mut command = command();
        command.args(["up", "--web", &format!("127.0.0.1:{web}")]);
        command
            .args(["--broker", &format!("127.0.0.1:{broker}")])
            .args(more);
        command.arg("--state-dir").arg(place.path("state"));
        command.arg("--runtime-dir").arg(&runtime_dir);
        let mut program = Program::start("hub", command, place.path("hub.log"));
        program.has_children = true;
        let (web, broker) = wait_for("the hub says that it listens", seconds(60), || {
            program.assert_running();
            let log = program.log();
            let web = port_after(&log, "http://127.0.0.1:")?;
            let broker = port_after(&log, "mqtt://127.0.0.1:")?;
            log.contains("listening").then_some((web, broker))
        });
        Hub {
            program,
            web,
            broker,
            runtime_dir,
        }
    }

    /// What a subcommand prints that asks the running hub over its socket.
    #[track_caller]
    pub(crate) fn ask(&self, words: &[&str]) -> Output {
        let mut command = command();
        command
            .args(words)
            .arg("--runtime-dir")
            .arg(&self.runtime_dir);
        if words.first() == Some(&"enroll") {
            // A hub of `up` has no such file, and then none is asked for.
            let config = self.runtime_dir.with_file_name("hub.toml");
            command.arg("--config").arg(config);
        }
        command.output().unwrap()
    }

    pub(crate) fn nodes(&self) -> Vec<Value> {
        http::get_json(self.web, "/api/v1/nodes")
            .and_then(|all| all["nodes"].as_array().cloned())
            .unwrap_or_default()
    }

    pub(crate) fn node(&self, id: &str) -> Option<Value> {
        self.nodes().into_iter().find(|node| node["id"] == id)
    }

    /// The presence of a node; empty while the hub does not know it.
    pub(crate) fn presence(&self, id: &str) -> String {
        let node = self.node(id).unwrap_or_default();
        node["presence"].as_str().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(crate) fn wait_presence(&self, id: &str, presence: &str, within_s: u64) {
        let what = format!("{id} is {presence}");
        wait_for(&what, seconds(within_s), || {
            (self.presence(id) == presence).then_some(())
        });
    }

    /// All incidents of a node, open and closed.
    pub(crate) fn incidents(&self, node: &str) -> Vec<Value> {
        http::get_json(self.web, &format!("/api/v1/incidents?node={node}"))
            .and_then(|all| all["incidents"].as_array().cloned())
            .expect("the hub lists its incidents")
    }

    /// The incidents of a node by one detector.
    pub(crate) fn incidents_by(&self, node: &str, detector: &str) -> Vec<Value> {
        let all = self.incidents(node).into_iter();
        all.filter(|incident| incident["detector"] == detector)
            .collect()
    }

    /// The one incident of a node by a detector, once it is in `state`.
    #[track_caller]
    pub(crate) fn wait_incident(
        &self,
        node: &str,
        detector: &str,
        state: &str,
        within_s: u64,
    ) -> Value {
        let what = format!("an incident {detector} of {node} is {state}");
        wait_for(&what, seconds(within_s), || {
            self.incidents_by(node, detector)
                .into_iter()
                .find(|i| i["state"] == state)
        })
    }
}

fn port_after(log: &str, prefix: &str) -> Option<u16> {
    let (_, rest) = log.split_once(prefix)?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    // A port at the very end of the log may still be half a port.
    (digits.len() < rest.len()).then(|| digits.parse().ok())?
}

impl Deref for Hub {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.program
    }
}

impl DerefMut for Hub {
    fn deref_mut(&mut self) -> &mut Program {
        &mut self.program
    }
}
