//! The thread of the work: it has a lock on its manifests. In a process that does other things as well
//! it waits for that, and ends soon when it is told to.

use super::control::Control;
use super::round::End;
use super::{Told, Work};
use crate::root::Root;
use crate::scrub::lock::{Lock, NoLock};
use crate::scrub::standing::{Pass, Standing};
use crate::settings::scrub::Scrub;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// Between two attempts to get the lock.
const AGAIN: Duration = Duration::from_secs(30);
/// Longest that the end waits for the segment that is being read: a disk that dies takes minutes,
/// and the manifest is good however the process ends.
const LONGEST_END: Duration = Duration::from_secs(5);
/// What lists of threads have as its name.
const NAME: &str = "scrub-files";

/// How a single pass over all folders ended: for each of them, and what there is to say.
pub type Ended = (Vec<End>, Vec<String>);

/// The thread, and how it is spoken to.
pub struct Thread {
    /// What is wanted of it.
    pub control: Arc<Control>,
    /// What it says.
    pub told: watch::Receiver<Told>,
    /// Nothing is ever said here; the thread drops its end as the last thing that it does.
    over: mpsc::Receiver<()>,
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
        let (ends, over) = mpsc::channel();
        spawn(move || {
            if let Some(lock) = lock(&state, &for_work) {
                Work::new(root, settings, state, for_work, say).run();
                drop(lock);
            }
            drop(ends);
        })?;
        Ok(Thread {
            control,
            told,
            over,
        })
    }

    /// Tells it to stop, and waits a little for what it has in hand.
    pub fn end(self) {
        self.control.stop();
        // Both that it is over and that this takes too long are an error of the waiting.
        let _ = self.over.recv_timeout(LONGEST_END);
    }
}

/// Makes a single pass by a thread of its own; what is given hears of its end.
///
/// # Errors
/// The kernel gave no thread.
pub fn once(work: Work, lock: Lock) -> io::Result<oneshot::Receiver<Ended>> {
    let (over, ended) = oneshot::channel();
    spawn(move || {
        // Nobody waits for it who is gone.
        let _ = over.send(work.once());
        drop(lock);
    })?;
    Ok(ended)
}

fn spawn(body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name(NAME.to_owned());
    thread.spawn(body).map(drop)
}

/// Waits for the lock; none if it is told to stop before.
fn lock(state: &Path, control: &Control) -> Option<Lock> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;
    use tokio::time::timeout;

    /// How long what must not wait may take on a busy machine.
    const SOON: Duration = Duration::from_secs(20);

    /// A thread that reads nothing back, and the folder of its manifests.
    fn thread(state: &TempDir) -> Thread {
        let root = Root::moved_to(state.path()).unwrap();
        let settings = Scrub {
            paths: Vec::new(),
            ..Scrub::default()
        };
        Thread::start(Arc::new(root), settings, state.path().to_owned()).unwrap()
    }

    #[tokio::test]
    async fn who_ends_it_waits_until_it_has_given_back_the_lock() {
        let state = tempfile::tempdir().unwrap();
        let mut thread = thread(&state);
        // It looks at nothing before it has the lock.
        let looked = timeout(SOON, thread.told.changed()).await;
        looked.unwrap().unwrap();
        assert!(matches!(Lock::take(state.path()), Err(NoLock::Held { .. })));
        thread.end();
        Lock::take(state.path()).unwrap();
    }

    #[test]
    fn one_that_waits_for_the_lock_ends_soon_too() {
        let state = tempfile::tempdir().unwrap();
        let _lock = Lock::take(state.path()).unwrap();
        let thread = thread(&state);
        thread.control.stop();
        let over = thread.over.recv_timeout(SOON);
        assert_eq!(over, Err(mpsc::RecvTimeoutError::Disconnected));
    }
}
