//! What the first page shows: what is wrong, then every node, the worst first.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use picket_hub_core::{Millis, Node, Presence, Severity};
use picket_wire::NodeId;

use super::incident_row::{self, IncidentRow};
use super::node_cells::{self, Cell};
use super::when::{self, When};
use crate::handle::Known;
use crate::view::health;
use crate::view::words;

/// Open incidents that the page shows in full; the API has all of them.
const MAX_OPEN: usize = 50;
/// A payload that was not taken is shown for so long.
const LATELY: Millis = Millis::from_s(600);
/// Closed incidents that the page shows.
const MAX_CLOSED: usize = 10;

/// The first page.
#[derive(Clone, Debug)]
pub(super) struct Overview {
    /// The state of the fleet in one line.
    pub(super) headline: String,
    /// Whether nothing wants attention.
    pub(super) calm: bool,
    /// What is wrong with the hub itself.
    pub(super) troubles: Vec<String>,
    /// What was not taken lately, in one line; empty if nothing was.
    pub(super) refused: String,
    /// Whether the times shown can be trusted.
    pub(super) clock_good: bool,
    /// Open incidents, the worst and then the newest first.
    pub(super) open: Vec<IncidentRow>,
    /// Open incidents that are not among `open`.
    pub(super) more_open: usize,
    /// The newest closed incidents.
    pub(super) closed: Vec<IncidentRow>,
    /// All nodes, the worst first.
    pub(super) nodes: Vec<NodeRow>,
    /// How many of them have not joined, in words; empty if all have.
    pub(super) strangers: String,
    /// Where an agent finds the broker.
    pub(super) broker: String,
    /// The owner's name for all of this.
    pub(super) site: String,
    /// Version of the hub.
    pub(super) version: &'static str,
    /// When all this was so.
    pub(super) updated: When,
}

/// One node in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NodeRow {
    /// Its id.
    pub(super) id: String,
    /// Presence in words.
    pub(super) presence: &'static str,
    /// Presence as a colour: `good`, `warn`, `bad` or `off`.
    pub(super) mood: &'static str,
    /// How long it is so.
    pub(super) presence_for: String,
    /// Whether it is enrolled.
    pub(super) joined: bool,
    /// What the machine is; empty if unknown.
    pub(super) model: String,
    /// Open incidents in words; empty if there are none.
    pub(super) open: String,
    /// The worst of them; empty if there are none.
    pub(super) worst: &'static str,
    /// Whether the readings are those of a node that does not report now.
    pub(super) stale: bool,
    /// What people look at first.
    pub(super) cells: Vec<Cell>,
    /// When it last reported.
    pub(super) heard: String,
}

/// Open incidents of one node, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Open {
    pages: usize,
    tickets: usize,
    notes: usize,
}

impl Overview {
    /// The first page as of now, with times in `zone`.
    pub(super) fn of(known: &Known<'_>, zone: &TimeZone) -> Overview {
        let per_node = count_open(known);
        let mut all = Open::default();
        per_node.values().for_each(|open| all.add(*open));
        let mut nodes: Vec<&Node> = known.hub.nodes().collect();
        nodes.sort_by_cached_key(|node| {
            let open = per_node.get(&node.id()).copied().unwrap_or_default();
            (
                Reverse(open.worst()),
                Reverse(badness(node.presence())),
                node.id(),
            )
        });
        let row = |node: &&Node| {
            let open = per_node.get(&node.id()).copied().unwrap_or_default();
            NodeRow::of(node, open, known)
        };
        let rows: Vec<NodeRow> = nodes.iter().map(row).collect();
        let up = rows.iter().filter(|row| row.mood == "good").count();
        let troubles = health::reasons(known.health);
        let (open, more_open) = incident_row::open(known, None, MAX_OPEN, zone);
        Overview {
            headline: headline(all, up, rows.len()),
            calm: all.worst().is_none() && up == rows.len() && troubles.is_empty(),
            troubles,
            refused: refused(known),
            clock_good: known.now.wall.synchronised,
            open,
            more_open,
            closed: incident_row::closed(known, None, MAX_CLOSED, zone),
            strangers: strangers(&rows),
            nodes: rows,
            broker: broker(known),
            site: known.health.site.clone(),
            version: known.health.version,
            updated: When::of(known.now.wall, &known.now, zone),
        }
    }
}

