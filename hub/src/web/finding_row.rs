//! A file that is not what it was, as the page of a node shows it.

#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use picket_hub_core::{KnownFinding, Node};
use picket_wire::{FindingKind, GroundTruth};

use super::when::When;
use crate::handle::Known;
use crate::view::findings;

/// Files of one disk that the page lists; the API has all that are known.
const MAX_FILES: usize = 10;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FindingRow {
    /// The path, as its node says it.
    pub(super) path: String,
    /// How it reads, where, and against what.
    pub(super) what: String,
    /// What to do next.
    pub(super) next: String,
    /// When it was found, by the node's clock.
    pub(super) found: Option<When>,
}

/// The open findings of a part, at most [`MAX_FILES`], and how many more there are.
pub(super) fn open(
    node: &Node,
    part: u8,
    known: &Known<'_>,
    zone: &TimeZone,
) -> (Vec<FindingRow>, usize) {
    let mut all = findings::findings(node);
    all.retain(|finding| finding.part == part && finding.is_open());
    let more = all.len().saturating_sub(MAX_FILES);
    let row = |finding: &KnownFinding| FindingRow {
        path: finding.path.clone(),
        what: what(finding),
        next: next(finding),
        found: findings::found(finding).map(|at| When::of(at, &known.now, zone)),
    };
    let rows = all.into_iter().take(MAX_FILES).map(row);
    (rows.collect(), more)
}

fn what(finding: &KnownFinding) -> String {
    let how = match finding.kind {
        FindingKind::Stable => "reads wrong, each time the same",
        FindingKind::Flapping => "reads otherwise each time",
        FindingKind::Transient => "read wrong once, then right",
        FindingKind::Unreadable => "cannot be read",
        FindingKind::Checksum => "fails its filesystem's own checksum",
        FindingKind::Unknown(_) => "is wrong in a way that this hub does not know",
    };
    let against = match finding.truth {
        GroundTruth::None => None,
        GroundTruth::Manifest => Some("not as two scrubs read it before"),
        GroundTruth::Package => Some("not as its package has it"),
        GroundTruth::PackageList => Some("a list of sums of a package that does not fit"),
        GroundTruth::Unknown(_) => Some("compared with what this hub does not know"),
    };
    let times = "its times do not show every change";
    let facts = [
        Some(how.to_owned()),
        Some(place(finding)),
        against.map(str::to_owned),
        (!finding.package.is_empty()).then(|| format!("of package {}", finding.package)),
        finding.times_are_weak.then(|| times.to_owned()),
    ];
    let facts: Vec<String> = facts.into_iter().flatten().collect();
    facts.join(", ")
}

/// Where it is wrong.
fn place(finding: &KnownFinding) -> String {
    let mut place = match finding.blocks {
        0 | 1 => format!("block {}", finding.block),
        blocks => format!("{blocks} blocks from block {} on", finding.block),
    };
    if finding.sector != 0 {
        place = format!("{place} (sector {})", finding.sector);
    }
    place
}

/// The one thing to do about this file.
fn next(finding: &KnownFinding) -> String {
    let package = &finding.package;
    match finding.kind {
        _ if finding.cached_copy_is_good => {
            "Copy it before any reboot: a good copy was in memory when it was found.".to_owned()
        }
        FindingKind::Stable | FindingKind::Unreadable | FindingKind::Checksum
            if !package.is_empty() =>
        {
            format!("apt install --reinstall {package}")
        }
        FindingKind::Stable | FindingKind::Unreadable | FindingKind::Checksum => {
            "Take it from a backup, and copy the disk now.".to_owned()
        }
        FindingKind::Flapping => {
            "Do not trust this copy yet: look at cable, power supply and memory.".to_owned()
        }
        FindingKind::Transient | FindingKind::Unknown(_) => String::new(),
    }
}
