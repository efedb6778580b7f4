//! How a frame becomes knowledge of a node: decoded, refused or dropped, or taken.

use crate::contents::Contents;
use crate::counters::count;
use crate::hub::Hub;
use crate::live;
use crate::loss;
use crate::node::{KnownBoard, KnownFacts, KnownMedium, Node};
use crate::refusal::{Refusal, Refused};
use crate::run::{Heard, Source};
use crate::scribe::Scribe;
use crate::seam::{Arrival, FrameTopic, Show};
use crate::time::{Millis, Now};
use crate::window::Taken;
use picket_wire::{BootId, Frame, Header, Kind, NodeId, Reading, RunBits};

impl Hub {
    /// Takes a frame, or counts and remembers why not.
    pub(crate) fn hear_frame(&mut self, arrival: &Arrival<'_>, now: Now) {
        let taken = match arrival.topic {
            FrameTopic::Facts(id) => self.take_frame(id, Kind::Facts, arrival, now),
            FrameTopic::Report(id) => self.take_frame(id, Kind::Report, arrival, now),
            FrameTopic::Power(id) => self.take_frame(id, Kind::Power, arrival, now),
            FrameTopic::HubStatus => self.take_hub_status(arrival, now),
        };
        let Err(why) = taken else { return };
        count(match why {
            Refusal::Garbled(_) | Refusal::Section(_) => &mut self.counters.frames_garbled,
            Refusal::Kind(_)
            | Refusal::TooManyNodes { .. }
            | Refusal::Status
            | Refusal::NotSigned
            | Refusal::OtherHub
            | Refusal::NotJoined => &mut self.counters.frames_refused,
        });
        let node = match arrival.topic {
            FrameTopic::Facts(id) | FrameTopic::Report(id) | FrameTopic::Power(id) => Some(id),
            FrameTopic::HubStatus => None,
        };
        let at = now.moment;
        self.refusals.push(Refused { at, node, why });
    }

    fn take_hub_status(&mut self, arrival: &Arrival<'_>, now: Now) -> Result<(), Refusal> {
        let (frame, contents) = decode(arrival.bytes, Kind::HubStatus)?;
        if !arrival.verified {
            return Err(Refusal::OtherHub);
        }
        count(&mut self.counters.frames_taken);
        if let Some(run) = contents.hub_run {
            self.hear_run(Source::Signed, frame.header.run, run.ordinal, now);
        }
        Ok(())
    }

    fn take_frame(
        &mut self,
        id: NodeId,
        kind: Kind,
        arrival: &Arrival<'_>,
        now: Now,
    ) -> Result<(), Refusal> {
        let (frame, contents) = decode(arrival.bytes, kind)?;
        let header = &frame.header;
        self.check_signature(id, kind, arrival.verified)?;
        let run = self.runs.present().bits;
        let live = !header.flags.backlog && !arrival.retained && header.run == run;
        let (node, mut scribe) = self.admit(id, now)?;
        let Some(session_was_live) = take_number(node, header, &contents, live, &mut scribe) else {
            count(&mut scribe.counters.frames_duplicate);
            return Ok(());
        };
        count(&mut scribe.counters.frames_taken);
        let before = (node.watch.is_framed(), kept_of(node));
        let excused = node.watch.excused_until().is_some();
        node.watch.framed(now.moment);
        node.skipped_tags |= contents.skipped_tags;
        if live {
            live::heard(node, header, &contents, session_was_live, &mut scribe);
            take_set_aside(node, &mut scribe);
        } else if node.watch.last_beat().is_none() && kind == Kind::Facts {
            // Until a live frame comes, old facts are the best there are.
            live::turn_to_session(node, header);
        }
        if node.present == Some((header.boot, header.session)) {
            take_facts(node, &contents, live, &mut scribe);
        } else if kind == Kind::Facts {
            node.set_aside = Some(arrival.bytes.into());
        }
        let compare =
            kind == Kind::Report && take_report(node, header, &contents, live, &mut scribe);
        if before != (true, kept_of(node)) || excused != node.watch.excused_until().is_some() {
            scribe.keep(node);
        }
        if compare {
            self.compare_with_peers(id, now);
        }
        if let Some(packages) = contents.packages.filter(|_| live) {
            self.hear_packages(id, packages, now);
        }
        let is_own = self.config.own_boot == Some(header.boot);
        if live && (contents.witnesses.is_some() || is_own) {
            self.compare_own_disks(now);
        }
        let due = self.due_of(id);
        self.wake_by(due);
        if let Some(holds) = contents.holds {
            self.hear_run(self.source_of(id), header.run, holds.run_ordinal, now);
        }
        Ok(())
    }

