//! Root becomes the hub's user before it writes where that user may write: a link or a folder that
//! was put in the way then leads root nowhere.

use super::BackupError;
use crate::identity::IdentityError;
use crate::identity::files;
use nix::unistd::{Gid, Group, Uid, User, geteuid, getuid, initgroups, setgid, setgroups, setuid};
use std::ffi::CString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

/// The user that the hub's service runs as.
const USER: &str = "picket-hub";
/// The group that it runs with: that of the people who may ask the hub.
const GROUP: &str = "picket";
/// Bits of a mode that let others than the owner change what is in a folder.
const OTHERS_WRITE: u32 = 0o022;
/// The bit that leaves each entry of a folder to its own owner.
const STICKY: u32 = 0o1000;

/// Whom the restored files are to belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user's number.
    pub uid: u32,
    /// The number of the group that new files get.
    pub gid: u32,
    /// The user's name and own group, by which its other groups are found; none where the system
    /// has no such user.
    pub known: Option<(String, u32)>,
}

impl Owner {
    /// Whom the hub runs as, if that is not who we are: for root the user of the service with its
    /// group, or without one whom the state folder belongs to.
    pub fn of_the_hub(state_dir: &Path) -> Option<Owner> {
        if !geteuid().is_root() {
            return None;
        }
        let owner = match User::from_name(USER) {
            Ok(Some(user)) => {
                let group = Group::from_name(GROUP).ok().flatten();
                Owner {
                    uid: user.uid.as_raw(),
                    gid: group.map_or(user.gid, |group| group.gid).as_raw(),
                    known: Some((user.name, user.gid.as_raw())),
                }
            }
            _ => {
                let found = fs::metadata(state_dir).ok()?;
                Owner {
                    uid: found.uid(),
                    gid: found.gid(),
                    known: None,
                }
            }
        };
        Some(owner).filter(|owner| owner.uid != 0)
    }

    /// Makes the state folder if only root can, and is this user from then on, for good.
    ///
    /// The C library applies the change to every thread of the process, those of the runtime too.
    pub fn take_over(&self, state_dir: &Path) -> Result<(), BackupError> {
        self.make(state_dir)?;
        self.switch().map_err(|error| BackupError::Switch {
            user: match &self.known {
                Some((name, _)) => name.clone(),
                None => format!("number {}", self.uid),
            },
            error,
        })
    }

    fn switch(&self) -> io::Result<()> {
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        match &self.known {
            Some((name, own)) => initgroups(&CString::new(name.as_str())?, Gid::from_raw(*own))?,
            None => setgroups(&[])?,
        }
        setgid(gid)?;
        setuid(uid)?;
        let is_other = geteuid() == uid && getuid() == uid && setuid(Uid::from_raw(0)).is_err();
        match is_other {
            true => Ok(()),
            false => Err(io::Error::other(
                "the system did not let go of root's rights",
            )),
        }
    }

    /// Makes the state folder where nobody but root can have a hand in it; elsewhere the user makes
    /// it itself, or is told that it cannot.
    fn make(&self, dir: &Path) -> Result<(), IdentityError> {
        let fail = |error: io::Error| IdentityError::io("make", dir, &error);
        let Some(name) = dir.file_name() else {
            return Ok(());
        };
        let Ok(parent) = fs::canonicalize(files::parent(dir)) else {
            return Ok(());
        };
        let given = std::path::absolute(files::parent(dir)).map_err(fail)?;
        if !is_roots(&given) || !is_roots(&parent) {
            return Ok(());
        }
        let made = parent.join(name);
        match DirBuilder::new().mode(files::PRIVATE_DIR).create(&made) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            done => done.map_err(fail)?,
        }
        let flags = nix::fcntl::OFlag::O_DIRECTORY | nix::fcntl::OFlag::O_NOFOLLOW;
        let folder = OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits())
            .open(&made)
            .map_err(fail)?;
        fchown(&folder, Some(self.uid), Some(self.gid)).map_err(fail)
    }
}

/// Whether a folder, and every one on the way to it, is root's and nobody else can replace it.
fn is_roots(dir: &Path) -> bool {
    dir.ancestors().all(|path| {
        fs::symlink_metadata(path).is_ok_and(|found| {
            let is_safe = found.mode() & OTHERS_WRITE == 0 || found.mode() & STICKY != 0;
            found.uid() == 0 && (is_safe || found.is_symlink())
        })
    })
}
