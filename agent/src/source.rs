//! A small file of the kernel that stays open and is read again and again.

use crate::root::Root;
use nix::errno::Errno;
use picket_wire::Missing;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Most bytes of an ordinary source. Files of sysfs are at most one page long.
pub const MAX_SYSFS: usize = 4096;

/// A file under the root. It is opened at the first reading, read with `pread`, and opened again
/// when the thing behind it has gone and come back.
#[derive(Debug)]
pub struct Source {
    path: String,
    limit: usize,
    file: Option<File>,
    content: Vec<u8>,
}

impl Source {
    /// A file of at most [`MAX_SYSFS`] bytes.
    pub fn new(path: impl Into<String>) -> Source {
        Source::with_limit(path, MAX_SYSFS)
    }

    /// A file of at most `limit` bytes.
    pub fn with_limit(path: impl Into<String>, limit: usize) -> Source {
        Source {
            path: path.into(),
            limit,
            file: None,
            content: Vec::new(),
        }
    }

    /// The path under the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What the file says at this moment.
    ///
    /// # Errors
    /// What the kernel answered; `EFBIG` if the file is longer than its limit and `EILSEQ` if it is
    /// no UTF-8.
    pub fn read(&mut self, root: &Root) -> Result<&str, Errno> {
        std::str::from_utf8(self.read_bytes(root)?).map_err(|_| Errno::EILSEQ)
    }

    /// The same of a file that is no text, such as a number of the device tree.
    ///
    /// # Errors
    /// What the kernel answered; `EFBIG` if the file is longer than its limit.
    pub fn read_bytes(&mut self, root: &Root) -> Result<&[u8], Errno> {
        let was_open = self.file.is_some();
        match self.fill(root) {
            // The thing that this file belonged to has gone; another may stand in its place.
            Err(Errno::ENODEV | Errno::ENXIO | Errno::ESTALE) if was_open => self.fill(root)?,
            other => other?,
        }
        Ok(&self.content)
    }

    fn fill(&mut self, root: &Root) -> Result<(), Errno> {
        let file = match self.file.take() {
            Some(file) => file,
            None => File::from(root.open(&self.path)?),
        };
        self.content.clear();
        read_whole(&file, self.limit, &mut self.content)?;
        // A file that failed is not kept, so that the next reading opens it anew.
        self.file = Some(file);
        Ok(())
    }
}

/// Reads from the start to the end, at most `limit` bytes.
fn read_whole(file: &File, limit: usize, content: &mut Vec<u8>) -> Result<(), Errno> {
    let mut chunk = [0; MAX_SYSFS];
    loop {
        match file.read_at(&mut chunk, content.len() as u64) {
            Ok(0) => return Ok(()),
            Ok(read) => content.extend_from_slice(chunk.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Errno::from_raw(error.raw_os_error().unwrap_or_default())),
        }
        if content.len() > limit {
            return Err(Errno::EFBIG);
        }
    }
}

/// What an error of a source means for a reading. That a file is not there means here that the part
/// is not there; a probe for which it means something else says so itself.
pub fn reason(errno: Errno) -> Missing {
    match errno {
        Errno::ENOENT | Errno::ENOTDIR | Errno::ENODEV | Errno::ENXIO | Errno::ESTALE => {
            Missing::NotFitted
        }
        Errno::EACCES | Errno::EPERM => Missing::Denied,
        Errno::EBUSY => Missing::Busy,
        Errno::EAGAIN | Errno::ETIMEDOUT => Missing::TimedOut,
        Errno::ENOSYS | Errno::EOPNOTSUPP => Missing::NotSupported,
        _ => Missing::Garbled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::stat::Mode;

    fn tree() -> (tempfile::TempDir, Root) {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::moved_to(tree.path()).unwrap();
        (tree, root)
    }

    #[test]
    fn an_open_file_shows_what_was_written_later() {
        let (tree, root) = tree();
        std::fs::write(tree.path().join("temp"), "1\n").unwrap();
        let mut source = Source::new("/temp");
        assert_eq!(source.read(&root), Ok("1\n"));
        std::fs::write(tree.path().join("temp"), "2\n").unwrap();
        assert_eq!(source.read(&root), Ok("2\n"));
    }

    #[test]
    fn a_file_that_comes_later_is_found() {
        let (tree, root) = tree();
        let mut source = Source::new("/temp");
        assert_eq!(source.read(&root), Err(Errno::ENOENT));
        std::fs::write(tree.path().join("temp"), "1").unwrap();
        assert_eq!(source.read(&root), Ok("1"));
    }

    #[test]
    fn a_fifo_a_folder_a_huge_and_a_binary_file_are_errors_and_block_nothing() {
        let (tree, root) = tree();
        nix::unistd::mkfifo(&tree.path().join("fifo"), Mode::from_bits_truncate(0o600)).unwrap();
        std::fs::create_dir(tree.path().join("folder")).unwrap();
        std::fs::write(tree.path().join("huge"), vec![b'1'; MAX_SYSFS + 1]).unwrap();
        std::fs::write(tree.path().join("page"), vec![b'1'; MAX_SYSFS]).unwrap();
        std::fs::write(tree.path().join("binary"), [0xff, 0xfe]).unwrap();
        for (path, errno) in [
            ("/fifo", Errno::ESPIPE),
            ("/folder", Errno::EISDIR),
            ("/huge", Errno::EFBIG),
            ("/binary", Errno::EILSEQ),
        ] {
            assert_eq!(Source::new(path).read(&root), Err(errno), "{path}");
            assert_eq!(reason(errno), Missing::Garbled, "{path}");
        }
        assert_eq!(
            Source::new("/page").read(&root).map(str::len),
            Ok(MAX_SYSFS)
        );
    }
}
