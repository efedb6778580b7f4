//! Which tasks there are, and the channels between them: the only file that starts any.
//!
//! ```text
//!  TLS (connections: 512, or two for each node)
//!      v  MQTT on loopback
//!  broker (embedded)        driver of the hub's connection, and of that for power
//!      ^                      ^ requests      | events (64 each)
//!      |  MQTT on loopback    |               v
//!      +----------------------+----------- core task -- batches (1) --> store thread
//!                                          ^      |   <-- results (1) --
//!                        questions (64)    |      | changes (1024, broadcast)
//!              +---------------------------+      v
//!   page (TCP), socket (unix) ------------>+<-- feed of Home Assistant, with its own connection
//!                                          ^-- watchdog: asks, and tells systemd
//!                                          ^-- registrar: requests to join (16) come from the core
//!                                              task, wishes (16) from the socket
//! ```
//!
//! Everything is stopped by one signal. The broker goes last, so that the others can take leave.

mod links;
mod ports;

pub use ports::Taken;

use crate::bounded::Bounded;
use crate::broker_url::BrokerUrl;
use crate::clock::{self, Clock};
use crate::core_task::{CoreTask, connections};
use crate::feed::home_assistant;
use crate::handle;
use crate::health::{Health, LinkHealth, StoreHealth};
use crate::history::History;
use crate::hub_status::{HubStatus, Signer};
use crate::identity::{Identity, IdentityError};
use crate::listen::ListenError;
use crate::login::LoginError;
use crate::mqtt;
use crate::paths::{self, FolderError};
use crate::registrar::tokens::Tokens;
use crate::registrar::{self, Answers, Registrar};
use crate::settings::Settings;
use crate::socket::{RemoveOnDrop, Socket, SocketError};
use crate::stop::{Stop, Stopper};
use crate::store::{Database, StoreError, Writer};
use crate::tls::TrustError;
use crate::watchdog;
use crate::web;
use axum::Router;
use axum::serve::Listener;
use picket_hub_core::seam::Saved;
use picket_hub_core::time::Millis;
use picket_hub_core::{Config, Hub};
use picket_wire::{IdError, SessionId, SiteId};
use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Time for all tasks to end once they are told to.
const LEAVE: Duration = Duration::from_secs(6);
/// Words of joining nodes that wait at most; what comes beyond that is dropped.
const JOINS: usize = 16;

/// The tasks of the embedded broker.
const BROKER_TASKS: [&str; 2] = ["embedded broker", "TLS of the broker"];

/// What a start needs besides the settings.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder of the unix socket.
    pub runtime_dir: PathBuf,
    /// What to do about a taken port.
    pub taken: Taken,
    /// The file of the settings; none if there is none.
    pub config: Option<PathBuf>,
    /// How long a token is good.
    pub token_valid: Millis,
}

/// Why the hub did not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A port could not be had.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The socket could not be had.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The run-time folder could not be had.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The store must not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The settings want a broker that this program was built without.
    #[error(
        "this picket-hub was built without its embedded broker; name one by [mqtt] url, or build \
         it with the feature embedded-broker"
    )]
    NoBroker,
    /// The identity cannot be had.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The site's name is none.
    #[error("site: {0}")]
    Site(#[from] IdError),
    /// A password cannot be had.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Nobody can be believed.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The site's certificate cannot be used.
    #[error("the site's certificate cannot be used: {0}; restore the identity from a backup")]
    Tls(String),
    /// The kernel gave no random numbers, or no name of the boot.
    #[error("the kernel does not tell what a start needs: {0}")]
    Kernel(String),
    /// A task ended that never should.
    #[error("the {0} has ended, which is a fault of this program; the hub stops")]
    Ended(&'static str),
}

/// Where a running hub is found.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// The page.
    pub page: SocketAddr,
    /// The broker of the nodes.
    pub broker: BrokerUrl,
}

