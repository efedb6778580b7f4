//! Which folders the hub uses when none is named.

use crate::socket;
use nix::unistd::geteuid;
use std::fs::{DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// The run-time folder of a hub that runs as root, and of its service.
const SYSTEM_RUNTIME_DIR: &str = "/run/picket/hub";

/// A folder that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the folder {}: {why}; name another one by {option}", path.display())]
pub struct FolderError {
    path: PathBuf,
    why: String,
    option: &'static str,
}

/// The run-time folder: of root and the service `/run/picket/hub`, of an ordinary user under
/// `$XDG_RUNTIME_DIR`, and without one a folder of their own under `/tmp`.
pub fn default_runtime_dir() -> PathBuf {
    if geteuid().is_root() {
        return PathBuf::from(SYSTEM_RUNTIME_DIR);
    }
    match absolute("XDG_RUNTIME_DIR") {
        Some(dir) => dir.join("picket"),
        None => PathBuf::from(format!("/tmp/picket-{}", geteuid())),
    }
}

/// Where a command looks for the hub: in its user's own run-time folder if a hub has its socket
/// there, else where the service has it.
pub fn runtime_dir_of_a_hub() -> PathBuf {
    let own = default_runtime_dir();
    let system = PathBuf::from(SYSTEM_RUNTIME_DIR);
    // Whoever may not look into the service's folder is to hear just that.
    match !socket::path(&own).exists() && system.exists() {
        true => system,
        false => own,
    }
}

/// The state folder of `up`: `$XDG_STATE_HOME/picket`, by default `~/.local/state/picket`.
pub fn user_state_dir() -> Option<PathBuf> {
    let base = absolute("XDG_STATE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
    Some(base.join("picket"))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    // The XDG specification says that a path that is not absolute is to be ignored.
    std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}

/// Makes the run-time folder if it is missing. One that others could have put in our way under
/// `/tmp` is refused.
pub fn make_runtime_dir(dir: &Path) -> Result<(), FolderError> {
    let error = |why: String| FolderError {
        path: dir.to_owned(),
        why,
        option: "--runtime-dir",
    };
    let made = DirBuilder::new().recursive(true).mode(0o750).create(dir);
    made.map_err(|cause| error(in_words(&cause)))?;
    let found = std::fs::symlink_metadata(dir).map_err(|cause| error(cause.to_string()))?;
    if dir.starts_with("/tmp") && !is_private(&found) {
        return Err(error(
            "it belongs to somebody else, or others may write into it".to_owned(),
        ));
    }
    Ok(())
}

fn is_private(found: &Metadata) -> bool {
    found.is_dir() && found.uid() == geteuid().as_raw() && found.mode() & 0o022 == 0
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "no permission".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_runtime_folder_is_made_and_found_again() {
        let parent = tempfile::tempdir_in("/tmp").unwrap();
        let dir = parent.path().join("a/b");
        make_runtime_dir(&dir).unwrap();
        make_runtime_dir(&dir).unwrap();
        assert_eq!(std::fs::metadata(&dir).unwrap().mode() & 0o777, 0o750);
    }

    #[test]
    fn a_folder_that_others_may_write_into_or_a_link_is_refused_under_tmp() {
        let parent = tempfile::tempdir_in("/tmp").unwrap();
        let open = parent.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, PermissionsExt::from_mode(0o777)).unwrap();
        let link = parent.path().join("link");
        symlink(parent.path(), &link).unwrap();
        for dir in [open, link] {
            let error = make_runtime_dir(&dir).unwrap_err().to_string();
            assert!(error.contains("--runtime-dir"), "{error}");
        }
    }
}
