//! `smartctl` run as a child that has to be done by a moment, and is reaped.

use super::{MAX_ANSWER, SMARTCTL};
use picket_wire::Missing;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// How long a child that was killed may take to be gone, before it is left for later.
const GRACE: Duration = Duration::from_millis(200);
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(10);
/// Stack of the thread that reads; what it reads is not on it.
const STACK_BYTES: usize = 128 * 1024;

/// Most children that may be stuck; no other is started before one of them is gone.
pub(super) const MAX_STUCK: usize = 2;

/// Runs one child at a time.
#[derive(Debug)]
pub(super) struct Runner {
    program: &'static str,
    /// What stands before the disk's device.
    args: &'static [&'static str],
    /// By device, who waits for a child that was killed and is not gone: it waits for a disk that
    /// does not answer. This disk gets no other before, so that they do not pile up.
    stuck: Vec<(String, JoinHandle<()>)>,
    stack_bytes: usize,
}

impl Default for Runner {
    fn default() -> Runner {
        Runner {
            program: SMARTCTL,
            args: &["-j", "-a", "-n", "standby"],
            stuck: Vec::new(),
            stack_bytes: STACK_BYTES,
        }
    }
}

impl Runner {
    #[cfg(test)]
    pub(super) fn of_shell(args: &'static [&'static str]) -> Runner {
        Runner {
            program: "/bin/sh",
            args,
            ..Runner::default()
        }
    }

    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.stuck.is_empty()
    }

    /// What the program says of a disk. Its exit status is in the answer, too.
    ///
    /// # Errors
    /// *Timed out*: it was not done by the deadline, an earlier one for this disk is still there, or
    /// [`MAX_STUCK`] are; *busy*: this machine has no thread or process left for it; *garbled*: it
    /// cannot be run, or said more than [`MAX_ANSWER`].
    pub(super) fn ask(&mut self, device: &str, deadline: Instant) -> Result<Vec<u8>, Missing> {
        if self.is_stuck(device) || Instant::now() >= deadline {
            return Err(Missing::TimedOut);
        }
        let none_left = |_| Missing::Busy;
        let (answer, stdout) = io::pipe().map_err(none_left)?;
        // Before the child: from its start on nothing may return before it is gone or handed on.
        let listener = Listener::start(answer, self.stack_bytes).map_err(none_left)?;
        let mut child = self.start(device, stdout)?;
        let left = deadline.saturating_duration_since(Instant::now());
        let said = listener.said.recv_timeout(left);
        // At its end it is gone by itself within the grace, else it is killed.
        if said.is_err() || !gone_within_grace(&mut child) {
            // It is gone, or will be killed by the kernel when the disk lets it go.
            let _ = child.kill();
            if !gone_within_grace(&mut child) {
                self.stuck.push((device.to_owned(), listener.reap(child)));
            }
        }
        match said {
            Ok(answer) if answer.len() <= MAX_ANSWER => Ok(answer),
            Ok(_) => Err(Missing::Garbled),
            Err(_) => Err(Missing::TimedOut),
        }
    }

    /// The child. This process keeps no end of `stdout`, so that it ends with the child.
    fn start(&self, device: &str, stdout: PipeWriter) -> Result<Child, Missing> {
        let child = Command::new(self.program)
            .args(self.args)
            .arg(device)
            // Nothing of this process's surroundings is the program's business.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(Stdio::null())
            .spawn();
        child.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory => Missing::Busy,
            _ => Missing::Garbled,
        })
    }

    /// Whether no child may be started for a disk, after a look who is gone by now.
    fn is_stuck(&mut self, device: &str) -> bool {
        self.stuck.retain(|(_, reaper)| !reaper.is_finished());
        self.stuck.len() >= MAX_STUCK || self.stuck.iter().any(|(of, _)| of == device)
    }
}

/// A thread that reads what one child says, and waits for a child that is not gone in time, so that
/// no zombie stays behind.
struct Listener {
    thread: JoinHandle<()>,
    /// What the child said.
    said: Receiver<Vec<u8>>,
    /// Takes the child that is to be waited for; without one the thread ends.
    late: Sender<Child>,
}

