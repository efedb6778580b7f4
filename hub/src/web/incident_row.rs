//! An incident as the pages show it.

use std::cmp::Reverse;

use jiff::tz::TimeZone;
use picket_hub_core::{ClosedBy, Incident};
use picket_wire::NodeId;

use super::when::When;
use crate::handle::Known;

/// One incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IncidentRow {
    /// Its id.
    pub(super) id: String,
    /// Its node.
    pub(super) node: String,
    /// Whether that one is known still, and has a page.
    pub(super) listed: bool,
    /// `page`, `ticket` or `note`.
    pub(super) severity: &'static str,
    /// What is the matter.
    pub(super) summary: String,
    /// What to do next.
    pub(super) advice: String,
    /// What was seen.
    pub(super) evidence: Vec<String>,
    /// Since when.
    pub(super) opened: When,
    /// When it ended and why.
    pub(super) closed: Option<(When, &'static str)>,
    /// Whether the hub's clock could be trusted at these times.
    pub(super) clock_good: bool,
}

/// The open incidents, the worst and then the newest first, at most `limit`; and how many more
/// there are.
pub(super) fn open(
    known: &Known<'_>,
    node: Option<NodeId>,
    limit: usize,
    zone: &TimeZone,
) -> (Vec<IncidentRow>, usize) {
    let mut open: Vec<&Incident> = newest_first(known, node).filter(|i| i.is_open()).collect();
    // The sort keeps the order of equals.
    open.sort_by_key(|incident| Reverse(incident.severity));
    let more = open.len().saturating_sub(limit);
    let rows = open
        .into_iter()
        .take(limit)
        .map(|incident| IncidentRow::of(incident, known, zone));
    (rows.collect(), more)
}

/// The newest closed incidents, at most `limit`.
pub(super) fn closed(
    known: &Known<'_>,
    node: Option<NodeId>,
    limit: usize,
    zone: &TimeZone,
) -> Vec<IncidentRow> {
    let closed = newest_first(known, node).filter(|incident| !incident.is_open());
    closed
        .take(limit)
        .map(|incident| IncidentRow::of(incident, known, zone))
        .collect()
}

/// The newest incidents of a node of which `wanted` says so, open or closed, at most `limit`.
pub(super) fn matching(
    known: &Known<'_>,
    node: NodeId,
    limit: usize,
    zone: &TimeZone,
    wanted: impl Fn(&Incident) -> bool,
) -> Vec<IncidentRow> {
    let matching = newest_first(known, Some(node)).filter(|incident| wanted(incident));
    matching
        .take(limit)
        .map(|incident| IncidentRow::of(incident, known, zone))
        .collect()
}

fn newest_first<'a>(known: &Known<'a>, node: Option<NodeId>) -> impl Iterator<Item = &'a Incident> {
    let mut incidents: Vec<&Incident> = known.hub.incidents().collect();
    incidents.reverse();
    incidents
        .into_iter()
        .filter(move |incident| node.is_none_or(|node| node == incident.node))
}

impl IncidentRow {
    fn of(incident: &Incident, known: &Known<'_>, zone: &TimeZone) -> IncidentRow {
        let when = |wall| When::of(wall, &known.now, zone);
        let closed = incident.closed;
        IncidentRow {
            id: incident.id.clone(),
            node: incident.node.as_str().to_owned(),
            listed: known.hub.node(incident.node).is_some(),
            severity: incident.severity.name(),
            summary: incident.summary.clone(),
            advice: incident.advice.clone(),
            evidence: incident.evidence.clone(),
            opened: when(incident.opened),
            closed: closed.map(|(at, by)| (when(at), why_closed(by))),
            clock_good: incident.opened.synchronised
                && closed.is_none_or(|(at, _)| at.synchronised),
        }
    }
}

fn why_closed(by: ClosedBy) -> &'static str {
    match by {
        ClosedBy::Healthy => "seen to be well again",
        ClosedBy::Retired => "its subject is gone",
        ClosedBy::Owner => "closed by its owner",
    }
}
