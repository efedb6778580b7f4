//! The scrub process: asks the probes that need rights again and again, and tells the agent what
//! they say; beside them a thread reads files back ([`work`]), and who asks for a pass now is answered
//! ([`serve`]). The agent may come and go. No other file of the process spawns tasks.

use super::SOCKET;
use super::message::piece::Located;
use super::message::{self, Refused, Told};
use super::now::{NOW, serve};
use super::readings;
use super::socket;
use super::standing::{PackageContent, Standing};
use super::told::located;
use super::unwatched::Unwatched;
use super::work;
use super::work::control::Control;
use super::work::thread::Thread;
use crate::clock;
use crate::complaint::Complaint;
use crate::probe::sd_health::SdHealth;
use crate::root::Root;
use crate::sampler::Sampler;
use crate::settings::scrub::Scrub;
use picket_wire::Missing;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Between two rounds. Probes that are dear to ask answer from memory in most of them; the
/// kernel's messages travel within this time.
pub const PAUSE: Duration = Duration::from_secs(5);
/// Longest that a round waits: a disk that sleeps takes some ten seconds to answer.
pub const LONGEST_ROUND: Duration = Duration::from_secs(30);
/// Longest that the agent may take to take a line.
const TAKEN: Duration = Duration::from_secs(5);
/// Between two attempts to accept a connection when the kernel gives none.
const AGAIN: Duration = Duration::from_secs(1);

/// What the scrub runs with.
#[derive(Debug)]
pub struct Setup {
    /// The machine.
    pub root: Root,
    /// The folder with the agent's socket.
    pub agent_dir: PathBuf,
    /// The folder for its own socket.
    pub own_dir: PathBuf,
    /// The cards that may be asked for their health.
    pub sd_health: SdHealth,
    /// Which files are read back, and the folder of their manifests, which is there; or why none is.
    pub files: Result<(Scrub, PathBuf), Unwatched>,
}

/// Runs until the process is ended.
///
/// # Errors
/// What the machine did not give: threads.
pub fn run(setup: Setup) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot start the probes: {error}");
    let root = Arc::new(setup.root);
    let mut sampler = Sampler::start_privileged(&root, setup.sd_health).map_err(failed)?;
    let agent = Agent::at(setup.agent_dir.join(SOCKET));
    let files = match setup.files {
        Ok((files, state)) => {
            tracing::info!("privileged probes, and files are read back");
            Ok(Thread::start(root, files, state).map_err(failed)?)
        }
        Err(why) => {
            why.log();
            Err(why.missing())
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let told = files.as_ref().map(|files| files.told.clone());
    let told = told.map_err(|why| *why);
    let result = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        if let Ok(files) = &files {
            listen(&setup.own_dir, files);
        }
        tokio::select! {
            never = rounds(&mut sampler, agent, told) => never,
            _ = terminate.recv() => Ok(()),
        }
    });
    if let Ok(files) = files {
        files.end();
    }
    // A probe's thread may be stuck for good.
    runtime.shutdown_background();
    result
}

/// Who wants everything read back now is heard, if there is a place for the socket.
fn listen(dir: &Path, files: &Thread) {
    match serve::listen(dir) {
        Ok(listener) => {
            tokio::spawn(hear(listener, files.control.clone(), files.told.clone()));
        }
        Err(error) => tracing::warn!(
            "nobody can ask for a pass now: cannot listen at {}: {error}",
            dir.join(NOW).display()
        ),
    }
}

/// Hears one after the other who asks; each is answered by a task of its own.
async fn hear(listener: UnixListener, control: Arc<Control>, told: watch::Receiver<work::Told>) {
    let room = Arc::new(Semaphore::new(serve::MAX_WATCHING));
    let mut complaint = Complaint::default();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                if complaint.due(clock::uptime_ms()) {
                    tracing::warn!("nobody can ask for a pass now: {error}");
                }
                sleep(AGAIN).await;
                continue;
            }
        };
        let may_ask = socket::may_speak(&stream);
        // Somebody else, or one too many, hears nothing.
        if let (true, Ok(place)) = (may_ask, room.clone().try_acquire_owned()) {
            let (control, told) = (control.clone(), told.clone());
            tokio::spawn(async move {
                // Who asked has gone away, or not: the pass goes on.
                let _ = serve::answer(stream, &control, &told).await;
                drop(place);
            });
        }
    }
}

