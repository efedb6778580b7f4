//! One open file, read as the medium has it and not as the kernel remembers it.
//!
//! A direct read goes past the cache, but many filesystems read through it where they cannot do
//! otherwise, without a word. So a read counts as direct only where that is known; elsewhere the
//! cache is dropped first, and if something stays in it, nobody knows what the medium has.

use super::system::{Direct, System};
use super::{Buffer, Extent, ReadBack, errno, is_of_the_medium};
use crate::device::file::{self, Lies, Stat};
use crate::probe::btrfs;
use crate::root::Root;
use crate::scrub::manifest::record::{BLOCK, Stamp};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, PosixFadviseAdvice, fcntl, posix_fadvise};
use nix::unistd::{Whence, lseek64};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// Bytes of a sector, as a disk counts them.
const SECTOR: u64 = 512;

/// How to read past the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Directly.
    Direct,
    /// Directly what lies plainly on the medium, the rest through a dropped cache.
    DirectIfPlain,
    /// Through a dropped cache.
    Dropped,
    /// Not at all.
    None,
}

/// An open file.
#[derive(Debug)]
pub struct PastCache {
    file: File,
    path: Vec<u8>,
    system: System,
    way: Way,
    /// Whether the next read of the file is a direct one.
    is_direct: bool,
    /// As it was when it was opened.
    stat: Stat,
    /// Whether nothing was done with it since.
    is_fresh: bool,
    /// Where btrfs counts what its checksums do not bear; none where nobody asks for that.
    counts: Option<Arc<Root>>,
    /// Here blocks are read one by one, because something in between gives an error.
    careful: Range<u64>,
}

impl PastCache {
    /// A file that was just opened; `is_direct` if with `O_DIRECT`.
    pub fn new(
        file: File,
        is_direct: bool,
        path: Vec<u8>,
        stat: Stat,
        system: System,
    ) -> PastCache {
        let way = match (system.direct, stat.direct) {
            (Direct::NoMedium, _) => Way::None,
            (_, Some(0)) => Way::Dropped,
            _ if !is_direct => Way::Dropped,
            (Direct::Plain, _) => Way::DirectIfPlain,
            // A buffer and the offsets in it are aligned for no more.
            (_, Some(align)) if u64::from(align) > BLOCK => Way::Dropped,
            (_, Some(_)) | (Direct::Always, None) => Way::Direct,
            (Direct::Unknown, None) => Way::Dropped,
        };
        PastCache {
            file,
            path,
            system,
            way,
            is_direct,
            stat,
            is_fresh: true,
            counts: None,
            careful: 0..0,
        }
    }

    /// The same on a machine of this root: what checksums do not bear is told from other errors.
    pub fn counted_by(self, root: Arc<Root>) -> PastCache {
        PastCache {
            counts: Some(root),
            ..self
        }
    }

    /// Reads by the way that the file needs.
    fn read_past(&mut self, offset: u64, into: &mut [u8]) -> Result<usize, Errno> {
        let way = match self.way {
            Way::DirectIfPlain if self.is_plain(offset, into.len()) => Way::Direct,
            Way::DirectIfPlain => Way::Dropped,
            way => way,
        };
        match way {
            Way::Direct => {
                self.set_direct(true)?;
                match self.read_at(offset, into) {
                    // It is of a kind that the filesystem cannot read directly after all.
                    Err(Errno::EINVAL) => {
                        self.way = Way::Dropped;
                        self.read_dropped(offset, into)
                    }
                    answer => answer,
                }
            }
            Way::Dropped | Way::DirectIfPlain => self.read_dropped(offset, into),
            Way::None => Err(Errno::EOPNOTSUPP),
        }
    }

