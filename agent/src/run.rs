//! Runs the agent; the only file that spawns tasks.
//!
//! ```text
//!  signals ---------------------------------+
//!                                           v
//!  Sampler task <--full? (1)----------- [ Agent ] <--events (64)-- Driver task, one per connection
//!     |  asks the probes' threads       on the main                     ^
//!     +------------Sampled (1)--------->  task   --requests (34)--------+--- MQTT --- broker
//!     ^
//!     +--its last word (watch)-- Scrub task --- scrub.sock --- picket-agent scrub
//! ```
//! One thread drives all tasks and never touches a disk. Nothing here waits for the network: the
//! agent hands over what there is room for and looks again when something happened.

use crate::agent::{Agent, Sampled};
use crate::clock;
use crate::identity::{self, Machine};
use crate::notify::Notify;
use crate::probe;
use crate::root::Root;
use crate::sampler::{LONGEST_WAIT, Sampler};
use crate::scrub;
use crate::scrub::kept::Kept;
use crate::scrub::link::{self, Word};
use crate::scrub::readings;
use crate::settings::Settings;
use crate::standing::Standing;
use crate::uplink::{self, Door, Happened, Link};
use picket_node::Config;
use picket_wire::Quantity;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout_at};

/// Longest that the agent waits for the broker to have its farewell.
pub const FAREWELL: Duration = Duration::from_secs(2);

/// Runs the agent until SIGTERM or SIGINT; with a folder for its sockets it listens to a scrub.
///
/// # Errors
/// What the machine did not give: threads, random numbers, the name of the boot.
pub fn run(
    settings: &Settings,
    standing: Standing,
    root: Root,
    runtime_dir: Option<&Path>,
) -> Result<(), String> {
    let every_ms = u32::try_from(settings.every.as_millis()).unwrap_or(u32::MAX);
    let boot = identity::boot(&root)?;
    let session = identity::session()?;
    let config = Config {
        id: standing.node,
        boot,
        session,
        every_ms,
    };
    let machine = Machine::read(&root);
    let sampler = Sampler::start(&Arc::new(root)).map_err(failed("start the probes' threads"))?;
    tracing::info!(
        node = %standing.node,
        site = standing.site().map_or("not joined".to_owned(), |site| site.to_string()),
        hub = %settings.hub,
        every = crate::duration::show(settings.every),
        boot = format_args!("{:08x}", boot.0),
        session = format_args!("{:04x}", session.0),
        "agent started"
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed("start the runtime"))?;
    let agent = Agent::new(config, machine, standing.membership, clock::uptime_ms());
    let samples = Samples {
        sampler,
        wait: (settings.every / 2).min(LONGEST_WAIT),
        kept: Kept::new(of_the_scrub(), clock::uptime_ms()),
    };
    let result = runtime.block_on(serve(agent, &standing.door, samples, runtime_dir));
    // A probe's thread may be stuck for good, and so may the resolver of names.
    runtime.shutdown_background();
    result
}

/// What a scrub says.
fn of_the_scrub() -> Vec<Quantity> {
    let probes = probe::with_rights();
    let of_probes = probes.iter().flat_map(|probe| probe.quantities()).copied();
    of_probes.chain(readings::quantities()).collect()
}

fn failed(what: &'static str) -> impl Fn(io::Error) -> String {
    move |error| format!("cannot {what}: {error}")
}

