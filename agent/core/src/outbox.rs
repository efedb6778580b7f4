//! Reports wait, fly, are acknowledged; when there is no room the oldest are dropped and counted.
//!
//! A frame handed out within one interval of its sampling is *live* and goes first; any later it
//! is *backlog*: marked so, and paced. The same rule holds for a frame that goes out again after
//! the connection broke, so that one that already went out live may come again as backlog with the
//! same sequence number: the hub takes the first and drops the second.

use crate::loss::LossRecord;
use crate::pacing::Pacing;
use crate::ring::{At, Ring, State};
use picket_wire::frame::mark_backlog;
use picket_wire::{Header, Loss};

/// Most reports that are kept.
pub const MAX_REPORTS: usize = 4096;
/// Most frames that are handed out and not acknowledged.
pub const WINDOW: usize = 8;
/// Most of them that are backlog: a live frame never waits for backlog to be acknowledged.
pub const BACKLOG_WINDOW: usize = 6;
/// After so long without an acknowledgement a connection is taken for dead, in milliseconds.
pub const ACK_TIMEOUT_MS: u64 = 15_000;

/// Names a frame that was handed out until it is acknowledged: its sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u32);

/// A frame to be published, QoS 1, not retained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outgoing<'a> {
    /// What its acknowledgement is reported by.
    pub ticket: Ticket,
    /// Whether it is sent later than one interval after it was sampled.
    pub backlog: bool,
    /// The payload.
    pub bytes: &'a [u8],
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    seq: u32,
    at: At,
    backlog: bool,
    sent_ms: u64,
}

/// Frames of reports in a storage of the caller, at most [`MAX_REPORTS`] of them.
#[derive(Debug)]
pub struct Outbox<B> {
    ring: Ring<B>,
    /// No entry before this one waits.
    oldest: Option<At>,
    /// No entry before this one is live.
    fresh: Option<At>,
    flights: heapless::Vec<Flight, WINDOW>,
    pacing: Pacing,
    loss: LossRecord,
    unacked: usize,
    dropped: u32,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Outbox<B> {
    /// An empty outbox. A quarter of the storage, at most [`MAX_FRAME`](picket_wire::MAX_FRAME)
    /// bytes of it, is where the next frame is written; the rest keeps frames, and 3 bytes each.
    /// Below 512 bytes it may have no room for a report that carries a loss record and a reading.
    pub fn new(storage: B) -> Outbox<B> {
        Outbox {
            ring: Ring::new(storage),
            oldest: None,
            fresh: None,
            flights: heapless::Vec::new(),
            pacing: Pacing::default(),
            loss: LossRecord::default(),
            unacked: 0,
            dropped: 0,
        }
    }

    /// Where the next frame is written. [`Outbox::push`] takes it from there.
    pub fn desk(&mut self) -> &mut [u8] {
        self.ring.desk()
    }

    /// The loss record that the next frame is to carry.
    pub fn loss(&self) -> Option<Loss> {
        self.loss.section()
    }

    /// Takes the first `len` bytes of the desk, a report with the sequence number `seq`. The oldest
    /// reports make room. `carries_loss`: the frame carries what [`Outbox::loss`] gave.
    pub fn push(&mut self, seq: u32, len: usize, carries_loss: bool) {
        if carries_loss {
            self.loss.carried(seq);
        }
        let at = loop {
            if self.ring.count() < MAX_REPORTS
                && let Some(at) = self.ring.push_desk(len)
            {
                break at;
            }
            if !self.drop_oldest() {
                self.lose(seq);
                return;
            }
        };
        self.oldest.get_or_insert(at);
        self.fresh.get_or_insert(at);
        self.unacked += 1;
    }

    /// Counts a report as dropped that never came to stand in the outbox.
    pub fn lose(&mut self, seq: u32) {
        self.dropped = self.dropped.saturating_add(1);
        self.loss.grow(seq);
    }

    /// The frame to be published next, if there is one and the window is open: live ones first,
    /// then backlog at 20 a second, each the oldest first.
    pub fn next(&mut self, now_ms: u64, every_ms: u64) -> Option<Outgoing<'_>> {
        if self.flights.is_full() {
            return None;
        }
        let (at, header, backlog) = match self.next_live(now_ms, every_ms) {
            Some((at, header)) => (at, header, false),
            None => {
                let (at, header) = self.next_backlog(now_ms)?;
                self.pacing.take(now_ms);
                // The outbox holds unsigned frames of its own making only, which can be marked.
                mark_backlog(self.ring.frame_mut(at));
                (at, header, true)
            }
        };
        let flight = Flight {
            seq: header.seq,
            at,
            backlog,
            sent_ms: now_ms,
        };
        self.flights.push(flight).ok()?;
        self.ring.set_state(at, State::InFlight);
        Some(Outgoing {
            ticket: Ticket(header.seq),
            backlog,
            bytes: self.ring.frame(at),
        })
    }

