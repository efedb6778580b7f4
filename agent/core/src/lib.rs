//! What every node does, pure: sample on a fixed cadence, keep reports until they are
//! acknowledged, follow the hub's run, and wait before connecting again.
//!
//! No clock, no I/O, no allocation: the Linux agent, the firmware and the simulator hand time and
//! storage in and carry out what comes back. Every `now_ms` is the machine's uptime in
//! milliseconds, suspension included (CLOCK_BOOTTIME).
//!
//! | file | one idea |
//! |---|---|
//! | `node` | the parts below put together: the one struct that a shell drives |
//! | `schedule` | when to sample: a fixed cadence, missed ticks are skipped |
//! | `reporter` | readings become frames of sequence numbers without a gap |
//! | `facts` | the content of a facts frame, cut to its bounds |
//! | `lists` | what a report says beside its readings |
//! | `outbox` | reports wait, fly, are acknowledged; the oldest make room |
//! | `ring` | frames of any length in one piece of storage, first in, first out |
//! | `loss` | the one record of what was dropped, until the hub has it |
//! | `pacing` | backlog goes out slowly |
//! | `run` | which run of the hub the node follows |
//! | `witnesses` | what the node remembers of the hub's own disks |
//! | `membership` | what a node that has joined signs with, and whom it believes |
//! | `backoff` | how long to wait before the next connection |
//!
//! A shell does, in this order, whenever anything happened or [`Node::next_wake_ms`] has come:
//! sample if [`Node::sample_due`], hand the readings to [`Node::report`], publish what
//! [`Node::next_publish`] gives until it gives nothing, and close the connection if
//! [`Node::ack_overdue_ms`] has passed.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

pub mod backoff;
mod facts;
pub mod lists;
pub mod loss;
pub mod membership;
pub mod node;
pub mod outbox;
mod pacing;
mod reporter;
mod ring;
pub mod run;
pub mod schedule;
pub mod witnesses;

pub use backoff::Backoff;
pub use facts::Identity;
pub use lists::Lists;
pub use membership::Membership;
pub use node::{Config, Node};
pub use outbox::{MAX_REPORTS, Outgoing, Ticket, WINDOW};
pub use reporter::{MAX_FRAMES_BEFORE, MAX_WRITERS};
pub use run::{Heard, Refusal};
pub use schedule::Schedule;
pub use witnesses::{MAX_WITNESSES, Witnesses};
