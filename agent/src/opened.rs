//! A file of the owner's, opened so that whoever else may write into its folder can do no harm:
//! reading waits for nobody, and whose the file is, is asked of what was opened.

use nix::fcntl::OFlag;
use nix::unistd::{Uid, User};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The user that the service runs as.
const USER: &str = "picket-agent";

/// Opens a regular file for reading; a FIFO, which would wait for its writer, is an error.
///
/// # Errors
/// What the kernel answered, or that it is no regular file.
pub fn open(path: &Path) -> io::Result<File> {
    // std adds O_CLOEXEC (std::fs::OpenOptions, open(2)).
    regular(path, OFlag::O_NONBLOCK)
}

/// As [`open`], but a link is an error too.
///
/// # Errors
/// What the kernel answered, or that it is no regular file.
pub fn open_no_link(path: &Path) -> io::Result<File> {
    regular(path, OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW)
}

fn regular(path: &Path, flags: OFlag) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("it is not a regular file")),
    }
}

/// Number of the service's user and group, if root asks and there is such a user.
pub fn service_user() -> Option<(u32, u32)> {
    if !Uid::effective().is_root() {
        return None;
    }
    let user = User::from_name(USER).ok()??;
    Some((user.uid.as_raw(), user.gid.as_raw()))
}

/// Whether a secret that belongs to `user` may have been written by this program: by who runs it,
/// or, for root, by the service.
pub fn is_ours(user: u32) -> bool {
    user == Uid::effective().as_raw() || service_user().is_some_and(|(service, _)| user == service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fifo, in_time};

    #[test]
    fn a_fifo_and_a_folder_are_refused_at_once_and_a_link_if_it_is_not_wanted() {
        let dir = tempfile::tempdir().unwrap();
        let [fifo_path, real, link] = ["fifo", "real", "link"].map(|name| dir.path().join(name));
        fifo(&fifo_path);
        std::fs::write(&real, "").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let why = in_time(move || open(&fifo_path).unwrap_err().to_string());
        assert!(why.contains("not a regular file"), "{why}");
        assert!(open(dir.path()).is_err());
        assert!(open(&link).is_ok() && open_no_link(&real).is_ok());
        assert!(open_no_link(&link).is_err());
    }
}
