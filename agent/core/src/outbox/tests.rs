//! Stories of the outbox: order, pacing, loss, and what comes back after a break.

use super::*;
use picket_wire::{BootId, Flags, Frame, FrameWriter, Kind, RunBits, SessionId};
use std::vec;
use std::vec::Vec;

const EVERY_MS: u64 = 1_000;

/// An outbox of `len` bytes for entries.
fn outbox(len: usize) -> Outbox<Vec<u8>> {
    Outbox::new(vec![0; len * 4 / 3])
}

/// A heartbeat: 28 bytes, 31 with its entry's head.
fn push(outbox: &mut Outbox<Vec<u8>>, seq: u32, sampled_ms: u64) {
    let header = Header {
        kind: Kind::Report,
        flags: Flags::default(),
        boot: BootId(1),
        session: SessionId(1),
        seq,
        run: RunBits(9),
        uptime_ms: sampled_ms,
    };
    let len = FrameWriter::new(outbox.desk(), &header)
        .unwrap()
        .finish()
        .len();
    let carries_loss = outbox.loss().is_some();
    outbox.push(seq, len, carries_loss);
}

/// Everything that may go out at `now_ms`: sequence number and whether it is backlog.
fn drain(outbox: &mut Outbox<Vec<u8>>, now_ms: u64) -> Vec<(u32, bool)> {
    let mut all = vec![];
    while let Some(out) = outbox.next(now_ms, EVERY_MS) {
        let frame = Frame::decode(out.bytes).unwrap();
        assert_eq!(frame.header.seq, out.ticket.0);
        assert_eq!(frame.header.flags.backlog, out.backlog);
        all.push((out.ticket.0, out.backlog));
    }
    all
}

fn told(outbox: &Outbox<Vec<u8>>) -> Option<(u32, u32, u32)> {
    outbox
        .loss()
        .map(|loss| (loss.first, loss.last, loss.count))
}

#[test]
fn a_young_frame_goes_out_before_the_backlog_and_the_backlog_oldest_first() {
    let mut outbox = outbox(1_000);
    for seq in 0..3 {
        push(&mut outbox, seq, 0);
    }
    push(&mut outbox, 3, 60_000);
    assert_eq!(drain(&mut outbox, 60_000), [(3, false), (0, true)]);
    assert_eq!(drain(&mut outbox, 60_049), [], "backlog is paced");
    assert_eq!(drain(&mut outbox, 60_050), [(1, true)]);
    assert_eq!(outbox.next_ms(), Some(60_100));
    assert_eq!(drain(&mut outbox, 60_100), [(2, true)]);
    assert_eq!(outbox.next_ms(), None, "all is in flight");
}

#[test]
fn a_frame_is_live_until_one_interval_after_it_was_sampled() {
    let mut outbox = outbox(1_000);
    push(&mut outbox, 0, 100);
    push(&mut outbox, 1, 101);
    assert_eq!(drain(&mut outbox, 101 + EVERY_MS), [(1, false), (0, true)]);
}

#[test]
fn what_was_in_flight_goes_out_again_live_while_it_is_young_and_then_as_backlog() {
    let mut outbox = outbox(1_000);
    push(&mut outbox, 0, 0);
    assert_eq!(drain(&mut outbox, 10), [(0, false)]);
    outbox.disconnected();
    assert_eq!(drain(&mut outbox, 900), [(0, false)]);
    outbox.disconnected();
    assert_eq!(drain(&mut outbox, 1_001), [(0, true)]);
    outbox.acked(Ticket(0));
    assert_eq!(outbox.unacked(), 0);
}

#[test]
fn backlog_leaves_room_in_the_window_for_live_frames() {
    let mut outbox = outbox(1_000);
    for seq in 0..20 {
        push(&mut outbox, seq, 0);
    }
    let mut now_ms = 60_000;
    for _ in 0..20 {
        drain(&mut outbox, now_ms);
        now_ms += 50;
    }
    assert_eq!(outbox.flights.len(), BACKLOG_WINDOW);
    assert_eq!(outbox.next_ms(), None, "only an acknowledgement helps");
    for seq in 20..24 {
        push(&mut outbox, seq, now_ms);
    }
    assert_eq!(drain(&mut outbox, now_ms), [(20, false), (21, false)]);
    assert_eq!(outbox.flights.len(), WINDOW);
    outbox.acked(Ticket(0));
    assert_eq!(drain(&mut outbox, now_ms), [(22, false)]);
}