async fn serve(
    mut agent: Agent,
    door: &Door,
    samples: Samples,
    runtime_dir: Option<&Path>,
) -> Result<(), String> {
    let mut stop = Stop::listen().map_err(failed("listen for signals"))?;
    let (asks, asked) = mpsc::channel(1);
    let (answer, mut sampled) = mpsc::channel(1);
    let words = listen(runtime_dir);
    tokio::spawn(samples.serve(words, asked, answer));
    let mut notify = Notify::start();
    let mut link: Option<Link> = None;
    loop {
        let now_ms = clock::uptime_ms();
        if agent.sample_due(now_ms) {
            // A sampling that is still under way is not asked for twice; its tick is skipped.
            if asks.try_send(agent.full_due()).is_ok() {
                agent.asked(now_ms);
            }
        }
        if link.is_none() && agent.may_connect(now_ms) {
            let will = agent.begin_connection();
            let (near, driver) = uplink::open(door, agent.id(), will);
            tokio::spawn(driver.run());
            link = Some(near);
        }
        if let Some(connection) = &mut link
            && let Err(why) = agent.publish(connection, now_ms)
        {
            link = None;
            agent.lost(&why, now_ms, entropy());
        }
        notify.turn(now_ms, agent.makes_progress(now_ms), &agent.status());
        let wake_ms = agent.next_wake_ms(link.as_ref()).min(notify.next_ms());
        let nap = Duration::from_millis(wake_ms.saturating_sub(now_ms).clamp(1, LONGEST_NAP_MS));
        tokio::select! {
            signal = stop.next() => {
                tracing::info!(signal, "agent stops");
                notify.stopping();
                farewell(&mut agent, link).await;
                return Ok(());
            }
            happened = next(&mut link) => match happened {
                Happened::Lost(why) => {
                    link = None;
                    agent.lost(&why, clock::uptime_ms(), entropy());
                }
                happened => agent.happened(happened, clock::uptime_ms()),
            },
            sampled = sampled.recv() => match sampled {
                Some(sampled) => agent.sampled(sampled),
                None => return Err("the task of the probes ended: this is a bug".to_owned()),
            },
            () = sleep(nap) => {}
        }
    }
}

/// The sleep is measured on a clock that stands still while the machine is suspended, so that no
/// nap is long.
const LONGEST_NAP_MS: u64 = 10_000;

/// Listens to the scrub, if there is a folder for the socket. Its last word is in what this gives.
fn listen(runtime_dir: Option<&Path>) -> watch::Receiver<Word> {
    let (said, words) = watch::channel(Word::default());
    if let Some(dir) = runtime_dir {
        match link::listen(dir) {
            Ok(listener) => {
                tokio::spawn(link::serve(listener, said));
            }
            Err(error) => tracing::warn!(
                "no scrub can be heard: cannot listen at {}: {error}",
                dir.join(scrub::SOCKET).display()
            ),
        }
    }
    words
}

/// Where readings come from: the agent's own probes, and the scrub.
struct Samples {
    sampler: Sampler,
    /// How long the probes may take.
    wait: Duration,
    kept: Kept,
}

impl Samples {
    /// Asks the probes whenever the agent asks for it, and adds what the scrub said.
    async fn serve(
        mut self,
        mut words: watch::Receiver<Word>,
        mut asked: mpsc::Receiver<bool>,
        answer: mpsc::Sender<Sampled>,
    ) {
        while let Some(full) = asked.recv().await {
            let at_ms = clock::uptime_ms();
            let mut found = self.sampler.sample(self.wait, full).await;
            // Without a listener the channel is closed, and says that nothing has changed.
            if words.has_changed().unwrap_or_default() {
                let word = words.borrow_and_update().clone();
                self.kept.heard_word(word);
            }
            let lists = self.kept.add_to(&mut found, clock::uptime_ms(), full);
            let sampled = Sampled {
                at_ms,
                found,
                lists,
            };
            if answer.send(sampled).await.is_err() {
                return;
            }
        }
    }
}

/// What happens next on the connection; nothing while there is none.
async fn next(link: &mut Option<Link>) -> Happened {
    match link {
        Some(link) => link.next().await,
        None => std::future::pending().await,
    }
}

/// Says that the agent stops on purpose, and waits until the broker has that.
async fn farewell(agent: &mut Agent, link: Option<Link>) {
    let Some(mut link) = link.filter(Link::is_connected) else {
        return;
    };
    let deadline = Instant::now() + FAREWELL;
    if !agent.say_stopping(&mut link, clock::uptime_ms()) {
        return;
    }
    while !agent.farewell_acked() {
        match timeout_at(deadline, link.next()).await {
            Ok(Happened::Lost(_)) | Err(_) => {
                tracing::warn!("the broker did not take the farewell: the node will look gone");
                return;
            }
            Ok(happened) => agent.happened(happened, clock::uptime_ms()),
        }
    }
    link.disconnect();
    // The good-bye is on its way once the broker closes the connection.
    while let Ok(happened) = timeout_at(deadline, link.next()).await {
        if matches!(happened, Happened::Lost(_)) {
            return;
        }
    }
}

/// Without random numbers the wait is not spread, and still right.
fn entropy() -> u32 {
    identity::entropy().unwrap_or(u32::MAX / 2)
}

/// The signals that end the agent.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> io::Result<Stop> {
        Ok(Stop {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
