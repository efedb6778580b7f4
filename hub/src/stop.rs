//! The one signal by which every task learns that the program ends.

use tokio::sync::watch;

/// Gives the signal.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// Hears the signal; cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stopper {
    /// A signal not given yet.
    pub fn new() -> (Stopper, Stop) {
        let (sender, receiver) = watch::channel(false);
        (Stopper(sender), Stop(receiver))
    }

    /// Gives the signal. Dropping the stopper gives it too.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Returns once the signal was given. May be awaited again and again.
    pub async fn requested(&mut self) {
        // An error means that the stopper is gone, which is the same signal.
        let _ = self.0.wait_for(|stopped| *stopped).await;
    }

    /// Whether the signal was given.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }
}
