//! `/api/v1/nodes`: every node with its newest readings.

#[cfg(test)]
mod tests;

use picket_hub_core::time::Now;
use picket_hub_core::{Hub, KnownReading, Node};
use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::findings::FindingView;
use super::machine::{BoardView, MediumView, WearView, WriterView};
use super::paging::Paging;
use super::scrub::ScrubView;
use super::{number, time};

/// What the part of a reading is called when it is about the node itself.
pub const WHOLE_NODE: &str = "node";

/// The answer: nodes by ascending id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nodes {
    /// The hub's wall time of the answer.
    pub now: String,
    /// Whether the wall times of the answer can be trusted: `synchronised` or `unsynchronised`.
    pub clock: String,
    /// The nodes.
    pub nodes: Vec<NodeView>,
    /// The id to go on after; null when these are the last.
    pub next: Option<String>,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeView {
    /// Its id.
    pub id: String,
    /// The word of its presence.
    pub presence: String,
    /// When that presence began.
    pub presence_since: String,
    /// Whether it is enrolled: its frames are signed, and it may take part in a plan.
    pub joined: bool,
    /// Name and version of its agent; null while no facts are known. So are the next four.
    pub agent: Option<String>,
    /// The machine.
    pub model: Option<String>,
    /// The operating system.
    pub os: Option<String>,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// The processor architecture of the agent.
    pub arch: Option<String>,
    /// A report is due every so many milliseconds.
    pub every_ms: Option<u32>,
    /// Seconds since the newest report, to a tenth; null if this hub heard none.
    pub last_report_age_s: Option<f64>,
    /// Reports known to be lost between node and hub.
    pub lost_reports: u64,
    /// Tags of sections that this hub does not know: the node is newer than the hub.
    pub skipped_tags: Vec<u16>,
    /// The board; null if the node names none.
    #[serde(default)]
    pub board: Option<BoardView>,
    /// What the disks say of themselves.
    #[serde(default)]
    pub media: Vec<MediumView>,
    /// How long each disk will last.
    #[serde(default)]
    pub wear: Vec<WearView>,
    /// Who wrote most to the disks lately.
    #[serde(default)]
    pub writers: Vec<WriterView>,
    /// Whether the files of each disk that is read back are what they were.
    #[serde(default)]
    pub scrub: Vec<ScrubView>,
    /// Files that read otherwise than they were written, and those of which that is lately over;
    /// open ones first. Bounded by the core.
    #[serde(default)]
    pub findings: Vec<FindingView>,
    /// The newest reading of each quantity of each part.
    pub readings: Vec<ReadingView>,
}

/// One reading: a value with its unit, or the reason for having none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingView {
    /// The quantity's name; `quantity_N` for a code that this hub does not know.
    pub name: String,
    /// What people call the part on this machine; `node` for the node itself.
    pub part: String,
    /// What the part is.
    pub part_kind: String,
    /// What stays the same of the part over boots; absent for the node itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_id: Option<String>,
    /// The value in its unit; absent if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
    /// The unit's sign; empty for a plain number. Absent if the value is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Why there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Seconds since it was sampled, to a tenth.
    pub age_s: f64,
}

/// The nodes that `paging` asks for.
pub fn nodes(hub: &Hub, now: &Now, paging: &Paging) -> Nodes {
    let after = paging.after.as_deref();
    let rows = hub
        .nodes()
        .filter(|node| after.is_none_or(|after| node.id().as_str() > after));
    let (rows, next) = paging.cut(rows, |node| node.id().as_str().to_owned());
    Nodes {
        now: time::rfc3339(now.wall),
        clock: time::clock(now.wall.synchronised),
        nodes: rows
            .into_iter()
            .map(|node| NodeView::of(hub, node, now))
            .collect(),
        next,
    }
}

impl NodeView {
    /// What is known of one node.
    pub fn of(hub: &Hub, node: &Node, now: &Now) -> NodeView {
        let facts = node.facts();
        NodeView {
            id: node.id().as_str().to_owned(),
            presence: node.presence().name().to_owned(),
            presence_since: time::rfc3339(now.wall_at(node.presence_since())),
            joined: node.joined(),
            agent: facts.map(|facts| facts.agent.clone()),
            model: facts.map(|facts| facts.model.clone()),
            os: facts.map(|facts| facts.os.clone()),
            kernel: facts.map(|facts| facts.kernel.clone()),
            arch: facts.map(|facts| facts.arch.clone()),
            every_ms: facts.map(|facts| facts.every_ms),
            last_report_age_s: node
                .last_report()
                .map(|at| number::tenths_of_s(now.moment.since(at))),
            lost_reports: node.lost_reports(),
            skipped_tags: node.skipped_tags().collect(),
            board: node.board().map(BoardView::of),
            media: node
                .media()
                .iter()
                .map(|medium| MediumView::of(node, medium))
                .collect(),
            wear: node.wear().map(WearView::of).collect(),
            writers: node
                .writers()
                .iter()
                .map(|writer| WriterView::of(node, writer))
                .collect(),
            scrub: hub
                .corruption(node)
                .into_iter()
                .map(ScrubView::of)
                .collect(),
            findings: node
                .findings()
                .into_iter()
                .map(|finding| FindingView::of(node, finding))
                .collect(),
            readings: node
                .readings()
                .map(|reading| ReadingView::of(node, &reading, now))
                .collect(),
        }
    }
}

impl ReadingView {
    /// One reading of `node`.
    pub fn of(node: &Node, latest: &KnownReading, now: &Now) -> ReadingView {
        let (part, part_kind, part_id) = part_of(node, latest.part);
        let (value, unit) = match (latest.value, latest.quantity.row()) {
            (Err(_), _) => (None, None),
            (Ok(value), Some(row)) => (Some(number::of_row(row, value)), Some(row.unit.symbol())),
            // Its decimals are unknown, so the number is what travelled, and says so.
            (Ok(value), None) => (Some(Number::from(value)), Some("raw")),
        };
        ReadingView {
            name: quantity_name(latest.quantity),
            part,
            part_kind,
            part_id,
            value,
            unit: unit.map(str::to_owned),
            missing: latest.value.err().map(|why| why.name().to_owned()),
            age_s: number::tenths_of_s(now.moment.since(latest.at)),
        }
    }
}

/// The name of a quantity, or one made of its code.
pub fn quantity_name(quantity: picket_wire::Quantity) -> String {
    match quantity.row() {
        Some(row) => row.name.to_owned(),
        None => format!("quantity_{}", quantity.0),
    }
}

/// Name, kind and id of a part. Reports may come before the facts that name their parts.
pub(super) fn part_of(node: &Node, number: u8) -> (String, String, Option<String>) {
    if number == 0 {
        return (WHOLE_NODE.to_owned(), WHOLE_NODE.to_owned(), None);
    }
    match node.part(number) {
        Some(part) => (
            part.name.clone(),
            part.kind.name().to_owned(),
            Some(part.id.clone()),
        ),
        None => (format!("part-{number}"), "unknown".to_owned(), None),
    }
}
