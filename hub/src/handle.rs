//! How other tasks reach what the core task owns: they ask, it answers between two events.

use crate::health::Health;
use crate::history::History;
use picket_hub_core::seam::{Show, Wish};
use picket_hub_core::time::Now;
use picket_hub_core::{Accepted, Denied, Hub};
use picket_wire::NodeId;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// Questions that wait at most; who asks beyond that waits itself.
const QUESTIONS: usize = 64;
/// Changes that a slow feed may be behind before it misses some and has to look at the whole.
const SHOWS: usize = 1024;
/// Time for the feeds to clear what they published, and to say so.
const CLEARING: Duration = Duration::from_secs(20);

/// What a question may look at.
#[derive(Debug)]
pub struct Known<'a> {
    /// Nodes and incidents.
    pub hub: &'a Hub,
    /// Recent values.
    pub history: &'a History,
    /// The present time.
    pub now: Now,
    /// The state of the program itself.
    pub health: &'a Health,
}

/// The core task has ended, or ended before it answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the hub is stopping")]
pub struct Stopped;

/// Why a wish was not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WishError {
    /// The core says no.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody answers any more.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why the feeds did not clear what they published. What is left is cleared by the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClearError {
    /// There is no connection.
    #[error(
        "Home Assistant's broker cannot be reached; look at `picket-hub status`, and try again"
    )]
    Unreachable,
    /// The connection was lost, or the broker did not confirm in time.
    #[error("Home Assistant's broker did not confirm that everything is cleared; try again")]
    Unconfirmed,
}

/// How far the feeds are with clearing what they published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clearing {
    /// Nobody wants it.
    No,
    /// It is wanted.
    Asked,
    /// So many topics were cleared, or why not.
    Done(Result<usize, ClearError>),
}

/// A request to the core task.
pub(crate) enum Request {
    /// Look at what is known.
    Read(Box<dyn FnOnce(&Known<'_>) + Send>),
    /// A wish, and where its answer goes.
    Wish(Wish, oneshot::Sender<Result<Accepted, Denied>>),
    /// The connection to Home Assistant's broker came up or went down.
    HomeAssistantLink(bool),
    /// The hub's status is said no more.
    FallSilent,
}

/// A way to the core task; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    shows: broadcast::Sender<Arc<Show>>,
    clearing: watch::Sender<Clearing>,
}

/// The core task's end of all handles.
pub struct Desk {
    pub(crate) requests: mpsc::Receiver<Request>,
    shows: broadcast::Sender<Arc<Show>>,
}

/// A handle and the desk that answers it.
pub fn channel() -> (Handle, Desk) {
    let (sender, requests) = mpsc::channel(QUESTIONS);
    let (shows, _) = broadcast::channel(SHOWS);
    (
        Handle {
            requests: sender,
            shows: shows.clone(),
            clearing: watch::Sender::new(Clearing::No),
        },
        Desk { requests, shows },
    )
}

impl Handle {
    /// Runs `look` in the core task, between two events, and gives what it returns. It must be
    /// short: nothing else happens meanwhile.
    pub async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Known<'_>) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (answer, answered) = oneshot::channel();
        let question = Box::new(move |known: &Known<'_>| {
            // Who asked may have given up meanwhile.
            let _ = answer.send(look(known));
        });
        self.requests
            .send(Request::Read(question))
            .await
            .map_err(|_| Stopped)?;
        answered.await.map_err(|_| Stopped)
    }

    /// This node is enrolled from now on; the roster knows its key already.
    pub async fn enrol(&self, node: NodeId) -> Result<Accepted, WishError> {
        self.wish(Wish::Enrol(node)).await
    }

    /// This node belongs to the site no more; the roster has dropped its key already. Its incidents
    /// are retired, feeds take it away, and what its broker keeps of it is cleared.
    pub async fn expel(&self, node: NodeId) -> Result<Accepted, WishError> {
        self.wish(Wish::Expel(node)).await
    }

    async fn wish(&self, wish: Wish) -> Result<Accepted, WishError> {
        let (answer, answered) = oneshot::channel();
        self.requests
            .send(Request::Wish(wish, answer))
            .await
            .map_err(|_| Stopped)?;
        Ok(answered.await.map_err(|_| Stopped)??)
    }

    /// Takes everything that feeds published away, and gives how many topics that were. Then they
    /// are silent until the hub starts anew.
    pub async fn clear_feeds(&self) -> Result<usize, ClearError> {
        let mut clearing = self.clearing.subscribe();
        self.clearing.send_if_modified(|state| {
            let again = !matches!(state, Clearing::Asked | Clearing::Done(Ok(_)));
            if again {
                *state = Clearing::Asked;
            }
            again
        });
        let done = clearing.wait_for(|state| matches!(state, Clearing::Done(_)));
        match tokio::time::timeout(CLEARING, done).await {
            Ok(Ok(state)) => match *state {
                Clearing::Done(done) => done,
                Clearing::No | Clearing::Asked => Err(ClearError::Unconfirmed),
            },
            Ok(Err(_)) | Err(_) => Err(ClearError::Unconfirmed),
        }
    }

    /// Waits until somebody wants everything cleared.
    pub(crate) async fn clear_asked(&self) {
        let mut clearing = self.clearing.subscribe();
        // This end holds the channel open, so that there is no error to hear of.
        let _ = clearing.wait_for(|state| *state == Clearing::Asked).await;
    }

    /// What became of it.
    pub(crate) fn cleared(&self, done: Result<usize, ClearError>) {
        self.clearing.send_replace(Clearing::Done(done));
    }

    /// The hub's status is not published any more, until the hub starts anew. What the broker keeps
    /// of it stays.
    pub async fn fall_silent(&self) -> Result<(), Stopped> {
        let sent = self.requests.send(Request::FallSilent).await;
        sent.map_err(|_| Stopped)?;
        // Its answer comes after what was asked before it.
        self.read(|_| ()).await
    }

    /// Tells the core task how the connection to Home Assistant's broker is, for its health.
    pub async fn home_assistant_link(&self, up: bool) -> Result<(), Stopped> {
        self.requests
            .send(Request::HomeAssistantLink(up))
            .await
            .map_err(|_| Stopped)
    }

    /// Every change from this moment on. A receiver that lags has missed some: it looks at the
    /// whole again.
    pub fn shows(&self) -> broadcast::Receiver<Arc<Show>> {
        self.shows.subscribe()
    }
}

impl Desk {
    /// Tells every feed of a change.
    pub fn show(&self, show: Show) {
        // Without a feed nobody listens, which is no fault.
        let _ = self.shows.send(Arc::new(show));
    }

    /// Answers questions with what `known` gives, until all handles are gone: what the core task
    /// does between its events, for tests of feeds and pages that need no connection.
    pub async fn answer_all<'a>(&mut self, mut known: impl FnMut() -> Known<'a>) {
        while let Some(request) = self.requests.recv().await {
            match request {
                Request::Read(question) => question(&known()),
                // Who asked hears that nobody grants it.
                Request::Wish(_, _) | Request::HomeAssistantLink(_) | Request::FallSilent => {}
            }
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handle")
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}
