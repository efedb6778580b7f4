//! A broker with retained messages, and the will of the hub, which takes its status back.
//!
//! The hub subscribes anew on every connection: what arrives while it is away is acknowledged and
//! gone. Machines have no wills here, because none of them dies.

use picket_wire::topic::HUB_STATUS;
use std::collections::BTreeMap;

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
    unheard: u64,
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
    }

    /// The hub's end of its connection is gone; gives what its will sends out.
    pub(crate) fn hub_is_gone(&mut self) -> Vec<(Peer, Down)> {
        if self.connections.remove(&Peer::Hub).is_none() {
            return Vec::new();
        }
        self.retained.remove(HUB_STATUS);
        self.pass_on(Message {
            topic: HUB_STATUS.to_owned(),
            payload: Vec::new(),
            retained: false,
        })
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
            return vec![(from, Down::Accepted)];
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
                if ack.is_some() && !self.hub_listens() {
                    self.unheard = self.unheard.saturating_add(1);
                }
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

    /// Reports that were acknowledged while no hub listened.
    pub(crate) fn unheard(&self) -> u64 {
        self.unheard
    }

    fn hub_listens(&self) -> bool {
        let hub = self.connections.get(&Peer::Hub);
        hub.is_some_and(|connection| connection.subscribed)
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
    fn pass_on(&self, message: Message) -> Vec<(Peer, Down)> {
        let wanted = |peer: &Peer| *peer == Peer::Hub || message.topic == HUB_STATUS;
        self.connections
            .iter()
            .filter(|(peer, connection)| connection.subscribed && wanted(peer))
            .map(|(peer, _)| (*peer, Down::Message(message.clone())))
            .collect()
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
                "Hub picket/v1/hub/status",
                "Machine(0) picket/v1/hub/status"
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
    fn what_arrives_while_the_hub_is_away_is_acknowledged_and_gone() {
        let mut broker = Broker::default();
        connected(&mut broker, Peer::Hub, 1);
        connected(&mut broker, NODE, 1);
        broker.receive(Peer::Hub, 1, publish(HUB_STATUS, true, None));
        let will = broker.hub_is_gone();
        assert_eq!(words(&will), ["Machine(0) picket/v1/hub/status"]);
        assert!(
            broker.hub_is_gone().is_empty(),
            "one will for one connection"
        );
        let out = broker.receive(NODE, 1, publish("picket/v1/b/report", false, Some(3)));
        assert_eq!(words(&out), ["Machine(0) ack 3"]);
        assert_eq!(connected(&mut broker, Peer::Hub, 2), ["Hub accepted"]);
        assert_eq!(broker.unheard(), 1);
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
}
