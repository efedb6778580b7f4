//! `picket-hub backup` and `restore`: the identity of a site in one file, and back.

mod file;
mod owner;
mod put;
mod take;

#[cfg(test)]
mod tests;

pub use file::BackupFile;
pub use owner::Owner;
pub use put::{Restored, restore};
pub use take::take;

use crate::identity::IdentityError;
use std::path::PathBuf;

/// Why there is no backup, or why it was not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The identity is at fault.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// There is nothing to keep.
    #[error(
        "there are no keys in {} yet: the hub makes them at its first start (is --config right?)",
        .0.display()
    )]
    Nothing(PathBuf),
    /// Whoever looks over a shoulder would have the keys.
    #[error(
        "a backup has the hub's secret keys, which are not for a terminal: give --output FILE, or \
         send it on (`picket-hub backup --output - | gpg …`)"
    )]
    Terminal,
    /// Standard output does not take it.
    #[error("the backup cannot be written to standard output: {0}")]
    Output(std::io::Error),
    /// Root stays root.
    #[error(
        "cannot become the hub's user ({user}), so nothing was restored: {error}; check that user \
         and its groups, or type the same as that user"
    )]
    Switch {
        /// The user.
        user: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The identity changes at every look.
    #[error("nodes join faster than a backup can be taken; try again in a minute")]
    Restless,
    /// It is no backup.
    #[error("{} is not a backup of a hub, or it was changed: {what}", file.display())]
    NoBackup {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// It is of a newer program.
    #[error(
        "{} is a backup of format {format} by picket-hub {picket}, which this program does not \
         know: use a picket-hub of that version or newer", file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its format.
        format: u32,
        /// The program that wrote it.
        picket: String,
    },
    /// It is of another site.
    #[error(
        "{} is a backup of the site {theirs:?}, and the settings say site = {ours:?}: write site = \
         {theirs:?} into them, or take the right file", file.display()
    )]
    Site {
        /// The file.
        file: PathBuf,
        /// The site of the backup.
        theirs: String,
        /// The site of the settings.
        ours: String,
    },
    /// Another identity is there.
    #[error(
        "{} has other keys than this backup (a hub that starts without any makes new ones): nodes \
         that joined with those would have to join again; --force puts the backup in their place \
         and keeps them aside", .0.display()
    )]
    OtherKeys(PathBuf),
}
