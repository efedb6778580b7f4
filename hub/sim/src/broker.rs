//! A broker that forgets nothing: retained messages, and one kept session for the hub.
//!
//! It keeps no wills, because nothing here dies without its links being cut by the story, and the
//! story cuts all of them at once.

use picket_wire::topic::HUB_STATUS;
use std::collections::{BTreeMap, VecDeque};

/// Most messages that wait for the hub; any more are dropped and counted.
const MAX_QUEUE: usize = 65_536;

/// Who holds a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Peer {
    Hub,
    /// By its place in the fleet.
    Machine(usize),
}

/// What a peer sends.
#[derive(Clone, Debug)]
pub(crate) enum Up {
    Connect,
    Subscribe,
    Publish {
        topic: String,
        payload: Vec<u8>,
        retained: bool,
        /// What the acknowledgement names; none if nobody waits for it.
        id: Option<u32>,
    },
}

/// What the broker sends.
#[derive(Clone, Debug)]
pub(crate) enum Down {
    Accepted,
    Ack(u32),
    Message(Message),
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) payload: Vec<u8>,
    /// Kept from earlier, sent because of a subscription.
    pub(crate) retained: bool,
}

#[derive(Debug)]
struct Connection {
    attempt: u32,
    subscribed: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Broker {
    away: bool,
    connections: BTreeMap<Peer, Connection>,
    retained: BTreeMap<String, Vec<u8>>,
    /// Whether the hub has ever subscribed: its session is kept from then on.
    hub_session: bool,
    hub_queue: VecDeque<Message>,
    most_queued: usize,
    dropped: u64,
}

impl Broker {
    /// Every connection breaks, and none is accepted until [`Broker::back`].
    pub(crate) fn leave(&mut self) {
        self.away = true;
        self.connections.clear();
    }

    pub(crate) fn back(&mut self) {
        self.away = false;
    }

    /// The peer's end of its connection is gone.
    pub(crate) fn forget(&mut self, peer: Peer) {
        self.connections.remove(&peer);
    }

    /// Takes a packet; gives what goes out because of it.
    pub(crate) fn receive(&mut self, from: Peer, attempt: u32, packet: Up) -> Vec<(Peer, Down)> {
        if self.away {
            return Vec::new();
        }
        if matches!(packet, Up::Connect) {
            self.connections.insert(
                from,
                Connection {
                    attempt,
                    subscribed: false,
                },
            );
            return self.accept(from);
        }
        let Some(connection) = self.connections.get_mut(&from) else {
            return Vec::new();
        };
        if connection.attempt != attempt {
            return Vec::new();
        }
        match packet {
            Up::Connect => Vec::new(),
            Up::Subscribe => {
                connection.subscribed = true;
                self.hub_session |= from == Peer::Hub;
                self.kept_for(from)
            }
            Up::Publish {
                topic,
                payload,
                retained,
                id,
            } => {
                if retained {
                    self.retained.insert(topic.clone(), payload.clone());
                }
                let ack = id.map(|id| (from, Down::Ack(id)));
                let message = Message {
                    topic,
                    payload,
                    retained: false,
                };
                ack.into_iter().chain(self.pass_on(message)).collect()
            }
        }
    }

    /// The attempt that a peer's present connection came from.
    pub(crate) fn attempt_of(&self, peer: Peer) -> Option<u32> {
        self.connections
            .get(&peer)
            .map(|connection| connection.attempt)
    }

    /// The hub has the oldest message of its session.
    pub(crate) fn hub_has(&mut self) {
        self.hub_queue.pop_front();
    }

    pub(crate) fn most_queued(&self) -> usize {
        self.most_queued
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// What goes out on a new connection: for the hub, all that its session kept.
    fn accept(&self, peer: Peer) -> Vec<(Peer, Down)> {
        let kept = self.hub_queue.iter().filter(|_| peer == Peer::Hub);
        let messages = kept.map(|message| (peer, Down::Message(message.clone())));
        [(peer, Down::Accepted)]
            .into_iter()
            .chain(messages)
            .collect()
    }

    /// The retained messages that a new subscription matches.
    fn kept_for(&self, peer: Peer) -> Vec<(Peer, Down)> {
        let wanted = |topic: &str| peer == Peer::Hub || topic == HUB_STATUS;
        let kept = self.retained.iter().filter(|(topic, _)| wanted(topic));
        kept.map(|(topic, payload)| {
            let (topic, payload) = (topic.clone(), payload.clone());
            (
                peer,
                Down::Message(Message {
                    topic,
                    payload,
                    retained: true,
                }),
            )
        })
        .collect()
    }

    /// To the hub goes everything, to the machines the hub's status.
    fn pass_on(&mut self, message: Message) -> Vec<(Peer, Down)> {
        let for_all = message.topic == HUB_STATUS;
        let mut out = Vec::new();
        for (&peer, connection) in &self.connections {
            if peer != Peer::Hub && for_all && connection.subscribed {
                out.push((peer, Down::Message(message.clone())));
            }
        }
        if self.hub_session && self.queue(&message) && self.attempt_of(Peer::Hub).is_some() {
            out.push((Peer::Hub, Down::Message(message)));
        }
        out
    }

    /// Keeps a message until the hub has it. False if there is no room.
    fn queue(&mut self, message: &Message) -> bool {
        if self.hub_queue.len() >= MAX_QUEUE {
            self.dropped = self.dropped.saturating_add(1);
            return false;
        }
        self.hub_queue.push_back(message.clone());
        self.most_queued = self.most_queued.max(self.hub_queue.len());
        true
    }
}
