//! What is wanted of the thread that reads files back: to begin at once and not to wait, or to stop.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Shared between the thread that reads and who wants something of it.
#[derive(Debug, Default)]
pub struct Control {
    wanted: Mutex<Wanted>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Wanted {
    stop: bool,
    /// How often somebody wanted a pass at once, and how many of those are served.
    asked: u64,
    served: u64,
    /// Whether the last of those read every file of every folder.
    was_whole: bool,
}

impl Control {
    /// It is to end after the segment that it reads.
    pub fn stop(&self) {
        self.lock().stop = true;
        self.changed.notify_all();
    }

    /// It is to make a pass now, without waiting in between. What this gives tells [`Control::outcome`]
    /// which pass was meant.
    pub fn hurry(&self) -> u64 {
        let mut wanted = self.lock();
        // One that is under way in a hurry serves whoever comes along.
        if wanted.asked == wanted.served {
            wanted.asked += 1;
        }
        let asked = wanted.asked;
        drop(wanted);
        self.changed.notify_all();
        asked
    }

    /// Whether the pass that was asked for read every file of every folder; none while it is not
    /// over.
    pub fn outcome(&self, asked: u64) -> Option<bool> {
        let wanted = self.lock();
        (wanted.served >= asked).then_some(wanted.was_whole)
    }

    /// Whether it is to end.
    pub fn is_stopped(&self) -> bool {
        self.lock().stop
    }

    /// Whether it is not to wait.
    pub fn hurries(&self) -> bool {
        let wanted = self.lock();
        wanted.asked > wanted.served
    }

    /// What was asked for is done; whole, or not.
    pub fn served(&self, is_whole: bool) {
        let mut wanted = self.lock();
        wanted.served = wanted.asked;
        wanted.was_whole = is_whole;
    }

    /// Waits so long, or until something is wanted; gives how long that was.
    pub fn rest(&self, longest: Duration) -> Duration {
        let began = Instant::now();
        let nothing = |wanted: &mut Wanted| !wanted.stop && wanted.asked == wanted.served;
        let waited = self
            .changed
            .wait_timeout_while(self.lock(), longest, nothing);
        // Only a thread that panicked could leave it behind half changed, and none can here.
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        began.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Wanted> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::thread;

    #[test]
    fn a_rest_ends_when_something_is_wanted() {
        let control = Arc::new(Control::default());
        let resting = thread::spawn({
            let control = control.clone();
            move || control.rest(Duration::from_secs(600))
        });
        let asked = control.hurry();
        assert!(resting.join().unwrap() < Duration::from_secs(60));
        assert!(control.hurries() && control.outcome(asked).is_none());
        assert_eq!(control.hurry(), asked, "it is under way already");
        control.served(true);
        assert!(!control.hurries() && control.outcome(asked) == Some(true));
        assert!(control.hurry() > asked);
        control.served(false);
        let resting = thread::spawn({
            let control = control.clone();
            move || control.rest(Duration::from_secs(600))
        });
        control.stop();
        assert!(resting.join().unwrap() < Duration::from_secs(60));
        assert!(control.is_stopped());
    }
}
