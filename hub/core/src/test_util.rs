//! A hub in virtual time, and boards that send it real frames, for the stories in `tests`.

use crate::*;
use picket_wire::section;
use picket_wire::{
    BootId, Facts, Flags, FrameWriter, Header, Holds, HubRun, Kind, Loss, MAX_FRAME, Missing,
    NodeId, Part, PartKind, Quantity, Reading, RunBits, SessionId, Value,
};

pub(crate) const EVERY_MS: u64 = 10_000;
/// 2026-01-01T00:00:00Z.
const WALL_MS: i64 = 1_767_225_600_000;

/// A board as the wire shows it.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    pub(crate) id: NodeId,
    pub(crate) boot: BootId,
    pub(crate) session: SessionId,
    pub(crate) connection: u32,
    pub(crate) seq: u32,
    pub(crate) facts_seq: u32,
    pub(crate) every_ms: u32,
    pub(crate) booted: Moment,
    pub(crate) run: RunBits,
    pub(crate) holds: u32,
    pub(crate) parts: Vec<(u8, PartKind, &'static str)>,
}

impl Board {
    pub(crate) fn new(id: &str) -> Board {
        Board {
            id: NodeId::parse(id).unwrap(),
            boot: BootId(100),
            session: SessionId(0x1a2b),
            connection: 1,
            seq: 0,
            facts_seq: 0,
            every_ms: EVERY_MS as u32,
            booted: Moment(0),
            run: RunBits::NONE,
            holds: 0,
            parts: vec![
                (1, PartKind::Filesystem, "/"),
                (2, PartKind::Filesystem, "/boot"),
            ],
        }
    }

    /// The agent starts anew.
    pub(crate) fn restart(&mut self) {
        self.session.0 = self.session.0.wrapping_add(1);
        (self.connection, self.seq, self.facts_seq) = (1, 0, 0);
    }

    /// The machine boots anew.
    pub(crate) fn reboot(&mut self, now: Moment) {
        self.restart();
        self.boot.0 += 1;
        self.booted = now;
    }

    fn header(&self, kind: Kind, seq: u32, backlog: bool, sampled: Moment) -> Header {
        Header {
            kind,
            flags: Flags {
                signed: false,
                backlog,
            },
            boot: self.boot,
            session: self.session,
            seq,
            run: self.run,
            uptime_ms: sampled.since(self.booted).0,
        }
    }

    /// A report of a sequence number, as bytes.
    pub(crate) fn report_of(
        &self,
        seq: u32,
        sampled: Moment,
        backlog: bool,
        readings: &[Reading],
        losses: &[Loss],
    ) -> Vec<u8> {
        let mut buf = [0; MAX_FRAME];
        let header = self.header(Kind::Report, seq, backlog, sampled);
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        writer.readings(readings.iter().copied()).unwrap();
        writer.repeated(section::LOSS, losses).unwrap();
        writer.finish().to_vec()
    }

    /// The next report, as bytes.
    pub(crate) fn report(&mut self, now: Moment, readings: &[Reading]) -> Vec<u8> {
        let seq = self.seq;
        self.seq += 1;
        self.report_of(seq, now, false, readings, &[])
    }

    /// The next facts, as bytes.
    pub(crate) fn facts(&mut self, now: Moment) -> Vec<u8> {
        let seq = self.facts_seq;
        self.facts_seq += 1;
        let mut buf = [0; MAX_FRAME];
        let header = self.header(Kind::Facts, seq, false, now);
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        let facts = Facts {
            agent: "picket-agent 0.1.0",
            model: "Raspberry Pi 5",
            os: "Debian",
            kernel: "6.12",
            arch: "aarch64",
            every_ms: self.every_ms,
        };
        writer.section(section::FACTS, &facts).unwrap();
        let parts = self.parts.iter().map(|&(number, kind, id)| Part {
            number,
            kind: kind.code(),
            id,
            name: id,
        });
        writer.repeated(section::PARTS, parts).unwrap();
        writer
            .section(
                section::HOLDS,
                &Holds {
                    run_ordinal: self.holds,
                },
            )
            .unwrap();
        writer.finish().to_vec()
    }
}

