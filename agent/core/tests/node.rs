//! Stories of one node as its shell drives it.
#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;
mod facts;

use common::{Small, hub_status, node};
use facts::FACTS;
use picket_node::{Heard, Ticket};
use picket_wire::frame::HEARTBEAT_LEN;
use picket_wire::{
    BootId, EncodeError, Facts, Flags, Frame, Header, Kind, MAX_FRAME, Part, PartKind, Quantity,
    Reading, RunBits, Section, SessionId,
};

fn load(part: u8, value: i64) -> Reading {
    Reading {
        quantity: Quantity::LOAD_1MIN,
        part,
        value: Ok(value),
    }
}

fn readings(bytes: &[u8]) -> Vec<Reading> {
    let sections = Frame::decode(bytes).unwrap().sections();
    sections
        .filter_map(|section| match section.unwrap() {
            Section::Readings(readings) => Some(readings),
            _ => None,
        })
        .flatten()
        .collect()
}

/// A connection on which a hub says that it listens; what is due at once is not asked for.
fn linked(node: &mut Small, now_ms: u64) {
    node.connected();
    node.hear_hub(&hub_status(3, 0xAB), false, now_ms);
    node.sample_due(now_ms);
}

/// Everything that may go out at `now_ms`.
fn publish_all(node: &mut Small, now_ms: u64) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(out) = node.next_publish(now_ms) {
        let ticket = out.ticket;
        all.push(out.bytes.to_vec());
        node.acked(ticket);
    }
    all
}

#[test]
fn a_report_travels_with_its_sampling_time_and_the_run_that_was_heard() {
    let mut node = node();
    node.connected();
    let heard = node.hear_hub(&hub_status(3, 0xAB), false, 0);
    assert_eq!(heard, Heard::NewRun);
    assert!(node.sample_due(0));
    assert_eq!(node.report(7, [load(0, 42)]), 0);
    let sent = publish_all(&mut node, 8);
    let [bytes] = sent.as_slice() else {
        panic!("{sent:?}")
    };
    let header = Frame::decode(bytes).unwrap().header;
    assert_eq!(
        header,
        Header {
            kind: Kind::Report,
            flags: Flags::default(),
            boot: BootId(0xB007),
            session: SessionId(0x1a2b),
            seq: 0,
            run: RunBits(0xAB),
            uptime_ms: 7,
        }
    );
    assert_eq!(readings(bytes), [load(0, 42)]);
    assert_eq!(node.waiting(), 0);
}

#[test]
fn a_report_of_no_readings_is_a_heartbeat() {
    let mut node = node();
    linked(&mut node, 0);
    node.report(0, []);
    assert_eq!(publish_all(&mut node, 0)[0].len(), HEARTBEAT_LEN);
}

#[test]
fn readings_that_one_frame_cannot_hold_go_on_in_the_next_and_none_is_left_out() {
    let mut node = node();
    linked(&mut node, 0);
    let many: Vec<Reading> = (0..600).map(|i| load(i as u8, i << 20)).collect();
    assert_eq!(node.report(0, many.clone()), 0);
    let sent = publish_all(&mut node, 0);
    assert!(sent.len() > 1, "one frame of this storage is 2 KiB");
    assert!(sent.iter().all(|bytes| bytes.len() <= 2048));
    let arrived: Vec<Reading> = sent.iter().flat_map(|bytes| readings(bytes)).collect();
    assert!(
        arrived == many,
        "{} of {} arrived",
        arrived.len(),
        many.len()
    );
    let next = node.report(10_000, []);
    assert_eq!(
        next as usize,
        sent.len(),
        "every frame has a number of its own"
    );
}

#[test]
fn a_reading_that_no_frame_can_carry_keeps_none_of_the_others_back() {
    let mut node = node();
    linked(&mut node, 0);
    let stray = Reading {
        quantity: Quantity(u16::MAX),
        ..load(0, 1)
    };
    node.report(0, [load(0, 1), stray, load(0, 2)]);
    let sent = publish_all(&mut node, 0);
    assert_eq!(readings(&sent[0]), [load(0, 1), load(0, 2)]);
    assert_eq!(sent.len(), 1);
}

#[test]
fn nothing_goes_out_without_a_connection_and_all_of_it_after() {
    let mut node = node();
    for i in 0..3 {
        node.report(i * 10_000, []);
    }
    assert_eq!(node.next_publish(30_000), None);
    assert_eq!(
        node.next_wake_ms(),
        0,
        "the first sample was never asked for"
    );
    assert!(node.sample_due(30_000));
    linked(&mut node, 30_000);
    assert_eq!(publish_all(&mut node, 30_000).len(), 1, "the last is live");
    assert_eq!(node.next_wake_ms(), 31_000, "then the backlog");
    assert_eq!(publish_all(&mut node, 31_000).len(), 1);
    node.disconnected();
    assert_eq!(
        node.next_wake_ms(),
        40_000,
        "without a connection only the next sample"
    );
    assert_eq!((node.waiting(), node.dropped()), (1, 0));
}

