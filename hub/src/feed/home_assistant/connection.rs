//! When something is sent, and what is sent again: the feed's own connection.
//!
//! ```text
//! shows ----> Due --once a second--> render (in the core task) --what differs--> Publisher
//! events ---> up, birth: everything again; retained leftovers: taken back, later away
//! ```

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use picket_wire::NodeId;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use super::Settings;
use super::due::Due;
use super::published::Published;
use super::{render, state, topics};
use crate::handle::{Handle, Stopped};
use crate::mqtt::{self, Driver, Event, Options, PublishError, Publisher, Will};
use crate::stop::Stop;

/// Longest packet on this connection, in bytes.
const MAX_PACKET: usize = 256 * 1024;
/// A state goes out at most once in this time.
const EVERY: Duration = Duration::from_secs(1);
/// Incidents that ended long ago are looked for in this time.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// A node that the broker remembers has so long to be heard of before its state is taken back.
const SETTLE: Duration = Duration::from_secs(30);
/// A node that the broker remembers and the hub has not heard of for so long is taken away: it was
/// expelled while the broker did not hear of it, or the hub lost its store and the node is gone.
const ABANDON: Duration = Duration::from_secs(24 * 3600);
/// Nodes that the broker remembers and that are looked after at most.
const MAX_STRAYS: usize = 1024;

const ONLINE: &str = "online";
const OFFLINE: &str = "offline";

/// Keeps Home Assistant's broker informed until `stop`; then says that the hub is offline.
pub async fn run(settings: Settings, handle: Handle, stop: Stop) {
    let (feed, events, driver) = connect(settings, handle);
    // The driver ends once the feed has dropped its end of the events.
    tokio::join!(driver.run(), feed.serve(events, stop));
}

fn connect(settings: Settings, handle: Handle) -> (Feed, mpsc::Receiver<Event>, Driver) {
    let (publisher, events, driver) = mqtt::connect(Options {
        url: settings.url,
        client_id: settings.client_id,
        will: Some(Will {
            topic: topics::HUB_AVAILABLE.to_owned(),
            payload: OFFLINE.into(),
            retained: true,
        }),
        subscriptions: [
            topics::BIRTH,
            topics::HUB_AVAILABLE,
            topics::ALL_INCIDENTS,
            topics::ALL_NODES,
        ]
        .map(str::to_owned)
        .into(),
        max_packet: MAX_PACKET,
    });
    let feed = Feed {
        publisher,
        handle,
        prefix: settings.discovery_prefix,
        published: Published::default(),
        due: Due::default(),
        strays: BTreeSet::new(),
        forgotten: BTreeSet::new(),
        settle: SETTLE,
        abandon: ABANDON,
        up_since: Instant::now(),
        tidied: Instant::now(),
    };
    (feed, events, driver)
}

/// Why sending ended before everything was sent.
enum Pause {
    /// The connection takes no more; what is due stays due.
    Full,
    /// The hub is stopping.
    Stopped,
}

impl From<Stopped> for Pause {
    fn from(_: Stopped) -> Pause {
        Pause::Stopped
    }
}

pub(super) struct Feed {
    pub(super) publisher: Publisher,
    pub(super) handle: Handle,
    pub(super) prefix: String,
    pub(super) published: Published,
    due: Due,
    /// Nodes whose state the broker remembers, until it is known whether the hub knows them.
    strays: BTreeSet<NodeId>,
    /// Those among them of which was said that nothing is known.
    forgotten: BTreeSet<NodeId>,
    settle: Duration,
    abandon: Duration,
    up_since: Instant,
    tidied: Instant,
}

