//! What a broken store is called, so that its owner knows what to do.

use rusqlite::ErrorCode;
use std::io;
use std::path::PathBuf;

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder is not there and could not be made, or the file could not be made in it.
    #[error("the store cannot use {}: {why}", path.display())]
    Folder {
        /// The folder or the file.
        path: PathBuf,
        /// In words.
        why: String,
    },
    /// A newer hub wrote it.
    #[error(
        "the store {} was written by a newer picket-hub (schema {found}, this one knows {known}); \
         install that version again, or name another state_dir", path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The schema of this program.
        known: i64,
    },
    /// Another hub has it open.
    #[error("the store {} is in use by another picket-hub; stop that one", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// SQLite cannot use it.
    #[error("the store {} cannot be used: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// In words.
        why: String,
    },
}

impl StoreError {
    /// Whether to go on would do harm: another hub writes here, or a newer one will again.
    pub fn is_fatal(&self) -> bool {
        match self {
            StoreError::Newer { .. } | StoreError::InUse { .. } => true,
            StoreError::Folder { .. } | StoreError::Unusable { .. } => false,
        }
    }

    pub(super) fn folder(path: impl Into<PathBuf>, error: &io::Error) -> StoreError {
        let why = match error.kind() {
            io::ErrorKind::PermissionDenied => "no permission; give it to the hub's user".into(),
            io::ErrorKind::ReadOnlyFilesystem => "the filesystem is read-only".into(),
            io::ErrorKind::StorageFull => "the disk is full".into(),
            _ => error.to_string(),
        };
        StoreError::Folder {
            path: path.into(),
            why,
        }
    }

    pub(super) fn sqlite(path: impl Into<PathBuf>, error: &rusqlite::Error) -> StoreError {
        let path = path.into();
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::InUse { path },
            _ => StoreError::Unusable {
                path,
                why: in_words(error),
            },
        }
    }
}

/// What SQLite says, for people.
pub(super) fn in_words(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full".into(),
        Some(ErrorCode::ReadOnly) => "it is read-only".into(),
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            "no permission; give it to the hub's user".into()
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "it is damaged; move it away and start the hub again, which begins a new one".into()
        }
        Some(ErrorCode::SystemIoFailure) => format!("the disk fails: {error}"),
        _ => error.to_string(),
    }
}
