//! A broker that forgets nothing unless told to: retained messages, and one kept session for the hub.
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

    /// Like [`Broker::back`], but as a broker without a disk: all that it had kept is gone.
    pub(crate) fn back_empty(&mut self) {
        self.away = false;
        self.retained.clear();
        self.hub_session = false;
        self.hub_queue.clear();
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

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: Peer = Peer::Machine(0);

    fn publish(topic: &str, retained: bool, id: Option<u32>) -> Up {
        Up::Publish {
            topic: topic.to_owned(),
            payload: vec![7],
            retained,
            id,
        }
    }

    fn connected(broker: &mut Broker, peer: Peer, attempt: u32) -> Vec<String> {
        let mut out = broker.receive(peer, attempt, Up::Connect);
        out.extend(broker.receive(peer, attempt, Up::Subscribe));
        words(&out)
    }

    fn words(out: &[(Peer, Down)]) -> Vec<String> {
        let word = |(peer, packet): &(Peer, Down)| match packet {
            Down::Accepted => format!("{peer:?} accepted"),
            Down::Ack(id) => format!("{peer:?} ack {id}"),
            Down::Message(message) if message.retained => {
                format!("{peer:?} kept {}", message.topic)
            }
            Down::Message(message) => format!("{peer:?} {}", message.topic),
        };
        out.iter().map(word).collect()
    }

    #[test]
    fn a_message_is_acknowledged_and_passed_on_and_a_retained_one_greets_newcomers() {
        let mut broker = Broker::default();
        connected(&mut broker, Peer::Hub, 1);
        connected(&mut broker, NODE, 1);
        let out = broker.receive(NODE, 1, publish("picket/v1/a/report", false, Some(4)));
        assert_eq!(words(&out), ["Machine(0) ack 4", "Hub picket/v1/a/report"]);
        let out = broker.receive(Peer::Hub, 1, publish(HUB_STATUS, true, None));
        assert_eq!(
            words(&out),
            [
                "Machine(0) picket/v1/hub/status",
                "Hub picket/v1/hub/status"
            ]
        );
        let greeted = connected(&mut broker, Peer::Machine(1), 1);
        assert_eq!(
            greeted,
            [
                "Machine(1) accepted",
                "Machine(1) kept picket/v1/hub/status"
            ]
        );
    }

    #[test]
    fn what_the_hub_does_not_have_waits_in_its_session() {
        let mut broker = Broker::default();
        connected(&mut broker, Peer::Hub, 1);
        connected(&mut broker, NODE, 1);
        broker.receive(NODE, 1, publish("picket/v1/a/report", false, None));
        broker.hub_has();
        broker.forget(Peer::Hub);
        let out = broker.receive(NODE, 1, publish("picket/v1/b/report", false, None));
        assert_eq!(words(&out), Vec::<String>::new());
        let back = connected(&mut broker, Peer::Hub, 2);
        assert_eq!(back, ["Hub accepted", "Hub picket/v1/b/report"]);
        assert_eq!((broker.most_queued(), broker.dropped()), (1, 0));
    }

    #[test]
    fn packets_of_an_earlier_connection_and_to_a_broker_that_is_away_are_void() {
        let mut broker = Broker::default();
        connected(&mut broker, NODE, 1);
        connected(&mut broker, NODE, 2);
        let report = || publish("picket/v1/a/report", false, Some(1));
        assert!(broker.receive(NODE, 1, report()).is_empty());
        assert_eq!(
            words(&broker.receive(NODE, 2, report())),
            ["Machine(0) ack 1"]
        );
        broker.leave();
        assert!(connected(&mut broker, NODE, 3).is_empty());
        broker.back();
        assert!(
            broker.receive(NODE, 2, report()).is_empty(),
            "it must connect again"
        );
        assert_eq!(connected(&mut broker, NODE, 4), ["Machine(0) accepted"]);
    }

    #[test]
    fn a_broker_that_comes_back_empty_has_nothing_for_newcomers() {
        let mut broker = Broker::default();
        connected(&mut broker, Peer::Hub, 1);
        broker.receive(Peer::Hub, 1, publish(HUB_STATUS, true, None));
        broker.leave();
        broker.back_empty();
        assert_eq!(connected(&mut broker, NODE, 2), ["Machine(0) accepted"]);
        assert_eq!(connected(&mut broker, Peer::Hub, 2), ["Hub accepted"]);
    }

    #[test]
    fn a_hub_that_never_comes_back_does_not_fill_the_broker() {
        let mut broker = Broker::default();
        connected(&mut broker, Peer::Hub, 1);
        connected(&mut broker, NODE, 1);
        broker.forget(Peer::Hub);
        for _ in 0..MAX_QUEUE + 3 {
            broker.receive(NODE, 1, publish("picket/v1/a/report", false, None));
        }
        assert_eq!((broker.most_queued(), broker.dropped()), (MAX_QUEUE, 3));
    }
}
