//! What the sums of installed packages say of files: the seam between the pass and dpkg's lists.

use super::manifest::record::Stamp;
use std::fmt::Debug;

/// What is installed, and what its files should read as.
pub trait Sums: Debug {
    /// What stands in a package's list of a file, by its absolute path; none if it stands in none,
    /// or if two packages say different things.
    fn listed(&self, path: &[u8]) -> Option<Listed>;

    /// What that says of the file at an absolute path as it was read. What asks is
    /// [`judge`](super::judge): it read the file three times before it accuses anybody.
    fn word(&self, path: &[u8], listed: &Listed, computed: &Computed) -> Word;

    /// Whether the package was unpacked where it lies, so that its files' times tell of every writing
    /// since. Else the system was copied, and a file may have been written before.
    fn is_as_unpacked(&self, package: u32) -> bool;

    /// The package's name; empty if there is none of this number.
    fn name(&self, package: u32) -> &str;

    /// The absolute path of the package's list of sums; empty if there is none of this number.
    fn list(&self, package: u32) -> Vec<u8>;

    /// Whether the file at an absolute path is a package's list that has lines which nobody can read.
    fn is_unreadable_list(&self, path: &[u8]) -> bool;
}

/// A line of a package's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Number of the package.
    pub package: u32,
    /// The sum that the file should have.
    pub md5: [u8; 16],
}

/// A file as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Computed {
    /// Its sum.
    pub md5: [u8; 16],
    /// The file when it was read.
    pub stamp: Stamp,
    /// Whether the filesystem's times do not show every change.
    pub times_are_weak: bool,
}

/// What the sums of a package say of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It reads as its package has it.
    Agrees,
    /// It reads otherwise, and nobody wrote it since it was unpacked.
    Rotted,
    /// It reads otherwise, but so nearly the same sum stands in the list that the list is at fault.
    ListAtFault,
    /// It reads otherwise, and nobody is accused: somebody wrote it since it was unpacked, or may
    /// have, or the package is just being replaced.
    Silent,
}
