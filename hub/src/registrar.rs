//! Who belongs to the site: gives tokens out, lets nodes join by them, and expels nodes.
//!
//! One task owns the hub's identity and is the only one that changes it. What changed is on the disk
//! first, then known to the core and to the broker, and then it is answered.
//!
//! | file | one idea |
//! |---|---|
//! | `tokens` | the tokens that were given out, and what to answer who uses one |
//! | `request` | what a node says when it joins, and the signed answer |
//! | `wishes` | what the commands have it do |
//! | `shapes`, `handle` | what they ask and get, and the way to the task |
//! | `entrance` | by which broker nodes come in, and where that one is found |
//! | `address` | which address of the hub a token tells |
//! | `leftovers` | what is retained at a broker for nodes, removed |
//! | `pace`, `refused` | how many requests are looked at; why a wish is refused |

pub mod address;
mod entrance;
mod handle;
mod leftovers;
mod pace;
mod refused;
mod request;
pub mod shapes;
pub mod tokens;
mod wishes;

#[cfg(test)]
mod tests;

pub use handle::{Desk, Handle, channel};
pub use refused::Refused;
pub use request::Answers;

use crate::access::mosquitto::PublishError;
use crate::clock;
use crate::door::Door;
use crate::garbage::LineBudget;
use crate::identity::Identity;
use crate::mqtt::{self, Publisher};
use crate::roster::{Enrolled, Roster};
use crate::settings::Settings;
use crate::stop::Stop;
use pace::Pace;
use picket_hub_core::time::{Millis, Moment};
use picket_wire::section::KEY_LEN;
use picket_wire::{Answer, NodeId, NodeTopic};
use request::{Malformed, Wanted};
use std::path::PathBuf;
use std::time::Duration;
use tokens::{Tokens, Verdict};
use tokio::sync::mpsc;

/// How often it is looked whether a node that has joined was heard as itself.
const LOOK_EVERY: Millis = Millis::from_s(5);
/// Time for an answer to reach its node, before the connection on which it travels is ended.
const ANSWER_ARRIVES: Millis = Millis::from_s(2);
/// Longest sleep while nothing is due.
const LONGEST_SLEEP: Millis = Millis::from_s(3600);

/// The task and everything that it owns.
#[derive(Debug)]
pub struct Registrar {
    /// Keys, certificates and who is enrolled.
    pub identity: Identity,
    /// The tokens that were given out.
    pub tokens: Tokens,
    /// Writes what nodes are answered.
    pub answers: Answers,
    /// The core task.
    pub core: crate::handle::Handle,
    /// The hub's connection to the broker of the nodes.
    pub publisher: Publisher,
    /// How that connection is made, for one of the registrar's own that clears.
    pub connection: mqtt::Options,
    /// What arrived on the join topics.
    pub joins: mpsc::Receiver<(NodeId, Vec<u8>)>,
    /// Wishes.
    pub desk: Desk,
    /// The broker.
    pub door: Door,
    /// What the owner has set.
    pub settings: Settings,
    /// The file in which it stands; none if there is none.
    pub config: Option<PathBuf>,
    /// The end.
    pub stop: Stop,
}

/// The task at work.
struct Work {
    own: Registrar,
    roster: Roster,
    pace: Pace,
    garbage: LineBudget,
    /// When a node was answered last.
    answered: Option<Moment>,
    /// Whether the broker does not know what the roster says.
    untold: bool,
}

/// What the task was woken by.
enum Next {
    Wish(handle::Wish),
    Join(NodeId, Vec<u8>),
    Time,
    Stop,
}

impl Registrar {
    /// Runs until told to stop.
    pub async fn run(self) {
        let mut work = Work {
            roster: self.identity.roster(),
            own: self,
            pace: Pace::default(),
            garbage: LineBudget::new(),
            answered: None,
            untold: false,
        };
        loop {
            match work.next().await {
                Next::Wish(wish) => work.wish(wish).await,
                Next::Join(node, payload) => work.join(node, &payload).await,
                Next::Time => {}
                Next::Stop => break,
            }
            work.tidy().await;
        }
    }
}

impl Work {
    async fn next(&mut self) -> Next {
        let sleep = Duration::from_millis(self.sleep(clock::moment()).0);
        let Registrar {
            stop, desk, joins, ..
        } = &mut self.own;
        tokio::select! {
            () = stop.requested() => Next::Stop,
            wish = desk.0.recv() => wish.map_or(Next::Stop, Next::Wish),
            Some((node, payload)) = joins.recv() => Next::Join(node, payload),
            () = tokio::time::sleep(sleep) => Next::Time,
        }
    }

    fn sleep(&self, now: Moment) -> Millis {
        let tokens = &self.own.tokens;
        let end = tokens
            .next_end()
            .map_or(LONGEST_SLEEP, |end| end.since(now));
        match tokens.awaited().is_empty() {
            true => end,
            false => end.min(LOOK_EVERY),
        }
    }

    /// Voids the tokens that are over or have served, and shuts the door behind them.
    async fn tidy(&mut self) {
        let mut over = self.own.tokens.expire(clock::moment());
        for node in &over {
            tracing::info!("the token of {node} is over");
        }
        over.extend(self.arrived().await);
        self.shut(&over).await;
    }

