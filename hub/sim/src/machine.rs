//! A node and the least shell that drives it: what the Linux agent does, without Linux.

use crate::broker::{Down, Message, Up};
use crate::installed::{Installed, Telling};
use crate::link::Link;
use crate::random::Random;
use crate::readings::{self, Readings};
use picket_node::{Config, Heard, Identity, Lists, Node, Ticket};
use picket_wire::{BootId, MAX_FRAME, NodeId, NodeTopic, SessionId};

/// One machine of the fleet.
#[derive(Debug)]
pub(crate) struct Machine {
    node: Node<Vec<u8>>,
    readings: Readings,
    telling: Telling,
    link: Link,
    /// When the machine booted, in the world's time.
    booted_ms: u64,
    /// When its agent starts.
    starts_ms: u64,
    sampling: bool,
    made: u64,
    most_waiting: usize,
    outgoing: Vec<Up>,
}

impl Machine {
    /// A machine whose agent starts at `starts_ms`, some time after its boot.
    pub(crate) fn new(
        id: NodeId,
        every_ms: u32,
        outbox_bytes: usize,
        starts_ms: u64,
        mut random: Random,
    ) -> Machine {
        // The world's time starts late enough for a machine to have been up before its agent was.
        let booted_ms = starts_ms.saturating_sub(random.between(15_000, 600_000));
        let config = Config {
            id,
            boot: BootId(random.next_u32()),
            session: SessionId(random.next_u32() as u16),
            every_ms,
        };
        Machine {
            node: Node::new(config, vec![0; outbox_bytes], starts_ms - booted_ms),
            readings: Readings::new(Random::new(random.next())),
            telling: Telling::default(),
            link: Link::new(starts_ms, 0, Random::new(random.next())),
            booted_ms,
            starts_ms,
            sampling: true,
            made: 0,
            most_waiting: 0,
            outgoing: Vec::new(),
        }
    }

    pub(crate) fn id(&self) -> NodeId {
        self.node.config().id
    }

    pub(crate) fn booted_ms(&self) -> u64 {
        self.booted_ms
    }

    pub(crate) fn attempt(&self) -> u32 {
        self.link.attempt()
    }

    /// Reports made so far.
    pub(crate) fn made(&self) -> u64 {
        self.made
    }

    /// Reports that are not acknowledged.
    pub(crate) fn waiting(&self) -> usize {
        self.node.waiting()
    }

    pub(crate) fn most_waiting(&self) -> usize {
        self.most_waiting
    }

    pub(crate) fn dropped(&self) -> u32 {
        self.node.dropped()
    }

    /// No further samples are taken; what was made goes out.
    pub(crate) fn stop_sampling(&mut self) {
        self.sampling = false;
    }

    /// It has this installed from now on.
    pub(crate) fn install(&mut self, installed: Installed) {
        self.telling.install(installed);
    }

    /// Does what is due.
    pub(crate) fn wake(&mut self, now_ms: u64) {
        if now_ms < self.starts_ms {
            return;
        }
        let uptime_ms = self.uptime_ms(now_ms);
        if self.node.sample_due(uptime_ms) && self.sampling {
            let readings = self.readings.sample(uptime_ms);
            let packages = self.telling.next();
            let lists = Lists {
                packages: &packages,
                ..Lists::default()
            };
            self.node.report_with(uptime_ms, readings, lists);
            self.made = self.made.saturating_add(1);
            self.most_waiting = self.most_waiting.max(self.node.waiting());
        }
        if self.link.is_up() && self.node.ack_overdue_ms().is_some_and(|at| at <= uptime_ms) {
            self.close(now_ms);
        }
        if self.link.wake(now_ms) {
            self.node.begin_connection();
            self.outgoing.push(Up::Connect);
        }
        self.publish(uptime_ms);
    }

    /// Takes a packet of the broker.
    pub(crate) fn hear(&mut self, now_ms: u64, packet: Down) {
        let uptime_ms = self.uptime_ms(now_ms);
        match packet {
            Down::Accepted => {
                self.link.accepted();
                self.node.connected();
                self.outgoing.push(Up::Subscribe);
                self.publish_facts(uptime_ms);
                let online = self.node.online().to_string();
                self.publish_kept(NodeTopic::Status, online.into_bytes());
            }
            Down::Ack(id) => self.node.acked(Ticket(id)),
            Down::Message(message) => {
                let Message {
                    payload, retained, ..
                } = message;
                if self.node.hear_hub(&payload, retained, uptime_ms) == Heard::NewRun {
                    self.publish_facts(uptime_ms);
                    self.telling.again();
                }
            }
        }
        self.publish(uptime_ms);
    }

    /// The connection broke, and the machine was told so.
    pub(crate) fn close(&mut self, now_ms: u64) {
        self.link.close(now_ms);
        self.node.disconnected();
    }

    /// What is to be sent.
    pub(crate) fn take_outgoing(&mut self) -> Vec<Up> {
        core::mem::take(&mut self.outgoing)
    }

    /// When [`Machine::wake`] has something to do.
    pub(crate) fn next_wake_ms(&self) -> u64 {
        let node_ms = self.booted_ms.saturating_add(self.node.next_wake_ms());
        let overdue_ms = self
            .node
            .ack_overdue_ms()
            .map(|ms| self.booted_ms.saturating_add(ms));
        let others = [self.link.next_wake_ms(), overdue_ms];
        others
            .into_iter()
            .flatten()
            .fold(node_ms, u64::min)
            .max(self.starts_ms)
    }

    fn uptime_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.booted_ms)
    }

    fn publish(&mut self, uptime_ms: u64) {
        let topic = NodeTopic::Report.of(self.id());
        while let Some(out) = self.node.next_publish(uptime_ms) {
            self.outgoing.push(Up::Publish {
                topic: topic.as_str().to_owned(),
                payload: out.bytes.to_vec(),
                retained: false,
                id: Some(out.ticket.0),
            });
        }
    }

    fn publish_facts(&mut self, uptime_ms: u64) {
        let mut buf = [0; MAX_FRAME];
        let facts = readings::facts(self.node.config().every_ms);
        let identity = Identity {
            machine: self.telling.machine(),
            ..Identity::default()
        };
        let parts = readings::PARTS;
        let frame = self
            .node
            .facts_with(uptime_ms, &facts, identity, parts, [], &mut buf);
        // A buffer of the longest frame has room for these facts.
        let payload = frame.map(<[u8]>::to_vec).unwrap_or_default();
        self.publish_kept(NodeTopic::Facts, payload);
    }

    fn publish_kept(&mut self, topic: NodeTopic, payload: Vec<u8>) {
        let topic = topic.of(self.id()).as_str().to_owned();
        self.outgoing.push(Up::Publish {
            topic,
            payload,
            retained: true,
            id: None,
        });
    }
}
