//! Why no file is read back: by its owner's wish, or because something is wrong.

use crate::settings::SettingsError;
use picket_wire::Missing;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why no file is read back, for as long as the process runs.
#[derive(Debug)]
pub enum Unwatched {
    /// The settings say so.
    ByOwner,
    /// Another machine's files are looked at, and nobody has named its settings.
    OtherMachine,
    /// Nobody knows what the owner wants.
    SettingsWrong(SettingsError),
    /// There is no folder for the manifests.
    NoState,
    /// The folder for the manifests cannot be made.
    StateFailed(PathBuf, io::Error),
}

impl Unwatched {
    /// What its readings say instead of values. Only what is meant to be so is no gap.
    pub fn missing(&self) -> Missing {
        match self {
            Unwatched::ByOwner | Unwatched::OtherMachine => Missing::NotSupported,
            Unwatched::SettingsWrong(_) => Missing::Garbled,
            Unwatched::NoState | Unwatched::StateFailed(..) => Missing::Denied,
        }
    }

    /// Says it in the log.
    pub fn log(&self) {
        match self.missing() {
            Missing::NotSupported => tracing::info!("privileged probes only: {self}"),
            _ => tracing::warn!("privileged probes only: {self}"),
        }
    }
}

impl fmt::Display for Unwatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unwatched::ByOwner => f.write_str("the settings say that no file is read back"),
            Unwatched::OtherMachine => f.write_str(
                "no file is read back, and no card is asked for its health, of another machine \
                 without --settings",
            ),
            Unwatched::SettingsWrong(error) => write!(
                f,
                "no card is asked for its health and no file is read back, because the settings \
                 are wrong: {error}"
            ),
            Unwatched::NoState => f.write_str("no file is read back without --state-dir"),
            Unwatched::StateFailed(dir, error) => write!(
                f,
                "no file is read back, because the folder of the manifests cannot be made: {}: \
                 {error}",
                dir.display()
            ),
        }
    }
}
