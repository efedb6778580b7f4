//! The thread of the work, in a process that does other things as well: it waits for the lock, and
//! ends soon when it is told to.

use super::control::Control;
use super::{Told, Work};
use crate::root::Root;
use crate::scrub::lock::{Lock, NoLock};
use crate::scrub::standing::{Pass, Standing};
use crate::settings::scrub::Scrub;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Between two attempts to get the lock.
const AGAIN: Duration = Duration::from_secs(30);
/// Longest that the end waits for the segment that is being read: a disk that dies takes minutes,
/// and the manifest is good however the process ends.
const LONGEST_END: Duration = Duration::from_secs(5);
/// Between two looks at the end.
const LOOK: Duration = Duration::from_millis(20);

/// The thread, and how it is spoken to.
pub struct Thread {
    /// What is wanted of it.
    pub control: Arc<Control>,
    /// What it says.
    pub told: watch::Receiver<Told>,
    handle: JoinHandle<()>,
}

impl Thread {
    /// Starts it, for manifests in a folder that is there.
    ///
    /// # Errors
    /// The kernel gave no thread.
    pub fn start(root: Arc<Root>, settings: Scrub, state: PathBuf) -> io::Result<Thread> {
        let control = Arc::new(Control::default());
        // Nothing is known yet, which is something to be said.
        let pass = Pass {
            period_s: settings.period.as_secs(),
            ..Pass::default()
        };
        let first = Standing {
            pass,
            ..Standing::default()
        };
        let (say, told) = watch::channel(Some(Arc::new(first)));
        let for_work = control.clone();
        let handle = thread::Builder::new()
            .name("scrub-files".to_owned())
            .spawn(move || {
                let Some(_lock) = lock(&state, &for_work) else {
                    return;
                };
                Work::new(root, settings, state, for_work, say).run();
            })?;
        Ok(Thread {
            control,
            told,
            handle,
        })
    }

    /// Tells it to stop, and waits a little for what it has in hand.
    pub fn end(self) {
        self.control.stop();
        let deadline = Instant::now() + LONGEST_END;
        while !self.handle.is_finished() && Instant::now() < deadline {
            thread::sleep(LOOK);
        }
    }
}

/// Waits for the lock; none if it is told to stop before.
fn lock(state: &std::path::Path, control: &Control) -> Option<Lock> {
    let mut said = None;
    while !control.is_stopped() {
        let why = match Lock::take(state) {
            Ok(lock) => return Some(lock),
            Err(NoLock::Held { by }) => format!("{by} scrubs with it"),
            Err(NoLock::Failed(error)) => error.to_string(),
        };
        if said.as_ref() != Some(&why) {
            tracing::warn!(
                "no file is read back: {}: {why}; it is tried again",
                state.display()
            );
            said = Some(why);
        }
        if control.hurries() {
            control.served(false);
        }
        control.rest(AGAIN);
    }
    None
}
