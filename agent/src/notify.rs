//! Tells the service manager that the agent is ready, what it does, and that it is not stuck.

use sd_notify::NotifyState;
use std::time::Duration;

/// Shortest time between two changes of the status line, in milliseconds.
const STATUS_PAUSE_MS: u64 = 10_000;

/// The line to the service manager. Without one, nothing is sent anywhere.
#[derive(Debug)]
pub struct Notify {
    /// Half of the time after which the service manager takes the agent for stuck.
    watchdog_ms: Option<u64>,
    next_watchdog_ms: u64,
    status: String,
    next_status_ms: u64,
}

impl Notify {
    /// Says that the agent is ready.
    pub fn start() -> Notify {
        tell(NotifyState::Ready);
        let half_ms = |time: Duration| {
            u64::try_from(time.as_millis() / 2)
                .unwrap_or(u64::MAX)
                .max(1)
        };
        Notify {
            watchdog_ms: sd_notify::watchdog_enabled().map(half_ms),
            next_watchdog_ms: 0,
            status: String::new(),
            next_status_ms: 0,
        }
    }

    /// Tells what is due. The watchdog is fed only while the agent makes progress.
    pub fn turn(&mut self, now_ms: u64, makes_progress: bool, status: &str) {
        if let Some(watchdog_ms) = self.watchdog_ms
            && now_ms >= self.next_watchdog_ms
        {
            if makes_progress {
                tell(NotifyState::Watchdog);
            }
            self.next_watchdog_ms = now_ms.saturating_add(watchdog_ms);
        }
        if self.status != status && now_ms >= self.next_status_ms {
            tell(NotifyState::Status(status));
            status.clone_into(&mut self.status);
            self.next_status_ms = now_ms.saturating_add(STATUS_PAUSE_MS);
        }
    }

    /// When [`Notify::turn`] is due at the latest.
    pub fn next_ms(&self) -> u64 {
        self.watchdog_ms.map_or(u64::MAX, |_| self.next_watchdog_ms)
    }

    /// Says that the agent stops.
    pub fn stopping(&self) {
        tell(NotifyState::Stopping);
    }
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}
