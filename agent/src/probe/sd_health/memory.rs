//! What is remembered of a card over restarts and crashes: a tombstone from before the first
//! command until its answer, and what it answered last.
//!
//! A command that a card does not know has hung machines. The tombstone stands on the medium before
//! the command is sent, so that after such a crash the card is not asked again. Where a boot forgets
//! what was written, no card is asked.

use crate::probe::cid::Cid;
use crate::replace::{self, Rights};
use nix::sys::statfs::{FsType, OVERLAYFS_SUPER_MAGIC, TMPFS_MAGIC, statfs};
use picket_wire::{Missing, Value};
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long a card is left in peace after it was asked.
pub(super) const DAY: Duration = Duration::from_secs(24 * 3600);

/// Filesystems that are gone at the next boot; an overlay most often writes into memory, which
/// makes a card read-only (raspi-config, "Overlay File System").
const FORGETFUL: [(u32, &str); 3] = [
    (magic(TMPFS_MAGIC), "tmpfs"),
    // linux/magic.h
    (0x8584_58f6, "ramfs"),
    (magic(OVERLAYFS_SUPER_MAGIC), "overlayfs"),
];

const RIGHTS: Rights = Rights {
    mode: 0o600,
    owner: None,
};
const TOMBSTONE: &str = "The card was asked for its health and this file is still here: the machine \
                         stopped before the card had answered, or the card refused. It is not asked \
                         again until this file is deleted.\n";

/// The files of one card.
#[derive(Debug)]
pub(super) struct Memory {
    /// Where the tombstone stands.
    pub(super) tombstone: PathBuf,
    /// What the card answered; its time says when.
    answer: PathBuf,
}

/// By what number the kernel knows the filesystem that a folder is on (statfs(2), `f_type`).
pub(super) fn filesystem(folder: &Path) -> io::Result<u32> {
    Ok(magic(statfs(folder)?.filesystem_type()))
}

/// Such a number has 32 bits; the type that carries it is another one on each machine.
const fn magic(filesystem: FsType) -> u32 {
    let [a, b, c, d, ..] = filesystem.0.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Whether what is written into a folder is still there after a boot, by its filesystem.
///
/// # Errors
/// Why it is not, or that nobody knows.
pub(super) fn outlives_a_boot(folder: &Path, filesystem: io::Result<u32>) -> Result<(), String> {
    let folder = folder.display();
    let number = filesystem.map_err(|error| format!("{folder} cannot be looked at: {error}"))?;
    match FORGETFUL.iter().find(|(forgetful, _)| *forgetful == number) {
        None => Ok(()),
        Some((_, name)) => Err(format!(
            "{folder} is on {name}, where a boot would forget that the card hung the machine"
        )),
    }
}

impl Memory {
    /// In the folder of the scrub's state.
    pub(super) fn of(state: &Path, cid: Cid) -> Memory {
        let tombstone = state.join("sd_health").join(cid.to_string());
        Memory {
            answer: replace::beside(&tombstone, ".answer"),
            tombstone,
        }
    }

    /// Whether the tombstone stands. That it cannot be looked at counts as standing.
    pub(super) fn is_buried(&self) -> bool {
        let missing = |error: io::Error| error.kind() == io::ErrorKind::NotFound;
        !fs::symlink_metadata(&self.tombstone).is_err_and(missing)
    }

    /// Sets the tombstone, and sees that it is on the medium.
    pub(super) fn bury(&self) -> io::Result<()> {
        let folder = replace::folder(&self.tombstone);
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Err(_) => {}
            // Else a crash could take the folder away, and the tombstone with it.
            Ok(()) => replace::sync_folder(folder)?,
        }
        replace::replace(&self.tombstone, TOMBSTONE, RIGHTS)
    }

    /// Takes the tombstone away: the card has answered, or was never asked.
    pub(super) fn exhume(&self) -> io::Result<()> {
        fs::remove_file(&self.tombstone)?;
        replace::sync_folder(&self.tombstone)
    }

    /// Remembers what the card answered.
    pub(super) fn keep(&self, value: Value) -> io::Result<()> {
        let text = match value {
            Ok(used) => format!("{used}\n"),
            Err(why) => format!("{}\n", why.name()),
        };
        replace::replace(&self.answer, &text, RIGHTS)
    }

    /// What the card answered within the last day; none if it was not asked. A clock that was set
    /// may put that into the future.
    pub(super) fn kept(&self, now: SystemTime) -> Option<Value> {
        let at = fs::symlink_metadata(&self.answer).ok()?.modified().ok()?;
        let age = now.duration_since(at).or_else(|_| at.duration_since(now));
        if age.is_ok_and(|age| age >= DAY) {
            return None;
        }
        let text = fs::read_to_string(&self.answer).unwrap_or_default();
        let used = text.trim().parse::<u8>().ok();
        Some(used.map(i64::from).ok_or(Missing::Garbled))
    }
}
