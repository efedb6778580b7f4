//! Files that are there whole or not at all, and the lock of the one who may write them.

use super::error::IdentityError;
use nix::fcntl::OFlag;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Bits of a mode that let others than the owner in.
const OTHERS: u32 = 0o077;
/// Mode of a file that has a secret.
pub(crate) const SECRET: u32 = 0o600;
/// Mode of a file that everybody may read.
pub(crate) const PUBLIC: u32 = 0o644;
/// Mode of a folder that has secrets.
pub(crate) const PRIVATE_DIR: u32 = 0o700;
/// How long a hub that starts waits for the lock; a backup holds it for some milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks at the lock.
const LOOK: Duration = Duration::from_millis(50);

/// Held by whoever may write an identity, or reads it and wants nobody to write meanwhile.
///
/// It is a lock (flock) on the folder that the identity's folder stands in, so that it holds while
/// that one is made or replaced, and leaves no file behind. It ends with the process.
#[derive(Debug)]
pub(crate) struct Lock {
    _folder: File,
}

impl Lock {
    /// Takes the lock of the identity in `dir`, now or never.
    pub(crate) fn take(dir: &Path) -> Result<Lock, IdentityError> {
        let parent = parent(dir);
        let folder = File::open(parent).map_err(|e| IdentityError::io("open", parent, &e))?;
        match folder.try_lock() {
            Ok(()) => Ok(Lock { _folder: folder }),
            Err(TryLockError::WouldBlock) => Err(IdentityError::Locked {
                dir: dir.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(IdentityError::io("lock", parent, &error)),
        }
    }

    /// As [`Lock::take`], with some patience for who only reads.
    pub(crate) fn wait(dir: &Path) -> Result<Lock, IdentityError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match Lock::take(dir) {
                Err(IdentityError::Locked { .. }) if Instant::now() < until => {
                    std::thread::sleep(LOOK);
                }
                done => return done,
            }
        }
    }
}

/// The folder that a path stands in.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => Path::new("/"),
    }
}

/// A path beside another: the same folder, the name with something before and after it.
pub(crate) fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(after);
    path.with_file_name(name)
}

/// What a file is called until it is whole.
pub(crate) fn unfinished(path: &Path) -> PathBuf {
    beside(path, ".", ".new")
}

/// Makes a folder for secrets, and what it stands in.
pub(crate) fn make_dir(dir: &Path) -> Result<(), IdentityError> {
    let made = DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_DIR)
        .create(dir);
    made.map_err(|error| IdentityError::io("make", dir, &error))
}

/// The text of a file; none if there is no such file. More than `max` bytes are an error, and so is
/// anything that is no file: a pipe that somebody put there would be waited for without an end.
pub(crate) fn read(path: &Path, max: u64) -> Result<Option<String>, IdentityError> {
    let fail = |error: &io::Error| IdentityError::io("read", path, error);
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path);
    let file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(|error| fail(&error))?,
    };
    let wrong = |what: String| IdentityError::Text {
        file: path.to_owned(),
        line: None,
        what,
    };
    if !file.metadata().map_err(|error| fail(&error))?.is_file() {
        return Err(wrong("is no regular file; move it away".to_owned()));
    }
    let mut bytes = Vec::new();
    let taken = file.take(max + 1).read_to_end(&mut bytes);
    taken.map_err(|error| fail(&error))?;
    if bytes.len() as u64 > max {
        return Err(wrong(format!(
            "is longer than {max} bytes, so it is not Picket's"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not text (UTF-8)".to_owned()))?;
    Ok(Some(text))
}

/// Replaces a file, or makes it. A crash at any step leaves the old one or the new one.
///
/// A file that was there keeps its mode unless it is to be secret, and its group if the system lets
/// us give it.
pub(crate) fn write(path: &Path, text: &str, mode: u32) -> Result<(), IdentityError> {
    // People keep links to a file in their Git folder; the link is theirs and stays.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let new = unfinished(&target);
    let written = write_new(&new, text, mode, fs::metadata(&target).ok())
        .and_then(|()| fs::rename(&new, &target));
    if let Err(error) = written {
        // It would be in nobody's way: the next write begins by removing it.
        let _ = fs::remove_file(&new);
        // Of the file that a link leads to: it is there that the owner has to look.
        return Err(IdentityError::io("write", &target, &error));
    }
    sync_dir(parent(&target))
}

fn write_new(new: &Path, text: &str, mode: u32, old: Option<fs::Metadata>) -> io::Result<()> {
    remove(new)?;
    let open = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(new);
    let mut file = open?;
    let mut final_mode = mode;
    if let Some(old) = old.filter(|_| mode != SECRET) {
        final_mode = old.mode() & 0o777;
        // Only a member of the group may give a file to it.
        let _ = fchown(&file, None, Some(old.gid()));
    }
    // What the umask took away is given back.
    file.set_permissions(Permissions::from_mode(final_mode))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Removes a file if it is there.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Makes sure that what was made, renamed or removed in a folder stays so.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), IdentityError> {
    let synced = File::open(dir).and_then(|folder| folder.sync_all());
    synced.map_err(|error| IdentityError::io("write", dir, &error))
}

/// Takes back what others may do with a file or folder of secrets, and says so.
pub(crate) fn close_to_others(path: &Path) -> Result<(), IdentityError> {
    let found = fs::symlink_metadata(path).map_err(|e| IdentityError::io("read", path, &e))?;
    if found.mode() & OTHERS == 0 {
        return Ok(());
    }
    let own = Permissions::from_mode(found.mode() & 0o777 & !OTHERS);
    fs::set_permissions(path, own).map_err(|e| IdentityError::io("close", path, &e))?;
    tracing::warn!(
        "{} has secrets and was open to other users of this machine; it is closed now",
        path.display()
    );
    Ok(())
}

/// The line of a place in a text, from 1.
pub(crate) fn line(text: &str, offset: usize) -> usize {
    let before = text.bytes().take(offset);
    before.filter(|byte| *byte == b'\n').count() + 1
}

/// A fault that the parser of TOML found.
pub(crate) fn syntax(file: &Path, text: &str, error: &toml::de::Error) -> IdentityError {
    IdentityError::Text {
        file: file.to_owned(),
        line: error.span().map(|span| line(text, span.start)),
        what: error.message().lines().collect::<Vec<_>>().join("; "),
    }
}
