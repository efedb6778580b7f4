//! A node that is only a made-up id: valid frames without an agent behind them.

use picket_wire::header::Flags;
use picket_wire::section;
use picket_wire::{BootId, Facts, Frame, FrameWriter, Header, Kind, Part, PartKind, Quantity};
use picket_wire::{Reading, RunBits, SessionId};

/// What a made-up node would put into its frames.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FakeNode {
    pub(crate) boot: BootId,
    pub(crate) session: SessionId,
    pub(crate) run: RunBits,
    pub(crate) every_ms: u32,
}

impl FakeNode {
    /// A node that has heard the hub whose `hub/status` this is.
    #[track_caller]
    pub(crate) fn following(hub_status: &[u8]) -> FakeNode {
        let run = Frame::decode(hub_status)
            .expect("a frame on hub/status")
            .header
            .run;
        FakeNode {
            boot: BootId(0x0b00_7001),
            session: SessionId(0x5e55),
            run,
            every_ms: 10_000,
        }
    }

    /// A report of a load and an uptime.
    pub(crate) fn report(&self, seq: u32, uptime_ms: u64) -> Vec<u8> {
        let load = Reading {
            quantity: Quantity::LOAD_1MIN,
            part: 0,
            value: Ok(42),
        };
        let uptime = (uptime_ms / 1_000).cast_signed();
        let uptime = Reading {
            quantity: Quantity::UPTIME,
            part: 0,
            value: Ok(uptime),
        };
        self.frame(Kind::Report, seq, uptime_ms, |writer| {
            writer.readings([load, uptime]).unwrap();
        })
    }

    /// Facts with as many parts as asked for.
    pub(crate) fn facts(&self, seq: u32, uptime_ms: u64, parts: u8) -> Vec<u8> {
        let facts = Facts {
            agent: "made-up 0.0.0",
            model: "no machine at all",
            os: "none",
            kernel: "none",
            arch: "none",
            every_ms: self.every_ms,
        };
        let part = |number| Part {
            number,
            kind: PartKind::Disk.code(),
            id: "serial/0123456789",
            name: "made-up",
        };
        self.frame(Kind::Facts, seq, uptime_ms, |writer| {
            writer.section(section::FACTS, &facts).unwrap();
            writer
                .repeated(section::PARTS, (1..=parts).map(part))
                .unwrap();
        })
    }

    /// A frame of any kind without a section.
    pub(crate) fn empty(&self, kind: Kind, seq: u32) -> Vec<u8> {
        self.frame(kind, seq, 1_000, |_| {})
    }

    fn frame(
        &self,
        kind: Kind,
        seq: u32,
        uptime_ms: u64,
        fill: impl FnOnce(&mut FrameWriter<'_>),
    ) -> Vec<u8> {
        let FakeNode {
            boot, session, run, ..
        } = *self;
        let flags = Flags::default();
        let header = Header {
            kind,
            flags,
            boot,
            session,
            seq,
            run,
            uptime_ms,
        };
        let mut buf = [0; picket_wire::MAX_FRAME];
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        fill(&mut writer);
        writer.finish().to_vec()
    }
}
