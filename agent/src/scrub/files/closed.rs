//! A file that was let go of: it stands for the open one while nobody reads, and where that cannot
//! be opened again.

use super::{Buffer, Extent, ReadBack};
use crate::scrub::manifest::record::Stamp;
use nix::errno::Errno;

/// A file that is not open. Whatever is asked of it gives why.
#[derive(Debug)]
pub struct Closed {
    path: Vec<u8>,
    why: Errno,
}

impl Closed {
    /// The file at a path below the folder.
    pub fn new(path: &[u8], why: Errno) -> Closed {
        let path = path.to_owned();
        Closed { path, why }
    }
}

impl ReadBack for Closed {
    fn path(&self) -> &[u8] {
        &self.path
    }

    fn stamp(&mut self) -> Result<Stamp, Errno> {
        Err(self.why)
    }

    fn extent(&mut self, _: u64) -> Result<Extent, Errno> {
        Err(self.why)
    }

    fn read(&mut self, _: u64, _: &mut Buffer) -> Result<usize, Errno> {
        Err(self.why)
    }

    fn read_cached(&mut self, _: u64, _: &mut Buffer) -> Result<usize, Errno> {
        Err(self.why)
    }

    fn sector(&mut self, _: u64) -> Option<u64> {
        None
    }
}
