//! A real agent.

use super::{Process, SOON, Signal, wait_for};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_picket-agent"))
}

/// Copies the program, by a process of its own: while this one had the copy open for writing, another
/// test could begin a process that has it open as well, and then nobody may run it (ETXTBSY).
pub(crate) fn copy_program_to(path: &Path) {
    let copied = Command::new("cp").arg(program()).arg(path).status();
    assert!(copied.unwrap().success(), "{}", path.display());
}

/// A running agent and what it said on standard error.
pub(crate) struct Agent {
    pub(crate) process: Process,
    log: Arc<Mutex<String>>,
}

impl Agent {
    /// The node `n1` that reports every second.
    pub(crate) fn start(hub: &str) -> Agent {
        Agent::with(hub, |_| {})
    }

    pub(crate) fn with(hub: &str, change: impl FnOnce(&mut Command)) -> Agent {
        let mut command = Command::new(program());
        command.args(["run", "--hub", hub, "--node", "n1", "--every", "1s"]);
        for variable in ["JOURNAL_STREAM", "NOTIFY_SOCKET", "PICKET_LOG"] {
            command.env_remove(variable);
        }
        change(&mut command);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let copy = log.clone();
        thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = stderr.read(&mut chunk) {
                copy.lock()
                    .unwrap()
                    .push_str(&String::from_utf8_lossy(&chunk[..read]));
            }
        });
        Agent {
            process: Process(child),
            log,
        }
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn wait_for_log(&self, text: &str) {
        wait_for(&format!("{text:?} in the log"), SOON, || {
            self.log().contains(text).then_some(())
        });
    }

    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.process.signal(Signal::SIGTERM);
        wait_for("the agent to end", SOON, || self.process.ended())
    }
}
