//! One scrub for each folder of manifests: who has it holds a lock on the folder itself, which
//! writes nothing.

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The lock; it is given back when this is dropped, or its process ends however that may be.
#[derive(Debug)]
pub struct Lock {
    _folder: Flock<File>,
}

/// Why there is no lock.
#[derive(Debug)]
pub enum NoLock {
    /// Another scrub has it.
    Held {
        /// Which process, in words.
        by: String,
    },
    /// The folder cannot be opened or locked.
    Failed(io::Error),
}

impl Lock {
    /// Locks a folder that is there.
    ///
    /// # Errors
    /// Somebody else has it, or what the kernel answered.
    pub fn take(folder: &Path) -> Result<Lock, NoLock> {
        let file = File::open(folder).map_err(NoLock::Failed)?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(locked) => Ok(Lock { _folder: locked }),
            Err((file, Errno::EWOULDBLOCK)) => Err(NoLock::Held { by: holder(&file) }),
            Err((_, errno)) => Err(NoLock::Failed(errno.into())),
        }
    }
}

/// Who holds a lock on what is open: `/proc/locks` (proc_locks(5)) names process and inode.
fn holder(file: &File) -> String {
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let inode = file.metadata().map_or(0, |metadata| metadata.ino());
    let pid = locks.lines().find_map(|line| pid_of(line, inode));
    match pid {
        Some(pid) => {
            let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            format!("process {pid} ({})", crate::parts::printable(name.trim()))
        }
        None => "another process".to_owned(),
    }
}

/// Of a line such as `1: FLOCK  ADVISORY  WRITE 812 b3:02:1234 0 EOF`; one that waits has an arrow
/// behind its number.
fn pid_of(line: &str, inode: u64) -> Option<u32> {
    let mut words = line.split_ascii_whitespace().skip(1);
    if words.next() != Some("FLOCK") {
        return None;
    }
    let pid = words.nth(2)?;
    let locked = words.next()?.rsplit(':').next()?;
    (locked.parse() == Ok(inode)).then(|| pid.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_scrub_and_a_second_one_hears_who_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::take(dir.path()).unwrap();
        let Err(NoLock::Held { by }) = Lock::take(dir.path()) else {
            panic!("it was given twice");
        };
        let me = format!("process {}", std::process::id());
        assert!(by.starts_with(&me), "{by}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        drop(lock);
        assert!(Lock::take(dir.path()).is_ok());
        let nowhere = Lock::take(&dir.path().join("none"));
        assert!(matches!(nowhere, Err(NoLock::Failed(_))));
    }

    #[test]
    fn the_holder_is_found_by_the_inode() {
        let line = "1: FLOCK  ADVISORY  WRITE 812 b3:02:1234 0 EOF";
        assert_eq!(pid_of(line, 1234), Some(812));
        assert_eq!(pid_of(line, 234), None);
        assert_eq!(
            pid_of("1: -> FLOCK  ADVISORY  WRITE 9 b3:02:1234 0 EOF", 1234),
            None
        );
        assert_eq!(
            pid_of("2: POSIX  ADVISORY  WRITE 812 b3:02:1234 0 EOF", 1234),
            None
        );
        assert_eq!(pid_of("", 0), None);
    }
}
