//! The files below a folder in the manifest's order, and their bytes as the medium has them: the
//! lowest seam of the scrub. Above it nothing opens a file.
//!
//! | file | one idea |
//! |---|---|
//! | `order` | which of two paths comes first |
//! | `tree` | the walk |
//! | `folder` | the names in one folder, a bounded number at a time |
//! | `beneath` | opening what is below a folder, through no link and on no other filesystem |
//! | `left_out` | what is left out on purpose |
//! | `system` | what the kind of a filesystem says about its files |
//! | `presence` | whether the device is still there |
//! | `past_cache` | one open file, read as the medium has it |
//! | `closed` | a file that was let go of |

pub mod beneath;
pub mod closed;
pub mod folder;
pub mod left_out;
mod order;
pub mod past_cache;
pub mod presence;
pub mod system;
pub mod tree;

pub use left_out::LeftOut;
pub use order::compare;
pub use system::System;
pub use tree::Tree;

use super::manifest::record::Stamp;
use nix::errno::Errno;
use std::fmt::Debug;
use std::io;

/// The files of one filesystem below a folder, each once, in the manifest's order: folder by folder,
/// the names of each by their bytes. Only a folder that could be listed in part and no further comes
/// behind what is in it: then it stands for the rest.
pub trait Files: Debug {
    /// The next one; none at the end. What is excluded on purpose does not appear.
    fn next(&mut self) -> Option<Entry>;

    /// Whether the device on which they lie is still there, as far as anybody knows: if it is not,
    /// what gives errors is not lost.
    fn is_there(&self) -> bool;

    /// Lets go of all that is open on their filesystem, so that its owner can take it off.
    fn let_go(&mut self);

    /// Opens again what was let go of, if anything was.
    ///
    /// # Errors
    /// What the kernel answered; `ESTALE` if another filesystem is mounted there now.
    fn take_up(&mut self) -> Result<(), Errno>;

    /// A file that came by before, opened anew.
    ///
    /// # Errors
    /// What the kernel answered; `ENOENT` if it is gone, or something else is there by now.
    fn again(&mut self, path: &[u8]) -> Result<Box<dyn ReadBack>, Errno>;

    /// Whether what stood at a path would not appear though it is still there: it is excluded, or
    /// something is mounted over it.
    fn leaves_out(&self, path: &[u8]) -> bool;
}

/// What stands there.
#[derive(Debug)]
pub enum Entry {
    /// A regular file, open.
    File(Box<dyn ReadBack>),
    /// A file, or a whole folder, that nobody can look at.
    Unread(Unseen),
}

/// A file, or a whole folder, that nobody can look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The path below the folder, without a leading slash.
    pub path: Vec<u8>,
    /// Whether it is a folder: nothing below it was looked at either.
    pub is_folder: bool,
    /// Why.
    pub why: Errno,
}

/// An open file.
pub trait ReadBack: Debug {
    /// The path below the folder, without a leading slash.
    fn path(&self) -> &[u8];

    /// How the file stands at this moment.
    ///
    /// # Errors
    /// What the kernel answered; `ENOENT` if the file has no name any more.
    fn stamp(&mut self) -> Result<Stamp, Errno>;

    /// What begins at an offset: bytes of the medium or a hole, and where it ends. A hole is
    /// nothing on the medium, and reads as zeros. Neither is cut at the file's end by more than its
    /// last block.
    ///
    /// # Errors
    /// What the kernel answered.
    fn extent(&mut self, offset: u64) -> Result<Extent, Errno>;

    /// Reads what the medium has from an offset on, which is a multiple of a block, as much as the
    /// buffer takes or the file has; less, but whole blocks, where something further on cannot be
    /// read; 0 is its end. An error is about the block at the offset: what is behind it may be good.
    ///
    /// # Errors
    /// `EIO` and others of the medium; `EBADMSG` where the filesystem's own checksum says that the
    /// content is not what was written; `EOPNOTSUPP` if it cannot be read past the cache.
    fn read(&mut self, offset: u64, into: &mut Buffer) -> Result<usize, Errno>;

    /// Reads as programs do: what the kernel has in memory, if it has.
    ///
    /// # Errors
    /// What the kernel answered.
    fn read_cached(&mut self, offset: u64, into: &mut Buffer) -> Result<usize, Errno>;

    /// Where the block at an offset lies on the filesystem's device, in sectors of 512 bytes; none
    /// if the filesystem does not say.
    fn sector(&mut self, offset: u64) -> Option<u64>;
}

/// Whether an error is one of those by which the kernel's block layer says that a medium, or the way
/// to it, failed (Linux, block/blk-core.c, `blk_errors`: a medium says `ENODATA`, a card that does
/// not answer `ETIMEDOUT`), or ext4 and xfs that the checksum of their own structure is wrong
/// (`EUCLEAN`). A device that is gone (`ENODEV`, `ENXIO`) lost nothing.
pub fn is_of_the_medium(why: Errno) -> bool {
    matches!(
        why,
        Errno::EIO
            | Errno::ENODATA
            | Errno::EILSEQ
            | Errno::EREMOTEIO
            | Errno::ENOLINK
            | Errno::ETIMEDOUT
            | Errno::EBADE
            | Errno::EUCLEAN
    )
}

/// What begins at an offset, and where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Bytes of the medium.
    Data {
        /// The first offset behind them.
        until: u64,
    },
    /// Nothing.
    Hole {
        /// The first offset behind it.
        until: u64,
    },
}

/// Room for what is read, where the kernel wants it: at a multiple of [`Buffer::ALIGNMENT`].
#[derive(Debug)]
pub struct Buffer {
    room: Vec<u8>,
    from: usize,
    len: usize,
}

impl Buffer {
    /// Enough for every disk that Linux knows: logical blocks are of 4 KiB at most.
    pub const ALIGNMENT: usize = 4096;

    /// Room for so many bytes, rounded up to a multiple of the alignment.
    pub fn new(len: usize) -> Buffer {
        let len = len.next_multiple_of(Buffer::ALIGNMENT);
        let room = vec![0; len + Buffer::ALIGNMENT];
        let from = room.as_ptr().align_offset(Buffer::ALIGNMENT);
        Buffer { room, from, len }
    }

    /// All of it, to be filled.
    pub fn all(&mut self) -> &mut [u8] {
        let until = self.from + self.len;
        self.room.get_mut(self.from..until).unwrap_or_default()
    }

    /// The first so many bytes of it, as they were read.
    pub fn first(&self, len: usize) -> &[u8] {
        let until = self.from + len.min(self.len);
        self.room.get(self.from..until).unwrap_or_default()
    }
}

/// The kernel's word for an error; `EIO` of one that is not the kernel's.
pub fn errno(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_begins_where_the_kernel_wants_it() {
        for len in [1, 4096, 4097, 1 << 20] {
            let mut buffer = Buffer::new(len);
            assert!(buffer.all().len() >= len);
            assert_eq!(buffer.all().as_ptr() as usize % Buffer::ALIGNMENT, 0);
            buffer.all()[0] = 7;
            assert_eq!(buffer.first(1), [7]);
            assert_eq!(buffer.first(usize::MAX >> 1).len(), buffer.all().len());
        }
    }
}
