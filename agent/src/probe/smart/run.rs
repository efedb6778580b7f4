//! `smartctl` run as a child that has to be done by a moment, and is reaped.

use super::{MAX_ANSWER, SMARTCTL};
use picket_wire::Missing;
use std::io::Read;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

/// How long a child that was killed may take to be gone, before it is left for later.
const GRACE: Duration = Duration::from_millis(200);
/// How often that is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Runs one child at a time.
#[derive(Debug)]
pub(super) struct Runner {
    program: &'static str,
    /// What stands before the disk's device.
    args: &'static [&'static str],
    /// A child that was killed and is not gone: it waits for a disk that does not answer. No other
    /// is started before it is, so that they do not pile up.
    stuck: Option<Child>,
}

impl Default for Runner {
    fn default() -> Runner {
        Runner {
            program: SMARTCTL,
            args: &["-j", "-a", "-n", "standby"],
            stuck: None,
        }
    }
}

impl Runner {
    #[cfg(test)]
    pub(super) fn of_shell(args: &'static [&'static str]) -> Runner {
        Runner {
            program: "/bin/sh",
            args,
            stuck: None,
        }
    }

    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.stuck.is_none()
    }

    /// What the program says of a disk. Its exit status is in the answer, too.
    ///
    /// # Errors
    /// *Timed out*: it was not done by the deadline, or an earlier one is still there; *garbled*:
    /// it cannot be run, or said more than [`MAX_ANSWER`].
    pub(super) fn ask(&mut self, device: &str, deadline: Instant) -> Result<Vec<u8>, Missing> {
        if self.is_stuck() || Instant::now() >= deadline {
            return Err(Missing::TimedOut);
        }
        let mut child = Command::new(self.program)
            .args(self.args)
            .arg(device)
            // Nothing of this process's surroundings is the program's business.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| Missing::Garbled)?;
        let said = child.stdout.take().map(listen);
        let left = deadline.saturating_duration_since(Instant::now());
        let said = said.ok_or(Missing::Garbled)?.recv_timeout(left);
        // At its end it is gone by itself within the grace, else it is killed.
        if said.is_err() || !gone_within_grace(&mut child) {
            // It is gone, or will be killed by the kernel when the disk lets it go.
            let _ = child.kill();
            if !gone_within_grace(&mut child) {
                self.stuck = Some(child);
            }
        }
        match said {
            Ok(answer) if answer.len() <= MAX_ANSWER => Ok(answer),
            Ok(_) => Err(Missing::Garbled),
            Err(_) => Err(Missing::TimedOut),
        }
    }

    fn is_stuck(&mut self) -> bool {
        let waits = |child: &mut Child| matches!(child.try_wait(), Ok(None));
        let is_stuck = self.stuck.as_mut().is_some_and(waits);
        if !is_stuck {
            self.stuck = None;
        }
        is_stuck
    }
}

/// Reads on a thread of its own up to the end, or to one byte more than may be.
fn listen(stdout: ChildStdout) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel(1);
    std::thread::spawn(move || {
        let mut answer = Vec::new();
        let limit = u64::try_from(MAX_ANSWER).map_or(u64::MAX, |most| most + 1);
        if stdout.take(limit).read_to_end(&mut answer).is_ok() {
            // Nobody listens any more when it took too long.
            let _ = sender.send(answer);
        }
    });
    receiver
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
