//! The names in one folder in order, a bounded number at a time: of a folder with a million names
//! memory holds the next few thousand only.

use nix::dir::{Dir, Type};
use nix::errno::Errno;
use std::fmt;
use std::ops::Range;

/// Most bytes of names that one listing gives, with `ENTRY` for each; while a folder is listed it
/// takes twice as much.
pub const MAX_BATCH: usize = 256 * 1024;
/// Bytes that a name takes besides its own.
const ENTRY: usize = size_of::<Entry>();

/// What a name stands for, as the folder itself says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// The folder does not say.
    Unknown,
}

#[derive(Clone, Debug)]
struct Entry {
    name: Range<u32>,
    kind: Kind,
}

/// Where the names of a listing begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// At the first.
    First,
    /// At this one, if it is there, or at the next.
    At(Vec<u8>),
    /// Behind this one.
    Behind(Vec<u8>),
}

impl From {
    fn admits(&self, name: &[u8]) -> bool {
        match self {
            From::First => true,
            From::At(first) => name >= first.as_slice(),
            From::Behind(last) => name > last.as_slice(),
        }
    }
}

/// The next names of a folder in the order of their bytes. What is neither file nor folder, such as
/// a link or a FIFO, is left out.
#[derive(Default)]
pub struct Batch {
    /// All names, one behind the other.
    names: Vec<u8>,
    /// The last comes first, so that it can be taken off the end.
    entries: Vec<Entry>,
    /// Whether the folder has more names behind these.
    more: bool,
    /// While it is filled: the last of the names that fit, once they do not all.
    last: Vec<u8>,
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("entries", &self.entries.len())
            .field("more", &self.more)
            .finish_non_exhaustive()
    }
}

impl Batch {
    /// Lists an open folder: the first names from a certain one on, so many that they take `limit`
    /// bytes, but one at least.
    ///
    /// # Errors
    /// What the kernel answered.
    pub fn list(folder: &mut Dir, from: &From, limit: usize) -> Result<Batch, Errno> {
        let mut batch = Batch::default();
        for entry in folder.iter() {
            let entry = entry?;
            let kind = match entry.file_type() {
                Some(Type::File) => Kind::File,
                Some(Type::Directory) => Kind::Folder,
                None => Kind::Unknown,
                Some(_) => continue,
            };
            let name = entry.file_name().to_bytes();
            let has_no_room = batch.more && name > batch.last.as_slice();
            if matches!(name, b"." | b"..") || !from.admits(name) || has_no_room {
                continue;
            }
            batch.add(name, kind);
            if batch.bytes() > 2 * limit {
                batch.cut(limit);
            }
        }
        batch.cut(limit);
        batch.entries.reverse();
        batch.entries.shrink_to_fit();
        Ok(batch)
    }

    /// The next name, which is taken off.
    pub fn take(&mut self) -> Option<(&[u8], Kind)> {
        let Entry { name, kind } = self.entries.pop()?;
        Some((slice(&self.names, &name), kind))
    }

    /// Whether the folder has more names behind these.
    pub fn has_more(&self) -> bool {
        self.more
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.names.len() + self.entries.len() * ENTRY
    }

    /// Gives all its memory back; the names are to be listed again.
    pub fn forget(&mut self) {
        let more = self.more || !self.entries.is_empty();
        *self = Batch {
            more,
            ..Batch::default()
        };
    }

    fn add(&mut self, name: &[u8], kind: Kind) {
        // No folder's names fill so many bytes before they are cut.
        let Ok(start) = u32::try_from(self.names.len()) else {
            return;
        };
        self.names.extend_from_slice(name);
        let end = start.saturating_add(u32::try_from(name.len()).unwrap_or(0));
        self.entries.push(Entry {
            name: start..end,
            kind,
        });
    }

