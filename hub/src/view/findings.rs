//! What `/api/v1/nodes` says of the files of a node that read otherwise than they were written.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use picket_hub_core::{KnownFinding, Node};
use serde::{Deserialize, Serialize};

use super::nodes::part_of;

/// A file that reads otherwise than it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingView {
    /// What people call the disk it lies on.
    pub part: String,
    /// What stays the same of the disk over boots; absent until facts name the part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_id: Option<String>,
    /// The path for people, without control characters; of a long one the end.
    pub path: String,
    /// The first block of 4 KiB that differs, counted in the file from 0.
    pub block: u64,
    /// How many blocks differ; 0 where that is not known.
    pub blocks: u32,
    /// Where that first block lies on the filesystem's device, in sectors of 512 bytes; null where
    /// that is not known.
    pub sector: Option<u64>,
    /// `stable`, `flapping`, `transient`, `unreadable`, `checksum` or `unknown`.
    pub kind: String,
    /// `open`, `good_again`, `rewritten`, `deleted` or `unknown`.
    pub state: String,
    /// `none`, `manifest`, `package`, `package_list` or `unknown`.
    pub compared_with: String,
    /// The package that the file came in; null if none is known.
    pub package: Option<String>,
    /// Whether the node's memory still holds what was written.
    pub cached_copy_is_good: bool,
    /// Whether the file's times do not show every change.
    pub times_are_weak: bool,
    /// When it was found, by the node's clock; null if that is not known.
    pub found: Option<String>,
}

/// When a finding was found, by the node's clock, for which nobody vouches; none if that is not
/// known, or no time of a calendar.
pub fn found(finding: &KnownFinding) -> Option<Timestamp> {
    let unix_s = i64::try_from(finding.found_unix_s).ok()?;
    Timestamp::from_second(unix_s).ok().filter(|_| unix_s > 0)
}

impl FindingView {
    /// One finding of `node`.
    pub(super) fn of(node: &Node, finding: &KnownFinding) -> FindingView {
        let (part, _, part_id) = part_of(node, finding.part);
        let known = |text: &String| (!text.is_empty()).then(|| text.clone());
        FindingView {
            part,
            part_id,
            path: finding.path.clone(),
            block: finding.block,
            blocks: finding.blocks,
            sector: (finding.sector != 0).then_some(finding.sector),
            kind: finding.kind.name().to_owned(),
            state: finding.state.name().to_owned(),
            compared_with: finding.truth.name().to_owned(),
            package: known(&finding.package),
            cached_copy_is_good: finding.cached_copy_is_good,
            times_are_weak: finding.times_are_weak,
            found: found(finding).map(|at| at.to_string()),
        }
    }
}
