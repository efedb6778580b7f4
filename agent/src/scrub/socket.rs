//! The sockets of the agent and of the scrub on one machine: how each is listened at, and whose word
//! counts there.

use nix::unistd::Uid;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, PermissionsExt};
use std::path::Path;
use tokio::net::{UnixListener, UnixStream};

/// Listens at a path, whose folder is made if it is not there. The socket has these rights; what
/// somebody who is gone has left behind there is removed.
///
/// # Errors
/// What the kernel answered, or `taken`, which says that somebody listens there already.
pub fn listen(path: &Path, mode: u32, taken: &str) -> io::Result<UnixListener> {
    if let Some(dir) = path.parent() {
        // One that is there already is left as it is.
        DirBuilder::new().recursive(true).mode(0o750).create(dir)?;
    }
    match fs::symlink_metadata(path) {
        Ok(entry) if !entry.file_type().is_socket() => {
            return Err(io::Error::other("something that is no socket stands there"));
        }
        Ok(_) if std::os::unix::net::UnixStream::connect(path).is_ok() => {
            return Err(io::Error::other(taken));
        }
        Ok(_) => fs::remove_file(path)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    Ok(listener)
}

/// Whether who has connected is root, or the user of this process.
pub fn may_speak(stream: &UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| {
        let user = Uid::from_raw(peer.uid());
        user.is_root() || user == Uid::effective()
    })
}
