//! Opening what is below a folder, on its own filesystem and through no link, whatever others do to
//! the names meanwhile.

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, open, openat2};
use nix::sys::stat::Mode;
use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A folder, below which all is opened by its path from there: no chain of open folders, however
/// deep the tree. The kernel takes paths of 4,095 bytes (`PATH_MAX`); longer ones are
/// `ENAMETOOLONG`.
#[derive(Debug)]
pub struct Beneath {
    path: PathBuf,
    /// None while it is let go of.
    folder: Option<OwnedFd>,
}

impl Beneath {
    /// The folder at a path, links in which are followed: whoever named it meant where it leads.
    ///
    /// # Errors
    /// What the kernel answered; `ENOSYS` before Linux 5.6.
    pub fn new(path: &Path) -> Result<Beneath, Errno> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let beneath = Beneath {
            folder: Some(open(path, flags, Mode::empty())?),
            path: path.to_owned(),
        };
        beneath.open(b"", OFlag::O_PATH)?;
        Ok(beneath)
    }

    /// Lets go of the folder, so that its filesystem can be taken off.
    pub fn let_go(&mut self) {
        self.folder = None;
    }

    /// What stands at the folder's path now, if it was let go of.
    ///
    /// # Errors
    /// As of [`Beneath::new`].
    pub fn anew(&self) -> Option<Result<Beneath, Errno>> {
        let is_let_go = self.folder.is_none();
        is_let_go.then(|| Beneath::new(&self.path))
    }

    /// The folder.
    ///
    /// # Errors
    /// `EBADF` while it is let go of.
    pub fn root(&self) -> Result<&OwnedFd, Errno> {
        self.folder.as_ref().ok_or(Errno::EBADF)
    }

    /// Opens a regular file for reading past the cache if it can be, and whether it is so. Neither
    /// the time of the last access is changed, if the caller may ask for that, nor is a FIFO waited
    /// for that took the file's place.
    ///
    /// # Errors
    /// What the kernel answered; `EXDEV` for what is mounted there, `ELOOP` for a link.
    pub fn file(&self, path: &[u8]) -> Result<(File, bool), Errno> {
        let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        match self.quietly(path, flags | OFlag::O_DIRECT) {
            Err(Errno::EINVAL) => Ok((self.quietly(path, flags)?.into(), false)),
            answer => Ok((answer?.into(), true)),
        }
    }

    /// Opens a folder to be listed.
    ///
    /// # Errors
    /// As of [`Beneath::file`]; `ENOTDIR` for what is no folder.
    pub fn folder(&self, path: &[u8]) -> Result<Dir, Errno> {
        Dir::from_fd(self.quietly(path, OFlag::O_DIRECTORY)?)
    }

    /// Opens what stands there to be asked what it is, not to be read.
    ///
    /// # Errors
    /// As of [`Beneath::file`].
    pub fn thing(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        self.open(path, OFlag::O_PATH)
    }

    /// Only the owner of a file, and who may do what he may, can ask for its time to be left alone.
    fn quietly(&self, path: &[u8], flags: OFlag) -> Result<OwnedFd, Errno> {
        match self.open(path, flags | OFlag::O_NOATIME) {
            Err(Errno::EPERM) => self.open(path, flags),
            answer => answer,
        }
    }

    fn open(&self, path: &[u8], flags: OFlag) -> Result<OwnedFd, Errno> {
        let path = if path.is_empty() { b"." } else { path };
        let mut flags = flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        // Without this a processor of 32 bits opens no file of more than 2 GiB. Beside O_PATH the
        // kernel refuses it (openat2(2)), and with musl it is a flag on every processor.
        if !flags.contains(OFlag::O_PATH) {
            flags |= OFlag::O_LARGEFILE;
        }
        let resolve = ResolveFlag::RESOLVE_BENEATH
            | ResolveFlag::RESOLVE_NO_SYMLINKS
            | ResolveFlag::RESOLVE_NO_XDEV;
        let how = OpenHow::new().flags(flags).resolve(resolve);
        openat2(self.root()?, OsStr::from_bytes(path), how)
    }
}
