//! How the scrub stands: what the process tells the agent of it, again and again.

use super::finding::Finding;
use super::pass::Progress;
use crate::parts::Named;
use picket_wire::Value;
use std::sync::Arc;

/// Most installed packages of which something is known and told: a desktop has some 3,000.
pub const MAX_PACKAGES: usize = 8_192;

/// Everything that is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The pass under way, or the last one.
    pub pass: Pass,
    /// Each disk that files are read back from, or filesystem where no disk is known.
    pub places: Vec<Place>,
    /// The canary and the disk that it lies on, of which no file may be read back; none before the
    /// first look, and where none is kept.
    pub canary: Option<(Named, Canary)>,
    /// What the files of each installed package read as, of the last whole pass; at
    /// most [`MAX_PACKAGES`].
    /// They are many and told several times a minute, so that nobody copies them.
    pub packages: Arc<[PackageContent]>,
}

/// The pass under way, or the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Whether one is under way.
    pub running: bool,
    /// Files that it has read back.
    pub files: u64,
    /// Bytes that it has read back.
    pub bytes: u64,
    /// Bytes that there are to read back, as the filesystems say; an estimate. 0 if nobody
    /// can say.
    pub bytes_expected: u64,
    /// How long it will go on, in seconds; none if nobody can say.
    pub remaining_s: Option<u64>,
    /// Files that nobody looked at, by why.
    pub unread: Unread,
    /// Seconds since the last whole pass ended; none before the first.
    pub age_s: Option<u64>,
    /// How often a whole pass is meant to be made, in seconds.
    pub period_s: u64,
}

impl Pass {
    /// The same pass with what was looked at besides.
    pub fn and(self, besides: &Progress) -> Pass {
        let unread = &besides.unread;
        Pass {
            files: self.files + besides.files,
            bytes: self.bytes + besides.bytes,
            unread: Unread {
                denied: self.unread.denied + unread.denied,
                cached: self.unread.cached + unread.cached,
                changing: self.unread.changing + unread.changing,
                other: self.unread.other + unread.other,
            },
            ..self
        }
    }
}

/// Files that nobody looked at. What is excluded on purpose is not among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// They may not be read.
    pub denied: u64,
    /// They could not be read past the cache.
    pub cached: u64,
    /// They changed while they were read, or a moment before.
    pub changing: u64,
    /// Everything else, such as a path that is too long.
    pub other: u64,
}

/// A disk, or a filesystem where no disk is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What readings of it are about.
    pub part: Named,
    /// Files that read wrong, each time the same; or why nobody knows.
    pub corrupt: Value,
    /// Files that read otherwise each time.
    pub flapping: Value,
    /// Files of which the medium or the filesystem gives an error.
    pub unreadable: Value,
    /// How often a file read wrong once and then right.
    pub transient: Value,
    /// The random number that its manifest began with.
    pub era: Value,
    /// Whole passes since then.
    pub passes: Value,
    /// First 48 bits of the manifest's digest root.
    pub root: Value,
    /// What is open, the newest first, and what ended lately; at most
    /// [`MAX_TOLD`](super::finding::MAX_TOLD) in all.
    pub findings: Vec<Finding>,
}

/// The canary of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canary {
    /// The generation that was read back last.
    pub generation: Value,
    /// The one that stood there at the first look of this boot.
    pub found: Value,
    /// The random number that it began with.
    pub lineage: Value,
    /// 1 if what was written is not what is read back.
    pub dropped: Value,
    /// 1 if it cannot be written though the filesystem is writable.
    pub refused: Value,
}

/// What the files of a package read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageContent {
    /// Its name, as dpkg has it.
    pub name: String,
    /// Hash of name, version, architecture and list of sums.
    pub key: u64,
    /// Hash of what its files read as.
    pub content: u64,
}

impl PackageContent {
    /// As a frame carries it.
    pub fn on_wire(&self) -> picket_wire::Package<'_> {
        picket_wire::Package {
            name: &self.name,
            key: self.key,
            content: self.content,
        }
    }
}
