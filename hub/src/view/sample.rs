//! A fleet for tests: a real hub core that hears frames as nodes send them.

mod pi_5;

use picket_hub_core::seam::{Arrival, Effect, FrameTopic, Input, Saved, Wish};
use picket_hub_core::time::{Millis, Moment, Now, Wall};
use picket_hub_core::{Config, Hub, Incident};
use picket_wire::section::{FACTS, FINDINGS, PARTS};
use picket_wire::{
    BootId, Facts, Finding, FindingKind, FindingState, Flags, FrameWriter, GroundTruth, Header,
    Kind, NodeId, Part, PartKind, Quantity, Reading, SessionId, Value,
};

use crate::handle::Known;
use crate::health::{Health, StoreHealth};
use crate::history::History;

/// 2026-11-21T06:58:53Z, the wall time at which samples begin.
pub(crate) const BEGIN_UNIX_MS: i64 = 1_795_244_333_000;
/// The hub's moment at that time.
pub(crate) const BEGIN: Moment = Moment(1_000_000);

/// A hub, the time, and what its nodes say next.
pub(crate) struct Fleet {
    pub(crate) hub: Hub,
    pub(crate) history: History,
    pub(crate) health: Health,
    pub(crate) now: Now,
    /// The session that every node is in.
    pub(crate) session: SessionId,
    next_seq: u32,
}

impl Fleet {
    /// A hub that has just started and is well.
    pub(crate) fn new() -> Fleet {
        Fleet::restored(Vec::new())
    }

    /// A hub that has just started and remembers incidents.
    pub(crate) fn restored(incidents: Vec<Incident>) -> Fleet {
        let wall = Wall {
            unix_ms: BEGIN_UNIX_MS,
            synchronised: true,
        };
        let now = Now {
            moment: BEGIN,
            wall,
        };
        let config = Config {
            max_nodes: 1000,
            ..Config::default()
        };
        let mut health = Health::starting("home");
        health.broker.broker = Some("mqtt://127.0.0.1:1883".into());
        health.broker.set(true);
        health.store = StoreHealth::Good {
            path: "/var/lib/picket/hub.db".into(),
        };
        let mut fleet = Fleet {
            hub: Hub::new(config, 7, now),
            history: History::new(),
            health,
            now,
            session: SessionId(1),
            next_seq: 0,
        };
        fleet.input(Input::Restore(Saved {
            incidents,
            ..Saved::default()
        }));
        fleet
    }

    pub(crate) fn known(&self) -> Known<'_> {
        Known {
            hub: &self.hub,
            history: &self.history,
            now: self.now,
            health: &self.health,
        }
    }

    pub(crate) fn input(&mut self, input: Input<'_>) -> Vec<Effect> {
        self.hub.handle(input, self.now);
        std::iter::from_fn(|| self.hub.next_effect()).collect()
    }

    /// The owner wishes, and the hub grants it.
    pub(crate) fn ask(&mut self, wish: Wish) -> Vec<Effect> {
        self.hub.ask(wish, self.now).unwrap();
        std::iter::from_fn(|| self.hub.next_effect()).collect()
    }

    /// Lets time pass; what is due happens.
    pub(crate) fn pass(&mut self, length: Millis) {
        let end = self.now.moment + length;
        while let Some(wake) = self.hub.next_wake().filter(|wake| *wake <= end) {
            self.set_moment(wake.max(self.now.moment + Millis(1)));
            self.hub.handle_timeout(self.now);
            while self.hub.next_effect().is_some() {}
        }
        self.set_moment(end);
    }

    fn set_moment(&mut self, moment: Moment) {
        self.now = Now {
            wall: self.now.wall_at(moment),
            moment,
        };
    }

    /// A node says what it is and which parts it has.
    pub(crate) fn facts(&mut self, id: &str, facts: Facts<'_>, parts: &[Part<'_>]) {
        self.say(id, Kind::Facts, |writer| {
            writer.section(FACTS, &facts).unwrap();
            writer.repeated(PARTS, parts).unwrap();
        });
    }

    /// A node reports; its uptime is the hub's own moment.
    pub(crate) fn report(&mut self, id: &str, readings: &[(Quantity, u8, Value)]) {
        self.say(id, Kind::Report, |writer| {
            writer.readings(rows(readings)).unwrap();
        });
    }

    /// A node reports, and says which files are not what they were.
    pub(crate) fn findings(
        &mut self,
        id: &str,
        readings: &[(Quantity, u8, Value)],
        findings: &[Finding<'_>],
    ) {
        self.say(id, Kind::Report, |writer| {
            writer.readings(rows(readings)).unwrap();
            writer.repeated(FINDINGS, findings).unwrap();
        });
    }

    /// A node reports this and nothing else for so long, each ten seconds.
    pub(crate) fn reports_for(
        &mut self,
        id: &str,
        length: Millis,
        readings: &[(Quantity, u8, Value)],
    ) {
        for _ in 0..length.0 / u64::from(PI_FACTS.every_ms) {
            self.pass(Millis(u64::from(PI_FACTS.every_ms)));
            self.report(id, readings);
        }
    }

    fn say(&mut self, id: &str, kind: Kind, fill: impl FnOnce(&mut FrameWriter<'_>)) {
        let node = NodeId::parse(id).unwrap();
        let header = Header {
            kind,
            flags: Flags::default(),
            boot: BootId(1),
            session: self.session,
            seq: self.next_seq,
            run: self.hub.run().bits,
            uptime_ms: self.now.moment.0,
        };
        self.next_seq += 1;
        let mut buf = [0; picket_wire::MAX_FRAME];
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        fill(&mut writer);
        let topic = match kind {
            Kind::Facts => FrameTopic::Facts(node),
            _ => FrameTopic::Report(node),
        };
        let bytes = writer.finish();
        let verified = self.hub.node(node).is_some_and(|node| node.joined());
        self.input(Input::Frame(Arrival {
            topic,
            verified,
            retained: false,
            bytes,
        }));
        let taken = self.hub.counters().frames_taken;
        assert_eq!(
            taken,
            u64::from(self.next_seq),
            "every frame of a sample is taken"
        );
    }

    /// A Pi with a card, two filesystems and a sensor that is not fitted, alive.
    pub(crate) fn add_pi(&mut self, id: &str) {
        self.facts(id, PI_FACTS, &PI_PARTS);
        self.report(id, &PI_READINGS);
    }
}

fn rows(readings: &[(Quantity, u8, Value)]) -> impl Iterator<Item = Reading> {
    readings.iter().map(|&(quantity, part, value)| Reading {
        quantity,
        part,
        value,
    })
}

/// What such a Pi says of itself.
pub(crate) const PI_FACTS: Facts<'static> = Facts {
    agent: "picket-agent 0.1.0",
    model: "Raspberry Pi 4 Model B Rev 1.5",
    os: "Debian GNU/Linux 12 (bookworm)",
    kernel: "6.12.34+rpt-rpi-v8",
    arch: "aarch64",
    every_ms: 10_000,
};

