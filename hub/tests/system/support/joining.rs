//! Tokens, and machines that join by them.

use super::agent;
use super::hub::Hub;
use super::place::Place;
use super::program::Program;
use serde_json::Value;
use std::ffi::OsString;
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A machine that becomes a node, with settings and an identity of its own.
pub(crate) struct Machine {
    pub(crate) node: String,
    pub(crate) settings: PathBuf,
    pub(crate) id: PathBuf,
    pub(crate) folder: PathBuf,
    runtime_dir: PathBuf,
    log: PathBuf,
    /// What stands before the agent's arguments.
    program: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Machine {
    /// Settings that name the node and nothing else; `card` tells two machines of one name apart.
    #[track_caller]
    pub(crate) fn new(place: &Place, node: &str, card: &str) -> Machine {
        let folder = format!("{node}-{card}");
        let text = format!("hub = \"mqtt://127.0.0.1:1\"\nnode = \"{node}\"\nevery = \"1s\"\n");
        let settings = place.write(&format!("{folder}/agent.toml"), &text);
        let runtime_dir = place.path(&format!("{folder}/run"));
        std::fs::create_dir_all(&runtime_dir).unwrap();
        Machine {
            program: vec![agent::binary().into()],
            environment: Vec::new(),
            folder: place.path(&folder),
            node: node.to_owned(),
            id: place.path(&format!("{folder}/agent.id")),
            log: place.path(&format!("{folder}/agent.log")),
            settings,
            runtime_dir,
        }
    }

    /// The machine's folder belongs to this user alone, as whom its agent runs.
    #[track_caller]
    pub(crate) fn owned_by(mut self, place: &Place, user: u32) -> Machine {
        for path in [&self.folder, &self.settings, &self.runtime_dir] {
            chown(path, Some(user), Some(user)).unwrap();
        }
        std::fs::set_permissions(&self.folder, Permissions::from_mode(0o700)).unwrap();
        self.program = place.program_by(user, &agent::binary());
        self
    }

    /// The machine's clock says another date; it goes on by its uptime all the same.
    #[track_caller]
    pub(crate) fn at_date(mut self, date: &str) -> Machine {
        let libraries = std::fs::read_dir("/usr/lib").unwrap();
        let library = libraries
            .map(|entry| entry.unwrap().path().join("faketime/libfaketime.so.1"))
            .find(|path| path.exists())
            .expect("libfaketime has to be installed: apt-get install faketime");
        let date = format!("@{date}");
        self.environment.extend([
            ("LD_PRELOAD".into(), library.into()),
            ("FAKETIME".into(), date.into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC".into(), "1".into()),
        ]);
        self
    }

    /// Its programs say all that they can.
    pub(crate) fn verbose(mut self) -> Machine {
        self.environment.push(("PICKET_LOG".into(), "trace".into()));
        self
    }

    /// The agent's program, as whoever runs it and at the machine's date.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]);
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        command
    }

    /// A value of `agent.id`.
    #[track_caller]
    pub(crate) fn secret(&self, key: &str) -> String {
        value_of(&self.id, key)
    }

    /// `echo TOKEN | picket-agent join`
    #[track_caller]
    pub(crate) fn join(&self, token: &str, more: &[&str]) -> Output {
        let mut child = self
            .command()
            .args(["join", "--settings"])
            .arg(&self.settings)
            .arg("--id")
            .arg(&self.id)
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "{token}").unwrap();
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    /// The agent at work.
    #[track_caller]
    pub(crate) fn run(&self) -> Program {
        let mut command = self.command();
        command.arg("run").arg("--settings").arg(&self.settings);
        command.arg("--id").arg(&self.id);
        command.arg("--runtime-dir").arg(&self.runtime_dir);
        Program::start(&format!("agent {}", self.node), command, self.log.clone())
    }
}

impl Hub {
    /// `picket-hub enroll --json …`: a token for one node.
    #[track_caller]
    pub(crate) fn token(&self, node: &str, more: &[&str]) -> String {
        let words = [&["enroll", "--json", node], more].concat();
        let said = self.ask(&words);
        assert!(said.status.success(), "{words:?}: {}", complaint(&said));
        let said: Value = serde_json::from_slice(&said.stdout).unwrap();
        assert_eq!(said["tokens"][0]["node"], node);
        said["tokens"][0]["token"].as_str().unwrap().to_owned()
    }
}

/// The text behind a key of a TOML file.
#[track_caller]
pub(crate) fn value_of(file: &Path, key: &str) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let mut values = text.lines().filter_map(|line| line.split_once(" = "));
    let (_, value) = values
        .find(|(name, _)| *name == key)
        .unwrap_or_else(|| panic!("{} has no {key}", file.display()));
    value.trim_matches(['"', '\'']).to_owned()
}

/// What a program said on its standard error.
pub(crate) fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