impl Feed {
    async fn serve(mut self, mut events: mpsc::Receiver<Event>, mut stop: Stop) {
        let mut shows = self.handle.shows();
        let handle = self.handle.clone();
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let going_on = tokio::select! {
                () = stop.requested() => false,
                event = events.recv() => match event {
                    Some(event) => self.hear(event).await.is_ok(),
                    None => false,
                },
                show = shows.recv() => match show {
                    Ok(show) => {
                        self.due.note(&show);
                        true
                    }
                    Err(RecvError::Lagged(_)) => {
                        self.due.everything = true;
                        true
                    }
                    Err(RecvError::Closed) => false,
                },
                _ = tick.tick() => self.catch_up().await.is_ok(),
                () = handle.clear_asked() => {
                    let cleared = self.clear_all(&mut events).await;
                    handle.cleared(cleared);
                    if cleared.is_ok() {
                        // Without a connection there is no will that would leave a word again.
                        drop(events);
                        return stop.requested().await;
                    }
                    self.again();
                    true
                }
            };
            if !going_on {
                break;
            }
        }
        // What was taken for publishing still goes out; without a connection the will has spoken.
        let _ = self
            .publisher
            .try_publish(topics::HUB_AVAILABLE, OFFLINE, true);
    }

    async fn hear(&mut self, event: Event) -> Result<(), Stopped> {
        match event {
            Event::Up => {
                self.again();
                self.up_since = Instant::now();
                self.handle.home_assistant_link(true).await
            }
            Event::Down => self.handle.home_assistant_link(false).await,
            Event::Message {
                topic,
                payload,
                retained,
            } => {
                self.message(&topic, &payload, retained);
                Ok(())
            }
        }
    }

    /// A broker may have lost everything, and a Home Assistant that starts has.
    fn again(&mut self) {
        self.published.forget();
        self.due.everything = true;
    }

    fn message(&mut self, topic: &str, payload: &[u8], retained: bool) {
        if topic == topics::BIRTH {
            if payload == ONLINE.as_bytes() {
                self.again();
            }
        } else if topic == topics::HUB_AVAILABLE {
            // The will of a connection of before the machine lost its power may come late.
            if payload == OFFLINE.as_bytes() {
                self.published.cleared(topic);
            }
        } else if !retained || payload.is_empty() {
            // What this feed has just published comes back to it, and says nothing new.
        } else if let Some(id) = topics::incident_of(topic) {
            self.published.holds_incident(id);
            self.due.incidents = true;
        } else if let Some(node) = topics::node_of(topic)
            && self.strays.len() < MAX_STRAYS
        {
            self.strays.insert(node);
        }
    }

    async fn catch_up(&mut self) -> Result<(), Stopped> {
        if !self.publisher.is_up() {
            return Ok(());
        }
        if self.tidied.elapsed() >= TIDY_EVERY {
            self.tidied = Instant::now();
            self.due.incidents = true;
        }
        match self.send().await {
            Ok(()) | Err(Pause::Full) => Ok(()),
            Err(Pause::Stopped) => Err(Stopped),
        }
    }

    /// Sends what is due: devices before their states, and last, once all of it stands there,
    /// that the hub is online.
    async fn send(&mut self) -> Result<(), Pause> {
        if self.due.everything {
            let nodes = self.handle.read(render::nodes).await?;
            self.due = Due {
                everything: false,
                hub: true,
                nodes: nodes.into_iter().chain(self.published.nodes()).collect(),
                incidents: true,
            };
        }
        if self.due.hub {
            let prefix = self.prefix.clone();
            let messages = self
                .handle
                .read(move |known| render::hub(known, &prefix))
                .await?;
            for (topic, payload) in messages {
                self.publish(&topic, payload)?;
            }
            self.due.hub = false;
        }
        while let Some(node) = self.due.nodes.first().copied() {
            self.send_node(node).await?;
            self.due.nodes.remove(&node);
        }
        if self.due.incidents {
            self.send_incidents().await?;
            self.due.incidents = false;
        }
        if !self.strays.is_empty() && self.up_since.elapsed() >= self.settle {
            self.take_back_strays().await?;
        }
        if !self.forgotten.is_empty() && self.up_since.elapsed() >= self.abandon {
            self.take_strays_away().await?;
        }
        if self.due.is_empty() {
            self.publish(topics::HUB_AVAILABLE, ONLINE.to_owned())?;
        }
        Ok(())
    }

    async fn send_node(&mut self, node: NodeId) -> Result<(), Pause> {
        let prefix = self.prefix.clone();
        let before = self.published.components(node);
        let rendered = self
            .handle
            .read(move |known| render::node(known, node, &prefix, &before))
            .await?;
        let Some(rendered) = rendered else {
            return self.take_away(node);
        };
        for (topic, payload) in rendered.messages {
            self.publish(&topic, payload)?;
        }
        self.published.holds_node(node);
        if let Some(components) = rendered.components {
            self.published.announced(node, components);
        }
        Ok(())
    }

    async fn send_incidents(&mut self) -> Result<(), Pause> {
        let wanted = self.handle.read(render::incidents).await?;
        let ids: BTreeSet<String> = wanted.keys().cloned().collect();
        for (id, (topic, payload)) in wanted {
            self.publish(&topic, payload)?;
            self.published.holds_incident(&id);
        }
        for id in self.published.incidents_besides(&ids) {
            if let Some(topic) = topics::incident(&id) {
                self.clear(&topic)?;
            }
            self.published.dropped_incident(&id);
        }
        Ok(())
    }

    /// Says of nodes that only the broker remembers that nothing is known of them.
    async fn take_back_strays(&mut self) -> Result<(), Pause> {
        let known = self.handle.read(render::nodes).await?;
        for node in known {
            self.strays.remove(&node);
        }
        while let Some(node) = self.strays.first().copied() {
            self.publish(&topics::node(node), state::forgotten_node().to_string())?;
            self.strays.remove(&node);
            self.forgotten.insert(node);
        }
        Ok(())
    }

    /// Leaves nothing of nodes that only the broker remembers.
    async fn take_strays_away(&mut self) -> Result<(), Pause> {
        let known = self.handle.read(render::nodes).await?;
        self.forgotten.retain(|node| !known.contains(node));
        while let Some(node) = self.forgotten.first().copied() {
            self.take_away(node)?;
            self.forgotten.remove(&node);
        }
        Ok(())
    }

    /// Leaves nothing of a node that the hub does not know: the device first, so that it is never
    /// without a state.
    fn take_away(&mut self, node: NodeId) -> Result<(), Pause> {
        self.clear(&topics::discovery(&self.prefix, node.as_str()))?;
        self.clear(&topics::node(node))?;
        self.published.dropped_node(node);
        Ok(())
    }

    /// Nodes that the broker may hold something of, besides those that the hub knows.
    pub(super) fn held_nodes(&self) -> impl Iterator<Item = NodeId> {
        let strays = self.strays.iter().chain(&self.forgotten).copied();
        self.published.nodes().chain(strays)
    }

    fn publish(&mut self, topic: &str, payload: String) -> Result<(), Pause> {
        if !self.published.differs(topic, &payload) {
            return Ok(());
        }
        match self.publisher.try_publish(topic, payload.as_str(), true) {
            Ok(()) => {}
            Err(PublishError::Down | PublishError::Full) => return Err(Pause::Full),
            // It would be refused again: it is not tried again until it changes.
            Err(error @ (PublishError::TooLong(_) | PublishError::Topic)) => {
                tracing::warn!("cannot publish {topic} for Home Assistant: {error}");
            }
        }
        self.published.sent(topic, &payload);
        Ok(())
    }

    fn clear(&mut self, topic: &str) -> Result<(), Pause> {
        self.publisher
            .try_publish(topic, "", true)
            .map_err(|_| Pause::Full)?;
        self.published.cleared(topic);
        Ok(())
    }
}
