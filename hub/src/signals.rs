//! What the system says to the hub, and what the hub says to systemd.

use std::io;
use tokio::signal::unix::{SignalKind, signal};

/// Ready once the system or the user wants the program to end. Signals are heard from the call on,
/// not only from the first poll.
pub fn end() -> io::Result<impl Future<Output = ()> + Unpin> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(Box::pin(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }))
}

/// Tells systemd that the hub works; nobody else is told.
pub fn ready() {
    tell(sd_notify::NotifyState::Ready);
}

/// Tells systemd's watchdog that the hub is not stuck.
pub fn alive() {
    tell(sd_notify::NotifyState::Watchdog);
}

/// Tells systemd that the hub ends.
pub fn stopping() {
    tell(sd_notify::NotifyState::Stopping);
}

fn tell(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!("systemd cannot be told how the hub is: {error}");
    }
}
