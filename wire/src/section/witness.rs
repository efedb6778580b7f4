//! What others remember for somebody who could forget it: of machines, packages and disks.

use super::MAX_TEXT;
use serde::{Deserialize, Serialize};

/// Which installation of a system a node runs: the clones of one card say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Hash of `/etc/machine-id`, which itself is nobody's business (machine-id(5)); 0 if there is
    /// none.
    pub id: u64,
}

/// What the files of an installed package read as, so that nodes can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package<'a> {
    /// Its name.
    pub name: &'a str,
    /// Hash of name, version, architecture and of its list of sums: only what has the same key was
    /// built from the same.
    pub key: u64,
    /// Hash of what its files read as.
    pub content: u64,
}

impl Package<'_> {
    /// Whether the name is within its bound.
    pub(super) fn fits(&self) -> bool {
        self.name.len() <= MAX_TEXT
    }
}

/// What is remembered of a disk that could forget it: of the hub's own card by the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// [`fnv1a`](crate::fnv1a) of the id of the disk's part: who remembers something of a disk
    /// need not know its id.
    pub disk: u64,
    /// Random number that its canary began with.
    pub lineage: u32,
    /// The highest generation of its canary that was read back.
    pub generation: u32,
}
