//! The canary's file: written in place where it lies, read past the cache.

use super::{Inode, LEN, Medium, SLOT};
use crate::device::file;
use crate::replace;
use crate::scrub::files::past_cache::PastCache;
use crate::scrub::files::system::System;
use crate::scrub::files::{Buffer, ReadBack, errno};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::statvfs::{FsFlags, statvfs};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const NAME: &str = "canary";
/// Under this name a new one is made, so that one that is not whole never stands under the other.
const NEW: &str = "canary.new";

/// The file.
#[derive(Debug)]
pub(super) struct File {
    folder: PathBuf,
}

impl File {
    pub(super) fn in_folder(folder: &Path) -> File {
        File {
            folder: folder.to_owned(),
        }
    }

    /// Opens it, directly if that is possible here; says whether it was.
    fn open(&self, options: &mut fs::OpenOptions) -> Result<(fs::File, bool), Errno> {
        let path = self.folder.join(NAME);
        let mut with = |flags: OFlag| {
            let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
            options.custom_flags(flags.bits()).open(&path)
        };
        match with(OFlag::O_DIRECT) {
            Ok(file) => Ok((file, true)),
            Err(error) if errno(&error) == Errno::EINVAL => {
                let file = with(OFlag::empty()).map_err(|error| errno(&error))?;
                Ok((file, false))
            }
            Err(error) => Err(errno(&error)),
        }
    }
}

impl Medium for File {
    fn read(&mut self, into: &mut Buffer) -> Result<usize, Errno> {
        let (file, is_direct) = self.open(fs::File::options().read(true))?;
        let (stat, system) = (file::stat(&file)?, System::of(&file)?);
        if stat.size != LEN as u64 {
            // Cut off, or not this program's.
            return Ok(0);
        }
        PastCache::new(file, is_direct, NAME.into(), stat, system).read(0, into)
    }

    fn create(&mut self, both: &[u8]) -> Result<(), Errno> {
        let new = self.folder.join(NEW);
        let made = || -> io::Result<()> {
            let mut options = fs::File::options();
            options.write(true).create(true).truncate(true).mode(0o600);
            let mut file = options.custom_flags(OFlag::O_NOFOLLOW.bits()).open(&new)?;
            file.write_all(both)?;
            file.sync_all()?;
            replace::rename(&new, &self.folder.join(NAME))
        };
        made().map_err(|error| {
            // What is left of it is of no use; it takes room where there may be none.
            let _ = fs::remove_file(&new);
            errno(&error)
        })
    }

    fn write(&mut self, place: usize, slot: &mut Buffer) -> Result<(), Errno> {
        let (file, _) = self.open(fs::File::options().write(true))?;
        let offset = if place == 0 { 0 } else { SLOT as u64 };
        let written = file.write_all_at(slot.first(SLOT), offset);
        let written = written.and_then(|()| file.sync_data());
        written.map_err(|error| errno(&error))
    }

    fn written(&mut self) -> Result<Inode, Errno> {
        let (file, _) = self.open(fs::File::options().read(true))?;
        let stat = file::stat(&file)?;
        Ok(Inode {
            number: stat.inode,
            changed_ns: stat.ctime_ns,
        })
    }

    fn is_read_only(&mut self) -> Result<bool, Errno> {
        let flags = statvfs(&self.folder)?.flags();
        Ok(flags.contains(FsFlags::ST_RDONLY))
    }
}
