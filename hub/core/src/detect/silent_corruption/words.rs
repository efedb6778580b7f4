//! What is said of files that read wrong, of all of a disk and of each: the summary, the evidence, and
//! the one thing to do next.

use crate::incident::MAX_EVIDENCE;
use crate::node::{KnownFinding, KnownPart, Scrubbed, number};
use picket_wire::{FindingKind, GroundTruth};

/// Longest path in a summary, in characters; of a longer one the end.
const SHORT_PATH: usize = 60;

/// One line: how many files, of which disk, and the first of them.
pub(crate) fn summary(part: &KnownPart, wrong: u64, open: &[&KnownFinding]) -> String {
    let files = match wrong {
        1 => "a file".to_owned(),
        wrong => format!("{wrong} files"),
    };
    let place = format!("the {} {}", part.kind, part.name);
    let Some(first) = open.first() else {
        return format!("{files} of {place} cannot be trusted; the node has not told yet which");
    };
    let what = of_kind(first.kind, wrong > 1);
    let path = short(&first.path);
    let which = match wrong {
        1 => format!("{path}, block {}", first.block),
        _ => format!("first {path}, block {}", first.block),
    };
    format!("{files} of {place} {what}: {which}")
}

fn of_kind(kind: FindingKind, many: bool) -> &'static str {
    match (kind, many) {
        (FindingKind::Stable, false) => "does not read as it was written",
        (FindingKind::Stable, true) => "do not read as they were written",
        (FindingKind::Flapping, false) => "reads otherwise each time",
        (FindingKind::Flapping, true) => "read otherwise each time",
        (FindingKind::Unreadable, _) => "cannot be read",
        (FindingKind::Checksum, false) => "fails the checksum of its filesystem",
        (FindingKind::Checksum, true) => "fail the checksums of their filesystem",
        (FindingKind::Transient | FindingKind::Unknown(_), false) => "reads wrong",
        (FindingKind::Transient | FindingKind::Unknown(_), true) => "read wrong",
    }
}

/// The end of a path, for one line.
fn short(path: &str) -> String {
    let length = path.chars().count();
    match length.checked_sub(SHORT_PATH) {
        None | Some(0) => path.to_owned(),
        Some(more) => format!("…{}", path.chars().skip(more).collect::<String>()),
    }
}

/// How the incident ends. The owner's own word that it is over does not exist.
const HOW_IT_ENDS: &str = "this ends when a scrub sees each file good again, written anew or gone: \
                           restore it from a copy. Keep the scrub's state until then: a manifest \
                           begun anew knows nothing of these files, and this would stay open";

/// A line per file, between one of how many there are in all and one of how it ends.
pub(super) fn evidence(scrubbed: &Scrubbed, open: &[&KnownFinding]) -> Vec<String> {
    let count = |said| number::<u64>(said).unwrap_or(0);
    let (corrupt, flapping, unreadable) = (
        count(scrubbed.corrupt),
        count(scrubbed.flapping),
        count(scrubbed.unreadable),
    );
    let counts = format!(
        "{corrupt} read wrong each time the same, {flapping} otherwise each time, {unreadable} not \
         at all"
    );
    let files = open
        .iter()
        .take(MAX_EVIDENCE - 2)
        .map(|finding| format!("{}: {}", finding.path, finding.words()));
    let ends = HOW_IT_ENDS.to_owned();
    [counts].into_iter().chain(files).chain([ends]).collect()
}

/// The one thing to do next.
pub(super) fn advice(part: &KnownPart, open: &[&KnownFinding]) -> String {
    // What is in memory alone is gone after the next boot: no other file is as urgent.
    let cached = open.iter().find(|finding| finding.cached_copy_is_good);
    match cached.or(open.first()) {
        Some(finding) => finding.advice(part),
        None => "Wait until the node has told which files, and copy nothing over them.".to_owned(),
    }
}

impl KnownFinding {
    /// How it reads, where, and against what, in one line.
    pub fn words(&self) -> String {
        let mut line = format!("{}, block {}", how(self.kind), self.block);
        if self.sector > 0 {
            line.push_str(&format!(" at sector {}", self.sector));
        }
        if self.blocks > 1 {
            line.push_str(&format!(", {} blocks in all", self.blocks));
        }
        line.push_str(match self.truth {
            GroundTruth::None => "",
            GroundTruth::Manifest => ", not as two scrubs read it before",
            GroundTruth::Package => ", not as its package has it",
            GroundTruth::PackageList => ", the sums of a package do not fit each other",
            GroundTruth::Unknown(_) => ", compared with something that this hub does not know",
        });
        if !self.package.is_empty() {
            line.push_str(&format!(", of the package {}", self.package));
        }
        if self.times_are_weak {
            line.push_str(", and its times do not show every change");
        }
        if self.cached_copy_is_good {
            line.push_str("; a good copy was in memory when it was found");
        }
        line
    }

    /// The one thing to do about it, where it lies on `part`.
    pub fn advice(&self, part: &KnownPart) -> String {
        let KnownFinding { path, package, .. } = self;
        let (kind, name) = (part.kind, &part.name);
        match self.kind {
            _ if self.cached_copy_is_good => format!(
                "A good copy was in memory when it was found: copy {path} before any reboot."
            ),
            FindingKind::Stable if !package.is_empty() => {
                format!("Reinstall package {package}: apt install --reinstall {package}")
            }
            FindingKind::Stable => {
                format!("Copy the {kind} {name} now, before more of it reads wrong.")
            }
            FindingKind::Unreadable | FindingKind::Checksum => format!(
                "Copy what can still be read of the {kind} {name} now, then read `dmesg` on it: a \
                 bus that errs looks the same."
            ),
            FindingKind::Flapping | FindingKind::Transient | FindingKind::Unknown(_) => {
                "The medium may be sound: look at the cable, the power supply and memory; an SD card \
                 may do better with `dtparam=sd_cqe=off`."
                    .to_owned()
            }
        }
    }
}

/// The word of a kind, and what it means.
fn how(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Stable => "stable (wrong each time the same)",
        FindingKind::Flapping => "flapping (read otherwise each time)",
        FindingKind::Transient => "transient (read wrong once, then right)",
        FindingKind::Unreadable => "unreadable",
        FindingKind::Checksum => "checksum (the one of its filesystem fails)",
        FindingKind::Unknown(_) => "unknown (wrong in a way that this hub does not know)",
    }
}