    /// A frame arrived. A ticket that is not in flight changes nothing.
    pub fn acked(&mut self, ticket: Ticket) {
        let Some(index) = self.flights.iter().position(|f| f.seq == ticket.0) else {
            return;
        };
        let flight = self.flights.swap_remove(index);
        self.ring.set_state(flight.at, State::Acked);
        self.unacked = self.unacked.saturating_sub(1);
        self.loss.acked(flight.seq);
        while let Some(front) = self.ring.front()
            && self.ring.state(front) == State::Acked
        {
            self.forget(front);
        }
    }

    /// A connection stands. Whatever was in flight waits, and backlog begins a second from here,
    /// when the hub had time to hear who is back.
    pub fn connected(&mut self, now_ms: u64) {
        self.disconnected();
        self.pacing.connected(now_ms);
    }

    /// The connection broke: all that was in flight waits again.
    pub fn disconnected(&mut self) {
        while let Some(flight) = self.flights.pop() {
            self.ring.set_state(flight.at, State::Waiting);
        }
        self.oldest = self.ring.front();
        self.fresh = self.ring.front();
    }

    /// When the next frame of backlog may go out; none if nothing waits for that alone.
    pub fn next_ms(&self) -> Option<u64> {
        let waiting = self.unacked > self.flights.len();
        let open = !self.flights.is_full() && self.backlog_in_flight() < BACKLOG_WINDOW;
        (waiting && open).then(|| self.pacing.next_ms())
    }

    /// When the oldest frame in flight has waited [`ACK_TIMEOUT_MS`] for its acknowledgement.
    pub fn ack_overdue_ms(&self) -> Option<u64> {
        let oldest_ms = self.flights.iter().map(|f| f.sent_ms).min()?;
        Some(oldest_ms.saturating_add(ACK_TIMEOUT_MS))
    }

    /// Reports that are not acknowledged, those in flight included.
    pub fn unacked(&self) -> usize {
        self.unacked
    }

    /// Reports dropped since the start.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }

    fn backlog_in_flight(&self) -> usize {
        self.flights.iter().filter(|f| f.backlog).count()
    }

    fn next_live(&mut self, now_ms: u64, every_ms: u64) -> Option<(At, Header)> {
        while let Some(at) = self.fresh {
            // What is too old now stays so; it is found again as backlog.
            self.fresh = self.ring.after(at);
            if self.ring.state(at) == State::Waiting
                && let Some(header) = self.header(at)
                && now_ms.saturating_sub(header.uptime_ms) <= every_ms
            {
                return Some((at, header));
            }
        }
        None
    }

    fn next_backlog(&mut self, now_ms: u64) -> Option<(At, Header)> {
        if !self.pacing.ready(now_ms) || self.backlog_in_flight() >= BACKLOG_WINDOW {
            return None;
        }
        while let Some(at) = self.oldest {
            self.oldest = self.ring.after(at);
            if self.ring.state(at) == State::Waiting
                && let Some(header) = self.header(at)
            {
                return Some((at, header));
            }
        }
        None
    }

    fn header(&self, at: At) -> Option<Header> {
        Header::decode(self.ring.frame(at).first_chunk()?).ok()
    }

    /// Drops the oldest entry, counting it if it did not arrive. False if there is none.
    fn drop_oldest(&mut self) -> bool {
        let Some(front) = self.ring.front() else {
            return false;
        };
        if self.ring.state(front) != State::Acked {
            if let Some(header) = self.header(front) {
                self.flights.retain(|f| f.seq != header.seq);
                self.lose(header.seq);
            }
            self.unacked = self.unacked.saturating_sub(1);
        }
        self.forget(front);
        true
    }

    /// Pops the front entry and moves the cursors that stand on it.
    fn forget(&mut self, front: At) {
        let next = self.ring.after(front);
        for cursor in [&mut self.oldest, &mut self.fresh] {
            if *cursor == Some(front) {
                *cursor = next;
            }
        }
        self.ring.pop_front();
    }
}

#[cfg(test)]
mod tests;
