//! Debian's mosquitto, which keeps nothing over its end.

use super::place::{Place, free_port};
use super::program::Program;
use super::wait::{seconds, wait_for};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A broker of the test's own.
pub(crate) struct Mosquitto {
    pub(crate) port: u16,
    program: Program,
    settings: PathBuf,
    log: PathBuf,
}

impl Mosquitto {
    #[track_caller]
    pub(crate) fn start(place: &Place) -> Mosquitto {
        let port = free_port();
        // Without a limit of queued messages, so that a flood reaches the hub whole.
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n\
             max_queued_messages 0\n"
        );
        let settings = place.write(&format!("mosquitto-{port}.conf"), &text);
        let log = place.path(&format!("mosquitto-{port}.log"));
        let program = run(&settings, &log, port);
        Mosquitto {
            port,
            program,
            settings,
            log,
        }
    }

    /// kill -9: every message and session that it kept is gone.
    pub(crate) fn kill(&mut self) {
        self.program.kill();
    }

    /// A new and empty broker on the same port.
    #[track_caller]
    pub(crate) fn start_again(&mut self) {
        self.program = run(&self.settings, &self.log, self.port);
    }
}

/// Debian puts the broker where an ordinary user's PATH does not look.
fn binary() -> PathBuf {
    let installed = PathBuf::from("/usr/sbin/mosquitto");
    if installed.exists() {
        installed
    } else {
        PathBuf::from("mosquitto")
    }
}

#[track_caller]
fn run(settings: &Path, log: &Path, port: u16) -> Program {
    let mut command = Command::new(binary());
    command.arg("-c").arg(settings);
    let mut program = Program::start("mosquitto", command, log.to_owned());
    wait_for("mosquitto listens", seconds(20), || {
        program.assert_running();
        TcpStream::connect(("127.0.0.1", port)).ok()
    });
    program
}
