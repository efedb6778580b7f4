//! What can be wrong with an identity: one line for the owner, with what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why there is no identity, or why it was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// A file or folder does not do what was wanted.
    #[error("cannot {deed} {}: {why}", path.display())]
    Io {
        /// What was tried.
        deed: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said, and what to do.
        why: String,
    },
    /// Another program holds it.
    #[error(
        "the identity in {} is in use by a running hub; stop that one first \
         (`systemctl stop picket-hub`)", dir.display()
    )]
    Locked {
        /// The identity's folder.
        dir: PathBuf,
    },
    /// Some files of it are there and some are not.
    #[error(
        "the identity in {} is incomplete, it lacks {missing}: put a backup back by \
         `picket-hub restore FILE`; without one, move the folder away, start the hub and join \
         every node again", dir.display()
    )]
    Incomplete {
        /// The identity's folder.
        dir: PathBuf,
        /// Names of files.
        missing: String,
    },
    /// It was being replaced when that was interrupted.
    #[error(
        "there is no identity in {}, but an earlier one in {}: a restore was interrupted, so run \
         it again; or move the earlier one back", dir.display(), old.display()
    )]
    Interrupted {
        /// The identity's folder.
        dir: PathBuf,
        /// One that was kept aside.
        old: PathBuf,
    },
    /// Signatures are bound to the site, so that it cannot be renamed.
    #[error(
        "the identity in {} was made for the site {theirs:?}, and the settings say site = \
         {ours:?}: nodes believe signatures of their own site only, so write site = {theirs:?}; \
         for another site choose another state_dir", dir.display()
    )]
    Site {
        /// The identity's folder.
        dir: PathBuf,
        /// The site that it is for.
        theirs: String,
        /// The site that was wanted.
        ours: String,
    },
    /// A text file says what it must not.
    #[error("{}{}: {what}", file.display(), line.map(|l| format!(":{l}")).unwrap_or_default())]
    Text {
        /// The file.
        file: PathBuf,
        /// The line, from 1; none where no line is at fault.
        line: Option<usize>,
        /// What is wrong and what to do.
        what: String,
    },
    /// A certificate or key is not what it should be.
    #[error(
        "{} {what}: put a backup back by `picket-hub restore FILE`", file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// There are enough nodes.
    #[error(
        "{} nodes are enrolled, which is the most: expel one by `picket-hub expel NODE`",
        super::MAX_NODES
    )]
    Full,
    /// Keys or certificates could not be made.
    #[error("keys and certificates could not be made: {0}")]
    Make(String),
}

impl IdentityError {
    pub(crate) fn io(deed: &'static str, path: &Path, error: &io::Error) -> IdentityError {
        let why = match error.kind() {
            io::ErrorKind::PermissionDenied => {
                let folder = super::files::parent(path).display();
                format!(
                    "no permission; it has to belong to the hub's user, and that user has to be \
                     allowed to write to its folder {folder}"
                )
            }
            io::ErrorKind::ReadOnlyFilesystem => {
                "the filesystem is read-only, or the service may not write there; name another \
                 place in the settings"
                    .to_owned()
            }
            io::ErrorKind::StorageFull => "the disk is full; make room and try again".to_owned(),
            _ => error.to_string(),
        };
        IdentityError::Io {
            deed,
            path: path.to_owned(),
            why,
        }
    }
}
