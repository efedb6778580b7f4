//! The end of a scrub that runs: who asks it to read everything back now is told how far it is.

use super::words;
use crate::scrub::message;
use crate::scrub::socket;
use crate::scrub::told::located;
use crate::scrub::work::Told;
use crate::scrub::work::control::Control;
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Most who may watch at once.
pub const MAX_WATCHING: usize = 4;
/// Between two words of how far it is.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest that somebody may take to ask, or to take a word.
const PATIENCE: Duration = Duration::from_secs(5);
/// Longest question, in bytes.
const MAX_ASK: usize = 64;

/// Listens in a folder, at [`NOW`](super::NOW).
///
/// # Errors
/// What the kernel answered, or that another scrub listens there.
pub fn listen(dir: &Path) -> io::Result<UnixListener> {
    socket::listen(&dir.join(super::NOW), 0o600, "another scrub listens there")
}

/// Answers somebody who may ask, until the pass is over. Who goes away does not end the pass that it
/// asked for.
///
/// # Errors
/// The connection is lost, or nothing was asked or taken for too long.
pub async fn answer(
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
