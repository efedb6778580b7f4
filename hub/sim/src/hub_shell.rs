//! The hub's core and the least shell that drives it: what `picket-hub` does, without a machine.

use crate::broker::{Down, Message, Up};
use crate::link::Link;
use crate::random::Random;
use crate::witness::Witness;
use picket_hub_core::{
    Arrival, Config, Effect, FrameTopic, Hub, Input, Moment, Now, Show, Wall, Wish,
};
use picket_wire::topic::HUB_STATUS;
use picket_wire::{
    BootId, EncodeError, Flags, FrameWriter, Header, HubRun, Kind, NodeId, NodeTopic, SessionId,
    StatusText, StatusWord, Topic, section,
};

/// Between two of the hub's own signs of life.
const STATUS_EVERY_MS: u64 = 10_000;
/// A node that comes online is greeted by the hub's status, no more often than this.
const GREETING_MS: u64 = 500;
/// The world's wall clock at its moment 0: 2026-01-01T00:00:00Z.
const EPOCH_UNIX_MS: i64 = 1_767_225_600_000;

/// One start of the hub.
#[derive(Debug)]
pub(crate) struct HubShell {
    hub: Hub,
    /// Whose signatures are found right. Nothing is signed in this world: where a frame comes from
    /// is known.
    enrolled: Vec<NodeId>,
    link: Link,
    status_seq: u32,
    status_due_ms: u64,
    greeting_from_ms: u64,
    outgoing: Vec<Up>,
}

impl HubShell {
    /// Starts the hub on what the store kept, with these nodes enrolled. `attempt` tells its
    /// connections from those of earlier starts.
    pub(crate) fn start(
        now_ms: u64,
        config: Config,
        enrolled: Vec<NodeId>,
        attempt: u32,
        mut random: Random,
        witness: &mut Witness,
    ) -> HubShell {
        let hub = Hub::new(config, random.next(), now(now_ms));
        let link = Link::new(now_ms, attempt, random);
        let saved = witness.store().saved();
        let mut shell = HubShell {
            hub,
            enrolled,
            link,
            status_seq: 0,
            status_due_ms: u64::MAX,
            greeting_from_ms: 0,
            outgoing: Vec::new(),
        };
        shell.input(now_ms, Input::Restore(saved), witness);
        for node in &shell.enrolled {
            // There are no more nodes than the hub may know.
            let _ = shell.hub.ask(Wish::Enrol(*node), now(now_ms));
        }
        shell.carry_out(now_ms, witness);
        shell
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.hub
    }

    pub(crate) fn attempt(&self) -> u32 {
        self.link.attempt()
    }

    /// Does what is due.
    pub(crate) fn wake(&mut self, now_ms: u64, witness: &mut Witness) {
        if self.hub.next_wake().is_some_and(|at| at.0 <= now_ms) {
            self.hub.handle_timeout(now(now_ms));
            self.carry_out(now_ms, witness);
        }
        if self.link.wake(now_ms) {
            self.outgoing.push(Up::Connect);
        }
        if self.link.is_up() && self.status_due_ms <= now_ms {
            self.publish_status(now_ms);
        }
    }

    /// Takes a packet of the broker.
    pub(crate) fn hear(&mut self, now_ms: u64, packet: Down, witness: &mut Witness) {
        match packet {
            Down::Accepted => {
                self.link.accepted();
                self.input(now_ms, Input::Link(true), witness);
                self.outgoing.push(Up::Subscribe);
                self.publish_status(now_ms);
            }
            Down::Message(message) => self.message(now_ms, &message, witness),
            Down::Ack(_) => {}
        }
    }

    /// The connection broke.
    pub(crate) fn close(&mut self, now_ms: u64, witness: &mut Witness) {
        self.link.close(now_ms);
        self.input(now_ms, Input::Link(false), witness);
    }

    /// What is to be sent.
    pub(crate) fn take_outgoing(&mut self) -> Vec<Up> {
        core::mem::take(&mut self.outgoing)
    }

    /// When [`HubShell::wake`] has something to do.
    pub(crate) fn next_wake_ms(&self) -> u64 {
        let status_ms = self.link.is_up().then_some(self.status_due_ms);
        let hub_ms = self.hub.next_wake().map(|at| at.0);
        let all = [status_ms, hub_ms, self.link.next_wake_ms()];
        all.into_iter().flatten().fold(u64::MAX, u64::min)
    }

