//! What nodes and other hubs send, as bytes, signed by whom a test likes.

use super::*;
use picket_wire::section::{FACTS, HOLDS, HUB_RUN, Holds, HubRun};
use picket_wire::sign::{self, SigningKey, Whose};
use picket_wire::{BootId, Facts, Flags, FrameWriter, Header, Kind, RunBits, SessionId, SiteId};

pub(super) fn site() -> SiteId {
    SiteId::parse("home").unwrap()
}

pub(super) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(super) fn node(id: &str) -> NodeId {
    NodeId::parse(id).unwrap()
}

pub(super) fn frame(kind: Kind, seq: u32) -> Vec<u8> {
    let header = Header {
        kind,
        flags: Flags::default(),
        boot: BootId(7),
        session: SessionId(9),
        seq,
        run: RunBits::NONE,
        uptime_ms: 1000,
    };
    let mut buffer = [0; 64];
    FrameWriter::new(&mut buffer, &header)
        .unwrap()
        .finish()
        .to_vec()
}

/// A frame of `pi-01`, live in this run, signed by the key of a seed.
pub(super) fn signed(run: RunBits, kind: Kind, seq: u32, seed: u8, whose: Whose) -> Vec<u8> {
    let header = Header {
        kind,
        flags: Flags {
            signed: true,
            backlog: false,
        },
        boot: BootId(7),
        session: SessionId(9),
        seq,
        run,
        uptime_ms: 1000,
    };
    let mut buffer = [0; 256];
    let mut writer = FrameWriter::new(&mut buffer, &header).unwrap();
    match kind {
        Kind::HubStatus => writer.section(HUB_RUN, &HubRun { ordinal: 70 }).unwrap(),
        _ => {
            let facts = Facts {
                agent: "picket-agent",
                model: "a board",
                os: "",
                kernel: "",
                arch: "",
                every_ms: 86_400_000,
            };
            writer.section(FACTS, &facts).unwrap();
            writer.section(HOLDS, &Holds { run_ordinal: 0 }).unwrap();
        }
    }
    sign::sign(writer, &key(seed), &site(), whose)
        .unwrap()
        .to_vec()
}
