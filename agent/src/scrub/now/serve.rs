//! The end of a scrub that runs: who asks it to read everything back now is told how far it is.

use super::words;
use crate::complaint::Complaint;
use crate::scrub::link;
use crate::scrub::message;
use crate::scrub::told::located;
use crate::scrub::work::Told;
use crate::scrub::work::control::Control;
use nix::unistd::Uid;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Most who may watch at once.
pub(super) const MAX_WATCHING: usize = 4;
/// Between two words of how far it is.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest that somebody may take to ask, or to take a word.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two attempts to accept a connection when the kernel gives none.
const AGAIN: Duration = Duration::from_secs(1);
/// Longest question, in bytes.
const MAX_ASK: usize = 64;

/// Listens in a folder, at [`NOW`](super::NOW).
///
/// # Errors
/// What the kernel answered, or that another scrub listens there.
pub fn listen(dir: &Path) -> io::Result<UnixListener> {
    link::listen_as(&dir.join(super::NOW), 0o600, "another scrub listens there")
}

/// Hears one after the other who asks; each is answered by a task of its own.
pub async fn serve(listener: UnixListener, control: Arc<Control>, told: watch::Receiver<Told>) {
    let room = Arc::new(Semaphore::new(MAX_WATCHING));
    let mut complaint = Complaint::default();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                if complaint.due(crate::clock::uptime_ms()) {
                    tracing::warn!("nobody can ask for a pass now: {error}");
                }
                sleep(AGAIN).await;
                continue;
            }
        };
        let may_ask = stream.peer_cred().is_ok_and(|peer| {
            let user = Uid::from_raw(peer.uid());
            user.is_root() || user == Uid::effective()
        });
        // Somebody else, or one too many, hears nothing.
        if let (true, Ok(place)) = (may_ask, room.clone().try_acquire_owned()) {
            let (control, told) = (control.clone(), told.clone());
            tokio::spawn(async move {
                // Who goes away does not end the pass that it asked for.
                let _ = answer(stream, &control, &told).await;
                drop(place);
            });
        }
    }
}

async fn answer(
    mut stream: UnixStream,
    control: &Control,
    told: &watch::Receiver<Told>,
) -> io::Result<()> {
    if !timeout(PATIENCE, is_asked(&mut stream)).await?? {
        return Ok(());
    }
    tracing::info!("somebody asks to read everything back now");
    let asked = control.hurry();
    loop {
        // The outcome first: a pass is told of before it counts as over.
        let whole = control.outcome(asked);
        let standing = told.borrow().clone().unwrap_or_default();
        if whole.is_some() {
            let findings = message::encode_findings(&located(&standing));
            for line in findings.map_err(io::Error::other)? {
                say(&mut stream, &line).await?;
            }
            let far = words::far(&standing.pass, whole).map_err(io::Error::other)?;
            return say(&mut stream, &far).await;
        }
        let far = words::far(&standing.pass, None).map_err(io::Error::other)?;
        say(&mut stream, &far).await?;
        sleep(PAUSE).await;
    }
}

async fn is_asked(stream: &mut UnixStream) -> io::Result<bool> {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") && line.len() < MAX_ASK {
        if stream.read_buf(&mut line).await? == 0 {
            return Ok(false);
        }
    }
    Ok(words::asks(line.trim_ascii_end()))
}

async fn say(stream: &mut UnixStream, line: &[u8]) -> io::Result<()> {
    timeout(PATIENCE, stream.write_all(line)).await?
}