    /// Of an enrolled node facts and power count only with its signature. Of any other no signature
    /// is known to be right, and it reports no UPS.
    fn check_signature(&self, id: NodeId, kind: Kind, verified: bool) -> Result<(), Refusal> {
        let joined = self.is_joined(id);
        match kind {
            Kind::Power if !joined => Err(Refusal::NotJoined),
            Kind::Facts | Kind::Power if joined && !verified => Err(Refusal::NotSigned),
            _ => Ok(()),
        }
    }

    /// How much the facts of a node count as a sign of a run, once they were taken.
    fn source_of(&self, id: NodeId) -> Source {
        if self.is_joined(id) {
            Source::Signed
        } else if self.nodes.values().any(|node| node.joined) {
            Source::Stranger
        } else {
            Source::FirstLook
        }
    }

    fn is_joined(&self, id: NodeId) -> bool {
        self.nodes.get(&id).is_some_and(|node| node.joined)
    }

    /// The node of an id, known or new, with everything that is not a node.
    pub(crate) fn admit(
        &mut self,
        id: NodeId,
        now: Now,
    ) -> Result<(&mut Node, Scribe<'_>), Refusal> {
        let max_nodes = self.config.max_nodes;
        let full = self.nodes.len() >= max_nodes;
        let node = match self.nodes.entry(id) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(_) if full => {
                return Err(Refusal::TooManyNodes { max_nodes });
            }
            std::collections::btree_map::Entry::Vacant(place) => {
                let node = place.insert(Node::new(id, self.config.endurance.clone(), now.moment));
                crate::restore::remember_open(node, &self.ledger);
                node
            }
        };
        let scribe = Scribe {
            ledger: &mut self.ledger,
            effects: &mut self.effects,
            counters: &mut self.counters,
            run: self.runs.present().bits,
            link_up_since: self.link_up_since,
            now,
        };
        Ok((node, scribe))
    }

    /// Somebody follows or is a run: if it is not this one and not below it, a new one is taken.
    fn hear_run(&mut self, source: Source, bits: RunBits, ordinal: u32, now: Now) {
        match self.runs.hear(source, bits, ordinal, now.moment) {
            Heard::Nothing => {}
            Heard::Disbelieved => count(&mut self.counters.runs_disbelieved),
            Heard::Taken(run) => self.begin_run(run, now),
        }
    }
}

/// What a frame may change of what the store keeps of a node.
fn kept_of(node: &Node) -> (Option<BootId>, Millis, Option<i64>) {
    let unscrubbed = &node.memory.unscrubbed;
    (node.boot(), node.watch.every(), unscrubbed.day())
}

fn decode(bytes: &[u8], kind: Kind) -> Result<(Frame<'_>, Contents<'_>), Refusal> {
    let frame = Frame::decode(bytes).map_err(Refusal::Garbled)?;
    if frame.header.kind != kind {
        return Err(Refusal::Kind(frame.header.kind));
    }
    let contents = Contents::read(&frame).map_err(Refusal::Section)?;
    Ok((frame, contents))
}

