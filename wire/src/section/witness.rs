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

/// Hash of the id of a disk's part: who remembers something of a disk need not know its id. FNV-1a
/// of 64 bits, the same on both sides.
pub fn disk_hash(part_id: &str) -> u64 {
    part_id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// What is remembered of a disk that could forget it: of the hub's own card by the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// [`disk_hash`] of the id of the disk's part.
    pub disk: u64,
    /// Random number that its canary began with.
    pub lineage: u32,
    /// The highest generation of its canary that was read back.
    pub generation: u32,
    /// How many whole scrubs there were of it.
    pub passes: u32,
    /// First bits of the digest root of the manifest of the last of them.
    pub root: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_disk_is_that_of_the_published_vectors() {
        // The vectors of FNV-1a in draft-eastlake-fnv.
        let table = [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ];
        for (id, hash) in table {
            assert_eq!(disk_hash(id), hash, "{id:?}");
        }
    }
}
