//! Putting a backup back. What was there is kept aside, and a crash at any step is mended by doing
//! it again.

use super::BackupError;
use super::file::{BackupFile, NODES};
use crate::identity::IdentityError;
use crate::identity::content::{Content, Texts};
use crate::identity::files::{self, Lock, PUBLIC};
use crate::identity::{folder, nodes_file};
use picket_wire::SiteId;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// How many nodes are enrolled now; none if the backup has no `nodes.toml`.
    pub nodes: Option<usize>,
    /// What was kept aside.
    pub kept: Vec<PathBuf>,
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.nodes {
            Some(1) => f.write_str("restored: keys and 1 enrolled node")?,
            Some(count) => write!(f, "restored: keys and {count} enrolled nodes")?,
            None => f.write_str("restored: keys; the backup enrols no node")?,
        }
        for path in &self.kept {
            write!(f, "\nwhat was there is kept in {}", path.display())?;
        }
        f.write_str("\nstart the hub now: systemctl start picket-hub")
    }
}

/// Puts a backup of `site` back into `dir` and `nodes`. `force` replaces an identity with other
/// keys. `file` is only named in errors. `become_hub` is called with the state folder once the
/// backup is known to be good, and before anything is touched: the files belong to whom this
/// process is from then on, and no link that the hub's user made has more than that user's rights.
pub fn restore(
    backup: &BackupFile,
    file: &Path,
    (dir, nodes): (&Path, &Path),
    site: SiteId,
    force: bool,
    become_hub: impl FnOnce(&Path) -> Result<(), BackupError>,
) -> Result<Restored, BackupError> {
    let mut texts = backup.files.clone();
    let nodes_text = texts.remove(NODES);
    let content = Content::check(&texts, file)?;
    let enrolled = nodes_text.as_ref();
    let enrolled = enrolled
        .map(|text| nodes_file::parse(text, file))
        .transpose()?;
    if content.site() != site {
        return Err(BackupError::Site {
            file: file.to_owned(),
            theirs: content.site().to_string(),
            ours: site.to_string(),
        });
    }
    let state_dir = files::parent(dir);
    become_hub(state_dir)?;
    files::make_dir(state_dir)?;
    let _lock = Lock::take(dir)?;
    let present = folder::read(dir)?;
    if !force && content.differs_from(&present) {
        return Err(BackupError::OtherKeys(dir.to_owned()));
    }
    let mut kept = Vec::new();
    if present != texts {
        kept.extend(replace(dir, &texts)?);
    }
    if let Some(text) = nodes_text {
        kept.extend(replace_nodes(nodes, &text)?);
    }
    Ok(Restored {
        nodes: enrolled.map(|nodes| nodes.len()),
        kept,
    })
}

fn replace(dir: &Path, texts: &Texts) -> Result<Option<PathBuf>, IdentityError> {
    let new = folder::staged(dir, texts)?;
    let fail = |error: io::Error| IdentityError::io("replace", dir, &error);
    let has_old = match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(fail(error)),
    };
    let mut kept = None;
    if has_old {
        // Between this step and the next there is no identity. A hub that starts then sees the one
        // that was kept aside, and says that the restore was interrupted.
        let aside = folder::next_aside(dir)?;
        fs::rename(dir, &aside).map_err(fail)?;
        kept = Some(aside);
    }
    fs::rename(&new, dir).map_err(fail)?;
    files::sync_dir(files::parent(dir))?;
    Ok(kept)
}

fn replace_nodes(nodes: &Path, text: &str) -> Result<Option<PathBuf>, IdentityError> {
    let old = files::read(nodes, nodes_file::MAX_FILE)?;
    if old.as_deref() == Some(text) {
        return Ok(None);
    }
    let mut kept = None;
    if let Some(old) = &old {
        let aside = folder::next_aside(nodes)?;
        files::write(&aside, old, PUBLIC)?;
        kept = Some(aside);
    }
    files::write(nodes, text, PUBLIC)?;
    Ok(kept)
}
