//! The walk over the files of one filesystem below a folder, in the manifest's order, in bounded
//! memory whatever stands there.

use super::beneath::Beneath;
use super::folder::{Batch, From, Kind, MAX_BATCH};
use super::left_out::LeftOut;
use super::past_cache::PastCache;
use super::system::System;
use super::{Entry, Files, ReadBack, Unseen, compare, presence};
use crate::device::file::{self, Stat};
use crate::root::Root;
use nix::dir::Dir;
use nix::errno::Errno;
use nix::libc::{S_IFDIR, S_IFMT, S_IFREG};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// Most bytes of names that are held of all folders from the first one down to where the walk is.
pub const MAX_HELD: usize = 2 * MAX_BATCH;
/// Most files with several names that are remembered, so that each is read once. Of the ones
/// beyond, each name is read, which does no harm.
pub const MAX_LINKED: usize = 32 * 1024;

/// What the kernel answers where nothing stands any more, or something that is no file.
const GONE: [Errno; 6] = [
    Errno::ENOENT,
    Errno::ENOTDIR,
    Errno::ELOOP,
    Errno::ENXIO,
    Errno::EXDEV,
    Errno::ESTALE,
];

/// The walk. What is mounted within is another filesystem, and so is a subvolume of btrfs: neither
/// is entered.
#[derive(Debug)]
pub struct Tree {
    /// Where the kernel says whether the device is there.
    root: Arc<Root>,
    beneath: Beneath,
    system: System,
    /// What is left out, by its path below the folder; sorted.
    left_out: Vec<Vec<u8>>,
    /// Where the walk begins; empty when it is behind it.
    from: Vec<u8>,
    /// The path of what is looked at.
    path: Vec<u8>,
    /// The folder itself, and those down to where the walk is.
    levels: Vec<Level>,
    /// Inodes with several names that were come by.
    linked: HashSet<u64>,
}

/// A folder on the way down.
#[derive(Debug)]
struct Level {
    /// How much of the walk's path is its own.
    len: usize,
    batch: Batch,
    /// The name that was taken last.
    last: Vec<u8>,
}

impl Tree {
    /// Begins a walk, on a machine of this root, at the first file whose path below `path` is not
    /// before `from`. Folders before it are not listed; of files with several names, those before it
    /// are not remembered.
    ///
    /// # Errors
    /// What the kernel answered about the folder itself; `ENOSYS` before Linux 5.6.
    pub fn open(
        root: Arc<Root>,
        path: &Path,
        from: Option<&[u8]>,
        left_out: LeftOut,
    ) -> Result<Tree, Errno> {
        let beneath = Beneath::new(path)?;
        let mut tree = Tree {
            root,
            system: System::of(beneath.root()?)?,
            beneath,
            left_out: below(path, &left_out),
            from: from.unwrap_or_default().to_vec(),
            path: Vec::new(),
            levels: Vec::new(),
            linked: HashSet::new(),
        };
        let folder = tree.beneath.folder(b"")?;
        tree.enter(folder)?;
        Ok(tree)
    }

    /// What is known of the filesystem.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// Goes to the next name and says what stands for it; none at the end. An error is about the
    /// rest of a folder that was listed in part.
    fn go_on(&mut self) -> Result<Option<Kind>, Unseen> {
        while let Some(level) = self.levels.last_mut() {
            self.path.truncate(level.len);
            if let Some((name, kind)) = level.batch.take() {
                level.last.clear();
                level.last.extend_from_slice(name);
                if !self.path.is_empty() {
                    self.path.push(b'/');
                }
                self.path.extend_from_slice(name);
                return Ok(Some(kind));
            }
            let rest = level.batch.has_more();
            let last = std::mem::take(&mut level.last);
            self.levels.pop();
            if rest {
                let folder = self.beneath.folder(&self.path);
                let listed = folder.and_then(|folder| self.list(folder, From::Behind(last)));
                self.settle(listed, true)?;
            }
        }
        Ok(None)
    }

    /// Looks at what stands at the path: something for who reads files back, or nothing.
    fn look(&mut self, kind: Kind) -> Result<Option<Entry>, Unseen> {
        if self.left_out.binary_search(&self.path).is_ok() {
            return Ok(None);
        }
        let kind = match kind {
            Kind::Unknown => {
                let asked = self.ask();
                self.settle(asked, false)?.flatten()
            }
            known => Some(known),
        };
        match kind {
            Some(Kind::Folder) => {
                let folder = self.beneath.folder(&self.path);
                let entered = folder.and_then(|folder| self.enter(folder));
                self.settle(entered, true).map(|_| None)
            }
            Some(Kind::File) if self.is_due() => {
                let opened = self.open_file();
                let opened = self.settle(opened, false)?.flatten();
                Ok(opened.map(|file| Entry::File(Box::new(file))))
            }
            Some(Kind::File | Kind::Unknown) | None => Ok(None),
        }
    }

    /// What stands at the path, where the folder does not say; none if it is neither file nor
    /// folder.
    fn ask(&self) -> Result<Option<Kind>, Errno> {
        let stat = file::stat(&self.beneath.thing(&self.path)?)?;
        Ok(match stat.mode & S_IFMT {
            S_IFREG => Some(Kind::File),
            S_IFDIR => Some(Kind::Folder),
            _ => None,
        })
    }

    /// Opens the file at the path; none if it is not to be read.
    fn open_file(&mut self) -> Result<Option<PastCache>, Errno> {
        let opened = self.open_at(&self.path)?;
        let first = opened.filter(|(_, stat)| self.is_first_name(stat));
        Ok(first.map(|(file, _)| file))
    }

