//! The outbox against a plain queue, under pushes, acknowledgements, broken connections and time in
//! any order.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a panic is this test's verdict"
)]

use picket_node::outbox::{BACKLOG_WINDOW, Outbox};
use picket_node::{Ticket, WINDOW};
use picket_wire::{
    BootId, Flags, Frame, FrameWriter, Header, Kind, Loss, Quantity, Reading, RunBits, Section,
    SessionId, section,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};

const EVERY_MS: u64 = 1_000;
const SPACING_MS: u64 = 50;
/// From a connection to the first frame of backlog.
const AFTER_CONNECT_MS: u64 = 1_000;
/// Bytes that the outbox keeps with each frame.
const HEAD: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Step {
    Push { readings: usize },
    Publish,
    Ack { nth: usize },
    AckUnknown { seq: u32 },
    Reconnect,
    Advance { ms: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0usize..40).prop_map(|readings| Step::Push { readings }),
        8 => Just(Step::Publish),
        6 => (0usize..WINDOW).prop_map(|nth| Step::Ack { nth }),
        1 => (0u32..300).prop_map(|seq| Step::AckUnknown { seq }),
        1 => Just(Step::Reconnect),
        4 => prop_oneof![0u64..100, 0u64..3_000].prop_map(|ms| Step::Advance { ms }),
    ];
    prop::collection::vec(step, 1..300)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    InFlight,
    Acked,
}

struct Entry {
    seq: u32,
    sampled_ms: u64,
    len: usize,
    state: State,
}

struct World {
    outbox: Outbox<Vec<u8>>,
    /// Bytes for entries.
    limit: usize,
    queue: VecDeque<Entry>,
    /// What is in flight: whether as backlog, and the loss record that it carries.
    flights: BTreeMap<u32, (bool, Option<Loss>)>,
    now_ms: u64,
    next_backlog_ms: u64,
    next_seq: u32,
    /// Reports that the loss records told of, and the hub has.
    told: u32,
}

impl World {
    fn new(size: usize) -> World {
        World {
            outbox: Outbox::new(vec![0; size]),
            limit: size - size / 4,
            queue: VecDeque::new(),
            flights: BTreeMap::new(),
            now_ms: 0,
            next_backlog_ms: 0,
            next_seq: 0,
            told: 0,
        }
    }

    fn held(&self) -> impl Iterator<Item = &Entry> {
        self.queue
            .iter()
            .filter(|entry| entry.state != State::Acked)
    }

    fn push(&mut self, readings: usize) {
        let seq = self.next_seq;
        self.next_seq += 1;
        let header = Header {
            kind: Kind::Report,
            flags: Flags::default(),
            boot: BootId(1),
            session: SessionId(1),
            seq,
            run: RunBits(9),
            uptime_ms: self.now_ms,
        };
        let loss = self.outbox.loss();
        let mut writer = FrameWriter::new(self.outbox.desk(), &header).unwrap();
        if let Some(loss) = loss {
            writer.repeated(section::LOSS, [loss]).unwrap();
        }
        let reading = Reading {
            quantity: Quantity::UPTIME,
            part: 0,
            value: Ok(i64::from(seq)),
        };
        writer.readings((0..readings).map(|_| reading)).unwrap();
        let len = writer.finish().len();

        let used: usize = self.queue.iter().map(|entry| entry.len + HEAD).sum();
        let longest = self
            .queue
            .iter()
            .map(|entry| entry.len + HEAD)
            .max()
            .unwrap_or(0);
        let dropped_before = self.outbox.dropped();
        self.outbox.push(seq, len, loss.is_some());
        let dropped = self.outbox.dropped() - dropped_before;
        // At most the piece before the end of the storage that the next frame did not fit into is
        // unused, and it is shorter than the longest frame.
        let ample = used + longest.max(len + HEAD) + len + HEAD <= self.limit;
        assert!(
            !ample || dropped == 0,
            "dropped {dropped} with {used} of {} used",
            self.limit
        );
        for _ in 0..dropped {
            self.drop_oldest();
        }
        self.queue.push_back(Entry {
            seq,
            sampled_ms: self.now_ms,
            len,
            state: State::Waiting,
        });
    }

    fn drop_oldest(&mut self) {
        self.settle();
        let entry = self
            .queue
            .pop_front()
            .expect("something was there to be dropped");
        self.flights.remove(&entry.seq);
        self.settle();
    }

    /// Acknowledged entries at the front are gone.
    fn settle(&mut self) {
        while self
            .queue
            .front()
            .is_some_and(|entry| entry.state == State::Acked)
        {
            self.queue.pop_front();
        }
    }

