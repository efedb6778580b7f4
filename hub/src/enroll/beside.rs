//! A file written beside another one, of the same owner and rights, that takes its place whole.

use nix::unistd::{Gid, Uid};
use std::fs::{File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// Rights of a file that was not there before; nothing secret stands in a settings file.
const MODE: u32 = 0o644;

/// The new file. It is gone again unless it takes its place.
#[derive(Debug)]
pub(super) struct Beside {
    file: PathBuf,
    new: PathBuf,
}

impl Beside {
    /// Writes `text` to the disk, beside `file`, which is now `like` this or absent.
    pub(super) fn write(file: &Path, text: &str, like: Option<&Metadata>) -> io::Result<Beside> {
        let file = std::path::absolute(file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let new = file.with_file_name(format!(".{name}.new-{}", std::process::id()));
        let mut out = File::options().write(true).create_new(true).open(&new)?;
        let beside = Beside { file, new };
        if let Some(like) = like.filter(|like| is_of_others(like)) {
            fchown(&out, Some(like.uid()), Some(like.gid()))?;
        }
        let mode = like.map_or(MODE, |like| like.mode() & 0o7777);
        out.set_permissions(Permissions::from_mode(mode))?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        Ok(beside)
    }

    /// The file whose place it is to take.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Puts it there. Who reads meanwhile sees the old or the new.
    pub(super) fn take_place(self) -> io::Result<()> {
        std::fs::rename(&self.new, &self.file)?;
        let folder = self.file.parent().unwrap_or(Path::new("/"));
        File::open(folder)?.sync_all()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // After it took its place there is nothing of this name.
        let _ = std::fs::remove_file(&self.new);
    }
}

fn is_of_others(like: &Metadata) -> bool {
    like.uid() != Uid::effective().as_raw() || like.gid() != Gid::effective().as_raw()
}
