//! The files that a node says read otherwise than they were written.
//!
//! A finding is a state that is told again and again: what was said last of a file stands. What was
//! said later than it was sampled counts as well, since nothing is judged by a finding alone: the
//! counts of a live report are what opens and closes.

use crate::time::Millis;
use picket_wire::{Finding, FindingKind, FindingState, GroundTruth, is_unprintable};

/// Most findings that are kept of one node.
pub const MAX_FINDINGS: usize = 64;

/// A file that reads otherwise than it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownFinding {
    /// Number of the part that the file lies on, in the present session.
    pub part: u8,
    /// How it reads.
    pub kind: FindingKind,
    /// Whether it is over, and how.
    pub state: FindingState,
    /// What it was compared with.
    pub truth: GroundTruth,
    /// The kernel had the content that was written in memory when it was found.
    pub cached_copy_is_good: bool,
    /// The file's times do not show every change.
    pub times_are_weak: bool,
    /// When it was found, in seconds since 1970 by the node's clock; 0 if that is not known.
    pub found_unix_s: u64,
    /// The first block of 4 KiB that differs, counted in the file from 0.
    pub block: u64,
    /// How many blocks differ; 0 where that is not known.
    pub blocks: u32,
    /// Where that first block lies on the filesystem's device, in sectors of 512 bytes; 0 where that
    /// is not known.
    pub sector: u64,
    /// Which file it is.
    pub path_hash: [u8; 32],
    /// The path for people, without what [`is_unprintable`].
    pub path: String,
    /// The package that the file came in; empty if none is known, or if it is no name of one.
    pub package: String,
    /// The node's uptime when it said so.
    pub(crate) said: Millis,
}

impl KnownFinding {
    fn new(finding: &Finding<'_>, said: Millis) -> KnownFinding {
        let has = |flag: u8| finding.flags & flag != 0;
        let package = Some(finding.package).filter(|name| is_package(name));
        KnownFinding {
            part: finding.part,
            kind: finding.finding_kind(),
            state: finding.finding_state(),
            truth: finding.ground_truth(),
            cached_copy_is_good: has(Finding::CACHED_COPY_IS_GOOD),
            times_are_weak: has(Finding::TIMES_ARE_WEAK),
            found_unix_s: finding.found_unix_s,
            block: finding.block,
            blocks: finding.blocks,
            sector: finding.sector,
            path_hash: finding.path_hash,
            path: finding.path.replace(is_unprintable, "?"),
            package: package.unwrap_or_default().to_owned(),
            said,
        }
    }

    /// Whether it is so.
    pub fn is_open(&self) -> bool {
        self.state == FindingState::Open
    }

    /// What makes room first is the least.
    fn worth(&self) -> (bool, u64, Millis) {
        (self.is_open(), self.found_unix_s, self.said)
    }
}

/// Whether a text is a name of a package of Debian: it becomes part of a command that people copy.
pub(crate) fn is_package(name: &str) -> bool {
    let of_names = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.:".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(of_names)
}

/// The findings of a node's present session.
#[derive(Debug, Default)]
pub(super) struct Findings {
    known: Vec<KnownFinding>,
}

impl Findings {
    pub(super) fn iter(&self) -> impl Iterator<Item = &KnownFinding> {
        self.known.iter()
    }

    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// Takes what a report said at an uptime of the node, unless a later one said more. Gives
    /// whether there was room for it.
    pub(super) fn take(&mut self, finding: &Finding<'_>, said: Millis) -> bool {
        let is_it = |known: &KnownFinding| {
            known.part == finding.part && known.path_hash == finding.path_hash
        };
        if let Some(known) = self.known.iter_mut().find(|known| is_it(known)) {
            if known.said <= said {
                *known = KnownFinding::new(finding, said);
            }
            return true;
        }
        let new = KnownFinding::new(finding, said);
        if self.known.len() < MAX_FINDINGS {
            self.known.push(new);
            return true;
        }
        let least = self.known.iter_mut().min_by_key(|known| known.worth());
        if let Some(least) = least.filter(|least| least.worth() < new.worth()) {
            *least = new;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(path_hash: u8, state: FindingState, found_unix_s: u64) -> Finding<'static> {
        Finding {
            part: 1,
            kind: 1,
            state: state.code(),
            truth: 1,
            flags: 3,
            found_unix_s,
            block: 7,
            blocks: 1,
            sector: 0,
            path_hash: [path_hash; 32],
            path: "/srv/a\n\u{202e}b\u{2066}\u{2069}",
            package: "libc6:arm64",
        }
    }

    #[test]
    fn what_was_said_last_of_a_file_stands_in_whatever_order_it_arrives() {
        let mut findings = Findings::default();
        assert!(findings.take(&finding(1, FindingState::Open, 5), Millis(10)));
        assert!(findings.take(&finding(1, FindingState::Deleted, 5), Millis(30)));
        assert!(findings.take(&finding(1, FindingState::Open, 5), Millis(20)));
        let known: Vec<_> = findings.iter().collect();
        assert_eq!(known.len(), 1);
        assert_eq!(known[0].state, FindingState::Deleted);
        assert_eq!(known[0].path, "/srv/a??b??");
        assert!(known[0].cached_copy_is_good && known[0].times_are_weak);
    }

    #[test]
    fn of_too_many_the_open_and_the_newest_are_kept() {
        let mut findings = Findings::default();
        assert!(findings.take(&finding(200, FindingState::GoodAgain, 999), Millis(1)));
        for nth in 0..80 {
            let new = finding(nth, FindingState::Open, u64::from(nth));
            assert_eq!(findings.take(&new, Millis(1)), nth < 63, "{nth}");
        }
        let mut times: Vec<_> = findings.iter().map(|known| known.found_unix_s).collect();
        times.sort_unstable();
        assert_eq!(times, (16..80).collect::<Vec<_>>());
        assert!(!findings.take(&finding(250, FindingState::GoodAgain, 1_000), Millis(2)));
        assert!(findings.iter().all(KnownFinding::is_open));
    }

    #[test]
    fn only_a_name_of_a_package_is_one() {
        for name in ["libc6", "g++-12", "libc6:arm64", "0ad"] {
            assert!(is_package(name), "{name}");
        }
        for name in ["", "-y", "x;reboot", "a b", "A", "$(x)", "../x"] {
            assert!(!is_package(name), "{name}");
        }
    }
}