#[test]
fn acknowledgements_out_of_order_unknown_or_twice_are_harmless() {
    let mut outbox = outbox(1_000);
    for seq in 0..3 {
        push(&mut outbox, seq, 0);
    }
    assert_eq!(drain(&mut outbox, 0), [(0, false), (1, false), (2, false)]);
    for seq in [2, 2, 77, 1] {
        outbox.acked(Ticket(seq));
    }
    assert_eq!(outbox.unacked(), 1);
    outbox.disconnected();
    outbox.acked(Ticket(0));
    assert_eq!(outbox.unacked(), 1, "nothing was in flight any more");
    assert_eq!(drain(&mut outbox, 1), [(0, false)]);
    outbox.acked(Ticket(0));
    assert_eq!((outbox.unacked(), outbox.ring.count()), (0, 0));
}

#[test]
fn a_full_storage_drops_the_oldest_into_one_record_until_a_carrier_arrived() {
    // Room for three heartbeats.
    let mut outbox = outbox(96);
    for seq in 0..5 {
        push(&mut outbox, seq, 0);
    }
    assert_eq!((outbox.unacked(), outbox.dropped()), (3, 2));
    assert_eq!(told(&outbox), Some((0, 1, 2)));
    assert_eq!(drain(&mut outbox, 0), [(2, false), (3, false), (4, false)]);
    for seq in 2..5 {
        outbox.acked(Ticket(seq));
    }
    // 4 carried a record that grew when 4 itself was pushed.
    assert_eq!(told(&outbox), Some((0, 1, 2)));
    push(&mut outbox, 5, 0);
    assert_eq!(drain(&mut outbox, 0), [(5, false)]);
    outbox.acked(Ticket(5));
    assert_eq!(told(&outbox), None);
    assert_eq!(
        outbox.dropped(),
        2,
        "the sum of a session is never forgotten"
    );
}

#[test]
fn a_frame_dropped_in_flight_counts_as_lost_and_its_acknowledgement_is_unknown() {
    let mut outbox = outbox(96);
    for seq in 0..3 {
        push(&mut outbox, seq, 0);
    }
    assert_eq!(drain(&mut outbox, 0).len(), 3);
    push(&mut outbox, 3, 0);
    assert_eq!(told(&outbox), Some((0, 0, 1)));
    outbox.acked(Ticket(0));
    assert_eq!(told(&outbox), Some((0, 0, 1)));
    assert_eq!(outbox.unacked(), 3);
    assert_eq!(drain(&mut outbox, 0), [(3, false)]);
}

#[test]
fn a_frame_larger_than_the_storage_is_lost_and_told() {
    let mut outbox: Outbox<[u8; 36]> = Outbox::new([0; 36]);
    outbox.push(0, 28, false);
    assert_eq!(outbox.loss().map(|loss| loss.count), Some(1));
    assert_eq!((outbox.unacked(), outbox.dropped()), (0, 1));
}

#[test]
fn no_more_than_4096_reports_are_kept_however_large_the_storage() {
    let mut outbox = outbox(1 << 20);
    let many = u32::try_from(MAX_REPORTS).unwrap() + 10;
    for seq in 0..many {
        push(&mut outbox, seq, 0);
    }
    assert_eq!(outbox.unacked(), MAX_REPORTS);
    assert_eq!(told(&outbox), Some((0, 9, 10)));
}

#[test]
fn backlog_begins_a_second_after_the_connection_and_live_frames_at_once() {
    let mut outbox = outbox(1_000);
    push(&mut outbox, 0, 0);
    push(&mut outbox, 1, 60_000);
    outbox.connected(60_000);
    assert_eq!(drain(&mut outbox, 60_000), [(1, false)]);
    assert_eq!(drain(&mut outbox, 60_999), []);
    assert_eq!(outbox.next_ms(), Some(61_000));
    assert_eq!(drain(&mut outbox, 61_000), [(0, true)]);
}

#[test]
fn the_oldest_frame_in_flight_says_when_its_connection_is_dead() {
    let mut outbox = outbox(1_000);
    push(&mut outbox, 0, 0);
    assert_eq!(outbox.ack_overdue_ms(), None);
    drain(&mut outbox, 5);
    push(&mut outbox, 1, 500);
    drain(&mut outbox, 500);
    assert_eq!(outbox.ack_overdue_ms(), Some(15_005));
    outbox.acked(Ticket(0));
    assert_eq!(outbox.ack_overdue_ms(), Some(15_500));
}
