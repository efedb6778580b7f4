//! Debian's mosquitto, with or without a memory over its end.

use super::place::Place;
use super::program::Program;
use nix::sys::signal::Signal;
use picket_testing::{free_port, seconds, wait_for};
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
    /// It keeps nothing over its end.
    #[track_caller]
    pub(crate) fn start(place: &Place) -> Mosquitto {
        Mosquitto::with(place, "persistence false")
    }

    /// It keeps retained messages and sessions on disk, as Debian sets it up.
    #[track_caller]
    pub(crate) fn persistent(place: &Place) -> Mosquitto {
        // Root's broker would become another user, who has no right to the test's folder.
        let folder = place.root().display();
        let lines = format!("user root\npersistence true\npersistence_location {folder}/");
        Mosquitto::with(place, &lines)
    }

    #[track_caller]
    fn with(place: &Place, lines: &str) -> Mosquitto {
        let port = free_port();
        // Without a limit of queued messages, so that a flood reaches the hub whole.
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\n\
             max_queued_messages 0\n{lines}\n"
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

    /// A power cut after it has saved: it comes back with words of clients that are not there.
    #[track_caller]
    pub(crate) fn kill_remembering(&mut self) {
        self.program.signal(Signal::SIGUSR1);
        let saved = self.settings.with_file_name("mosquitto.db");
        wait_for("mosquitto saves", seconds(20), || {
            saved.exists().then_some(())
        });
        self.program.kill();
    }

    /// A new broker on the same port.
    #[track_caller]
    pub(crate) fn start_again(&mut self) {
        self.program = run(&self.settings, &self.log, self.port);
    }
}

/// Debian puts the broker where an ordinary user's PATH does not look.
pub(crate) fn binary() -> PathBuf {
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