async fn rounds(
    sampler: &mut Sampler,
    mut agent: Agent,
    files: Result<watch::Receiver<work::Told>, Missing>,
) -> Result<(), String> {
    loop {
        let found = sampler.sample(LONGEST_ROUND, true).await;
        let standing = files.as_ref().map(|told| told.borrow().clone());
        let (standing, none) = match standing {
            Ok(standing) => (standing, Missing::Busy),
            Err(why) => (None, *why),
        };
        let mut told = Told {
            measured: found.measured,
            writers: found.writers,
        };
        told.measured.extend(match &standing {
            Some(standing) => readings::of(standing),
            None => readings::of_none(none),
        });
        agent.tell(&told, standing.as_deref()).await;
        sleep(PAUSE).await;
    }
}

/// The agent as the scrub knows it.
struct Agent {
    path: PathBuf,
    stream: Option<UnixStream>,
    /// The lists that were told on this connection.
    findings: Option<Vec<Located>>,
    packages: Option<Arc<[PackageContent]>>,
    /// What the log said last: that it is connected, or not.
    said: Option<bool>,
    complaint: Complaint,
}

impl Agent {
    fn at(path: PathBuf) -> Agent {
        Agent {
            path,
            stream: None,
            findings: None,
            packages: None,
            said: None,
            complaint: Complaint::default(),
        }
    }

    /// Tells what was found, if the agent is there.
    async fn tell(&mut self, told: &Told, standing: Option<&Standing>) {
        if self.stream.as_ref().is_none_or(|stream| !is_open(stream)) {
            self.stream = None;
            self.findings = None;
            self.packages = None;
        }
        let lines = match self.lines(told, standing) {
            Ok(lines) => lines,
            Err(why) => {
                if self.complaint.due(clock::uptime_ms()) {
                    tracing::warn!(
                        readings = told.measured.len(),
                        "the agent is told nothing: {why}"
                    );
                }
                return;
            }
        };
        let told = match timeout(TAKEN, self.send(&lines)).await {
            Ok(told) => told,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        if told.is_err() {
            self.stream = None;
        }
        self.log(told);
    }

    /// The lines of a round: its readings, and the lists that the agent does not have.
    fn lines(&mut self, told: &Told, standing: Option<&Standing>) -> Result<Vec<u8>, Refused> {
        let mut lines = message::encode(told)?;
        // One that has not looked at its manifests yet knows of no finding, which is no news.
        let Some(standing) = standing.filter(|standing| !standing.places.is_empty()) else {
            return Ok(lines);
        };
        let findings = located(standing);
        if self.findings.as_ref() != Some(&findings) {
            lines.extend(message::encode_findings(&findings)?.concat());
            self.findings = Some(findings);
        }
        if self.packages.as_ref() != Some(&standing.packages) {
            lines.extend(message::encode_packages(&standing.packages)?.concat());
            self.packages = Some(standing.packages.clone());
        }
        Ok(lines)
    }

    async fn send(&mut self, lines: &[u8]) -> io::Result<()> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let mut stream = UnixStream::connect(&self.path).await?;
                let greeting = message::greeting().map_err(io::Error::other)?;
                stream.write_all(&greeting).await?;
                stream
            }
        };
        stream.write_all(lines).await?;
        self.stream = Some(stream);
        Ok(())
    }

    /// An agent that is not there is no fault of the scrub's: it waits for its hub, or is stopped.
    fn log(&mut self, told: io::Result<()>) {
        let path = self.path.display();
        match told {
            Ok(()) if self.said != Some(true) => {
                self.said = Some(true);
                tracing::info!("connected to the agent at {path}");
            }
            Err(error) if self.said != Some(false) && self.complaint.due(clock::uptime_ms()) => {
                self.said = Some(false);
                tracing::info!("no agent listens at {path} ({error}); it is tried again");
            }
            Ok(()) | Err(_) => {}
        }
    }
}

/// The agent never says anything: what can be read is the end.
fn is_open(stream: &UnixStream) -> bool {
    match stream.try_read(&mut [0; 1]) {
        Ok(_) => false,
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}
