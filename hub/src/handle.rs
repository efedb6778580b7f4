//! How other tasks reach what the core task owns: they ask, it answers between two events.

use crate::health::Health;
use crate::history::History;
use picket_hub_core::Hub;
use picket_hub_core::seam::Show;
use picket_hub_core::time::Now;
use std::fmt;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, oneshot};

/// Questions that wait at most; who asks beyond that waits itself.
const QUESTIONS: usize = 64;
/// Changes that a slow feed may be behind before it misses some and has to look at the whole.
const SHOWS: usize = 1024;

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

/// A request to the core task.
pub(crate) enum Request {
    /// Look at what is known.
    Read(Box<dyn FnOnce(&Known<'_>) + Send>),
    /// The connection to Home Assistant's broker came up or went down.
    HomeAssistantLink(bool),
}

/// A way to the core task; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
    shows: broadcast::Sender<Arc<Show>>,
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
                Request::HomeAssistantLink(_) => {}
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
