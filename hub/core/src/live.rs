//! What a live frame does: a beat, a start of something, readings for the detectors.

use crate::contents::Contents;
use crate::counters::count;
use crate::detect::{self, Farewell, Sample, Sampling, Start};
use crate::incident::Detector;
use crate::node::{KnownBoard, KnownWriter, Latest, Node};
use crate::scribe::Scribe;
use crate::time::{Millis, Moment};
use crate::time_map::TimeMap;
use crate::wear;
use crate::witness;
use picket_wire::Header;

/// A live frame was taken, of any kind.
pub(crate) fn heard(
    node: &mut Node,
    header: &Header,
    contents: &Contents<'_>,
    session_was_live: bool,
    scribe: &mut Scribe<'_>,
) {
    let now = scribe.now.moment;
    let start = start(node, header, session_was_live, scribe.link_up_since);
    if let Start::Boot(farewell) = start {
        node.places.unasked = (farewell == Farewell::NotSaid).then_some(header.boot);
    }
    let board = contents.board.map(|board| KnownBoard::from(&board));
    let every = node.watch.every();
    let Node {
        id, known, memory, ..
    } = &mut *node;
    detect::of_start(*id, known, board.as_ref(), memory, start, every, scribe);
    turn_to_session(node, header);
    TimeMap::learn(&mut node.time_map, header.boot, header.uptime_ms, now);
    let before = node.watch.presence();
    node.watch.beat(header.session, now);
    if node.watch.presence() != before {
        scribe.presence_changed(node);
    }
}

/// What a live frame is the start of.
fn start(
    node: &Node,
    header: &Header,
    session_was_live: bool,
    link_up_since: Option<Moment>,
) -> Start {
    let Some((boot, session)) = node.present else {
        return Start::Unknown;
    };
    // Facts of the broker's memory, or of the store, are no witness of how a session ended.
    if node.watch.last_beat().is_none() {
        return Start::Unknown;
    }
    if (boot, session) == (header.boot, header.session) {
        return Start::No;
    }
    if session_was_live {
        return Start::Unknown;
    }
    let farewell = if node.watch.said_farewell(session) {
        Farewell::Said
    } else if link_up_since.is_some_and(|up| node.watch.heard_since(up)) {
        Farewell::NotSaid
    } else {
        Farewell::NotHeard
    };
    if boot == header.boot {
        Start::Session(farewell)
    } else {
        Start::Boot(farewell)
    }
}

/// Makes a frame's session the present one; what another session's numbers meant is forgotten.
pub(crate) fn turn_to_session(node: &mut Node, header: &Header) {
    let session = Some((header.boot, header.session));
    if node.present == session {
        return;
    }
    for subject in node.known.sighted() {
        node.memory.sighted.remember(subject);
    }
    node.known.new_session();
    node.memory.new_session();
    node.present = session;
}

/// The readings of a live report. Gives whether the node is to be compared with its peers.
pub(crate) fn report(
    node: &mut Node,
    header: &Header,
    contents: &Contents<'_>,
    at: Moment,
    scribe: &mut Scribe<'_>,
) -> bool {
    let id = node.id;
    let (every, uptime) = (node.watch.every(), Millis(header.uptime_ms));
    if let Some(writers) = contents.writers {
        let writers = writers.map(|writer| KnownWriter::from(&writer));
        node.known.keep_writers(writers);
    }
    node.known.report_heard(uptime, every);
    for reading in contents.readings.into_iter().flatten() {
        let latest = Latest {
            quantity: reading.quantity,
            part: reading.part,
            value: reading.value,
            at,
        };
        let Some(probe) = node.known.keep_reading(latest) else {
            count(&mut scribe.counters.beyond_bounds);
            continue;
        };
        let sampling = Sampling {
            boot: header.boot,
            uptime,
            every,
            probe,
        };
        let Node { known, memory, .. } = node;
        detect::of_reading(id, known, memory, &latest, sampling, scribe);
        wear::sampled(node, header, &latest, scribe);
    }
    for quantity in node.known.forget_ghosts(at) {
        let judged = detect::blind_probe::found_elsewhere(quantity);
        scribe.judged(id, Detector::BlindProbe, judged);
    }
    let looked_at = witness::looked_at(contents.readings, contents.findings.into_iter().flatten());
    witness::report(node, header.boot, looked_at, scribe);
    let sample = Sample {
        readings: contents.readings,
        at,
        every,
        uptime,
    };
    let Node { known, memory, .. } = node;
    detect::of_report(id, known, memory, &sample, scribe)
}

/// Live facts named parts and the board: readings that came before them can be judged, and a boot
/// may have a cause.
pub(crate) fn facts_heard(node: &mut Node, scribe: &mut Scribe<'_>) {
    let id = node.id;
    let Node { known, memory, .. } = node;
    detect::of_board(id, known, memory, scribe);
    detect::of_parts(id, known, memory, scribe);
    // Findings, and readings of a disk, name it by a number that means nothing before its part is
    // known; and the installation, which the facts say, tells whether the disk was written anew.
    if let Some((boot, _)) = node.present {
        let parts: Vec<u8> = node.known.parts().map(|part| part.number).collect();
        witness::report(node, boot, parts, scribe);
    }
}
