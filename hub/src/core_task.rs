//! Owns the core, and turns what happens into its inputs and its effects into deeds.
//!
//! | file | one idea |
//! |---|---|
//! | `hear` | what arrives becomes an input |
//! | `signatures` | whose signature a frame bears, checked at a bounded rate |
//! | `leftovers` | what a broker still says of an expelled node |
//! | `deeds` | effects are done |
//!
//! Everything here is one task: no lock, and no moment at which half of an input is done. It never
//! waits for a disk, a network or a feed.

pub(crate) mod connections;
mod deeds;
mod hear;
mod leftovers;
mod signatures;

#[cfg(test)]
mod tests;

use crate::clock::{self, Clock};
use crate::garbage::LineBudget;
use crate::handle::{Desk, Known, Request};
use crate::health::Health;
use crate::history::History;
use crate::hub_status::HubStatus;
use crate::mqtt::{Event, Publisher};
use crate::roster::Roster;
use crate::stop::Stop;
use crate::store::{Writer, Wrote};
use leftovers::Leftovers;
use picket_hub_core::Hub;
use picket_hub_core::seam::{Accepted, Denied, Input, Saved, Wish};
use picket_hub_core::time::Moment;
use picket_wire::{NodeId, topic};
use signatures::Signatures;
use std::time::Duration;
use tokio::sync::mpsc;

/// Time for the store to take the last batch when the hub stops.
const LAST_WRITE: Duration = Duration::from_secs(3);
/// Shortest sleep: a wake that lies in the past does not turn the task into a spinning one.
const SHORTEST_SLEEP: Duration = Duration::from_millis(5);

/// The task and everything that it owns.
pub(crate) struct CoreTask {
    pub(crate) hub: Hub,
    pub(crate) history: History,
    pub(crate) health: Health,
    pub(crate) clock: Clock,
    pub(crate) desk: Desk,
    pub(crate) events: mpsc::Receiver<Event>,
    /// What arrives on the connection of power.
    pub(crate) power: mpsc::Receiver<Event>,
    /// Where the words of joining nodes go.
    pub(crate) joins: mpsc::Sender<(NodeId, Vec<u8>)>,
    pub(crate) roster: Roster,
    pub(crate) publisher: Publisher,
    pub(crate) status: HubStatus,
    pub(crate) store: Option<Writer>,
    pub(crate) stop: Stop,
}

/// What the task was woken by.
enum Next {
    Event(Event),
    Power(Event),
    Request(Request),
    Wrote(Wrote),
    Time,
    Stop,
}

impl CoreTask {
    /// Runs until told to stop, or until the connection's driver is gone.
    pub(crate) async fn run(self, saved: Saved) {
        let signatures = Signatures::new(self.roster.clone(), self.hub.max_nodes());
        let mut work = Work {
            core: self,
            signatures,
            leftovers: Leftovers::default(),
            garbage: LineBudget::new(),
            status_due: Moment(0),
            greeting_from: Moment(0),
            is_silent: false,
        };
        let now = work.core.clock.now();
        work.input(Input::Restore(saved), now);
        for node in work.signatures.enrolled() {
            if let Err(denied) = work.wish(Wish::Enrol(node)) {
                tracing::warn!("{node} is enrolled and not watched: {denied}");
            }
        }
        loop {
            match work.next().await {
                Next::Event(event) => work.event(event),
                Next::Power(event) => work.power(event),
                Next::Request(request) => work.answer(request),
                Next::Wrote(wrote) => work.wrote(wrote),
                Next::Time => work.time(),
                Next::Stop => break,
            }
        }
        work.end().await;
    }
}

/// The task at work.
struct Work {
    core: CoreTask,
    signatures: Signatures,
    leftovers: Leftovers,
    garbage: LineBudget,
    status_due: Moment,
    /// From then on a node that has come online is greeted by the hub's status.
    greeting_from: Moment,
    /// Everything was cleared, and nothing is to come back.
    is_silent: bool,
}

impl Work {
    async fn next(&mut self) -> Next {
        let wake = self.next_wake();
        let now = self.core.clock.now().moment;
        let CoreTask {
            events,
            power,
            desk,
            store,
            stop,
            ..
        } = &mut self.core;
        let sleep = Duration::from_millis(wake.since(now).0).max(SHORTEST_SLEEP);
        let wrote = async {
            match store {
                Some(writer) => writer.wrote().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.requested() => Next::Stop,
            event = power.recv() => event.map_or(Next::Stop, Next::Power),
            event = events.recv() => event.map_or(Next::Stop, Next::Event),
            Some(request) = desk.requests.recv() => Next::Request(request),
            wrote = wrote => Next::Wrote(wrote),
            () = tokio::time::sleep(sleep) => Next::Time,
        }
    }

    fn next_wake(&self) -> Moment {
        let store = self.core.store.as_ref().and_then(Writer::next_wake);
        [self.core.hub.next_wake(), store, self.garbage.due()]
            .into_iter()
            .flatten()
            .fold(self.status_due, Moment::min)
    }

    fn answer(&mut self, request: Request) {
        let now = self.core.clock.now();
        match request {
            Request::Wish(wish, answer) => {
                // Who asked may have given up meanwhile; what was granted stands.
                let _ = answer.send(self.wish(wish));
            }
            Request::HomeAssistantLink(up) => self.core.health.home_assistant.set(up),
            Request::FallSilent => self.is_silent = true,
            Request::Read(look) => {
                if let Some(store) = &self.core.store {
                    self.core.health.store = store.health(now.moment);
                }
                let CoreTask {
                    hub,
                    history,
                    health,
                    ..
                } = &self.core;
                look(&Known {
                    hub,
                    history,
                    now,
                    health,
                });
            }
        }
    }

    fn wish(&mut self, wish: Wish) -> Result<Accepted, Denied> {
        let now = self.core.clock.now();
        let answer = self.core.hub.ask(wish, now);
        self.settle(now);
        match (wish, &answer) {
            (Wish::Enrol(node), _) => self.leftovers.enrolled(node),
            (Wish::Expel(node), Ok(_)) => {
                self.leftovers.expelled(node, now.moment);
                self.clear_kept(node);
            }
            (Wish::Expel(_), Err(_)) => {}
        }
        answer
    }

    fn wrote(&mut self, wrote: Wrote) {
        let now = self.core.clock.now();
        if let Some(store) = &mut self.core.store {
            store.finished(wrote, now.moment);
        }
    }

    fn time(&mut self) {
        let now = self.core.clock.now();
        if self
            .core
            .hub
            .next_wake()
            .is_some_and(|wake| wake <= now.moment)
        {
            self.core.hub.handle_timeout(now);
            self.settle(now);
        }
        if let Some(store) = &mut self.core.store {
            store.retry(now.moment);
        }
        self.say_suppressed(now.moment);
        if self.status_due <= now.moment {
            self.publish_status(now.moment);
        }
    }

    /// Takes the hub's status back, and lets the store write what it still has.
    async fn end(self) {
        // Without a connection there is nothing to take back: the will has done it.
        let _ = self.core.publisher.try_publish(topic::HUB_STATUS, "", true);
        drop(self.core.events);
        drop(self.core.power);
        let Some(store) = self.core.store else { return };
        if tokio::time::timeout(LAST_WRITE, store.close(clock::moment()))
            .await
            .is_err()
        {
            tracing::warn!("the disk does not answer; the last changes may be lost");
        }
    }
}
