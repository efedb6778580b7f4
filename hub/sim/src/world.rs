//! Time goes from event to event, and packets travel.

use crate::agenda::Agenda;
use crate::broker::{Broker, Down, Peer, Up};
use crate::config::Config;
use crate::installed::Installed;
use crate::machine::Machine;
use crate::outcome::Outcome;
use crate::peers::Peers;
use crate::random::Random;
use picket_wire::{NodeTopic, Topic};
use std::collections::BTreeMap;

/// The moment at which a world begins. Machines have booted before it.
const START_MS: u64 = 1_000_000;
/// How long the last packets may take when all sampling has stopped.
const SETTLE_MS: u64 = 10_000;

#[derive(Debug)]
enum Event {
    /// A peer has something to do.
    Wake(Peer),
    /// A packet arrives at the broker.
    Up {
        from: Peer,
        attempt: u32,
        packet: Up,
    },
    /// A packet arrives at a peer.
    Down {
        to: Peer,
        attempt: u32,
        packet: Down,
    },
    /// A peer is told that its connection is gone.
    Closed { peer: Peer, attempt: u32 },
    /// The hub starts.
    HubStart,
}

/// When the last packet of a peer arrives: packets of one connection do not overtake each other.
#[derive(Clone, Copy, Debug, Default)]
struct Travel {
    up_ms: u64,
    down_ms: u64,
}

/// A fleet, a broker and a hub.
#[derive(Debug)]
pub struct World {
    config: Config,
    now_ms: u64,
    agenda: Agenda<Event>,
    /// For each peer the earliest wake that is on the agenda.
    wakes: BTreeMap<Peer, u64>,
    travels: BTreeMap<Peer, Travel>,
    random: Random,
    broker: Broker,
    peers: Peers,
    /// Reports that the broker had acknowledged, cut off on their way to the hub.
    cut: u64,
}

impl World {
    /// A world at its beginning: the hub starts at once, the machines when the seed says.
    pub fn new(config: Config) -> World {
        let mut random = Random::stream(config.seed, u64::MAX);
        let peers = Peers::new(&config, START_MS, &mut random);
        let mut world = World {
            config,
            now_ms: START_MS,
            agenda: Agenda::new(),
            wakes: BTreeMap::new(),
            travels: BTreeMap::new(),
            random,
            broker: Broker::default(),
            peers,
            cut: 0,
        };
        world.agenda.put(START_MS, Event::HubStart);
        for index in 0..world.peers.machines().len() {
            world.flush(Peer::Machine(index));
        }
        world
    }

    /// Lets `ms` of virtual time pass.
    pub fn run_for(&mut self, ms: u64) {
        let until_ms = self.now_ms.saturating_add(ms);
        while let Some((at_ms, event)) = self.agenda.take(until_ms) {
            self.now_ms = at_ms;
            self.happen(event);
        }
        self.now_ms = until_ms;
    }

    /// A machine, by its number, has this installed. To be said at the beginning: which installation
    /// it is stands in its first facts.
    pub fn install(&mut self, machine: usize, installed: Installed) {
        self.peers.install(machine, installed);
    }

    /// The broker is gone, and with it every packet that was under way. The hub and about half of
    /// the machines are told at once; the others find out because nothing is acknowledged any more.
    pub fn broker_leaves(&mut self) {
        self.broker.leave();
        let under_way = |event: &Event| matches!(event, Event::Up { .. } | Event::Down { .. });
        let cut = &mut self.cut;
        self.agenda.keep(|event| {
            *cut += u64::from(is_report_to_hub(event));
            !under_way(event)
        });
        let machines = (0..self.peers.machines().len()).map(Peer::Machine);
        for peer in [Peer::Hub].into_iter().chain(machines) {
            if peer == Peer::Hub || self.random.coin() {
                let attempt = self.peers.attempt_of(peer);
                let at_ms = self.now_ms + self.random.between(1, 50);
                self.agenda.put(at_ms, Event::Closed { peer, attempt });
            }
        }
    }

    /// The broker is back, with all that it had kept.
    pub fn broker_returns(&mut self) {
        self.broker.back();
    }

    /// The broker is back with nothing: no retained message.
    pub fn broker_returns_empty(&mut self) {
        self.broker.back_empty();
    }

    /// The hub ends, and starts again after `down_ms` on what its store kept.
    pub fn restart_hub(&mut self, down_ms: u64) {
        self.peers.end_hub();
        for (to, packet) in self.broker.hub_is_gone() {
            self.send_down(to, packet);
        }
        self.wakes.remove(&Peer::Hub);
        self.agenda
            .put(self.now_ms.saturating_add(down_ms), Event::HubStart);
    }

