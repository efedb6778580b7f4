//! What the scrub has against a file, and what it tells of it.

use crate::parts::printable;
use picket_wire::section::MAX_PATH;
use picket_wire::{FindingKind, FindingState, GroundTruth};
use std::cmp::Reverse;

/// Most findings that are told at once, the newest; the counts of the readings are of all.
pub const MAX_TOLD: usize = 64;

/// A file that reads otherwise than it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it reads.
    pub kind: FindingKind,
    /// Whether it is over, and how.
    pub state: FindingState,
    /// What it was compared with.
    pub truth: GroundTruth,
    /// Whether the kernel had the content that was written in memory when it was found.
    pub cached_copy_is_good: bool,
    /// Whether the file's times do not show every change.
    pub times_are_weak: bool,
    /// When it was found, in seconds since 1970.
    pub found_unix_s: u64,
    /// The first block of 4 KiB that differs, counted in the whole file from 0.
    pub block: u64,
    /// How many blocks differ; 0 where that is not known.
    pub blocks: u32,
    /// Where that block lies on the filesystem's device, in sectors of 512 bytes; 0 if not known.
    pub sector: u64,
    /// BLAKE3 of the whole absolute path's bytes.
    pub path_hash: [u8; 32],
    /// The path for people, by [`shown`].
    pub path: String,
    /// The package that the file came in; empty if none is known.
    pub package: String,
}

impl Finding {
    /// Whether it is not over.
    pub fn is_open(&self) -> bool {
        self.state == FindingState::Open
    }

    /// Its [`rank`].
    pub fn rank(&self) -> (bool, Reverse<u64>) {
        rank(self.state, self.found_unix_s)
    }
}

/// Which of too many is told, the least first: what is open before what is over, the newest first.
pub fn rank(state: FindingState, found_unix_s: u64) -> (bool, Reverse<u64>) {
    (state != FindingState::Open, Reverse(found_unix_s))
}

/// A path for people: what is no UTF-8 and control characters are shown as such, and of a long path
/// the end, in at most [`MAX_PATH`] bytes.
pub fn shown(path: &[u8]) -> String {
    let mut text = String::new();
    for chunk in path.utf8_chunks() {
        text.push_str(&printable(chunk.valid()));
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    let from = text.ceil_char_boundary(text.len().saturating_sub(MAX_PATH));
    text.split_off(from)
}

/// Which file a path names.
pub fn path_hash(path: &[u8]) -> [u8; 32] {
    *blake3::hash(path).as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_any_bytes_is_shown_in_bounds_and_without_control_characters() {
        assert_eq!(shown("/srv/\u{202e}a\u{2069}".as_bytes()), "/srv/?a?");
        assert_eq!(shown(b"/srv/a\xffb\n\x1b[0m"), "/srv/a\\xffb??[0m");
        let long = [b"/start/".as_slice(), &[b'x'; 4000], b"/end"].concat();
        let text = shown(&long);
        assert_eq!(text.len(), MAX_PATH);
        assert!(text.ends_with("x/end"));
        let wide = "ä".repeat(3000);
        assert!(shown(wide.as_bytes()).len() <= MAX_PATH);
        let broken = shown(&[0xff; 4096]);
        assert!(broken.len() <= MAX_PATH && broken.ends_with("\\xff"));
    }
}