    fn message(&mut self, now_ms: u64, message: &Message, witness: &mut Witness) {
        let Message {
            topic,
            payload,
            retained,
        } = message;
        let frame = |topic| {
            let verified = match topic {
                FrameTopic::Facts(node) | FrameTopic::Power(node) => self.enrolled.contains(&node),
                FrameTopic::Report(_) => false,
                FrameTopic::HubStatus => true,
            };
            Input::Frame(Arrival {
                topic,
                verified,
                retained: *retained,
                bytes: payload,
            })
        };
        let input = match Topic::parse(topic) {
            // The will of an earlier connection of the hub's own.
            Topic::HubStatus if payload.is_empty() => return,
            Topic::HubStatus => frame(FrameTopic::HubStatus),
            Topic::Node(node, NodeTopic::Facts) => frame(FrameTopic::Facts(node)),
            Topic::Node(node, NodeTopic::Report) => frame(FrameTopic::Report(node)),
            Topic::Node(node, NodeTopic::Power) => frame(FrameTopic::Power(node)),
            Topic::Node(node, NodeTopic::Status) => Input::Status {
                node,
                payload,
                retained: *retained,
            },
            Topic::Node(_, NodeTopic::Order | NodeTopic::Join | NodeTopic::Joined)
            | Topic::BadId(_)
            | Topic::Unknown => return,
        };
        if let Input::Status {
            payload,
            retained: false,
            ..
        } = input
            && StatusText::parse(payload).is_some_and(|text| text.word == StatusWord::Online)
        {
            self.status_due_ms = self.status_due_ms.min(self.greeting_from_ms.max(now_ms));
        }
        let before = self.hub.counters().frames_duplicate;
        self.input(now_ms, input, witness);
        let again = self.hub.counters().frames_duplicate > before;
        // Retained facts come again with each subscription; reports only if a node repeats itself.
        if again && matches!(Topic::parse(topic), Topic::Node(_, NodeTopic::Report)) {
            witness.note_repeated();
        }
    }

    fn input(&mut self, now_ms: u64, input: Input<'_>, witness: &mut Witness) {
        self.hub.handle(input, now(now_ms));
        self.carry_out(now_ms, witness);
    }

    /// Carries every effect out. A notice is delivered at once, which gives further effects.
    fn carry_out(&mut self, now_ms: u64, witness: &mut Witness) {
        while let Some(effect) = self.hub.next_effect() {
            witness.note(now_ms, &effect);
            match effect {
                Effect::Say(notice) => {
                    let done = Input::Done {
                        notice: notice.id,
                        delivered: true,
                    };
                    self.hub.handle(done, now(now_ms));
                }
                Effect::Show(Show::Run(_)) if self.link.is_up() => self.publish_status(now_ms),
                Effect::Show(_) | Effect::Save(_) => {}
            }
        }
    }

    fn publish_status(&mut self, now_ms: u64) {
        self.status_due_ms = now_ms + STATUS_EVERY_MS;
        self.greeting_from_ms = now_ms + GREETING_MS;
        let mut buf = [0; 64];
        // 64 bytes have room for a header, one small section and the checksum.
        let payload = self
            .status_frame(now_ms, &mut buf)
            .map(<[u8]>::to_vec)
            .unwrap_or_default();
        self.status_seq = self.status_seq.wrapping_add(1);
        let topic = HUB_STATUS.to_owned();
        self.outgoing.push(Up::Publish {
            topic,
            payload,
            retained: true,
            id: None,
        });
    }

    fn status_frame<'b>(&self, now_ms: u64, buf: &'b mut [u8]) -> Result<&'b [u8], EncodeError> {
        let run = self.hub.run();
        let header = Header {
            kind: Kind::HubStatus,
            flags: Flags::default(),
            boot: BootId(0),
            session: SessionId(run.ordinal as u16),
            seq: self.status_seq,
            run: run.bits,
            uptime_ms: now_ms,
        };
        let mut writer = FrameWriter::new(buf, &header)?;
        writer.section(
            section::HUB_RUN,
            &HubRun {
                ordinal: run.ordinal,
            },
        )?;
        Ok(writer.finish())
    }
}

/// Both times of the hub at a moment of the world.
fn now(now_ms: u64) -> Now {
    let past_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
    let unix_ms = EPOCH_UNIX_MS.saturating_add(past_ms);
    Now {
        moment: Moment(now_ms),
        wall: Wall {
            unix_ms,
            synchronised: true,
        },
    }
}
