//! What is found, in the frames in which a node writes it: files in one, their count in another.

use super::*;
use crate::{ClosedBy, Severity};
use picket_node::{Lists, Node};
use picket_wire::{Flags, FrameWriter, Header, HubRun, Kind, section};

/// The agent of a Pi that starts anew, and what its hub says.
fn agent_of(pi: &mut Pi) -> Node<Vec<u8>> {
    pi.restart_agent();
    let config = picket_node::Config {
        id: pi.board.id,
        boot: pi.board.boot,
        session: pi.board.session,
        every_ms: pi.board.every_ms,
    };
    let mut node = Node::new(config, vec![0; 32 * 1024], 0);
    let status = Header {
        kind: Kind::HubStatus,
        flags: Flags::default(),
        seq: 0,
        ..pi.board.header(Kind::HubStatus, 0, false, pi.world.moment)
    };
    let mut buf = [0; 128];
    let mut writer = FrameWriter::new(&mut buf, &status).unwrap();
    let ordinal = pi.board.holds;
    writer
        .section(section::HUB_RUN, &HubRun { ordinal })
        .unwrap();
    node.connected();
    node.hear_hub(writer.finish(), false, 0);
    node
}

/// One sampling, frame by frame; gives how many there were.
fn reports(pi: &mut Pi, node: &mut Node<Vec<u8>>, findings: &[Finding<'_>]) -> usize {
    pi.world.wait(u64::from(pi.board.every_ms));
    let uptime_ms = pi.world.moment.since(pi.board.booted).0;
    let lists = Lists {
        findings,
        ..Lists::default()
    };
    node.report_with(uptime_ms, pi.scrub.readings(), lists);
    let mut frames = 0;
    while let Some(out) = node.next_publish(uptime_ms) {
        let bytes = out.bytes.to_vec();
        pi.world
            .frame(FrameTopic::Report(pi.board.id), &bytes, false);
        frames += 1;
    }
    frames
}

#[test]
fn a_count_that_travels_in_another_frame_than_its_files_pages_at_once_and_ends_as_they_do() {
    let mut pi = Pi::new();
    let mut node = agent_of(&mut pi);
    let rot = rotten(1, "/srv/a");
    pi.scrub.counts = Some([1, 0, 0]);
    assert_eq!(reports(&mut pi, &mut node, &[rot]), 2);
    assert_eq!(
        pi.world.open(),
        [("silent_corruption", "disk/cid/0353", Severity::Page)]
    );
    let told = pi.world.notices();
    assert_eq!(told.len(), 1, "no ticket goes before the page: {told:?}");
    pi.scrub.counts = Some([0; 3]);
    let gone = ended(rot, FindingState::Deleted);
    assert_eq!(reports(&mut pi, &mut node, &[gone]), 2);
    assert!(pi.world.open().is_empty());
    assert_eq!(pi.last_closed().closed.unwrap().1, ClosedBy::Retired);
}