impl Listener {
    /// Reads up to the end, or to one byte more than may be.
    fn start(answer: PipeReader, stack_bytes: usize) -> io::Result<Listener> {
        let ((sender, said), (late, child)) = (channel(), channel::<Child>());
        let listen = move || {
            let mut text = Vec::new();
            let limit = u64::try_from(MAX_ANSWER).map_or(u64::MAX, |most| most + 1);
            if answer.take(limit).read_to_end(&mut text).is_ok() {
                // Nobody listens any more when it took too long.
                let _ = sender.send(text);
            }
            if let Ok(mut child) = child.recv() {
                let _ = child.wait();
            }
        };
        // The panic of `thread::spawn` would end everything else that this process does.
        let thread = Builder::new().stack_size(stack_bytes).spawn(listen)?;
        Ok(Listener { thread, said, late })
    }

    /// Waits for the child on this thread, which is done when the child is gone.
    fn reap(self, child: Child) -> JoinHandle<()> {
        // The thread waits for it as long as this end is there.
        let _ = self.late.send(child);
        self.thread
    }
}

fn gone_within_grace(child: &mut Child) -> bool {
    let until = Instant::now() + GRACE;
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < until => std::thread::sleep(LOOK),
            Ok(None) => return false,
            Ok(Some(_)) | Err(_) => return true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_child_that_is_gone_late_is_reaped_without_another_question() {
        let (answer, stdout) = io::pipe().unwrap();
        let listener = Listener::start(answer, STACK_BYTES).unwrap();
        let runner = Runner::of_shell(&["-c", "exec sleep 0.3"]);
        let child = runner.start("/dev/sdq", stdout).unwrap();
        let process = format!("/proc/{}", child.id());
        listener.reap(child).join().unwrap();
        assert!(!Path::new(&process).exists(), "it is a zombie");
    }

    /// A reaper that is done when the other end is dropped.
    fn hanging() -> (Sender<()>, JoinHandle<()>) {
        let (done, wait) = channel();
        let reaper = Builder::new()
            .spawn(move || wait.recv().unwrap_or_default())
            .unwrap();
        (done, reaper)
    }

    #[test]
    fn a_disk_with_a_stuck_child_gets_no_other_and_two_such_stop_all() {
        let later = || Instant::now() + Duration::from_secs(20);
        let mut runner = Runner::of_shell(&["-c", "echo \"$0\""]);
        let (first, reaper) = hanging();
        runner.stuck.push(("/dev/sda".to_owned(), reaper));
        assert_eq!(runner.ask("/dev/sda", later()), Err(Missing::TimedOut));
        let other = runner.ask("/dev/sdb", later());
        assert_eq!(other.as_deref(), Ok(b"/dev/sdb\n".as_slice()));
        let (_second, reaper) = hanging();
        runner.stuck.push(("/dev/sdb".to_owned(), reaper));
        assert_eq!(runner.ask("/dev/sdc", later()), Err(Missing::TimedOut));
        drop(first);
        let deadline = later();
        while runner.is_stuck("/dev/sda") {
            assert!(Instant::now() < deadline, "its child is gone");
            std::thread::yield_now();
        }
        assert!(runner.ask("/dev/sda", later()).is_ok());
    }

    #[test]
    fn without_a_thread_no_child_is_started() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        let mut runner = Runner::of_shell(&["-c", "echo > \"$0\""]);
        let later = Instant::now() + Duration::from_secs(20);
        // No machine has room for such a stack.
        runner.stack_bytes = usize::MAX / 8;
        let answer = runner.ask(file.to_str().unwrap(), later);
        assert_eq!(answer, Err(Missing::Busy));
        assert!(!file.exists());
        runner.stack_bytes = STACK_BYTES;
        assert_eq!(runner.ask(file.to_str().unwrap(), later), Ok(Vec::new()));
        assert!(file.exists());
    }
}