    /// What the world came to. Sampling stops, and what is under way arrives.
    pub fn outcome(mut self) -> Outcome {
        // What the hub makes of a fleet that has stopped sampling is no part of the outcome.
        let (alive, live_in_run) = self.peers.presences();
        let (incidents, loss_notes) = self.peers.witness().incidents();
        let alarms = self.peers.witness().alarms().to_vec();
        self.peers.stop_sampling();
        self.run_for(SETTLE_MS);
        let machines = self.peers.machines();
        let dropped: u64 = machines.iter().map(|m| u64::from(m.dropped())).sum();
        let sums = self.peers.sums();
        let witness = self.peers.witness();
        Outcome {
            seed: self.config.seed,
            nodes: machines.len(),
            alive,
            live_in_run,
            incidents,
            loss_notes,
            alarms,
            made: machines.iter().map(Machine::made).sum(),
            taken: sums.taken,
            dated: witness.shown(),
            undated: sums.undated,
            misdated: witness.misdated(),
            repeated: witness.repeated(),
            not_taken: sums.not_taken,
            lost: sums.lost,
            dropped,
            cut: self.cut.saturating_add(self.broker.unheard()),
            waiting: machines.iter().map(Machine::waiting).sum(),
            most_waiting: machines
                .iter()
                .map(Machine::most_waiting)
                .max()
                .unwrap_or(0),
            most_events: self.agenda.most(),
            hub_starts: self.peers.hub_starts(),
            digest: witness.digest(),
        }
    }

    fn happen(&mut self, event: Event) {
        let peer = match event {
            Event::HubStart => {
                self.peers.start_hub(self.now_ms);
                Peer::Hub
            }
            Event::Wake(peer) => {
                if self
                    .wakes
                    .get(&peer)
                    .is_some_and(|at_ms| *at_ms <= self.now_ms)
                {
                    self.wakes.remove(&peer);
                }
                self.peers.wake(peer, self.now_ms);
                peer
            }
            Event::Up {
                from,
                attempt,
                packet,
            } => {
                for (to, packet) in self.broker.receive(from, attempt, packet) {
                    self.send_down(to, packet);
                }
                return;
            }
            Event::Down { to, attempt, .. } if attempt != self.peers.attempt_of(to) => {
                self.cut += u64::from(is_report_to_hub(&event));
                to
            }
            Event::Down { to, packet, .. } => {
                self.peers.hear(to, self.now_ms, packet);
                to
            }
            Event::Closed { peer, attempt } => {
                if attempt == self.peers.attempt_of(peer) {
                    self.peers.close(peer, self.now_ms);
                }
                peer
            }
        };
        self.flush(peer);
    }

    /// Sends what a peer has to send, and puts its next wake on the agenda.
    fn flush(&mut self, peer: Peer) {
        let Some((packets, next_ms)) = self.peers.take_outgoing(peer) else {
            return;
        };
        let attempt = self.peers.attempt_of(peer);
        for packet in packets {
            let at_ms = self.travel(peer, |travel| &mut travel.up_ms);
            self.agenda.put(
                at_ms,
                Event::Up {
                    from: peer,
                    attempt,
                    packet,
                },
            );
        }
        // Never at this very moment again, so that time goes on whatever a peer wishes.
        let next_ms = next_ms.max(self.now_ms + 1);
        if self.wakes.get(&peer).is_none_or(|at_ms| next_ms < *at_ms) {
            self.wakes.insert(peer, next_ms);
            self.agenda.put(next_ms, Event::Wake(peer));
        }
    }

    fn send_down(&mut self, to: Peer, packet: Down) {
        let Some(attempt) = self.broker.attempt_of(to) else {
            return;
        };
        let at_ms = self.travel(to, |travel| &mut travel.down_ms);
        self.agenda.put(
            at_ms,
            Event::Down {
                to,
                attempt,
                packet,
            },
        );
    }

    /// When a packet that leaves now arrives.
    fn travel(&mut self, peer: Peer, way: impl Fn(&mut Travel) -> &mut u64) -> u64 {
        let arrives_ms = self.now_ms + self.random.between(1, self.config.longest_travel_ms);
        let last_ms = way(self.travels.entry(peer).or_default());
        *last_ms = arrives_ms.max(*last_ms);
        *last_ms
    }
}

/// Whether an event is a report that the broker has acknowledged and the hub not yet heard.
fn is_report_to_hub(event: &Event) -> bool {
    let Event::Down {
        to: Peer::Hub,
        packet: Down::Message(message),
        ..
    } = event
    else {
        return false;
    };
    matches!(
        Topic::parse(&message.topic),
        Topic::Node(_, NodeTopic::Report)
    )
}
