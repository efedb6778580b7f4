//! One process that a test started: its log, its signals, its end.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use picket_testing::wait_for;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// Lines of the log that are shown when a test fails.
const SHOWN_LINES: usize = 60;
/// Bytes of the log that are read at all: a program gone wild must not fill the tester's memory.
const MAX_LOG: usize = 16 << 20;

/// A running program. It is killed at the end of the test; if the test failed its log is shown.
pub(crate) struct Program {
    name: String,
    child: Child,
    log: PathBuf,
    /// Ended by SIGTERM first, because it has children of its own to end.
    pub(crate) has_children: bool,
}

impl Program {
    /// Starts `command`; what it prints goes to the end of the file `log`.
    #[track_caller]
    pub(crate) fn start(name: &str, mut command: Command, log: PathBuf) -> Program {
        let out = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        command
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out);
        let child = command
            .spawn()
            .unwrap_or_else(|why| panic!("cannot start {command:?}: {why}"));
        Program {
            name: name.to_owned(),
            child,
            log,
            has_children: false,
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    #[track_caller]
    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.pid().cast_signed()), signal).unwrap();
    }

    /// Ends the program as kill -9 does.
    pub(crate) fn kill(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Its exit status, once it has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    #[track_caller]
    pub(crate) fn wait(&mut self, deadline: Duration) -> ExitStatus {
        let what = format!("{} ends", self.name);
        wait_for(&what, deadline, || self.ended())
    }

    #[track_caller]
    pub(crate) fn assert_running(&mut self) {
        let ended = self.ended();
        assert!(ended.is_none(), "{} has ended with {ended:?}", self.name);
    }

    /// Everything it has printed so far.
    pub(crate) fn log(&self) -> String {
        let mut bytes = std::fs::read(&self.log).unwrap_or_default();
        bytes.truncate(MAX_LOG);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.has_children && matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::SIGTERM);
            let begin = std::time::Instant::now();
            while matches!(self.child.try_wait(), Ok(None)) && begin.elapsed().as_secs() < 10 {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let shown = &lines[lines.len().saturating_sub(SHOWN_LINES)..];
            eprintln!(
                "-- {}, last of {} lines:\n{}",
                self.name,
                lines.len(),
                shown.join("\n")
            );
        }
    }
}