/// A hub at work.
#[derive(Debug)]
pub struct Running {
    addresses: Addresses,
    stopper: Stopper,
    tasks: JoinSet<&'static str>,
    broker: JoinSet<&'static str>,
    _file: RemoveOnDrop,
}

/// Starts everything; what is needed is had before the first task starts.
pub async fn start(settings: &Settings, options: &Options) -> Result<Running, RunError> {
    paths::make_runtime_dir(&options.runtime_dir)?;
    let (unix, file) = Socket::bind(&options.runtime_dir).await?.into_parts();
    let identity = open_identity(settings)?;
    let roster = identity.roster();
    let nodes = ports::broker(settings, &identity, options.taken).await?;
    let broker_url = nodes.url;
    if let Err(error) = nodes.door.publish(&roster).await {
        tracing::warn!("{error}");
    }
    let page = ports::page(settings.web, options.taken).await?;
    let page_address = page.local_addr().unwrap_or(settings.web);
    let (store, saved, store_health) = open_store(&settings.state_dir)?;

    let (stopper, stop) = Stopper::new();
    let (handle, desk) = handle::channel();
    let kernel = |error: &dyn std::fmt::Display| RunError::Kernel(error.to_string());
    let session = SessionId((getrandom::u32().map_err(|e| kernel(&e))? >> 16) as u16);
    let boot = clock::boot().map_err(|e| kernel(&e))?;
    let entropy = getrandom::u64().map_err(|e| kernel(&e))?;
    let mut clock = Clock::new();
    let config = Config {
        max_nodes: settings.max_nodes,
        stopping_excuse: settings.stopping_excuse,
        endurance: settings.endurance.as_slice().into(),
        own_boot: Some(boot),
    };
    let hub = Hub::new(config, entropy, clock.now());
    // Two hubs on one broker are to see each other's status, not to end each other's connection.
    let name = format!("hub-{:08x}", entropy as u32);
    let (publisher, events, driver) =
        mqtt::connect(connections::reports(broker_url.clone(), &name));
    let (_, power, power_driver) = mqtt::connect(connections::power(broker_url.clone(), &name));
    let signer = Signer {
        key: identity.signing_key().clone(),
        site: identity.site(),
    };
    let (joins, joining) = mpsc::channel(JOINS);
    let feed_url = links::home_assistant(&settings.home_assistant, &identity)?
        .unwrap_or_else(|| broker_url.clone());
    let health = Health {
        store: store_health,
        broker: LinkHealth::wanted(Some(broker_url.to_string())),
        power: LinkHealth::wanted(Some(broker_url.to_string())),
        home_assistant: LinkHealth::wanted(Some(feed_url.to_string())),
        web: Some(page_address),
        ..Health::starting(&settings.site)
    };
    let feed = home_assistant::Settings {
        url: feed_url,
        client_id: format!("{name}-feed"),
        discovery_prefix: settings.home_assistant.discovery_prefix.clone(),
    };
    let (register, registrar_desk) = registrar::channel();
    let registrar = Registrar {
        identity,
        tokens: Tokens::new(options.token_valid),
        answers: Answers::new(boot, session),
        core: handle.clone(),
        publisher: publisher.clone(),
        connection: mqtt::Options {
            url: broker_url.clone(),
            client_id: name.clone(),
            will: None,
            subscriptions: Vec::new(),
            max_packet: mqtt::MAX_PACKET,
        },
        joins: joining,
        desk: registrar_desk,
        door: nodes.door,
        settings: settings.clone(),
        config: options.config.clone(),
        stop: stop.clone(),
    };
    let core = CoreTask {
        hub,
        history: History::new(),
        health,
        clock,
        desk,
        events,
        power,
        joins,
        roster,
        publisher,
        status: HubStatus::new(boot, session, signer),
        store,
        stop: stop.clone(),
    };

    let mut broker = JoinSet::new();
    for (name, server) in BROKER_TASKS
        .into_iter()
        .zip(nodes.serving.into_iter().flatten())
    {
        broker.spawn(named(name, server));
    }
    let mut tasks = JoinSet::new();
    tasks.spawn(named("core task", core.run(saved)));
    tasks.spawn(named("connection to the broker", driver.run()));
    tasks.spawn(named("connection for power", power_driver.run()));
    let run_feed = home_assistant::run(feed, handle.clone(), stop.clone());
    tasks.spawn(named("feed of Home Assistant", run_feed));
    tasks.spawn(named(
        "watchdog",
        watchdog::run(handle.clone(), stop.clone()),
    ));
    tasks.spawn(named("registrar", registrar.run()));
    let router = web::router(handle.clone());
    tasks.spawn(named("page", serve(page, router, stop.clone())));
    let router = web::socket_router(handle, register);
    tasks.spawn(named("socket", serve(unix, router, stop)));
    let addresses = Addresses {
        page: page_address,
        broker: broker_url,
    };
    Ok(Running {
        addresses,
        stopper,
        tasks,
        broker,
        _file: file,
    })
}

