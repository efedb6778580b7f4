//! One segment of one file, as the manifest knows it.

use crate::device::file::Stat;
use picket_wire::{FindingKind, FindingState, GroundTruth};

/// Bytes of a segment: a file of more has several records, so that memory is bounded, and a pass
/// that is interrupted goes on within a large file.
pub const SEGMENT: u64 = 16 * 1024 * 1024;
/// Bytes of a block, each with a CRC-32C of its own.
pub const BLOCK: u64 = picket_wire::section::BLOCK;
/// Most blocks of a segment.
pub const MAX_BLOCKS: usize = 4096;
const _: () = assert!(SEGMENT / BLOCK == MAX_BLOCKS as u64);

/// What tells whether somebody wrote a file: no program can set the time of change. Of a file that
/// nobody could even look at all of it is 0, its inode too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Number of the inode.
    pub inode: u64,
    /// Size in bytes.
    pub size: u64,
    /// Time of modification, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Time of change, in nanoseconds since 1970.
    pub ctime_ns: i64,
}

impl From<&Stat> for Stamp {
    fn from(stat: &Stat) -> Stamp {
        Stamp {
            inode: stat.inode,
            size: stat.size,
            mtime_ns: stat.mtime_ns,
            ctime_ns: stat.ctime_ns,
        }
    }
}

/// How much what was read counts, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// The file was just being written: nothing is compared with this.
    Unsettled,
    /// One scrub read it so: it may have been a misread.
    Candidate,
    /// Two scrubs read it so, or one and the sum of its package.
    Truth,
}

/// What is against a segment. It stays over restarts, so that it is found once only; and one that is
/// over stays until the next pass comes by, so that its end is told though nobody listened just then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How it reads.
    pub kind: FindingKind,
    /// Whether it is over, and how.
    pub state: FindingState,
    /// What it was compared with.
    pub truth: GroundTruth,
    /// When it was found, in seconds since 1970.
    pub found_unix_s: u64,
    /// The first block that differs, counted in the segment from 0.
    pub block: u32,
    /// How many differ.
    pub blocks: u32,
    /// The sector of that block on the device; 0 if not known.
    pub sector: u64,
    /// Whether the kernel still had the content in memory that was written.
    pub cached_copy_is_good: bool,
    /// Whether the file's times could not be relied on when it was found: once so, always so.
    pub times_are_weak: bool,
}

impl Fault {
    /// Whether it is not over.
    pub fn is_open(&self) -> bool {
        self.state == FindingState::Open
    }
}

/// One segment of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The path below the root of the manifest, without a leading slash; any bytes.
    pub path: Vec<u8>,
    /// Which [`SEGMENT`] of the file.
    pub segment: u32,
    /// The file when it was read.
    pub stamp: Stamp,
    /// How much the digest counts.
    pub trust: Trust,
    /// Whether the sum of the file's package agreed with what is recorded here.
    pub attested: bool,
    /// BLAKE3 of the segment's bytes.
    pub digest: [u8; 32],
    /// CRC-32C of each of its blocks; empty for a segment that is one hole.
    pub blocks: Vec<u32>,
    /// What is against it.
    pub fault: Option<Fault>,
}

impl Record {
    /// A segment of which no byte is known.
    pub fn unsettled(path: Vec<u8>, segment: u32, stamp: Stamp) -> Record {
        Record {
            path,
            segment,
            stamp,
            trust: Trust::Unsettled,
            attested: false,
            digest: [0; 32],
            blocks: Vec::new(),
            fault: None,
        }
    }

    /// What is open against it.
    pub fn open(&self) -> Option<&Fault> {
        self.fault.as_ref().filter(|fault| fault.is_open())
    }
}
