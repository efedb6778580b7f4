//! A file that reads otherwise than it was written.

use super::MAX_TEXT;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Longest path of a finding, in bytes: of a longer one the last so many.
pub const MAX_PATH: usize = 1024;
/// Bytes of a block by which a fault is located.
pub const BLOCK: u64 = 4096;

/// How a file reads. A code of a newer node stays a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// Three reads agree, and are not what was written: the medium.
    Stable,
    /// Reads differ from each other: bus, host or memory.
    Flapping,
    /// A second read was right.
    Transient,
    /// The medium gives an error instead of content.
    Unreadable,
    /// The filesystem's own checksum says that it is not what was written.
    Checksum,
    /// A kind of a newer node, by its code.
    Unknown(u8),
}

impl FindingKind {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            FindingKind::Stable => 1,
            FindingKind::Flapping => 2,
            FindingKind::Transient => 3,
            FindingKind::Unreadable => 4,
            FindingKind::Checksum => 5,
            FindingKind::Unknown(code) => code,
        }
    }

    /// The kind of a code.
    pub const fn from_code(code: u8) -> FindingKind {
        match code {
            1 => FindingKind::Stable,
            2 => FindingKind::Flapping,
            3 => FindingKind::Transient,
            4 => FindingKind::Unreadable,
            5 => FindingKind::Checksum,
            other => FindingKind::Unknown(other),
        }
    }

    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            FindingKind::Stable => "stable",
            FindingKind::Flapping => "flapping",
            FindingKind::Transient => "transient",
            FindingKind::Unreadable => "unreadable",
            FindingKind::Checksum => "checksum",
            FindingKind::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whether a finding is over, and how. A code of a newer node stays a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingState {
    /// It is so.
    Open,
    /// The file reads as it was written again.
    GoodAgain,
    /// Somebody wrote the file anew: what was found is past.
    Rewritten,
    /// The file is no longer there.
    Deleted,
    /// A state of a newer node, by its code.
    Unknown(u8),
}

impl FindingState {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            FindingState::Open => 0,
            FindingState::GoodAgain => 1,
            FindingState::Rewritten => 2,
            FindingState::Deleted => 3,
            FindingState::Unknown(code) => code,
        }
    }

    /// The state of a code.
    pub const fn from_code(code: u8) -> FindingState {
        match code {
            0 => FindingState::Open,
            1 => FindingState::GoodAgain,
            2 => FindingState::Rewritten,
            3 => FindingState::Deleted,
            other => FindingState::Unknown(other),
        }
    }

    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            FindingState::Open => "open",
            FindingState::GoodAgain => "good_again",
            FindingState::Rewritten => "rewritten",
            FindingState::Deleted => "deleted",
            FindingState::Unknown(_) => "unknown",
        }
    }
}

/// What a file was compared with. A code of a newer node stays a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroundTruth {
    /// With nothing: it cannot be read.
    None,
    /// With what two scrubs read before.
    Manifest,
    /// With the sums of the package that it came in.
    Package,
    /// The sums of a package do not fit each other: their own list is at fault.
    PackageList,
    /// Something of a newer node, by its code.
    Unknown(u8),
}

impl GroundTruth {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            GroundTruth::None => 0,
            GroundTruth::Manifest => 1,
            GroundTruth::Package => 2,
            GroundTruth::PackageList => 3,
            GroundTruth::Unknown(code) => code,
        }
    }

    /// The ground truth of a code.
    pub const fn from_code(code: u8) -> GroundTruth {
        match code {
            0 => GroundTruth::None,
            1 => GroundTruth::Manifest,
            2 => GroundTruth::Package,
            3 => GroundTruth::PackageList,
            other => GroundTruth::Unknown(other),
        }
    }

    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            GroundTruth::None => "none",
            GroundTruth::Manifest => "manifest",
            GroundTruth::Package => "package",
            GroundTruth::PackageList => "package_list",
            GroundTruth::Unknown(_) => "unknown",
        }
    }
}

/// A file that reads otherwise than it was written. A node says all that are open, as many as it
/// keeps, and lately ended ones, whenever one changes and to each new run of the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding<'a> {
    /// Number of the part that the file lies on: its disk, or its filesystem where no disk is known.
    pub part: u8,
    /// Code of a [`FindingKind`].
    pub kind: u8,
    /// Code of a [`FindingState`].
    pub state: u8,
    /// Code of a [`GroundTruth`].
    pub truth: u8,
    /// The sum of the bits of [`Finding::CACHED_COPY_IS_GOOD`] and [`Finding::TIMES_ARE_WEAK`].
    pub flags: u8,
    /// When it was found, in seconds since 1970 by the node's clock; 0 if that is not known.
    pub found_unix_s: u64,
    /// The first block of [`BLOCK`] bytes that differs, counted in the file from 0.
    pub block: u64,
    /// How many blocks differ; 0 where that is not known.
    pub blocks: u32,
    /// Where that first block lies on the filesystem's device, in sectors of 512 bytes; 0 where
    /// that is not known.
    pub sector: u64,
    /// BLAKE3 of the whole path, whatever its bytes are: which file it is.
    pub path_hash: [u8; 32],
    /// The path for people, without control characters; of a long one the last [`MAX_PATH`] bytes.
    pub path: &'a str,
    /// The package that the file came in; empty if none is known.
    pub package: &'a str,
}

impl Finding<'_> {
    /// The kernel still has the content that was written in memory: it is lost at the next boot.
    pub const CACHED_COPY_IS_GOOD: u8 = 1;
    /// Its times do not show every change, so that somebody may have written it: the filesystem keeps
    /// none that do, or the file came to it with the copy of a whole system.
    pub const TIMES_ARE_WEAK: u8 = 2;

    /// How the file reads.
    pub fn finding_kind(&self) -> FindingKind {
        FindingKind::from_code(self.kind)
    }

    /// Whether it is over, and how.
    pub fn finding_state(&self) -> FindingState {
        FindingState::from_code(self.state)
    }

    /// What it was compared with.
    pub fn ground_truth(&self) -> GroundTruth {
        GroundTruth::from_code(self.truth)
    }

    /// Whether every text is within its bound.
    pub(super) fn fits(&self) -> bool {
        self.path.len() <= MAX_PATH && self.package.len() <= MAX_TEXT
    }
}
