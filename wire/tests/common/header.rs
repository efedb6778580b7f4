//! A header for frames in which something else is looked at.

use picket_wire::{BootId, Flags, Header, Kind, RunBits, SessionId};

pub(crate) const HEADER: Header = Header {
    kind: Kind::Report,
    flags: Flags {
        signed: false,
        backlog: false,
    },
    boot: BootId(1),
    session: SessionId(2),
    seq: 3,
    run: RunBits(4),
    uptime_ms: 5,
};
