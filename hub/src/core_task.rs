//! Owns the core, and turns what happens into its inputs and its effects into deeds.
//!
//! Everything here is one task: no lock, and no moment at which half of an input is done. It never
//! waits for a disk, a network or a feed.

use crate::clock::{self, Clock};
use crate::garbage::LineBudget;
use crate::handle::{Desk, Known, Request};
use crate::health::Health;
use crate::history::History;
use crate::hub_status::{self, HubStatus};
use crate::mqtt::{Event, PublishError, Publisher};
use crate::stop::Stop;
use crate::store::{Pending, Writer, Wrote};
use picket_hub_core::Hub;
use picket_hub_core::incident::Severity;
use picket_hub_core::seam::{Arrival, Effect, FrameTopic, Input, Notice, Saved, Show};
use picket_hub_core::time::{Millis, Moment, Now};
use picket_wire::{NodeId, NodeTopic, Reading, Topic, topic};
use std::time::Duration;
use tokio::sync::mpsc;

/// Time for the store to take the last batch when the hub stops.
const LAST_WRITE: Duration = Duration::from_secs(3);
/// Wait before the hub's status is said again that somebody removed.
const SAY_AGAIN: Millis = Millis::from_s(1);
/// A topic that is none of Picket's is shown in a log line up to so many characters.
const TOPIC_SHOWN: usize = 80;

/// The task and everything that it owns.
pub(crate) struct CoreTask {
    pub(crate) hub: Hub,
    pub(crate) history: History,
    pub(crate) health: Health,
    pub(crate) clock: Clock,
    pub(crate) desk: Desk,
    pub(crate) events: mpsc::Receiver<Event>,
    pub(crate) publisher: Publisher,
    pub(crate) status: HubStatus,
    pub(crate) store: Option<Writer>,
    pub(crate) stop: Stop,
}

/// What the task was woken by.
enum Next {
    Event(Event),
    Request(Request),
    Wrote(Wrote),
    Time,
    Stop,
}