impl NodeRow {
    fn of(node: &Node, open: Open, known: &Known<'_>) -> NodeRow {
        let now = &known.now;
        let presence = node.presence();
        let heard = match node.last_report() {
            Some(at) => when::ago(now.moment.since(at)),
            None => "nothing yet".to_owned(),
        };
        NodeRow {
            id: node.id().as_str().to_owned(),
            presence: words::presence(presence),
            mood: mood(presence),
            presence_for: words::duration(now.moment.since(node.presence_since())),
            joined: node.joined(),
            model: node
                .facts()
                .map(|facts| facts.model.clone())
                .unwrap_or_default(),
            open: open.words(),
            worst: open.worst().map_or("", Severity::name),
            stale: is_stale(presence),
            cells: node_cells::of(known.hub, node),
            heard,
        }
    }
}

/// Presence as one of the four colours of the page.
pub(super) fn mood(presence: Presence) -> &'static str {
    match presence {
        Presence::Alive => "good",
        Presence::Late | Presence::Unheard => "warn",
        Presence::Hung | Presence::Gone | Presence::CutOff | Presence::NotReturned => "bad",
        Presence::ExpectedOff => "off",
    }
}

/// Whether the readings of a node in this presence are old ones.
pub(super) fn is_stale(presence: Presence) -> bool {
    !matches!(presence, Presence::Alive | Presence::Late)
}

/// How far up the list a presence puts a node.
fn badness(presence: Presence) -> u8 {
    match presence {
        Presence::NotReturned => 7,
        Presence::CutOff => 6,
        Presence::Gone => 5,
        Presence::Hung => 4,
        Presence::Late => 3,
        Presence::Unheard => 2,
        Presence::ExpectedOff => 1,
        Presence::Alive => 0,
    }
}

fn count_open(known: &Known<'_>) -> BTreeMap<NodeId, Open> {
    let mut per_node: BTreeMap<NodeId, Open> = BTreeMap::new();
    for incident in known.hub.incidents().filter(|incident| incident.is_open()) {
        let open = per_node.entry(incident.node).or_default();
        match incident.severity {
            Severity::Page => open.pages += 1,
            Severity::Ticket => open.tickets += 1,
            Severity::Note => open.notes += 1,
        }
    }
    per_node
}

/// The newest payload that was not taken, if that was lately: a node that the owner misses may be
/// refused.
fn refused(known: &Known<'_>) -> String {
    let newest = known.hub.refusals().last();
    let lately = newest.filter(|refused| known.now.moment.since(refused.at) <= LATELY);
    let Some(refused) = lately else {
        return String::new();
    };
    let whose = match refused.node {
        Some(node) => format!("from {node}"),
        None => "on the hub's own topic".to_owned(),
    };
    let ago = when::ago(known.now.moment.since(refused.at));
    format!("Not taken: something {whose}, {ago}: {}.", refused.why)
}

fn headline(open: Open, up: usize, nodes: usize) -> String {
    let alive = match nodes {
        0 => return "No node yet".to_owned(),
        1 if up == 1 => "the one node is alive".to_owned(),
        1 => "the one node is not alive".to_owned(),
        _ => format!("{up} of {nodes} nodes alive"),
    };
    match open.words() {
        words if words.is_empty() => format!("No open incident, {alive}"),
        words => format!("{words} open, {alive}"),
    }
}

fn strangers(rows: &[NodeRow]) -> String {
    match rows.iter().filter(|row| !row.joined).count() {
        0 => String::new(),
        1 => "1 node has not joined".to_owned(),
        count => format!("{count} nodes have not joined"),
    }
}

/// Where an agent on this machine finds the broker.
fn broker(known: &Known<'_>) -> String {
    let broker = known.health.broker.broker.clone();
    broker.unwrap_or_else(|| "mqtt://127.0.0.1:1883".to_owned())
}

impl Open {
    fn add(&mut self, other: Open) {
        self.pages += other.pages;
        self.tickets += other.tickets;
        self.notes += other.notes;
    }

    fn worst(self) -> Option<Severity> {
        match self {
            Open { pages: 1.., .. } => Some(Severity::Page),
            Open { tickets: 1.., .. } => Some(Severity::Ticket),
            Open { notes: 1.., .. } => Some(Severity::Note),
            _ => None,
        }
    }

    fn words(self) -> String {
        let counts = [
            (self.pages, Severity::Page),
            (self.tickets, Severity::Ticket),
            (self.notes, Severity::Note),
        ];
        let words = counts.into_iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> = words
            .map(|(n, severity)| words::count_of(n, severity))
            .collect();
        words.join(", ")
    }
}
