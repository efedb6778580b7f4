//! `/healthz`: whether the hub itself does its work.

use picket_hub_core::time::Now;
use picket_hub_core::{Hub, Refused};
use serde::{Deserialize, Serialize};

use super::time;
use crate::health::{Health, LinkHealth, StoreHealth};

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthView {
    /// `ok`, or `unwell` when the hub does not hear its nodes or would forget its incidents.
    pub status: String,
    /// What is unwell and what to look at, a line each; empty if all is well.
    pub reasons: Vec<String>,
    /// Version of the hub.
    pub version: String,
    /// The owner's name for all of this.
    pub site: String,
    /// How often this hub of the site has started.
    pub run: u32,
    /// Whether incidents survive a restart.
    pub store: StoreView,
    /// The connection to Picket's broker.
    pub broker: LinkView,
    /// The connection to Home Assistant's broker. It does not make the hub unwell.
    pub home_assistant: LinkView,
    /// How many nodes are known.
    pub nodes: usize,
    /// What arrived and was not taken, since the start.
    pub refused: RefusedView,
}

/// The state of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreView {
    /// `good`, `failing` or `absent`.
    pub state: String,
    /// The file, if there is one.
    pub path: Option<String>,
    /// Why it is not good.
    pub why: Option<String>,
}

/// The state of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkView {
    /// The broker; null where no such connection is wanted.
    pub broker: Option<String>,
    /// Whether it is up.
    pub up: bool,
    /// How often it came up.
    pub times_up: u64,
}

/// What was not taken: counts since the start, and the newest reasons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedView {
    /// Payloads that are no frame.
    pub frames_garbled: u64,
    /// Good frames that are not wanted.
    pub frames_refused: u64,
    /// Payloads that are no status text.
    pub status_garbled: u64,
    /// Good status texts of one node too many.
    pub status_refused: u64,
    /// Messages under an id that is not allowed, or on no topic of a node.
    pub messages_misaddressed: u64,
    /// Signed frames and words of joining nodes that were dropped because too many came.
    #[serde(default)]
    pub messages_flooded: u64,
    /// The newest payloads that were not taken, the newest first; bounded by the core.
    pub newest: Vec<RefusalView>,
}

/// One payload that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalView {
    /// When it arrived.
    pub at: String,
    /// On whose topic; null if it was the hub's.
    pub node: Option<String>,
    /// Why it was not taken.
    pub why: String,
}

impl HealthView {
    /// The state of the program, with what it counted.
    pub fn of(health: &Health, hub: &Hub, now: &Now) -> HealthView {
        let counters = hub.counters();
        let mut newest: Vec<RefusalView> = hub
            .refusals()
            .map(|refused| RefusalView::of(refused, now))
            .collect();
        newest.reverse();
        let status = if health.is_well() { "ok" } else { "unwell" };
        HealthView {
            status: status.to_owned(),
            reasons: reasons(health),
            version: health.version.to_owned(),
            site: health.site.clone(),
            run: hub.run().ordinal,
            store: StoreView::of(&health.store),
            broker: LinkView::of(&health.broker),
            home_assistant: LinkView::of(&health.home_assistant),
            nodes: hub.nodes().count(),
            refused: RefusedView {
                frames_garbled: counters.frames_garbled,
                frames_refused: counters.frames_refused,
                status_garbled: counters.status_garbled,
                status_refused: counters.status_refused,
                messages_misaddressed: health.messages_misaddressed,
                messages_flooded: health.messages_flooded,
                newest,
            },
        }
    }

    /// Whether all is well.
    pub fn is_well(&self) -> bool {
        self.status == "ok"
    }
}

/// What is unwell, in words: for the page too.
pub fn reasons(health: &Health) -> Vec<String> {
    let mut reasons = Vec::new();
    if !health.broker.up {
        let broker = health.broker.broker.as_deref().unwrap_or("its broker");
        reasons.push(format!(
            "The hub is not connected to {broker}, so it hears no node: is the broker running?"
        ));
    }
    if let Some(broker) = &health.power.broker
        && health.broker.up
        && !health.power.up
    {
        reasons.push(format!(
            "The hub's second connection to {broker}, for power, is down, so it hears no UPS: does \
             the broker refuse it?"
        ));
    }
    match &health.store {
        StoreHealth::Good { .. } => {}
        StoreHealth::Failing { path, why } => reasons.push(format!(
            "The store {} cannot be written, so a restart would forget incidents: {why}",
            path.display()
        )),
        StoreHealth::Absent { why } => reasons.push(format!(
            "There is no store, so a restart would forget incidents: {why}"
        )),
    }
    let feed = &health.home_assistant;
    if let Some(broker) = feed.broker.as_deref().filter(|_| !feed.up) {
        reasons.push(format!(
            "Home Assistant sees nothing of this hub: {broker} cannot be reached"
        ));
    }
    reasons
}

impl RefusalView {
    fn of(refused: &Refused, now: &Now) -> RefusalView {
        RefusalView {
            at: time::rfc3339(now.wall_at(refused.at)),
            node: refused.node.map(|node| node.as_str().to_owned()),
            why: refused.why.to_string(),
        }
    }
}

impl StoreView {
    fn of(store: &StoreHealth) -> StoreView {
        let (path, why) = match store {
            StoreHealth::Good { path } => (Some(path), None),
            StoreHealth::Failing { path, why } => (Some(path), Some(why)),
            StoreHealth::Absent { why } => (None, Some(why)),
        };
        StoreView {
            state: store.word().to_owned(),
            path: path.map(|path| path.display().to_string()),
            why: why.cloned(),
        }
    }
}

impl LinkView {
    fn of(link: &LinkHealth) -> LinkView {
        LinkView {
            broker: link.broker.clone(),
            up: link.up,
            times_up: link.times_up,
        }
    }
}