    /// Sorts, and keeps the first names that take `limit` bytes.
    fn cut(&mut self, limit: usize) {
        let names = &self.names;
        let key = |entry: &Entry| slice(names, &entry.name);
        self.entries.sort_unstable_by(|a, b| key(a).cmp(key(b)));
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            bytes += entry.name.len() + ENTRY;
            bytes <= limit
        };
        let keep = self.entries.iter().take_while(fits).count().max(1);
        self.more |= self.entries.len() > keep;
        self.entries.truncate(keep);
        let mut kept = Vec::new();
        for entry in &mut self.entries {
            let start = u32::try_from(kept.len()).unwrap_or(0);
            kept.extend_from_slice(slice(&self.names, &entry.name));
            entry.name = start..u32::try_from(kept.len()).unwrap_or(start);
        }
        let greatest = self.entries.last();
        let last = greatest.map(|entry| slice(&kept, &entry.name).to_vec());
        self.last = last.unwrap_or_default();
        self.names = kept;
    }
}

fn slice<'a>(names: &'a [u8], range: &Range<u32>) -> &'a [u8] {
    let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).unwrap_or(0));
    names.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::fcntl::OFlag;
    use nix::sys::stat::Mode;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    fn open(path: &Path) -> Dir {
        Dir::open(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY, Mode::empty()).unwrap()
    }

    /// All names, as several listings of so many bytes give them, and how many listings it took.
    fn all(path: &Path, from: From, limit: usize) -> (Vec<Vec<u8>>, usize) {
        let (mut names, mut from, mut listings) = (Vec::new(), from, 0);
        loop {
            let mut batch = Batch::list(&mut open(path), &from, limit).unwrap();
            listings += 1;
            let one = 255 + ENTRY;
            assert!(batch.bytes() <= limit.max(one), "{batch:?}");
            while let Some((name, _)) = batch.take() {
                names.push(name.to_vec());
            }
            if !batch.has_more() {
                return (names, listings);
            }
            from = From::Behind(names.last().unwrap().clone());
        }
    }

    #[test]
    fn a_folder_of_any_size_comes_in_order_whatever_room_there_is() {
        let dir = tempfile::tempdir().unwrap();
        let mut names: Vec<Vec<u8>> = (0..500).map(|i| format!("{}", i * 7919).into()).collect();
        names.extend([b"\xff\xfe".to_vec(), b"\n".to_vec(), vec![b'x'; 255]]);
        for name in &names {
            std::fs::write(dir.path().join(OsStr::from_bytes(name)), "").unwrap();
        }
        names.sort_unstable();
        for (limit, at_least) in [(MAX_BATCH, 1), (4096, 3), (300, 30), (1, names.len())] {
            let (listed, listings) = all(dir.path(), From::First, limit);
            assert_eq!(listed, names, "{limit}");
            assert!(listings >= at_least, "{limit}: {listings}");
        }
        let half = names[250].clone();
        assert_eq!(all(dir.path(), From::At(half.clone()), 300).0, names[250..]);
        let between = [half.as_slice(), b"\x01"].concat();
        assert_eq!(all(dir.path(), From::At(between), 300).0, names[251..]);
        assert_eq!(all(dir.path(), From::Behind(half), 300).0, names[251..]);
    }

    #[test]
    fn only_files_and_folders_are_listed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("folder")).unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        crate::testing::fifo(&dir.path().join("fifo"));
        std::os::unix::fs::symlink(".", dir.path().join("link")).unwrap();
        let mut batch = Batch::list(&mut open(dir.path()), &From::First, 1000).unwrap();
        assert_eq!(batch.take(), Some((b"file".as_slice(), Kind::File)));
        batch.forget();
        assert!(batch.take().is_none() && batch.has_more());
        let behind = From::Behind(b"file".to_vec());
        let mut batch = Batch::list(&mut open(dir.path()), &behind, 1000).unwrap();
        assert_eq!(batch.take(), Some((b"folder".as_slice(), Kind::Folder)));
        assert!(batch.take().is_none() && !batch.has_more());
    }
}
