//! Taking a backup, beside a running hub or without one.

use super::file::{BackupFile, NODES};
use super::{BackupError, IdentityError};
use crate::identity::content::{Content, Texts};
use crate::identity::files::{self, Lock};
use crate::identity::{folder, nodes_file};
use std::path::Path;
use std::time::Duration;

/// Looks at an identity that a running hub may be writing, at most.
const LOOKS: usize = 20;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Reads the identity and `nodes.toml`, and checks them, so that what is kept can be put back.
pub fn take(dir: &Path, nodes: &Path) -> Result<BackupFile, BackupError> {
    if folder::is_absent(dir)? {
        return Err(BackupError::Nothing(dir.to_owned()));
    }
    let files = match Lock::take(dir) {
        Ok(_lock) => read(dir, nodes)?,
        Err(IdentityError::Locked { .. }) => read_twice(dir, nodes)?,
        Err(error) => return Err(error.into()),
    };
    let content = Content::check(&files, dir)?;
    if let Some(text) = files.get(NODES) {
        nodes_file::parse(text, nodes)?;
    }
    Ok(BackupFile {
        site: content.site().to_string(),
        files,
    })
}

fn read(dir: &Path, nodes: &Path) -> Result<Texts, IdentityError> {
    let mut texts = folder::read(dir)?;
    if let Some(text) = files::read(nodes, nodes_file::MAX_FILE)? {
        texts.insert(NODES.to_owned(), text);
    }
    Ok(texts)
}

/// Each file is whole at any time; two looks that agree show that all are of one time.
fn read_twice(dir: &Path, nodes: &Path) -> Result<Texts, BackupError> {
    let mut last = read(dir, nodes)?;
    for _ in 0..LOOKS {
        let now = read(dir, nodes)?;
        if now == last {
            return Ok(now);
        }
        last = now;
        std::thread::sleep(PAUSE);
    }
    Err(BackupError::Restless)
}
