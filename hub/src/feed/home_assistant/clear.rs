//! Everything that this feed ever published is taken away: before Picket is uninstalled.

use std::collections::BTreeSet;
use std::time::Duration;

use picket_wire::NodeId;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use super::connection::Feed;
use super::{render, topics};
use crate::handle::{ClearError, Stopped};
use crate::mqtt::{Event, PublishError};

/// Time for the broker to confirm.
const CONFIRM: Duration = Duration::from_secs(15);
/// Time between two tries to hand over what did not fit into the queue of the connection.
const AGAIN: Duration = Duration::from_millis(20);

impl Feed {
    /// Clears every topic, and gives how many there were. The last one comes back to this feed from
    /// the broker, which has then done all of them.
    pub(super) async fn clear_all(
        &mut self,
        events: &mut mpsc::Receiver<Event>,
    ) -> Result<usize, ClearError> {
        if !self.publisher.is_up() {
            return Err(ClearError::Unreachable);
        }
        let topics = self
            .everything()
            .await
            .map_err(|_| ClearError::Unconfirmed)?;
        let mut left = topics.iter();
        let mut next = left.next();
        let mut tick = tokio::time::interval(AGAIN);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let end = Instant::now() + CONFIRM;
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(end) => return Err(ClearError::Unconfirmed),
                event = events.recv() => match event {
                    Some(Event::Message { topic, payload, .. }) => {
                        if next.is_none() && topic == topics::HUB_AVAILABLE && payload.is_empty() {
                            return Ok(topics.len());
                        }
                    }
                    Some(Event::Up) => {}
                    Some(Event::Down) | None => return Err(ClearError::Unconfirmed),
                },
                _ = tick.tick() => while let Some(topic) = next {
                    match self.publisher.try_publish(topic, "", true) {
                        Ok(()) => next = left.next(),
                        Err(PublishError::Full) => break,
                        Err(_) => return Err(ClearError::Unconfirmed),
                    }
                },
            }
        }
    }

    /// Every topic that may hold something: devices before their states, and last whether the hub
    /// is there.
    async fn everything(&self) -> Result<Vec<String>, Stopped> {
        let nodes: BTreeSet<NodeId> = self.handle.read(render::nodes).await?.into_iter().collect();
        let incidents = self.handle.read(render::incidents).await?;
        let mut ids: BTreeSet<String> = incidents.into_keys().collect();
        ids.extend(self.published.incidents_besides(&BTreeSet::new()));
        let nodes: BTreeSet<NodeId> = nodes.into_iter().chain(self.held_nodes()).collect();
        let prefix = &self.prefix;
        let devices = nodes
            .iter()
            .map(|node| topics::discovery(prefix, node.as_str()));
        let hub = [topics::discovery(prefix, "hub"), topics::HUB_STATE.into()];
        Ok(devices
            .chain(nodes.iter().map(|node| topics::node(*node)))
            .chain(ids.iter().filter_map(|id| topics::incident(id)))
            .chain(hub)
            .chain([topics::HUB_AVAILABLE.to_owned()])
            .collect())
    }
}