    /// Opens the file at a path; none if something else has taken its place since its folder was
    /// listed.
    fn open_at(&self, path: &[u8]) -> Result<Option<(PastCache, Stat)>, Errno> {
        let (file, is_direct) = self.beneath.file(path)?;
        let stat = file::stat(&file)?;
        let is_file = stat.mode & S_IFMT == S_IFREG && stat.device == self.system.device;
        let path = path.to_owned();
        let open = || {
            let file = PastCache::new(file, is_direct, path, stat, self.system);
            file.counted_by(self.root.clone())
        };
        Ok(is_file.then(|| (open(), stat)))
    }

    fn is_first_name(&mut self, stat: &Stat) -> bool {
        if stat.names < 2 || !self.system.has_inodes {
            return true;
        }
        if self.linked.len() < MAX_LINKED {
            return self.linked.insert(stat.inode);
        }
        !self.linked.contains(&stat.inode)
    }

    /// Whether what stands at the path is not before where the walk begins.
    fn is_due(&mut self) -> bool {
        let is_before = !self.from.is_empty() && compare(&self.path, &self.from) == Ordering::Less;
        if !is_before {
            self.from.clear();
        }
        !is_before
    }

    /// Goes into the folder at the path, unless it is of another filesystem.
    fn enter(&mut self, folder: Dir) -> Result<(), Errno> {
        if file::stat(&folder)?.device != self.system.device {
            return Ok(());
        }
        let first = self.first_name();
        self.list(folder, first)
    }

    /// With which of its names the walk begins in the folder at the path.
    fn first_name(&self) -> From {
        let rest = match self.path.is_empty() {
            true => Some(self.from.as_slice()),
            false => self.from.strip_prefix(self.path.as_slice()),
        };
        let rest = rest.and_then(|rest| match self.path.is_empty() {
            true => Some(rest),
            false => rest.strip_prefix(b"/"),
        });
        let name = rest.and_then(|rest| rest.split(|byte| *byte == b'/').next());
        match name {
            Some(name) if !name.is_empty() => From::At(name.to_vec()),
            Some(_) | None => From::First,
        }
    }

    /// Lists the folder at the path, and forgets names of the outermost folders if there are too
    /// many: these are listed again when the walk comes back to them.
    fn list(&mut self, mut folder: Dir, from: From) -> Result<(), Errno> {
        let batch = Batch::list(&mut folder, &from, MAX_BATCH)?;
        let mut held: usize = self.levels.iter().map(|level| level.batch.bytes()).sum();
        for level in &mut self.levels {
            if held + batch.bytes() <= MAX_HELD {
                break;
            }
            held -= level.batch.bytes();
            level.batch.forget();
        }
        let (len, last) = (self.path.len(), Vec::new());
        self.levels.push(Level { len, batch, last });
        Ok(())
    }

    /// What came of something that was tried on the path; none if what stood there is gone, or is
    /// something else by now.
    fn settle<T>(&self, tried: Result<T, Errno>, is_folder: bool) -> Result<Option<T>, Unseen> {
        match tried {
            Ok(done) => Ok(Some(done)),
            Err(why) if GONE.contains(&why) => Ok(None),
            Err(why) => Err(Unseen {
                path: self.path.clone(),
                is_folder,
                why,
            }),
        }
    }
}

impl Files for Tree {
    fn is_there(&self) -> bool {
        presence::is_there(&self.root, self.system.device)
    }

    fn next(&mut self) -> Option<Entry> {
        loop {
            let looked = self.go_on().and_then(|kind| match kind {
                Some(kind) => self.look(kind).map(Some),
                None => Ok(None),
            });
            match looked {
                Ok(Some(Some(entry))) => return Some(entry),
                Ok(Some(None)) => {}
                Ok(None) => return None,
                Err(unseen) => return Some(Entry::Unread(unseen)),
            }
        }
    }

    fn let_go(&mut self) {
        self.beneath.let_go();
    }

    /// The device's number may be another one after the disk was plugged in again.
    fn take_up(&mut self) -> Result<(), Errno> {
        let Some(beneath) = self.beneath.anew() else {
            return Ok(());
        };
        let beneath = beneath?;
        let system = System::of(beneath.root()?)?;
        if system.identity != self.system.identity {
            return Err(Errno::ESTALE);
        }
        (self.beneath, self.system) = (beneath, system);
        Ok(())
    }

    fn again(&mut self, path: &[u8]) -> Result<Box<dyn ReadBack>, Errno> {
        match self.open_at(path) {
            Ok(Some((file, _))) => Ok(Box::new(file)),
            Ok(None) => Err(Errno::ENOENT),
            Err(why) if GONE.contains(&why) => Err(Errno::ENOENT),
            Err(why) => Err(why),
        }
    }

    fn leaves_out(&self, path: &[u8]) -> bool {
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        let ends = ends.map(|(end, _)| end).chain([path.len()]);
        let mut folders = ends.filter_map(|end| path.get(..end));
        let is_left_out = |path: &[u8]| {
            let path = path.to_vec();
            self.left_out.binary_search(&path).is_ok()
        };
        folders.any(is_left_out) || self.beneath.thing(path).err() == Some(Errno::EXDEV)
    }
}

/// What of that which is left out is below a folder, by its path from there; sorted.
fn below(folder: &Path, left_out: &LeftOut) -> Vec<Vec<u8>> {
    let below = left_out
        .paths()
        .filter_map(|path| path.strip_prefix(folder).ok());
    let mut below: Vec<Vec<u8>> = below
        .map(|path| path.as_os_str().as_bytes().to_vec())
        .collect();
    below.sort_unstable();
    below
}

#[cfg(test)]
mod tests;
