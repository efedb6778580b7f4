//! What the page of one node shows: everything that is known of it. Its readings are in
//! `node_groups`.

use jiff::tz::TimeZone;
use picket_hub_core::time::Millis;
use picket_hub_core::{KnownBoard, Node};
use picket_wire::{NodeId, Returns};

use super::incident_row::{self, IncidentRow};
use super::node_groups::{self, Shown};
use super::overview;
use super::when::{self, When};
use crate::handle::Known;
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
    /// Readings in groups.
    pub(super) groups: Vec<Shown>,
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
            groups: node_groups::groups(node, known, zone),
            open: incident_row::open(known, Some(id), MAX_INCIDENTS, zone).0,
            closed: incident_row::closed(known, Some(id), MAX_INCIDENTS, zone),
            site: known.health.site.clone(),
            version: known.health.version,
            updated: When::of(now.wall, now, zone),
        })
    }
}

fn facts(node: &Node) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let Some(facts) = node.facts() {
        let every = Millis(u64::from(facts.every_ms));
        rows.extend([
            ("Machine", facts.model.clone()),
            ("System", facts.os.clone()),
            ("Kernel", facts.kernel.clone()),
            ("Processor", facts.arch.clone()),
            ("Agent", facts.agent.clone()),
            ("Reports every", words::duration(every)),
            ("Reports lost", node.lost_reports().to_string()),
            ("Sections skipped", skipped(node)),
        ]);
    }
    rows.extend(node.board().into_iter().flat_map(board));
    rows.retain(|(_, text)| !text.is_empty());
    rows
}

/// What the board says of itself; what it does not say is empty.
fn board(board: &KnownBoard) -> [(&'static str, String); 5] {
    let revision = match board.revision {
        0 => String::new(),
        code => format!("{code:x}"),
    };
    let built = match board.boot_loader_built_s {
        0 => String::new(),
        seconds => jiff::Timestamp::from_second(i64::from(seconds))
            .map(|at| format!("built {}", at.strftime("%Y-%m-%d")))
            .unwrap_or_default(),
    };
    let returns = match board.returns {
        Returns::Yes => "it boots by itself",
        Returns::No => "it waits for its button",
        Returns::Unknown | Returns::Other(_) => "not known what it does",
    };
    let returns = match board.returns_because.as_str() {
        "" if board.returns == Returns::Unknown => String::new(),
        because => and(returns, because),
    };
    [
        ("Board revision", revision),
        ("Serial number", board.serial.clone()),
        ("Boot loader", and(&board.boot_loader, &built)),
        ("Last reset", and(&board.reset_reason, &board.reset_source)),
        ("When power returns", returns),
    ]
}

/// A text with another one in parentheses, of those that there are.
fn and(text: &str, more: &str) -> String {
    match (text, more) {
        ("", more) => more.to_owned(),
        (text, "") => text.to_owned(),
        (text, more) => format!("{text} ({more})"),
    }
}

/// What a node says that this hub is too old for.
fn skipped(node: &Node) -> String {
    let tags: Vec<String> = node.skipped_tags().map(|tag| tag.to_string()).collect();
    match tags.is_empty() {
        true => String::new(),
        false => format!("tags {}: the node is newer than this hub", tags.join(", ")),
    }
}
