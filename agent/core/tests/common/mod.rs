//! A node of the tests, and what a hub says to it.
#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use picket_node::{Config, Node};
use picket_wire::{
    BootId, Flags, FrameWriter, Header, HubRun, Kind, NodeId, RunBits, SessionId, Witness, section,
};

pub(crate) type Small = Node<[u8; 8192]>;

/// `pi-01`, which has not joined.
pub(crate) fn node() -> Small {
    let config = Config {
        id: NodeId::parse("pi-01").unwrap(),
        boot: BootId(0xB007),
        session: SessionId(0x1a2b),
        every_ms: 10_000,
    };
    Node::new(config, [0; 8192], 0)
}

/// The status of a hub, unsigned.
pub(crate) fn hub_status(ordinal: u32, bits: u32) -> Vec<u8> {
    hub_status_with(ordinal, bits, &[])
}

/// The same with what the hub knows of its disks.
pub(crate) fn hub_status_with(ordinal: u32, bits: u32, witnesses: &[Witness]) -> Vec<u8> {
    let header = Header {
        kind: Kind::HubStatus,
        flags: Flags::default(),
        boot: BootId(1),
        session: SessionId(1),
        seq: 0,
        run: RunBits(bits),
        uptime_ms: 0,
    };
    let mut buf = [0; 512];
    let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
    writer
        .section(section::HUB_RUN, &HubRun { ordinal })
        .unwrap();
    writer.repeated(section::WITNESSES, witnesses).unwrap();
    writer.finish().to_vec()
}
