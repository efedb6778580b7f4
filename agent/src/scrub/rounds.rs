//! The scrub process: asks the probes that need rights again and again, and tells the agent what
//! they say. The agent may come and go.

use super::SOCKET;
use super::message::{self, Told};
use crate::clock;
use crate::complaint::Complaint;
use crate::probe::sd_health::SdHealth;
use crate::root::Root;
use crate::sampler::Sampler;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::time::{sleep, timeout};

/// Between two rounds. Probes that are dear to ask answer from memory in most of them; the
/// kernel's messages travel within this time.
pub const PAUSE: Duration = Duration::from_secs(5);
/// Longest that a round waits: a disk that sleeps takes some ten seconds to answer.
pub const LONGEST_ROUND: Duration = Duration::from_secs(30);
/// Longest that the agent may take to take a line.
const TAKEN: Duration = Duration::from_secs(5);

/// Runs until the process is ended.
///
/// # Errors
/// What the machine did not give: threads.
pub fn run(root: Root, dir: &Path, sd_health: SdHealth) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot start the probes: {error}");
    let mut sampler = Sampler::start_privileged(&Arc::new(root), sd_health).map_err(failed)?;
    let mut agent = Agent::at(dir.join(SOCKET));
    tracing::info!("privileged probes only; no file is read back yet");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    runtime.block_on(async {
        loop {
            let found = sampler.sample(LONGEST_ROUND, true).await;
            let told = Told {
                measured: found.measured,
                writers: found.writers,
            };
            agent.tell(&told).await;
            sleep(PAUSE).await;
        }
    })
}

/// The agent as the scrub knows it.
struct Agent {
    path: PathBuf,
    stream: Option<UnixStream>,
    /// What the log said last: that it is connected, or not.
    said: Option<bool>,
    complaint: Complaint,
}

impl Agent {
    fn at(path: PathBuf) -> Agent {
        Agent {
            path,
            stream: None,
            said: None,
            complaint: Complaint::default(),
        }
    }

    /// Tells what was found, if the agent is there.
    async fn tell(&mut self, told: &Told) {
        let line = match message::encode(told) {
            Ok(line) => line,
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
        let told = match timeout(TAKEN, self.send(&line)).await {
            Ok(told) => told,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        if told.is_err() {
            self.stream = None;
        }
        self.log(told);
    }

    async fn send(&mut self, line: &[u8]) -> io::Result<()> {
        let mut stream = match self.stream.take() {
            // It never says anything: what can be read is the end.
            Some(stream) if is_open(&stream) => stream,
            Some(_) | None => {
                let mut stream = UnixStream::connect(&self.path).await?;
                let greeting = message::greeting().map_err(io::Error::other)?;
                stream.write_all(&greeting).await?;
                stream
            }
        };
        stream.write_all(line).await?;
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

fn is_open(stream: &UnixStream) -> bool {
    match stream.try_read(&mut [0; 1]) {
        Ok(_) => false,
        Err(error) => error.kind() == io::ErrorKind::WouldBlock,
    }
}
