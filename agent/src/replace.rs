//! A file is replaced as a whole, or stays as it was, whatever happens in between.

use nix::fcntl::OFlag;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// Who may do what with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Its mode, such as `0o600`.
    pub mode: u32,
    /// Number of user and group that it belongs to; none leaves it to whoever writes it.
    pub owner: Option<(u32, u32)>,
}

/// Writes a file beside the old one, sees that it is on the medium, and puts it in its place.
/// Nobody without the rights can read it at any moment.
///
/// # Errors
/// What the kernel answered; the old file is there as before.
pub fn replace(path: &Path, text: &str, rights: Rights) -> io::Result<()> {
    let beside = beside(path, ".tmp");
    // Of a write that a crash cut off.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let written = write(&beside, text, rights).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written?;
    sync_folder(path)
}

fn write(path: &Path, text: &str, rights: Rights) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        // O_EXCL: what somebody else has put there since is an error, a link too (open(2)).
        .create_new(true)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    if let Some((user, group)) = rights.owner {
        fchown(&file, Some(user), Some(group))?;
    }
    // After the owner, so that nobody else ever has the rights; and past the umask.
    file.set_permissions(fs::Permissions::from_mode(rights.mode))?;
    file.sync_all()
}

/// Gives a file that is on the medium another name in its folder.
///
/// # Errors
/// What the kernel answered.
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    sync_folder(to)
}

/// The path with something more at its end.
pub fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// The folder that a file stands in.
pub fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

/// Sees that what was made, renamed or removed at a path is so on the medium.
///
/// # Errors
/// What the kernel answered.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    const RIGHTS: Rights = Rights {
        mode: 0o600,
        owner: None,
    };

    #[test]
    fn a_file_is_replaced_with_its_rights_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(beside(&path, ".tmp"), "of a crash").unwrap();
        for (text, mode) in [("one", 0o600), ("two", 0o644)] {
            replace(&path, text, Rights { mode, ..RIGHTS }).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, mode);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_planted_link_leads_neither_the_text_nor_the_rights_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        let [path, victim] = ["file", "victim"].map(|name| dir.path().join(name));
        fs::write(&victim, "mine").unwrap();
        fs::set_permissions(&victim, fs::Permissions::from_mode(0o640)).unwrap();
        for planted in [beside(&path, ".tmp"), path.clone()] {
            std::os::unix::fs::symlink(&victim, &planted).unwrap();
            assert!(write(&planted, "text", RIGHTS).is_err());
            replace(&path, "text", RIGHTS).unwrap();
            assert!(fs::symlink_metadata(&path).unwrap().is_file());
            assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
            assert_eq!(fs::metadata(&victim).unwrap().mode() & 0o777, 0o640);
            fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn what_cannot_be_replaced_stays_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("folder");
        fs::create_dir(&path).unwrap();
        assert!(replace(&path, "text", RIGHTS).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(replace(Path::new("/nowhere/file"), "text", RIGHTS).is_err());
    }
}
