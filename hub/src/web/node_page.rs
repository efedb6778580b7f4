//! What the page of one node shows: everything that is known of it.

use jiff::tz::TimeZone;
use picket_hub_core::{Latest, Node};
use picket_wire::NodeId;

use super::incident_row::{self, IncidentRow};
use super::overview;
use super::when::{self, When};
use crate::handle::Known;
use crate::view::label::label;
use crate::view::words;

/// Incidents of each state that the page shows.
const MAX_INCIDENTS: usize = 20;

/// The page of one node.
#[derive(Clone, Debug)]
pub(super) struct NodePage {
    /// The node's id.
    pub(super) id: String,
    /// Presence in words.
    pub(super) presence: &'static str,
    /// Presence as a colour.
    pub(super) mood: &'static str,
    /// Since when it is so.
    pub(super) since: When,
    /// Whether it is enrolled.
    pub(super) joined: bool,
    /// When it last reported.
    pub(super) heard: String,
    /// Whether the readings are those of a node that does not report now.
    pub(super) stale: bool,
    /// Whether the times shown can be trusted.
    pub(super) clock_good: bool,
    /// What rarely changes: what it is called, and what it is.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Readings by part, the node itself first.
    pub(super) parts: Vec<PartTable>,
    /// Open incidents.
    pub(super) open: Vec<IncidentRow>,
    /// Closed incidents.
    pub(super) closed: Vec<IncidentRow>,
    /// The owner's name for all of this.
    pub(super) site: String,
    /// Version of the hub.
    pub(super) version: &'static str,
    /// When all this was so.
    pub(super) updated: When,
}

/// The readings of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartTable {
    /// Kind and name of the part.
    pub(super) title: String,
    /// What stays the same of it; empty for the node itself.
    pub(super) id: String,
    /// Its readings.
    pub(super) rows: Vec<ReadingRow>,
}

/// One reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReadingRow {
    /// What was measured.
    pub(super) label: String,
    /// The value with its unit, or why there is none.
    pub(super) text: String,
    /// Whether there is none.
    pub(super) missing: bool,
    /// When it was sampled.
    pub(super) age: String,
}

impl NodePage {
    /// The page of `id` as of now, with times in `zone`; none for a node that is not known.
    pub(super) fn of(known: &Known<'_>, id: NodeId, zone: &TimeZone) -> Option<NodePage> {
        let node = known.hub.node(id)?;
        let now = &known.now;
        let presence = node.presence();
        Some(NodePage {
            id: id.as_str().to_owned(),
            presence: words::presence(presence),
            mood: overview::mood(presence),
            since: When::of(now.wall_at(node.presence_since()), now, zone),
            joined: node.joined(),
            heard: match node.last_report() {
                Some(at) => when::ago(now.moment.since(at)),
                None => "nothing yet".to_owned(),
            },
            stale: overview::is_stale(presence),
            clock_good: now.wall.synchronised,
            facts: facts(node),
            parts: parts(node, known),
            open: incident_row::open(known, Some(id), MAX_INCIDENTS, zone).0,
            closed: incident_row::closed(known, Some(id), MAX_INCIDENTS, zone),
            site: known.health.site.clone(),
            version: known.health.version,
            updated: When::of(now.wall, now, zone),
        })
    }
}

fn facts(node: &Node) -> Vec<(&'static str, String)> {
    let Some(facts) = node.facts() else {
        return Vec::new();
    };
    let every = picket_hub_core::time::Millis(u64::from(facts.every_ms));
    let rows = [
        ("Machine", facts.model.clone()),
        ("System", facts.os.clone()),
        ("Kernel", facts.kernel.clone()),
        ("Processor", facts.arch.clone()),
        ("Agent", facts.agent.clone()),
        ("Reports every", words::duration(every)),
        ("Reports lost", node.lost_reports().to_string()),
        ("Sections skipped", skipped(node)),
    ];
    rows.into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// What a node says that this hub is too old for.
fn skipped(node: &Node) -> String {
    let tags: Vec<String> = node.skipped_tags().map(|tag| tag.to_string()).collect();
    match tags.is_empty() {
        true => String::new(),
        false => format!("tags {}: the node is newer than this hub", tags.join(", ")),
    }
}

fn parts(node: &Node, known: &Known<'_>) -> Vec<PartTable> {
    let mut readings: Vec<&Latest> = node.readings().collect();
    readings.sort_by_key(|latest| (latest.part, latest.quantity));
    let by_part = readings.chunk_by(|one, other| one.part == other.part);
    by_part
        .filter_map(|readings| {
            let number = readings.first()?.part;
            let (title, id) = match node.part(number) {
                _ if number == 0 => ("The node itself".to_owned(), String::new()),
                Some(part) => (
                    format!("{} {}", part.kind.name(), part.name),
                    part.id.clone(),
                ),
                None => (format!("part {number}"), String::new()),
            };
            let rows = readings.iter().map(|latest| ReadingRow {
                label: label(latest.quantity),
                text: words::reading(latest.quantity, latest.value),
                missing: latest.value.is_err(),
                age: when::ago(known.now.moment.since(latest.at)),
            });
            Some(PartTable {
                title,
                id,
                rows: rows.collect(),
            })
        })
        .collect()
}