    /// Which frame goes next by the rules, and whether as backlog.
    fn expected(&self) -> Option<(u32, bool)> {
        let waits = |entry: &&Entry| entry.state == State::Waiting;
        let young = |entry: &&Entry| self.now_ms - entry.sampled_ms <= EVERY_MS;
        let backlog_in_flight = self
            .flights
            .values()
            .filter(|(backlog, _)| *backlog)
            .count();
        if self.flights.len() == WINDOW {
            None
        } else if let Some(live) = self.queue.iter().filter(waits).find(young) {
            Some((live.seq, false))
        } else if self.now_ms >= self.next_backlog_ms && backlog_in_flight < BACKLOG_WINDOW {
            self.queue.iter().find(waits).map(|entry| (entry.seq, true))
        } else {
            None
        }
    }

    fn publish(&mut self) {
        let expected = self.expected();
        let Some(out) = self.outbox.next(self.now_ms, EVERY_MS) else {
            assert_eq!(expected, None);
            return;
        };
        assert_eq!(Some((out.ticket.0, out.backlog)), expected);
        let frame = Frame::decode(out.bytes).expect("the frame is whole");
        assert_eq!(frame.header.seq, out.ticket.0);
        assert_eq!(frame.header.flags.backlog, out.backlog);
        let loss = frame.sections().find_map(|section| match section {
            Ok(Section::Loss(mut losses)) => losses.next(),
            _ => None,
        });
        if out.backlog {
            self.next_backlog_ms = self.now_ms + SPACING_MS;
        }
        let Ticket(seq) = out.ticket;
        self.flights.insert(seq, (out.backlog, loss));
        self.set_state(seq, State::InFlight);
    }

    fn set_state(&mut self, seq: u32, state: State) {
        let entry = self.queue.iter_mut().find(|entry| entry.seq == seq);
        entry.expect("the outbox hands out what was pushed").state = state;
    }

    fn ack(&mut self, seq: u32) {
        let loss_before = self.outbox.loss();
        self.outbox.acked(Ticket(seq));
        let flight = self.flights.remove(&seq);
        if flight.is_some() {
            self.set_state(seq, State::Acked);
            self.settle();
        }
        if let (Some(loss), None) = (loss_before, self.outbox.loss()) {
            let carried = flight.and_then(|(_, loss)| loss);
            assert_eq!(
                carried,
                Some(loss),
                "the record ends only with a carrier of all of it"
            );
            self.told += loss.count;
        }
    }

    fn reconnect(&mut self) {
        self.outbox.disconnected();
        self.outbox.connected(self.now_ms);
        self.next_backlog_ms = self.now_ms + AFTER_CONNECT_MS;
        self.flights.clear();
        for entry in self
            .queue
            .iter_mut()
            .filter(|entry| entry.state == State::InFlight)
        {
            entry.state = State::Waiting;
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Push { readings } => self.push(readings),
            Step::Publish => self.publish(),
            Step::Ack { nth } => {
                if let Some(&seq) = self.flights.keys().nth(nth) {
                    self.ack(seq);
                }
            }
            Step::AckUnknown { seq } => {
                if !self.flights.contains_key(&seq) {
                    self.ack(seq);
                }
            }
            Step::Reconnect => self.reconnect(),
            Step::Advance { ms } => self.now_ms += ms,
        }
    }

    fn check(&self) {
        let held = self.held().count();
        assert_eq!(self.outbox.unacked(), held);
        let bytes: usize = self.held().map(|entry| entry.len + HEAD).sum();
        assert!(bytes <= self.limit, "{bytes} bytes in {}", self.limit);
        let untold = self.outbox.loss().map_or(0, |loss| loss.count);
        assert_eq!(
            self.told + untold,
            self.outbox.dropped(),
            "every drop is counted once"
        );
        // `next_ms` names the moment at which backlog goes, and never one at which nothing does.
        if let Some(next_ms) = self.outbox.next_ms()
            && next_ms <= self.now_ms
        {
            assert!(self.expected().is_some());
        }
    }

    /// Lets everything arrive, and reports until the hub has the loss record.
    fn settle_all(&mut self) {
        for _ in 0..2_000 {
            if self.outbox.loss().is_some() && self.held().count() == 0 {
                self.push(0);
            }
            self.publish();
            if let Some(&seq) = self.flights.keys().next() {
                self.ack(seq);
            }
            self.now_ms += SPACING_MS;
            self.check();
        }
    }
}

proptest! {
    #[test]
    fn what_is_pushed_arrives_in_order_or_is_counted_as_lost(
        size in 700usize..3_000,
        steps in steps(),
    ) {
        let mut world = World::new(size);
        for step in steps {
            world.step(step);
            world.check();
        }
        world.settle_all();
        prop_assert_eq!(world.held().count(), 0);
        prop_assert_eq!(world.told, world.outbox.dropped());
    }
}
