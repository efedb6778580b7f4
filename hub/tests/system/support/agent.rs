//! `picket-agent` as a process.

use super::place::Place;
use super::program::Program;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::process::Command;

/// The agent's executable, beside the hub's.
#[track_caller]
pub(crate) fn binary() -> PathBuf {
    let path = PathBuf::from(env!("CARGO_BIN_EXE_picket-hub")).with_file_name("picket-agent");
    assert!(
        path.exists(),
        "{} is not built: run make test, or cargo build -p picket-agent",
        path.display()
    );
    path
}

/// A running agent of this machine under a made-up node id.
pub(crate) struct Agent(Program);

impl Agent {
    #[track_caller]
    pub(crate) fn start(place: &Place, node: &str, broker: u16, every: &str) -> Agent {
        let runtime_dir = place.path(&format!("run-{node}"));
        std::fs::create_dir_all(&runtime_dir).unwrap();
        let mut command = Command::new(binary());
        command.args(["run", "--hub", &format!("mqtt://127.0.0.1:{broker}")]);
        command.args(["--node", node, "--every", every]);
        command.arg("--runtime-dir").arg(runtime_dir);
        let log = place.path(&format!("agent-{node}.log"));
        Agent(Program::start(&format!("agent {node}"), command, log))
    }
}

impl Deref for Agent {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.0
    }
}

impl DerefMut for Agent {
    fn deref_mut(&mut self) -> &mut Program {
        &mut self.0
    }
}