/// Its parts.
pub(crate) const PI_PARTS: [Part<'static>; 3] = [
    Part {
        number: 1,
        kind: PartKind::Disk.code(),
        id: "cid/03534453443332478061",
        name: "mmcblk0",
    },
    Part {
        number: 2,
        kind: PartKind::Filesystem.code(),
        id: "uuid/9c1f-22aa",
        name: "/boot/firmware",
    },
    Part {
        number: 3,
        kind: PartKind::Filesystem.code(),
        id: "uuid/7d3e-01bb",
        name: "/",
    },
];

/// A file of its card that rots.
pub(crate) const PI_ROT: Finding<'static> = Finding {
    part: 1,
    kind: FindingKind::Stable.code(),
    state: FindingState::Open.code(),
    truth: GroundTruth::Package.code(),
    flags: Finding::CACHED_COPY_IS_GOOD,
    found_unix_s: (BEGIN_UNIX_MS / 1000) as u64,
    block: 3,
    blocks: 2,
    sector: 1_234_560,
    path_hash: [7; 32],
    path: "/usr/lib/aarch64-linux-gnu/libc.so.6",
    package: "libc6:arm64",
};

/// A report of it.
pub(crate) const PI_READINGS: [(Quantity, u8, Value); 14] = [
    (Quantity::CPU_TEMPERATURE, 0, Ok(482)),
    (Quantity::LOAD_1MIN, 0, Ok(42)),
    (Quantity::MEMORY_TOTAL, 0, Ok(7_969_177)),
    (Quantity::MEMORY_AVAILABLE, 0, Ok(6_291_456)),
    (
        Quantity::SWAP_TOTAL,
        0,
        Err(picket_wire::Missing::NotFitted),
    ),
    (Quantity::UPTIME, 0, Ok(273_840)),
    (Quantity::DISK_WRITTEN, 1, Ok(1_536_000)),
    (Quantity::FILESYSTEM_SIZE, 2, Ok(524_288)),
    (Quantity::FILESYSTEM_SIZE, 3, Ok(31_457_280)),
    (Quantity::FILESYSTEM_AVAILABLE, 2, Ok(443_392)),
    (Quantity::FILESYSTEM_AVAILABLE, 3, Ok(7_864_320)),
    (Quantity::FILESYSTEM_READ_ONLY, 3, Ok(0)),
    (
        Quantity::FILESYSTEM_ERRORS,
        2,
        Err(picket_wire::Missing::NotSupported),
    ),
    (
        Quantity::FILESYSTEM_ERRORS,
        3,
        Err(picket_wire::Missing::TimedOut),
    ),
];