impl Running {
    /// Where it is found.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Runs until `end` is ready, or until a task ends by itself, which is an error; then stops
    /// everything.
    pub async fn until(mut self, end: impl Future<Output = ()>) -> Result<(), RunError> {
        let ended = tokio::select! {
            () = end => Ok(()),
            task = self.tasks.join_next() => Err(RunError::Ended(name_of(task))),
            Some(task) = self.broker.join_next() => Err(RunError::Ended(name_of(Some(task)))),
        };
        self.stopper.stop();
        let all = async {
            while let Some(ended) = self.tasks.join_next().await {
                tracing::debug!("the {} has ended", name_of(Some(ended)));
            }
        };
        if tokio::time::timeout(LEAVE, all).await.is_err() {
            tracing::warn!("not everything ended in time; what still runs is cut off");
            self.tasks.shutdown().await;
        }
        self.broker.abort_all();
        ended
    }
}

fn open_identity(settings: &Settings) -> Result<Identity, RunError> {
    let site = SiteId::parse(&settings.site)?;
    let dir = settings.identity_dir();
    Ok(Identity::open(&dir, &settings.nodes_file, site)?)
}

async fn named(name: &'static str, task: impl Future<Output = ()>) -> &'static str {
    task.await;
    name
}

fn name_of(task: Option<Result<&'static str, tokio::task::JoinError>>) -> &'static str {
    match task {
        Some(Ok(name)) => name,
        // The panic itself stands in the log already.
        Some(Err(_)) | None => "task",
    }
}

/// A store that cannot be used is said, and the hub goes on without; unless to go on would harm.
fn open_store(dir: &Path) -> Result<(Option<Writer>, Saved, StoreHealth), StoreError> {
    let opened = match Database::open(dir) {
        Err(error) if error.is_fatal() => return Err(error),
        Err(error) => Err(error.to_string()),
        Ok((database, saved)) => {
            let path = database.path().to_owned();
            match Writer::start(database) {
                Ok(writer) => Ok((writer, saved, path)),
                Err(error) => Err(format!("the store has no thread: {error}")),
            }
        }
    };
    Ok(match opened {
        Ok((writer, saved, path)) => (Some(writer), saved, StoreHealth::Good { path }),
        Err(why) => {
            tracing::warn!("{why}; until then incidents are forgotten at a restart");
            (None, Saved::default(), StoreHealth::Absent { why })
        }
    })
}

async fn serve<L>(listener: L, router: Router, mut stop: Stop)
where
    L: Listener,
    L::Addr: Debug,
{
    let end = async move { stop.requested().await };
    let served = axum::serve(Bounded::new(listener), router).with_graceful_shutdown(end);
    if let Err(error) = served.await {
        tracing::warn!("the page is not served any more: {error}");
    }
}