/// A hub's sign of life, as bytes.
pub(crate) fn hub_status(run: Run) -> Vec<u8> {
    let mut buf = [0; MAX_FRAME];
    let header = Header {
        kind: Kind::HubStatus,
        flags: Flags::default(),
        boot: BootId(1),
        session: SessionId(1),
        seq: 0,
        run: run.bits,
        uptime_ms: 0,
    };
    let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
    writer
        .section(
            section::HUB_RUN,
            &HubRun {
                ordinal: run.ordinal,
            },
        )
        .unwrap();
    writer.finish().to_vec()
}

pub(crate) fn reading(quantity: Quantity, part: u8, value: Value) -> Reading {
    Reading {
        quantity,
        part,
        value,
    }
}

pub(crate) fn celsius(degrees: f64) -> Reading {
    reading(
        Quantity::CPU_TEMPERATURE,
        0,
        Ok((degrees * 10.0).round() as i64),
    )
}

pub(crate) fn missing(quantity: Quantity, part: u8, why: Missing) -> Reading {
    reading(quantity, part, Err(why))
}

/// A hub, and what it wanted done so far.
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) moment: Moment,
    pub(crate) effects: Vec<Effect>,
    /// What the hub was given to start with.
    kept: Saved,
}

impl World {
    /// A hub that has nothing to restore, with its connection up.
    pub(crate) fn new() -> World {
        World::restored(Saved::default(), Config::default())
    }

    /// A hub that takes up what another one saved, with its connection up.
    pub(crate) fn restored(saved: Saved, config: Config) -> World {
        World::at(Moment(1_000_000), saved, config)
    }

    pub(crate) fn at(moment: Moment, saved: Saved, config: Config) -> World {
        let entropy = 42 + u64::from(saved.run_ordinal);
        let hub = Hub::new(config, entropy, now_at(moment));
        let mut world = World {
            hub,
            moment,
            effects: Vec::new(),
            kept: saved.clone(),
        };
        world.input(Input::Restore(saved));
        world.input(Input::Link(true));
        world
    }

    pub(crate) fn now(&self) -> Now {
        now_at(self.moment)
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.hub.handle(input, now_at(self.moment));
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(effect) = self.hub.next_effect() {
            self.effects.push(effect);
        }
    }

    /// Lets time pass; the hub is woken when it asked to be.
    pub(crate) fn wait(&mut self, ms: u64) {
        let until = self.moment + Millis(ms);
        while let Some(wake) = self.hub.next_wake().filter(|wake| *wake <= until) {
            self.moment = self.moment.max(wake);
            self.timeout();
            let again = self.hub.next_wake();
            assert!(
                again.is_none_or(|next| next > self.moment),
                "the hub does not rest"
            );
        }
        self.moment = until;
    }

    pub(crate) fn timeout(&mut self) {
        self.hub.handle_timeout(now_at(self.moment));
        self.drain();
    }

    pub(crate) fn frame(&mut self, topic: FrameTopic, bytes: &[u8], retained: bool) {
        let arrival = Arrival {
            topic,
            verified: false,
            retained,
            bytes,
        };
        self.input(Input::Frame(arrival));
    }

    /// The board hears the hub's run and says its facts.
    pub(crate) fn meet(&mut self, board: &mut Board) {
        board.run = self.hub.run().bits;
        board.holds = self.hub.run().ordinal;
        self.facts(board);
    }

    pub(crate) fn facts(&mut self, board: &mut Board) {
        let bytes = board.facts(self.moment);
        self.frame(FrameTopic::Facts(board.id), &bytes, false);
    }

