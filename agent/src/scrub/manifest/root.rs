//! The digest root of a manifest: one digest for everything that is true of the files.

use super::record::{Record, Trust};

/// The root, record by record in the manifest's order.
#[derive(Clone, Debug, Default)]
pub struct Root {
    hasher: blake3::Hasher,
}

impl Root {
    /// Takes a record in. What is no truth yet is left out, so that the root of a machine on which
    /// nothing changes stays what it is.
    pub fn take(&mut self, record: &Record) {
        if record.trust != Trust::Truth {
            return;
        }
        let length = record.path.len() as u64;
        self.hasher.update(&length.to_le_bytes());
        self.hasher.update(&record.path);
        self.hasher.update(&record.segment.to_le_bytes());
        self.hasher.update(&record.digest);
    }

    /// The root of all that was taken in.
    pub fn digest(&self) -> [u8; 32] {
        *self.hasher.finalize().as_bytes()
    }
}
