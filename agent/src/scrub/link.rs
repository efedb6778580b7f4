//! The agent's end of the socket: one scrub at a time, of root's or of the agent's own user, may
//! say what it found. Nothing is ever said to it.

use super::message::piece::{Located, Pieces};
use super::message::{self, MAX_LINE, Refused, Said, Told};
use super::standing::PackageContent;
use super::{SOCKET, socket};
use crate::clock;
use crate::complaint::Complaint;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

/// A scrub that says nothing for so long is let go, so that another one can be heard.
pub const SILENCE: Duration = Duration::from_secs(super::kept::FRESH_MS / 1000);
/// Between two attempts to accept a connection when the kernel gives none.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes that are taken at once.
const CHUNK: usize = 4096;

/// What the scrub said last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Uptime in milliseconds when its last round came, and what it said; of writers, what it said
    /// of them last. None before the first.
    pub round: Option<(u64, Told)>,
    /// Its findings; none before it has said all of them.
    pub findings: Option<Arc<[Located]>>,
    /// What packages read as; none before it has said all of it.
    pub packages: Option<Arc<[PackageContent]>>,
}

impl Word {
    fn heard(&mut self, heard: Heard, at_ms: u64) {
        match heard {
            Heard::Round(mut told) => {
                let before = self.round.take().and_then(|(_, before)| before.writers);
                told.writers = told.writers.take().or(before);
                self.round = Some((at_ms, told));
            }
            Heard::Findings(all) => self.findings = Some(all.into()),
            Heard::Packages(all) => self.packages = Some(all.into()),
        }
    }
}

/// What is whole of what was said.
#[derive(Debug)]
enum Heard {
    Round(Told),
    Findings(Vec<Located>),
    Packages(Vec<PackageContent>),
}

/// Listens in a folder, which is made if it is not there; what an agent has left behind there is
/// removed.
///
/// # Errors
/// What the kernel answered, or that another agent listens there.
pub fn listen(dir: &Path) -> io::Result<UnixListener> {
    // The scrub is in the agent's group, and nobody else is.
    socket::listen(&dir.join(SOCKET), 0o660, "another agent listens there")
}

/// Hears one scrub after another, until nobody takes their words.
pub async fn serve(listener: UnixListener, words: watch::Sender<Word>) {
    let mut scrub: Option<Connection> = None;
    let mut complaint = Complaint::default();
    let mut complain = |what: &str| {
        if complaint.due(clock::uptime_ms()) {
            tracing::warn!("the scrub's socket: {what}");
        }
    };
    while !words.is_closed() {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => match (socket::may_speak(&stream), &scrub) {
                    (false, _) => complain("somebody else than root or this user was refused"),
                    (true, Some(_)) => complain("a second scrub was refused: is one too many running?"),
                    (true, None) => scrub = Some(Connection::new(stream)),
                },
                Err(error) => {
                    complain(&format!("cannot accept: {error}"));
                    sleep(PAUSE).await;
                }
            },
            line = next(&mut scrub) => match line {
                Ok(heard) => {
                    if scrub.as_mut().is_some_and(Connection::is_new) {
                        tracing::info!("the scrub is connected");
                    }
                    words.send_modify(|word| word.heard(heard, clock::uptime_ms()));
                }
                Err(why) => {
                    let was_heard = scrub.take().is_some_and(|scrub| scrub.heard);
                    match why {
                        Lost::Closed if was_heard => tracing::info!("the scrub is gone"),
                        Lost::Closed => {}
                        Lost::Silent => complain("the scrub said nothing for too long and was let go"),
                        Lost::Broken(error) => complain(&format!("the scrub is gone: {error}")),
                        Lost::Refused(why) => complain(&format!("the scrub was let go: {why}")),
                    }
                }
            },
        }
    }
}

/// The next word; never, without a scrub.
async fn next(scrub: &mut Option<Connection>) -> Result<Heard, Lost> {
    match scrub {
        Some(scrub) => scrub.next().await,
        None => std::future::pending().await,
    }
}

/// How a connection ended.
#[derive(Debug)]
enum Lost {
    Closed,
    Silent,
    Broken(ErrorKind),
    Refused(Refused),
}

/// A scrub that speaks.
struct Connection {
    stream: UnixStream,
    /// What has come of the present line.
    line: Vec<u8>,
    findings: Pieces<Located>,
    packages: Pieces<PackageContent>,
    greeted: bool,
    /// It has said something that counts.
    heard: bool,
    /// When it has been silent for too long.
    deadline: Instant,
}

impl Connection {
    fn new(stream: UnixStream) -> Connection {
        Connection {
            stream,
            line: Vec::new(),
            findings: Pieces::default(),
            packages: Pieces::default(),
            greeted: false,
            heard: false,
            deadline: Instant::now() + SILENCE,
        }
    }

    /// True once: at its first word.
    fn is_new(&mut self) -> bool {
        !std::mem::replace(&mut self.heard, true)
    }

    /// The next word. Nothing is lost if this is given up and asked again.
    async fn next(&mut self) -> Result<Heard, Lost> {
        loop {
            while let Some(line) = self.take_line() {
                self.deadline = Instant::now() + SILENCE;
                if !self.greeted {
                    message::check_greeting(&line).map_err(Lost::Refused)?;
                    self.greeted = true;
                } else if let Some(heard) = self.meant(&line)? {
                    return Ok(heard);
                }
            }
            if self.line.len() >= MAX_LINE {
                return Err(Lost::Refused(Refused::TooLong));
            }
            self.read_some().await?;
        }
    }

    /// What a line says, or ends saying; none if more of it is to come.
    fn meant(&mut self, line: &[u8]) -> Result<Option<Heard>, Lost> {
        Ok(match message::decode(line).map_err(Lost::Refused)? {
            Said::Round(told) => Some(Heard::Round(told)),
            Said::Findings(piece) => self.findings.take(piece).map(Heard::Findings),
            Said::Packages(piece) => self.packages.take(piece).map(Heard::Packages),
        })
    }

    async fn read_some(&mut self) -> Result<(), Lost> {
        let mut chunk = [0; CHUNK];
        match timeout_at(self.deadline, self.stream.readable()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(Lost::Broken(error.kind())),
            Err(_) => return Err(Lost::Silent),
        }
        match self.stream.try_read(&mut chunk) {
            Ok(0) => Err(Lost::Closed),
            Ok(length) => {
                self.line
                    .extend_from_slice(chunk.get(..length).unwrap_or_default());
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(Lost::Broken(error.kind())),
        }
    }

    /// A whole line without its end, if there is one.
    fn take_line(&mut self) -> Option<Vec<u8>> {
        let end = self.line.iter().position(|byte| *byte == b'\n')?;
        let rest = self.line.split_off(end + 1);
        let mut line = std::mem::replace(&mut self.line, rest);
        line.pop();
        Some(line)
    }
}

#[cfg(test)]
mod tests;
