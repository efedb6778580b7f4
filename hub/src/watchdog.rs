//! Tells systemd that the hub is not stuck: only while its core task answers, because everything
//! that the hub knows and decides goes through that one.

use crate::handle::Handle;
use crate::signals;
use crate::stop::Stop;
use std::time::Duration;

/// Feeds the watchdog until told to stop. Without one, only waits for that.
pub(crate) async fn run(handle: Handle, mut stop: Stop) {
    match sd_notify::watchdog_enabled() {
        None => stop.requested().await,
        Some(limit) => tokio::select! {
            () = stop.requested() => {}
            () = feed(handle, limit / 2, signals::alive) => {}
        },
    }
}

/// Asks the core task for nothing in particular, and tells when it has answered. While it does not
/// answer, this waits with it.
async fn feed(handle: Handle, pause: Duration, mut tell: impl FnMut()) {
    while handle.read(|_| ()).await.is_ok() {
        tell();
        tokio::time::sleep(pause).await;
    }
    // The core task has ended, and whoever runs the tasks sees that by itself.
    std::future::pending::<()>().await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::handle::{self, Known};
    use crate::health::Health;
    use crate::history::History;
    use picket_hub_core::{Config, Hub};
    use std::sync::atomic::{AtomicU32, Ordering};

    const PAUSE: Duration = Duration::from_millis(5);
    const LOOK: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn a_core_task_that_answers_feeds_the_watchdog_and_a_stuck_one_does_not() {
        let fed = AtomicU32::new(0);
        let tell = || {
            fed.fetch_add(1, Ordering::Relaxed);
        };
        let (handle, mut desk) = handle::channel();
        // Nobody sits at the desk.
        let stuck = tokio::time::timeout(LOOK, feed(handle.clone(), PAUSE, tell)).await;
        assert!(stuck.is_err());
        assert_eq!(fed.load(Ordering::Relaxed), 0);

        let now = Clock::new().now();
        let hub = Hub::new(Config::default(), 7, now);
        let (history, health) = (History::new(), Health::starting("home"));
        let known = || Known {
            hub: &hub,
            history: &history,
            now,
            health: &health,
        };
        tokio::select! {
            () = feed(handle, PAUSE, tell) => panic!("the core task has not ended"),
            () = desk.answer_all(known) => panic!("there is a handle"),
            () = tokio::time::sleep(LOOK) => {}
        }
        assert!(fed.load(Ordering::Relaxed) >= 2);
    }
}
