//! What a node says of itself, its board, its disks and who writes to them, as text that is kept.

use picket_wire::{Board, Facts, Medium, MediumKind, Returns, Writer};

/// Most disks whose own words are kept of one node.
pub const MAX_MEDIA: usize = 32;
/// Most writers that are kept of one node.
pub const MAX_WRITERS: usize = 8;

/// The facts of a node, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFacts {
    /// Name and version of the agent.
    pub agent: String,
    /// The machine; empty if it does not say.
    pub model: String,
    /// The operating system.
    pub os: String,
    /// The kernel's release.
    pub kernel: String,
    /// The processor architecture.
    pub arch: String,
    /// A report is due every so many milliseconds, as the node says it.
    pub every_ms: u32,
}

impl From<&Facts<'_>> for KnownFacts {
    fn from(facts: &Facts<'_>) -> KnownFacts {
        KnownFacts {
            agent: facts.agent.to_owned(),
            model: facts.model.to_owned(),
            os: facts.os.to_owned(),
            kernel: facts.kernel.to_owned(),
            arch: facts.arch.to_owned(),
            every_ms: facts.every_ms,
        }
    }
}

/// What the board, its boot loader and the last boot say of themselves; 0 or empty if unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownBoard {
    /// The board's revision code.
    pub revision: u32,
    /// Its serial number.
    pub serial: String,
    /// Version of the boot loader.
    pub boot_loader: String,
    /// When the boot loader was built, in seconds since 1970.
    pub boot_loader_built_s: u32,
    /// Why the machine was reset, in words.
    pub reset_reason: String,
    /// What that was read from.
    pub reset_source: String,
    /// Whether the node comes back by itself when power returns after a halt.
    pub returns: Returns,
    /// What that rests on.
    pub returns_because: String,
}

impl From<&Board<'_>> for KnownBoard {
    fn from(board: &Board<'_>) -> KnownBoard {
        KnownBoard {
            revision: board.revision,
            serial: board.serial.to_owned(),
            boot_loader: board.boot_loader.to_owned(),
            boot_loader_built_s: board.boot_loader_built_s,
            reset_reason: board.reset_reason.to_owned(),
            reset_source: board.reset_source.to_owned(),
            returns: Returns::from_code(board.returns),
            returns_because: board.returns_because.to_owned(),
        }
    }
}

/// What a disk says of itself; 0 or empty if unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMedium {
    /// Number of the disk's part in the present session.
    pub part: u8,
    /// What kind of medium it is.
    pub kind: MediumKind,
    /// Number of the maker.
    pub maker: u32,
    /// Whom it was made for.
    pub oem: u16,
    /// The name of the product.
    pub product: String,
    /// The serial number.
    pub serial: String,
    /// Revision of hardware and firmware.
    pub revision: String,
    /// Year and month in which it was made.
    pub made: (u16, u8),
    /// Its size.
    pub size_kib: u64,
}

impl From<&Medium<'_>> for KnownMedium {
    fn from(medium: &Medium<'_>) -> KnownMedium {
        KnownMedium {
            part: medium.part,
            kind: medium.medium_kind(),
            maker: medium.maker,
            oem: medium.oem,
            product: medium.product.to_owned(),
            serial: medium.serial.to_owned(),
            revision: medium.revision.to_owned(),
            made: (medium.made_year, medium.made_month),
            size_kib: medium.size_kib,
        }
    }
}

/// One of the programs that wrote most to a disk, in the window that ended with the last report
/// that named any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownWriter {
    /// Number of the disk's part in the present session; 0 if it is not known which disk.
    pub part: u8,
    /// A systemd unit, a container or a program.
    pub name: String,
    /// What it wrote in the window.
    pub written_kib: u64,
    /// Length of the window, in seconds; never 0.
    pub over_s: u32,
}

impl From<&Writer<'_>> for KnownWriter {
    fn from(writer: &Writer<'_>) -> KnownWriter {
        KnownWriter {
            part: writer.part,
            name: writer.name.to_owned(),
            written_kib: writer.written_kib,
            over_s: writer.over_s,
        }
    }
}