    /// Nodes that were heard as themselves after they had joined.
    async fn arrived(&self) -> Vec<NodeId> {
        let awaited = self.own.tokens.awaited();
        let now = clock::moment();
        let answered = self.answered.map(|at| now.since(at) < ANSWER_ARRIVES);
        // Whom a broker of before lets in may be the card that was replaced.
        if awaited.is_empty() || answered == Some(true) || self.untold {
            return Vec::new();
        }
        let heard = self.own.core.read(move |known| {
            let since = |(node, used): &(NodeId, Moment)| {
                let heard = known.hub.node(*node)?.last_live()?;
                (heard > *used).then_some(*node)
            };
            awaited.iter().filter_map(since).collect::<Vec<_>>()
        });
        heard.await.unwrap_or_default()
    }

    /// The tokens of these nodes let nobody in any more.
    async fn shut(&mut self, nodes: &[NodeId]) {
        if nodes.is_empty() {
            return;
        }
        for node in nodes {
            self.own.tokens.void(*node);
            self.roster.withdraw(*node);
        }
        self.tell_broker().await;
        for node in nodes {
            self.own.door.kick_joining(*node).await;
        }
    }

    /// Has an external broker know what the roster says; a fault is said, and tried again with the
    /// next change.
    async fn tell_broker(&mut self) -> bool {
        let told = self.publish().await;
        if let Err(why) = &told {
            tracing::warn!("{why}");
        }
        told.is_ok()
    }

    /// The same, for who says the fault.
    async fn publish(&mut self) -> Result<(), PublishError> {
        let told = self.own.door.publish(&self.roster).await;
        self.untold = told.is_err();
        told
    }

    /// A node wants to join.
    async fn join(&mut self, node: NodeId, payload: &[u8]) {
        let now = clock::moment();
        if !self.pace.allows(node, now) {
            return;
        }
        match request::read(payload, &self.roster.site(), node) {
            Ok(wanted) => self.requested(node, wanted, now).await,
            Err(why) => self.malformed(node, why, now),
        }
    }

    fn malformed(&mut self, node: NodeId, why: Malformed, now: Moment) {
        self.say(now, || {
            format!("a request of {node} to join was not taken: {why}")
        });
        if let Some(key) = why.key().filter(|_| self.own.tokens.is_pending(node, now)) {
            self.answer(node, key, Answer::Malformed, now);
        }
    }

    async fn requested(&mut self, node: NodeId, wanted: Wanted, now: Moment) {
        let enrolled = self.roster.key(node).map(|key| key.to_bytes());
        let verdict = self.own.tokens.judge(node, &wanted.join, enrolled, now);
        let answer = match verdict {
            Verdict::Enrol => self.enrol(node, &wanted, now).await,
            // It is enrolled, but could not come in before its broker knows that.
            Verdict::Again if self.untold && !self.tell_broker().await => Answer::NotKept,
            Verdict::Again => Answer::Welcome,
            Verdict::Used => Answer::TokenUsed,
            Verdict::Taken => Answer::NameTaken,
            Verdict::Unknown => {
                self.say(now, || format!("{node} wants to join without a token"));
                return;
            }
        };
        if answer != Answer::Welcome {
            self.say(now, || format!("{node} did not join: {answer}"));
        }
        self.answer(node, wanted.join.key, answer, now);
    }

    /// Writes the node down, and tells everybody who has to know.
    async fn enrol(&mut self, node: NodeId, wanted: &Wanted, now: Moment) -> Answer {
        let replaced = self.roster.key(node).is_some_and(|key| key != wanted.key);
        let enrolled = Enrolled {
            key: wanted.key,
            password: Some(wanted.join.password),
        };
        let max_nodes = self.own.settings.max_nodes;
        if self.roster.key(node).is_none() && self.roster.nodes().len() >= max_nodes {
            tracing::warn!("{node} could not join: {}", Refused::Full { max_nodes });
            return Answer::NotKept;
        }
        // The disk may be slow; the other tasks of this thread go elsewhere meanwhile.
        let kept = tokio::task::block_in_place(|| self.own.identity.enrol(node, enrolled));
        if let Err(why) = kept {
            tracing::warn!("{node} could not join: {why}");
            return Answer::NotKept;
        }
        // Who had the password of before is out at once, whoever it was.
        self.own.door.kick(node).await;
        if let Err(why) = self.own.core.enrol(node).await {
            tracing::warn!("{node} has joined, but {why}");
        }
        self.own.tokens.used(node, wanted.join, now);
        if let Err(why) = self.publish().await {
            tracing::warn!(
                "{node} is enrolled, but cannot come in yet: {why}, or let {node} ask again"
            );
            return Answer::NotKept;
        }
        match replaced {
            true => tracing::info!("{node} has joined in the place of another card"),
            false => tracing::info!("{node} has joined"),
        }
        Answer::Welcome
    }

    fn answer(&mut self, node: NodeId, key: [u8; KEY_LEN], answer: Answer, now: Moment) {
        let identity = &self.own.identity;
        let next = identity.next_hub_key().to_bytes();
        let own = (identity.signing_key(), next, &identity.site());
        let Some(frame) = self.own.answers.write((node, key), answer, own, now) else {
            tracing::warn!(
                "the answer to {node} could not be signed, which is a fault of this program"
            );
            return;
        };
        self.answered = Some(now);
        let topic = NodeTopic::Joined.of(node);
        if let Err(why) = self.own.publisher.try_publish(&topic, frame, false) {
            // The node asks again.
            tracing::debug!("no answer to {node}: {why}");
        }
    }

    /// A line about what was not taken, if there is budget for it.
    fn say(&mut self, now: Moment, line: impl FnOnce() -> String) {
        if let Some(count) = self.garbage.summary(now) {
            tracing::warn!("{count} more lines about joining were left out");
        }
        if self.garbage.allows(now) {
            tracing::warn!("{}", line());
        }
    }
}
