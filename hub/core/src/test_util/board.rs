//! A board as the wire shows it, and what it and the hub send, as bytes.

use crate::*;
use picket_wire::section;
use picket_wire::{
    BootId, Facts, Finding, Flags, FrameWriter, Header, Holds, HubRun, Kind, Loss, MAX_FRAME,
    Machine, Missing, NodeId, Package, Part, PartKind, Quantity, Reading, RunBits, SessionId,
    Value, Witness,
};

pub(crate) const EVERY_MS: u64 = 10_000;

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
    /// Names of parts; others are called by their id.
    pub(crate) names: Vec<(u8, &'static str)>,
    /// Why its board says that it was reset; empty if it does not say.
    pub(crate) reset_reason: &'static str,
    /// Hash of the id of its installation; 0 if it does not say.
    pub(crate) machine: u64,
    /// What it remembers of the disks of the hub's machine.
    pub(crate) witnesses: Vec<Witness>,
    /// Whether the shell finds what it signs right.
    pub(crate) signs: bool,
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
            names: Vec::new(),
            reset_reason: "",
            machine: 0,
            witnesses: Vec::new(),
            signs: false,
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

    fn name_of(&self, number: u8) -> Option<&'static str> {
        let mut names = self.names.iter();
        names
            .find(|(part, _)| *part == number)
            .map(|(_, name)| *name)
    }

    pub(crate) fn header(&self, kind: Kind, seq: u32, backlog: bool, sampled: Moment) -> Header {
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

    /// The next report, with what a scrub tells besides, as bytes.
    pub(crate) fn scrub_report(
        &mut self,
        sampled: Moment,
        backlog: bool,
        readings: &[Reading],
        findings: &[Finding<'_>],
        packages: &[Package<'_>],
    ) -> Vec<u8> {
        let mut buf = [0; MAX_FRAME];
        let header = self.header(Kind::Report, self.seq, backlog, sampled);
        self.seq = self.seq.saturating_add(1);
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        writer.readings(readings.iter().copied()).unwrap();
        writer.repeated(section::FINDINGS, findings).unwrap();
        writer.repeated(section::PACKAGES, packages).unwrap();
        writer.finish().to_vec()
    }

    /// The next report, as bytes.
    pub(crate) fn report(&mut self, now: Moment, readings: &[Reading]) -> Vec<u8> {
        let seq = self.seq;
        self.seq += 1;
        self.report_of(seq, now, false, readings, &[])
    }

    /// The next power frame, as bytes.
    pub(crate) fn power(&self, seq: u32, now: Moment) -> Vec<u8> {
        let mut buf = [0; MAX_FRAME];
        let header = self.header(Kind::Power, seq, false, now);
        FrameWriter::new(&mut buf, &header)
            .unwrap()
            .finish()
            .to_vec()
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
            name: self.name_of(number).unwrap_or(id),
        });
        writer.repeated(section::PARTS, parts).unwrap();
        if self.machine != 0 {
            let machine = Machine { id: self.machine };
            writer.section(section::MACHINE, &machine).unwrap();
        }
        writer
            .repeated(section::WITNESSES, &self.witnesses)
            .unwrap();
        if !self.reset_reason.is_empty() {
            let board = picket_wire::Board {
                reset_reason: self.reset_reason,
                reset_source: "power_reset 0x2",
                ..Default::default()
            };
            writer.section(section::BOARD, &board).unwrap();
        }
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