/// Notes the frame's sequence number and the losses that it names. Gives whether a live frame of
/// its session was heard before; none if the frame is to be dropped.
fn take_number(
    node: &mut Node,
    header: &Header,
    contents: &Contents<'_>,
    live: bool,
    scribe: &mut Scribe<'_>,
) -> Option<bool> {
    let session = node.sessions.of(header.boot, header.session)?;
    let is_report = header.kind == Kind::Report;
    let taken = session.take(header.kind, header.seq);
    if taken == Taken::Dropped {
        return None;
    }
    let was_live = session.live;
    session.live |= live;
    if is_report && taken == (Taken::New { gap: true }) {
        session.losses.gap_below(header.seq);
    }
    if is_report && live {
        session.losses.live(scribe.now.moment);
    }
    let mut lost: u64 = 0;
    if let (Some(named), Some(window)) = (contents.losses, session.report.as_mut()) {
        let of_reports = named.filter(|loss| loss.kind == Kind::Report.code());
        for loss in of_reports.take(loss::MAX_RECORDS) {
            lost = lost.saturating_add(session.losses.named(&loss, window));
        }
    }
    if is_report && taken == Taken::Found {
        scribe.found(node);
    }
    scribe.lost(node, lost);
    Some(was_live)
}

/// Takes the facts that arrived before the first live frame of the session that is now present. A
/// node says them once, and then perhaps only the broker's memory repeats them.
fn take_set_aside(node: &mut Node, scribe: &mut Scribe<'_>) {
    let Some(bytes) = node.set_aside.take() else {
        return;
    };
    match decode(&bytes, Kind::Facts) {
        Ok((frame, contents))
            if node.present == Some((frame.header.boot, frame.header.session)) =>
        {
            take_facts(node, &contents, true, scribe);
        }
        Ok(_) | Err(_) => node.set_aside = Some(bytes),
    }
}

fn take_facts(node: &mut Node, contents: &Contents<'_>, live: bool, scribe: &mut Scribe<'_>) {
    if contents.facts.is_none() && contents.parts.is_none() {
        return;
    }
    if let Some(facts) = &contents.facts {
        node.watch.set_every(facts.every_ms);
        node.known.facts = Some(KnownFacts::from(facts));
        node.known.machine = contents
            .machine
            .map(|machine| machine.id)
            .filter(|id| *id != 0);
    }
    if let Some(board) = &contents.board {
        node.known.board = Some(KnownBoard::from(board));
    }
    for part in contents.parts.into_iter().flatten() {
        node.known.keep_part(&part);
    }
    if let Some(media) = contents.media {
        let media = media.map(|medium| KnownMedium::from(&medium));
        node.known.keep_media(media);
    }
    if let Some(witnesses) = contents.witnesses.filter(|_| live) {
        node.known.keep_witnesses(witnesses);
    }
    if live {
        live::facts_heard(node, scribe);
    }
    scribe.effects.show(Show::Node(node.id));
}

/// Keeps the findings of the present session. They are states, so that one that was sent later than
/// it was sampled counts, too: the node does not say it again.
fn take_findings(
    node: &mut Node,
    header: &Header,
    contents: &Contents<'_>,
    scribe: &mut Scribe<'_>,
) {
    if node.present != Some((header.boot, header.session)) {
        return;
    }
    for finding in contents.findings.into_iter().flatten() {
        if !node.known.keep_finding(&finding, Millis(header.uptime_ms)) {
            count(&mut scribe.counters.beyond_bounds);
        }
    }
}

/// Takes a report. Gives whether the node is to be compared with its peers.
fn take_report(
    node: &mut Node,
    header: &Header,
    contents: &Contents<'_>,
    live: bool,
    scribe: &mut Scribe<'_>,
) -> bool {
    let now = scribe.now.moment;
    let map = node.time_map;
    let at = map.and_then(|map| map.moment(header.boot, header.uptime_ms, now));
    let mut compare = false;
    take_findings(node, header, contents, scribe);
    if live {
        count(&mut scribe.counters.reports_live);
        node.last_report = Some(now);
        compare = live::report(node, header, contents, at.unwrap_or(now), scribe);
        scribe.effects.show(Show::Node(node.id));
    } else {
        count(&mut scribe.counters.reports_backlog);
    }
    let Some(readings) = contents.readings else {
        return compare;
    };
    let Some(at) = at else {
        count(&mut scribe.counters.reports_undated);
        return compare;
    };
    let is_present = node.present == Some((header.boot, header.session));
    // The part numbers of another session mean something else, but for 0.
    let named = |reading: &Reading| is_present || reading.part == 0;
    scribe.effects.show(Show::Report {
        node: node.id,
        at,
        backlog: !live,
        readings: readings.filter(named).collect(),
    });
    compare
}
