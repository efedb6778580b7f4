//! A file that is not what it was, as the page of a node shows it.

#[cfg(test)]
mod tests;

use jiff::tz::TimeZone;
use picket_hub_core::{KnownFinding, KnownPart, Node};

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

/// The open findings of a part, the worst first, at most [`MAX_FILES`], and how many more there are.
pub(super) fn open(
    node: &Node,
    part: &KnownPart,
    known: &Known<'_>,
    zone: &TimeZone,
) -> (Vec<FindingRow>, usize) {
    let mut all = node.findings();
    all.retain(|finding| finding.part == part.number && finding.is_open());
    let more = all.len().saturating_sub(MAX_FILES);
    let row = |finding: &KnownFinding| FindingRow {
        path: finding.path.clone(),
        what: finding.words(),
        next: finding.advice(part),
        found: findings::found(finding).map(|at| When::at(at, &known.now, zone)),
    };
    let rows = all.into_iter().take(MAX_FILES).map(row);
    (rows.collect(), more)
}
