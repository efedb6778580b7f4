//! The first look: hub, embedded broker and this machine's agent by one command.

use crate::backoff::{Backoff, entropy};
use crate::broker_url::BrokerUrl;
use crate::cli::Up;
use crate::paths::user_state_dir;
use crate::print::print;
use crate::run::{self, Options, RunError, Running, Taken};
use crate::settings::{Broker, NODES_FILE, Settings};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};

/// Name of the agent's program, beside this one.
const AGENT: &str = "picket-agent";
/// An agent that ran so long failed for a reason of its own: back-off begins anew.
const HEALTHY: Duration = Duration::from_secs(60);
/// Time for the agent to say that it stops.
const LEAVE: Duration = Duration::from_secs(5);

/// Why `up` did not come up.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// Nothing says where the store may be.
    #[error("neither XDG_STATE_HOME nor HOME is set; name a folder for the store by --state-dir")]
    NoHome,
    /// The broker would be open to others.
    #[error(
        "--broker is the address in plain text, which is for this machine only; choose \
         --broker 127.0.0.1:PORT, and see `picket-hub enroll` for other machines"
    )]
    NotLoopback,
    /// The hub did not start, or ended.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl UpError {
    /// Whether the command line is at fault.
    pub fn is_usage(&self) -> bool {
        matches!(self, UpError::NoHome | UpError::NotLoopback)
    }
}

/// Runs until `end` is ready.
pub async fn up(args: &Up, end: impl Future<Output = ()>) -> Result<(), UpError> {
    let state_dir = args
        .state_dir
        .clone()
        .or_else(user_state_dir)
        .ok_or(UpError::NoHome)?;
    if !args.broker.ip().is_loopback() {
        return Err(UpError::NotLoopback);
    }
    let state_dir = std::path::absolute(&state_dir).unwrap_or(state_dir);
    let settings = Settings {
        nodes_file: state_dir.join(NODES_FILE),
        state_dir,
        web: args.web,
        broker: Broker::Embedded {
            listen: vec![args.broker],
            listen_tls: Vec::new(),
        },
        ..Settings::default()
    };
    let options = Options {
        runtime_dir: args.runtime_dir.get(),
        taken: Taken::Next,
        config: None,
        token_valid: args.token_valid.0,
    };
    say("starting the hub and its broker");
    let hub = run::start(&settings, &options).await?;
    announce(&hub, args, &settings);
    let agent = (!args.no_agent)
        .then(|| agent_program(args, &hub, &options.runtime_dir))
        .flatten();
    tokio::pin!(end);
    match agent {
        None => Ok(hub.until(end).await?),
        Some(agent) => {
            // The agent leaves first, so that the hub hears that it stops.
            let watched = agent.watch(end);
            Ok(hub.until(watched).await?)
        }
    }
}

fn announce(hub: &Running, args: &Up, settings: &Settings) {
    let addresses = hub.addresses();
    if addresses.page != args.web {
        say(&format!(
            "{} is taken, the page is on the next free port",
            args.web
        ));
    }
    if addresses.broker.port() != args.broker.port() {
        say(&format!(
            "{} is taken, the broker is on the next free port",
            args.broker
        ));
    }
    say(&format!(
        "incidents are kept in {}",
        settings.state_dir.display()
    ));
    say(&format!(
        "listening: the page is at http://{}/",
        addresses.page
    ));
    say(&format!("listening: the broker is at {}", addresses.broker));
}

/// The agent to run, if it is there.
struct Agent {
    program: PathBuf,
    args: Vec<String>,
}

fn agent_program(args: &Up, hub: &Running, runtime_dir: &Path) -> Option<Agent> {
    let program = std::env::current_exe()
        .ok()
        .and_then(|own| Some(own.parent()?.join(AGENT)));
    let Some(program) = program.filter(|program| program.exists()) else {
        say(
            "there is no picket-agent beside this program, so this machine is not watched; build \
             it by `cargo build -p picket-agent` and start again",
        );
        return None;
    };
    Some(Agent {
        program,
        args: agent_args(args, &hub.addresses().broker, runtime_dir),
    })
}

fn agent_args(args: &Up, broker: &BrokerUrl, runtime_dir: &Path) -> Vec<String> {
    // A folder of its own: each program owns the one that it is given.
    let folder = runtime_dir.join("agent").display().to_string();
    let fixed = [
        ("--hub", broker.to_string()),
        ("--every", args.every.clone()),
        ("--runtime-dir", folder),
    ];
    let node = args.node.clone().map(|node| ("--node", node));
    let pairs = fixed.into_iter().chain(node);
    let flags = pairs.flat_map(|(flag, value)| [flag.to_owned(), value]);
    std::iter::once("run".to_owned()).chain(flags).collect()
}

impl Agent {
    /// Keeps the agent running until `end`, then asks it to stop.
    async fn watch(self, mut end: impl Future<Output = ()> + Unpin) {
        let mut backoff = Backoff::new();
        loop {
            let began = Instant::now();
            let ended = match self.spawn() {
                Ok(mut child) => tokio::select! {
                    () = &mut end => return leave(child).await,
                    status = child.wait() => match status {
                        Ok(status) => format!("picket-agent ended ({status})"),
                        Err(error) => format!("picket-agent was lost: {error}"),
                    },
                },
                Err(error) => format!("{} cannot be started: {error}", self.program.display()),
            };
            if began.elapsed() > HEALTHY {
                backoff.reset();
            }
            let wait = backoff.next_wait(entropy());
            tracing::warn!("{ended}; it is started again in {} ms", wait.as_millis());
            tokio::select! {
                () = &mut end => return,
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    fn spawn(&self) -> std::io::Result<Child> {
        Command::new(&self.program)
            .args(&self.args)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }
}

async fn leave(mut child: Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(pid) = pid {
        // It may have ended just now, which is what is wanted.
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
    }
    if tokio::time::timeout(LEAVE, child.wait()).await.is_err() {
        tracing::warn!("picket-agent does not stop; it is killed");
        let _ = child.kill().await;
    }
}

fn say(line: &str) {
    // Without anybody to read it, the hub works all the same.
    let _ = print(&format!("picket-hub: {line}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser;

    fn args(more: &[&str]) -> Up {
        let all = ["picket-hub", "up"].iter().chain(more);
        let Command::Up(up) = Cli::parse_from(all).command else {
            panic!()
        };
        up
    }

    #[test]
    fn the_agent_gets_the_real_broker_and_a_folder_of_its_own() {
        let broker = BrokerUrl::new("127.0.0.1", 1884);
        let up = args(&["--every", "1s", "--node", "pi-01"]);
        assert_eq!(
            agent_args(&up, &broker, Path::new("/run/picket/hub")).join(" "),
            "run --hub mqtt://127.0.0.1:1884 --every 1s --runtime-dir /run/picket/hub/agent \
             --node pi-01"
        );
    }

    #[tokio::test]
    async fn a_broker_that_others_could_reach_is_refused() {
        let up_args = args(&[
            "--broker",
            "0.0.0.0:1883",
            "--state-dir",
            "/nonexistent/state",
        ]);
        let error = up(&up_args, std::future::pending()).await.unwrap_err();
        assert!(error.is_usage(), "{error}");
    }
}