impl CoreTask {
    /// Runs until told to stop, or until the connection's driver is gone.
    pub(crate) async fn run(self, saved: Saved) {
        let mut work = Work {
            core: self,
            garbage: LineBudget::new(),
            status_due: Moment(0),
        };
        let now = work.core.clock.now();
        work.input(Input::Restore(saved), now);
        loop {
            match work.next().await {
                Next::Event(event) => work.event(event),
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
    garbage: LineBudget,
    status_due: Moment,
}

impl Work {
    async fn next(&mut self) -> Next {
        let wake = self.next_wake();
        let now = self.core.clock.now().moment;
        let CoreTask {
            events,
            desk,
            store,
            stop,
            ..
        } = &mut self.core;
        let wrote = async {
            match store {
                Some(writer) => writer.wrote().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = stop.requested() => Next::Stop,
            event = events.recv() => event.map_or(Next::Stop, Next::Event),
            Some(request) = desk.requests.recv() => Next::Request(request),
            wrote = wrote => Next::Wrote(wrote),
            () = tokio::time::sleep(Duration::from_millis(wake.since(now).0)) => Next::Time,
        }
    }

    fn next_wake(&self) -> Moment {
        let store = self.core.store.as_ref().and_then(Writer::next_wake);
        [self.core.hub.next_wake(), store, self.garbage.due()]
            .into_iter()
            .flatten()
            .fold(self.status_due, Moment::min)
    }

    fn event(&mut self, event: Event) {
        let now = self.core.clock.now();
        match event {
            Event::Up => {
                self.core.health.broker.set(true);
                self.input(Input::Link(true), now);
                self.publish_status(now.moment);
            }
            Event::Down => {
                self.core.health.broker.set(false);
                self.input(Input::Link(false), now);
            }
            Event::Message {
                topic,
                payload,
                retained,
            } => {
                self.message(&topic, &payload, retained, now);
            }
        }
    }

    fn message(&mut self, topic: &str, payload: &[u8], retained: bool, now: Now) {
        let frame = |topic| {
            Input::Frame(Arrival {
                topic,
                verified: false,
                retained,
                bytes: payload,
            })
        };
        match Topic::parse(topic) {
            Topic::Node(node, NodeTopic::Status) => {
                self.input(
                    Input::Status {
                        node,
                        payload,
                        retained,
                    },
                    now,
                );
            }
            Topic::Node(node, NodeTopic::Facts) => self.input(frame(FrameTopic::Facts(node)), now),
            Topic::Node(node, NodeTopic::Report) => {
                self.input(frame(FrameTopic::Report(node)), now);
            }
            Topic::Node(node, NodeTopic::Power) => self.input(frame(FrameTopic::Power(node)), now),
            // Empty is the will of a hub, or its last word: what was retained is removed.
            // If it is not this hub's, its own was removed by it and is said again.
            Topic::HubStatus if payload.is_empty() => {
                self.status_due = self.status_due.min(now.moment + SAY_AGAIN);
            }
            Topic::HubStatus => self.input(frame(FrameTopic::HubStatus), now),
            Topic::BadId(why) => self.misaddressed(topic, &why.to_string(), now.moment),
            Topic::Node(_, NodeTopic::Order | NodeTopic::Join | NodeTopic::Joined)
            | Topic::Unknown => self.misaddressed(topic, "no topic of a node", now.moment),
        }
    }

    fn misaddressed(&mut self, topic: &str, why: &str, now: Moment) {
        let counter = &mut self.core.health.messages_misaddressed;
        *counter = counter.saturating_add(1);
        let shown: String = topic.chars().take(TOPIC_SHOWN).collect();
        self.complain(now, || {
            format!("a message on {shown:?} is not taken: {why}")
        });
    }

    /// Gives the core an input, does what follows from it, and says what it did not take.
    fn input(&mut self, input: Input<'_>, now: Now) {
        let before = self.refused();
        self.core.hub.handle(input, now);
        if self.refused() > before {
            let last = self.core.hub.refusals().last().copied();
            let line = last.map(|refused| match refused.node {
                Some(node) => format!("a message of {node} is not taken: {}", refused.why),
                None => format!("a message on hub/status is not taken: {}", refused.why),
            });
            self.complain(now.moment, || line.unwrap_or_default());
        }
        self.settle(now);
    }

    fn refused(&self) -> u64 {
        let counters = self.core.hub.counters();
        [
            counters.frames_garbled,
            counters.frames_refused,
            counters.status_garbled,
            counters.status_refused,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    fn complain(&mut self, now: Moment, line: impl FnOnce() -> String) {
        self.say_suppressed(now);
        if self.garbage.allows(now) {
            tracing::warn!("{}", line());
        }
        self.core.health.lines_suppressed = self.garbage.suppressed_ever();
    }

    fn say_suppressed(&mut self, now: Moment) {
        if let Some(count) = self.garbage.summary(now) {
            tracing::warn!("{count} more messages were not taken within a minute");
        }
    }

    /// Does all effects. What one input wants kept and said is one transaction.
    fn settle(&mut self, now: Now) {
        loop {
            let mut batch = Pending::new();
            let mut notices = Vec::new();
            let mut idle = true;
            while let Some(effect) = self.core.hub.next_effect() {
                idle = false;
                match effect {
                    Effect::Save(save) => batch.save(save),
                    Effect::Show(show) => self.show(show, now),
                    Effect::Say(notice) => {
                        batch.say(notice.clone());
                        notices.push(notice);
                    }
                }
            }
            if idle {
                return;
            }
            if let Some(store) = &mut self.core.store
                && !batch.is_empty()
            {
                store.put(batch, now.moment);
            }
            for notice in notices {
                let done = Input::Done {
                    notice: notice.id,
                    delivered: true,
                };
                say(&notice);
                self.core.hub.handle(done, now);
            }
        }
    }

    fn show(&mut self, show: Show, now: Now) {
        match &show {
            Show::Report {
                node, at, readings, ..
            } => self.record(*node, *at, readings),
            Show::Run(run) => {
                tracing::info!("this is run {} of the hub, {:08x}", run.ordinal, run.bits.0);
                self.publish_status(now.moment);
            }
            Show::Node(_) | Show::Incident(_) => {}
        }
        self.core.desk.show(show);
    }

    fn record(&mut self, node: NodeId, at: Moment, readings: &[Reading]) {
        let CoreTask { hub, history, .. } = &mut self.core;
        let Some(known) = hub.node(node) else { return };
        for reading in readings {
            let Ok(value) = reading.value else { continue };
            // Reports may come before the facts that name their parts.
            let part = match reading.part {
                0 => Some("node"),
                number => known.part(number).map(|part| part.name.as_str()),
            };
            if let Some(part) = part {
                history.record(node, at, part, reading.quantity, value);
            }
        }
    }

    fn publish_status(&mut self, now: Moment) {
        self.status_due = now + hub_status::EVERY;
        if !self.core.publisher.is_up() {
            return;
        }
        let run = self.core.hub.run();
        let published = match self.core.status.frame(run, now) {
            Ok(frame) => self
                .core
                .publisher
                .try_publish(topic::HUB_STATUS, frame, true),
            Err(error) => {
                tracing::warn!("the hub's status does not encode: {error}");
                return;
            }
        };
        match published {
            // It is said again when the connection is back.
            Ok(()) | Err(PublishError::Down) => {}
            Err(error) => tracing::warn!("the hub's status is not published: {error}"),
        }
    }

    fn answer(&mut self, request: Request) {
        let now = self.core.clock.now();
        match request {
            Request::HomeAssistantLink(up) => self.core.health.home_assistant.set(up),
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
        let Some(store) = self.core.store else { return };
        if tokio::time::timeout(LAST_WRITE, store.close(clock::moment()))
            .await
            .is_err()
        {
            tracing::warn!("the disk does not answer; the last changes may be lost");
        }
    }
}

/// The log is the only channel of notices.
fn say(notice: &Notice) {
    let text = notice.text.replace(char::is_control, " ");
    match notice.severity {
        Severity::Page | Severity::Ticket => {
            tracing::warn!("{}: {text}", notice.severity.name());
        }
        Severity::Note => tracing::info!("{}: {text}", notice.severity.name()),
    }
}