    /// Drops the file from the cache, makes sure that nothing of what is wanted stayed, and reads.
    fn read_dropped(&mut self, offset: u64, into: &mut [u8]) -> Result<usize, Errno> {
        self.set_direct(false)?;
        // What lies within the filesystem's own blocks comes from their cache, which nobody drops.
        let lies = match file::lies(&self.file, offset, into.len() as u64) {
            // Those that keep files there (ext4, btrfs, f2fs) all say where they lie.
            Err(Errno::EOPNOTSUPP) => Vec::new(),
            lies => lies?,
        };
        if lies.iter().any(|lies| lies.flags & Lies::WITHIN != 0) {
            return Err(Errno::EOPNOTSUPP);
        }
        // Nothing is to be fetched ahead, which would look like something that stayed.
        posix_fadvise(&self.file, 0, 0, PosixFadviseAdvice::POSIX_FADV_RANDOM)?;
        posix_fadvise(&self.file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
        if self.is_in_memory(offset, into.len())? {
            return Err(Errno::EOPNOTSUPP);
        }
        self.read_at(offset, into)
    }

    /// Whether the kernel has any page of a range. Where it does not tell so, the pages are tried
    /// one by one, the last first: what is fetched along with one is behind it.
    fn is_in_memory(&self, offset: u64, len: usize) -> Result<bool, Errno> {
        let len = len as u64;
        match file::pages_in_memory(&self.file, offset, len) {
            Ok(pages) => return Ok(pages > 0),
            Err(Errno::ENOSYS | Errno::EPERM) => {}
            Err(errno) => return Err(errno),
        }
        for block in (0..len.div_ceil(BLOCK)).rev() {
            if file::is_in_memory(&self.file, offset + block * BLOCK)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a range lies on the medium as its bytes are. What is told of too many stretches to
    /// see the end of the range is not known to.
    fn is_plain(&self, offset: u64, len: usize) -> bool {
        let until = offset + len as u64;
        let Ok(lies) = file::lies(&self.file, offset, len as u64) else {
            return false;
        };
        let is_whole = lies.last().is_none_or(|last| {
            last.flags & Lies::LAST != 0 || last.offset.saturating_add(last.len) >= until
        });
        let is_all_told = is_whole || lies.len() < file::MAX_LIES;
        is_all_told && lies.iter().all(|lies| lies.flags & Lies::NOT_PLAIN == 0)
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<usize, Errno> {
        self.file
            .read_at(into, offset)
            .map_err(|error| errno(&error))
    }

    fn set_direct(&mut self, direct: bool) -> Result<(), Errno> {
        if self.is_direct != direct {
            let flags = OFlag::from_bits_retain(fcntl(&self.file, FcntlArg::F_GETFL)?);
            let flags = match direct {
                true => flags | OFlag::O_DIRECT,
                false => flags - OFlag::O_DIRECT,
            };
            fcntl(&self.file, FcntlArg::F_SETFL(flags))?;
            self.is_direct = direct;
        }
        Ok(())
    }

    /// What an error of the medium is: btrfs answers `EIO` for what its checksums do not bear too,
    /// but counts it.
    fn judged(&mut self, why: Errno, offset: u64, into: &mut [u8]) -> Errno {
        if !is_of_the_medium(why) {
            return why;
        }
        if self.system.has_checksums
            && let Some(root) = self.counts.clone()
        {
            let count = || btrfs::corruptions(&root).ok();
            let before = count();
            let again = self.read_past(offset, into);
            if again.is_err()
                && before
                    .zip(count())
                    .is_some_and(|(before, now)| now > before)
            {
                return Errno::EBADMSG;
            }
        }
        Errno::EIO
    }

    /// The end of the last block of the file.
    fn end(&self) -> u64 {
        self.stat.size.next_multiple_of(BLOCK)
    }

    fn seek(&self, offset: u64, whence: Whence) -> Result<u64, Errno> {
        let offset = i64::try_from(offset).map_err(|_| Errno::EOVERFLOW)?;
        let found = lseek64(&self.file, offset, whence)?;
        u64::try_from(found).map_err(|_| Errno::EOVERFLOW)
    }
}

impl ReadBack for PastCache {
    fn path(&self) -> &[u8] {
        &self.path
    }

    fn stamp(&mut self) -> Result<Stamp, Errno> {
        let stat = match std::mem::take(&mut self.is_fresh) {
            true => self.stat,
            false => file::stat(&self.file)?,
        };
        if stat.names == 0 {
            return Err(Errno::ENOENT);
        }
        let stamp = Stamp::from(&stat);
        Ok(match self.system.has_inodes {
            true => stamp,
            false => Stamp { inode: 0, ..stamp },
        })
    }

    fn extent(&mut self, offset: u64) -> Result<Extent, Errno> {
        self.is_fresh = false;
        let until = self.end().max(offset + BLOCK);
        // Most files have no holes, and need not be asked for them.
        if self.stat.blocks.saturating_mul(SECTOR) >= self.stat.size {
            return Ok(Extent::Data { until });
        }
        // A filesystem may have smaller blocks than the manifest.
        let data = match self.seek(offset, Whence::SeekData) {
            Ok(data) => data - data % BLOCK,
            Err(Errno::ENXIO) => return Ok(Extent::Hole { until }),
            Err(Errno::EINVAL | Errno::EOPNOTSUPP) => return Ok(Extent::Data { until }),
            Err(errno) => return Err(errno),
        };
        if data > offset {
            return Ok(Extent::Hole { until: data });
        }
        let hole = match self.seek(offset, Whence::SeekHole) {
            Ok(hole) => hole.next_multiple_of(BLOCK),
            Err(Errno::ENXIO) => until,
            Err(errno) => return Err(errno),
        };
        Ok(Extent::Data {
            until: hole.max(offset + BLOCK),
        })
    }

    fn read(&mut self, offset: u64, into: &mut Buffer) -> Result<usize, Errno> {
        self.is_fresh = false;
        let mut rest = self.end().saturating_sub(offset);
        if self.careful.contains(&offset) {
            rest = rest.min(BLOCK);
        }
        let rest = usize::try_from(rest).unwrap_or(usize::MAX);
        let Some(into) = first(into.all(), rest) else {
            return Ok(0);
        };
        let why = match self.read_past(offset, into) {
            Err(why) => why,
            read => return read,
        };
        let block = into.len().min(usize::try_from(BLOCK).unwrap_or(usize::MAX));
        let len = into.len();
        let into = first(into, block).unwrap_or_default();
        if len > block && is_of_the_medium(why) {
            // The error is of one block among many: of which, only they can tell.
            self.careful = offset..offset.saturating_add(len as u64);
            return match self.read_past(offset, into) {
                Err(why) => Err(self.judged(why, offset, into)),
                read => read,
            };
        }
        Err(self.judged(why, offset, into))
    }

    fn read_cached(&mut self, offset: u64, into: &mut Buffer) -> Result<usize, Errno> {
        self.is_fresh = false;
        self.set_direct(false)?;
        self.read_at(offset, into.all())
    }

    fn sector(&mut self, offset: u64) -> Option<u64> {
        // What btrfs tells is a place in its own numbering of all its devices.
        if self.system.has_checksums {
            return None;
        }
        let lies = file::lies(&self.file, offset, BLOCK).ok()?;
        let lies = lies.first()?;
        let is_there = lies.offset <= offset && lies.flags & Lies::NOT_PLAIN == 0;
        is_there.then(|| (lies.at + (offset - lies.offset)) / SECTOR)
    }
}

/// The first bytes of a buffer, so many at most; none if that is nothing.
fn first(buffer: &mut [u8], len: usize) -> Option<&mut [u8]> {
    let len = len.min(buffer.len());
    buffer.get_mut(..len).filter(|first| !first.is_empty())
}

#[cfg(test)]
mod tests;
