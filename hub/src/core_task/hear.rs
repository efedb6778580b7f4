//! What arrives becomes an input of the core, and what the core does not take is said.

use super::Work;
use super::signatures::Checked;
use crate::mqtt::Event;
use picket_hub_core::seam::{Arrival, FrameTopic, Input};
use picket_hub_core::time::{Millis, Moment, Now};
use picket_wire::{MAX_FRAME, NodeId, NodeTopic, StatusText, StatusWord, Topic};
use tokio::sync::mpsc::error::TrySendError;

/// Wait before the hub's status is said again that somebody removed or wrote over.
const SAY_AGAIN: Millis = Millis::from_s(1);
/// A topic that is none of Picket's is shown in a log line up to so many characters.
const TOPIC_SHOWN: usize = 80;

impl Work {
    pub(super) fn event(&mut self, event: Event) {
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

    /// Something on the connection of power. Whether nodes can be heard, the other one says.
    pub(super) fn power(&mut self, event: Event) {
        let now = self.core.clock.now();
        match event {
            Event::Up => self.core.health.power.set(true),
            Event::Down => self.core.health.power.set(false),
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
        let parsed = Topic::parse(topic);
        if let Topic::Node(node, last) = parsed {
            // Nothing: what the broker kept there was taken away.
            if payload.is_empty() && matches!(last, NodeTopic::Facts | NodeTopic::Status) {
                return;
            }
            let moment = now.moment;
            if self.leftovers.are(node, last, payload, retained, moment) {
                self.clear_kept(node);
                return;
            }
        }
        match parsed {
            Topic::Node(node, NodeTopic::Status) => {
                if !retained {
                    self.greet(payload);
                }
                self.input(
                    Input::Status {
                        node,
                        payload,
                        retained,
                    },
                    now,
                );
            }
            Topic::Node(node, NodeTopic::Facts) => {
                self.frame(FrameTopic::Facts(node), payload, retained, now);
            }
            Topic::Node(node, NodeTopic::Report) => {
                self.frame(FrameTopic::Report(node), payload, retained, now);
            }
            Topic::Node(node, NodeTopic::Power) => {
                self.frame(FrameTopic::Power(node), payload, retained, now);
            }
            Topic::Node(node, NodeTopic::Join) if !retained => self.join(node, payload, now),
            Topic::HubStatus => self.hub_status(payload, retained, now),
            Topic::BadId(why) => self.misaddressed(topic, &why.to_string(), now.moment),
            Topic::Node(_, NodeTopic::Order | NodeTopic::Join | NodeTopic::Joined)
            | Topic::Unknown => self.misaddressed(topic, "no topic of a node", now.moment),
        }
    }

    /// Hands a frame to the core, with what its signature is worth.
    fn frame(&mut self, topic: FrameTopic, bytes: &[u8], retained: bool, now: Now) {
        let checked = match topic {
            FrameTopic::Facts(node) | FrameTopic::Power(node) => {
                self.signatures.of_node(node, bytes, now.moment)
            }
            FrameTopic::HubStatus => self.signatures.of_hub(bytes, now.moment),
            // Reports bear none.
            FrameTopic::Report(_) => Checked::Not,
        };
        if checked == Checked::TooMany {
            let what = match topic {
                FrameTopic::Facts(node) | FrameTopic::Report(node) | FrameTopic::Power(node) => {
                    format!("signed frame of {node}")
                }
                FrameTopic::HubStatus => "frame on hub/status".to_owned(),
            };
            return self.flooded(&what, now.moment);
        }
        let arrival = Arrival {
            topic,
            verified: checked == Checked::Good,
            retained,
            bytes,
        };
        self.input(Input::Frame(arrival), now);
    }

    /// Passes the word of a joining node on to who answers it. This task never waits for that one.
    fn join(&mut self, node: NodeId, payload: &[u8], now: Now) {
        if payload.len() > MAX_FRAME {
            return self.misaddressed("…/join", "longer than any frame", now.moment);
        }
        match self.core.joins.try_send((node, payload.to_vec())) {
            // Without anybody who answers, the hub is just ending.
            Ok(()) | Err(TrySendError::Closed(_)) => {}
            Err(TrySendError::Full(_)) => {
                self.flooded(&format!("word of {node}, which joins,"), now.moment);
            }
        }
    }

    fn flooded(&mut self, what: &str, now: Moment) {
        let counter = &mut self.core.health.messages_flooded;
        *counter = counter.saturating_add(1);
        self.complain(now, || {
            format!("a {what} is dropped: more came at once than this hub looks at")
        });
    }

    /// A node that has come online waits for a word of the hub.
    fn greet(&mut self, status: &[u8]) {
        if StatusText::parse(status).is_some_and(|text| text.word == StatusWord::Online) {
            self.status_due = self.status_due.min(self.greeting_from);
        }
    }

    /// Something on the hub's own topic. Empty is the will of a hub, or its last word.
    fn hub_status(&mut self, payload: &[u8], retained: bool, now: Now) {
        let refused = self.refused();
        if !payload.is_empty() {
            self.frame(FrameTopic::HubStatus, payload, retained, now);
        }
        // Nodes that connect are given what stands there: this hub's own word is to stand there.
        if payload.is_empty() || self.refused() > refused {
            self.status_due = self.status_due.min(now.moment + SAY_AGAIN);
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
    pub(super) fn input(&mut self, input: Input<'_>, now: Now) {
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

    pub(super) fn say_suppressed(&mut self, now: Moment) {
        if let Some(count) = self.garbage.summary(now) {
            tracing::warn!("{count} more messages were not taken within a minute");
        }
    }
}