#[test]
fn reports_wait_for_a_hub_that_listens_and_again_when_it_has_left() {
    let mut node = node();
    let status = hub_status(3, 0xAB);
    node.report(0, []);
    node.connected();
    assert_eq!(node.next_publish(1), None, "nobody may be listening");
    assert_eq!(node.hear_hub(&status, true, 2), Heard::NewRun);
    assert_eq!(
        node.next_publish(2),
        None,
        "a kept word may be of a dead hub"
    );
    assert!(matches!(
        node.hear_hub(b"garbage", false, 3),
        Heard::Refused(_)
    ));
    assert_eq!(node.next_publish(3), None, "nor does a stranger listen");
    assert_eq!(node.hear_hub(&status, false, 4), Heard::SameRun);
    assert!(node.hub_listens());
    assert!(node.next_publish(4).is_some());
    assert_eq!(node.hear_hub(b"", false, 5), Heard::Left);
    assert_eq!(node.next_publish(5_000), None);
    node.hear_hub(&status, false, 6_000);
    assert_eq!(
        publish_all(&mut node, 6_000).len(),
        1,
        "what was in flight goes out again"
    );
    node.disconnected();
    node.connected();
    assert!(
        !node.hub_listens(),
        "each connection waits for a word of its own"
    );
}

#[test]
fn a_full_outbox_is_told_in_the_next_report_that_arrives() {
    let mut node = node();
    for i in 0..300 {
        node.report(i * 10_000, []);
    }
    let dropped = node.dropped();
    assert!(dropped > 0 && node.waiting() + dropped as usize == 300);
    linked(&mut node, 3_600_000);
    node.report(3_600_000, []);
    let sent = publish_all(&mut node, 3_600_000);
    let frame = Frame::decode(&sent[0]).unwrap();
    let Some(Ok(Section::Loss(mut losses))) = frame.sections().next() else {
        panic!("{frame:?}")
    };
    let loss = losses.next().unwrap();
    assert_eq!(
        (loss.first, loss.last, loss.count),
        (0, dropped - 1, dropped)
    );
}

#[test]
fn facts_carry_the_parts_and_the_run_that_the_node_holds() {
    let mut node = node();
    node.hear_hub(&hub_status(3, 0xAB), true, 0);
    let disk = Part {
        number: 1,
        kind: PartKind::Disk.code(),
        id: "cid/41",
        name: "mmcblk0",
    };
    let mut buf = [0; MAX_FRAME];
    for seq in 0..2 {
        let bytes = node.facts(5, &FACTS, [disk], &mut buf).unwrap();
        let frame = Frame::decode(bytes).unwrap();
        assert_eq!((frame.header.kind, frame.header.seq), (Kind::Facts, seq));
        let mut sections = frame.sections().map(Result::unwrap);
        assert_eq!(sections.next(), Some(Section::Facts(FACTS)));
        assert!(matches!(sections.next(), Some(Section::Holds(holds)) if holds.run_ordinal == 3));
        let Some(Section::Parts(parts)) = sections.next() else {
            panic!("{frame:?}")
        };
        assert_eq!(parts.collect::<Vec<_>>(), [disk]);
    }
}

#[test]
fn long_texts_are_cut_and_at_least_27_parts_have_room() {
    let mut node = node();
    let long = "ä".repeat(100);
    let facts = Facts {
        agent: &long,
        model: &long,
        os: &long,
        kernel: &long,
        arch: &long,
        ..FACTS
    };
    let parts = (0..=255).map(|number| Part {
        number,
        kind: 1,
        id: &long,
        name: &long,
    });
    let mut buf = [0; 2 * MAX_FRAME];
    let bytes = node.facts(0, &facts, parts, &mut buf).unwrap();
    let frame = Frame::decode(bytes).unwrap();
    let count = frame
        .sections()
        .map(Result::unwrap)
        .find_map(|section| match section {
            Section::Parts(parts) => Some(parts.count()),
            _ => None,
        });
    assert_eq!(count, Some(27));
}

#[test]
fn facts_that_do_not_fit_are_refused_and_use_up_no_number() {
    let mut node = node();
    let mut small = [0; 40];
    assert_eq!(
        node.facts(0, &FACTS, [], &mut small),
        Err(EncodeError::Full)
    );
    let mut buf = [0; 256];
    let bytes = node.facts(0, &FACTS, [], &mut buf).unwrap();
    assert_eq!(Frame::decode(bytes).unwrap().header.seq, 0);
}

#[test]
fn each_connection_has_a_number_that_its_will_and_words_share() {
    let mut node = node();
    node.begin_connection();
    assert_eq!(node.will().to_string(), "offline 1a2b.1");
    assert_eq!(node.online().to_string(), "online 1a2b.1");
    node.begin_connection();
    assert_eq!(node.stopping().to_string(), "stopping 1a2b.2");
}

#[test]
fn a_connection_without_an_acknowledgement_for_15_seconds_is_overdue() {
    let mut node = node();
    linked(&mut node, 0);
    node.report(0, []);
    assert_eq!(node.ack_overdue_ms(), None);
    assert!(node.next_publish(100).is_some());
    assert_eq!(node.ack_overdue_ms(), Some(15_100));
    node.acked(Ticket(0));
    assert_eq!(node.ack_overdue_ms(), None);
}