    pub(crate) fn report(&mut self, board: &mut Board, readings: &[Reading]) {
        let bytes = board.report(self.moment, readings);
        self.frame(FrameTopic::Report(board.id), &bytes, false);
    }

    /// So many reports, each after one `every`.
    pub(crate) fn reports(&mut self, board: &mut Board, count: usize, readings: &[Reading]) {
        for _ in 0..count {
            self.wait(u64::from(board.every_ms));
            self.report(board, readings);
        }
    }

    pub(crate) fn status(&mut self, board: &Board, word: &str) {
        self.say(board, word, board.session, board.connection, false);
    }

    pub(crate) fn retained_status(&mut self, board: &Board, word: &str) {
        self.say(board, word, board.session, board.connection, true);
    }

    pub(crate) fn say(
        &mut self,
        board: &Board,
        word: &str,
        session: SessionId,
        connection: u32,
        retained: bool,
    ) {
        let text = format!("{word} {:04x}.{connection}", session.0);
        self.input(Input::Status {
            node: board.id,
            payload: text.as_bytes(),
            retained,
        });
    }

    pub(crate) fn presence(&self, board: &Board) -> Presence {
        self.hub.node(board.id).unwrap().presence()
    }

    /// Detector, subject and severity of the open incidents.
    pub(crate) fn open(&self) -> Vec<(&'static str, &str, Severity)> {
        let open = self.hub.incidents().filter(|incident| incident.is_open());
        open.map(|i| (i.detector.name(), i.subject.as_str(), i.severity))
            .collect()
    }

    pub(crate) fn open_detectors(&self) -> Vec<&'static str> {
        self.open()
            .iter()
            .map(|(detector, _, _)| *detector)
            .collect()
    }

    pub(crate) fn open_id(&self) -> String {
        let mut open = self.hub.incidents().filter(|incident| incident.is_open());
        let id = open.next().unwrap().id.clone();
        assert!(
            open.next().is_none(),
            "more than one is open: {:?}",
            self.open()
        );
        id
    }

    /// What a store would have kept by now.
    pub(crate) fn saved(&self) -> Saved {
        let mut saved = self.kept.clone();
        for effect in &self.effects {
            match effect {
                Effect::Save(Save::Run(run)) => saved.run_ordinal = run.ordinal,
                Effect::Save(Save::Node(node)) => {
                    saved.nodes.retain(|known| known.id != node.id);
                    saved.nodes.push(node.clone());
                }
                Effect::Save(Save::Incident(incident)) => {
                    saved.incidents.retain(|known| known.id != incident.id);
                    saved.incidents.push(incident.clone());
                }
                Effect::Save(Save::Said(id)) => saved.notices.retain(|n| n.id != *id),
                Effect::Say(notice) => {
                    saved.notices.retain(|n| n.id != notice.id);
                    saved.notices.push(notice.clone());
                }
                Effect::Show(_) => {}
            }
        }
        saved
    }

    /// The hub starts anew after so long, with what its store kept.
    pub(crate) fn restart_hub(&self, after_ms: u64) -> World {
        World::at(
            self.moment + Millis(after_ms),
            self.saved(),
            Config::default(),
        )
    }

    pub(crate) fn notices(&self) -> Vec<Notice> {
        let say = |effect: &Effect| match effect {
            Effect::Say(notice) => Some(notice.clone()),
            Effect::Save(_) | Effect::Show(_) => None,
        };
        self.effects.iter().filter_map(say).collect()
    }

    pub(crate) fn saves_of_incidents(&self) -> usize {
        let is_save = |effect: &&Effect| matches!(effect, Effect::Save(Save::Incident(_)));
        self.effects.iter().filter(is_save).count()
    }
}

pub(crate) fn now_at(moment: Moment) -> Now {
    let unix_ms = WALL_MS + moment.0 as i64;
    Now {
        moment,
        wall: Wall {
            unix_ms,
            synchronised: true,
        },
    }
}
