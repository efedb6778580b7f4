//! `/api/v1/incidents`: what is the matter, and what was.

#[cfg(test)]
mod tests;

use picket_hub_core::Hub;
use picket_hub_core::incident::Incident;
use picket_hub_core::time::Now;
use picket_wire::NodeId;
use serde::{Deserialize, Serialize};

use super::paging::Paging;
use super::time;

/// The answer: incidents, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incidents {
    /// The hub's wall time of the answer.
    pub now: String,
    /// Whether `now` can be trusted: `synchronised` or `unsynchronised`.
    pub clock: String,
    /// The incidents.
    pub incidents: Vec<IncidentView>,
    /// The id to go on after; null when these are the last.
    pub next: Option<String>,
}

/// One incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentView {
    /// Unique for the site.
    pub id: String,
    /// The part that it is about: `node`, or kind and id of the part.
    pub subject: String,
    /// The node.
    pub node: String,
    /// The rule that found it.
    pub detector: String,
    /// `page`, `ticket` or `note`.
    pub severity: String,
    /// `open`, `acknowledged` or `closed`.
    pub state: String,
    /// What closed it: `healthy`, `retired` or `owner`; null while it is not closed.
    pub closed_by: Option<String>,
    /// When it began, as far as known.
    pub opened: String,
    /// When it ended; null while it is not closed.
    pub closed: Option<String>,
    /// Whether both times can be trusted: `synchronised` or `unsynchronised`.
    pub clock: String,
    /// What is the matter, in one line.
    pub summary: String,
    /// What to do next, in one line.
    pub advice: String,
    /// What was seen, a line each.
    pub evidence: Vec<String>,
    /// Ids of the incidents of members that this one stands for.
    pub folds: Vec<String>,
}

/// How far an incident has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not over.
    Open,
    /// Not over, and its owner knows.
    Acknowledged,
    /// Over.
    Closed,
}

impl State {
    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Acknowledged => "acknowledged",
            State::Closed => "closed",
        }
    }

    /// The state of a word.
    pub fn from_name(name: &str) -> Option<State> {
        [State::Open, State::Acknowledged, State::Closed]
            .into_iter()
            .find(|state| state.name() == name)
    }

    /// The state of an incident.
    pub fn of(incident: &Incident) -> State {
        match incident.is_open() {
            true => State::Open,
            false => State::Closed,
        }
    }
}

/// Which incidents are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those of this node.
    pub node: Option<NodeId>,
    /// Which part of the list.
    pub paging: Paging,
}

/// The incident to go on after is not known, or not any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no incident {0:?} to go on after; ask again without `after`")]
pub struct UnknownAfter(pub String);

/// The incidents that `wanted` asks for.
pub fn incidents(hub: &Hub, now: &Now, wanted: &Wanted) -> Result<Incidents, UnknownAfter> {
    let mut newest_first: Vec<&Incident> = hub.incidents().collect();
    newest_first.reverse();
    if let Some(after) = &wanted.paging.after {
        let place = newest_first
            .iter()
            .position(|incident| incident.id == *after);
        let place = place.ok_or_else(|| UnknownAfter(after.clone()))?;
        newest_first.drain(..=place);
    }
    let rows = newest_first
        .into_iter()
        .filter(|incident| {
            wanted
                .state
                .is_none_or(|state| state == State::of(incident))
        })
        .filter(|incident| wanted.node.is_none_or(|node| node == incident.node));
    let (rows, next) = wanted.paging.cut(rows, |incident| incident.id.clone());
    Ok(Incidents {
        now: time::rfc3339(now.wall),
        clock: time::clock(now.wall.synchronised),
        incidents: rows.into_iter().map(IncidentView::of).collect(),
        next,
    })
}

impl IncidentView {
    /// One incident.
    pub fn of(incident: &Incident) -> IncidentView {
        let closed = incident.closed;
        let trusted = incident.opened.synchronised && closed.is_none_or(|(at, _)| at.synchronised);
        IncidentView {
            id: incident.id.clone(),
            subject: incident.subject.clone(),
            node: incident.node.as_str().to_owned(),
            detector: incident.detector.name().to_owned(),
            severity: incident.severity.name().to_owned(),
            state: State::of(incident).name().to_owned(),
            closed_by: closed.map(|(_, by)| by.name().to_owned()),
            opened: time::rfc3339(incident.opened),
            closed: closed.map(|(at, _)| time::rfc3339(at)),
            clock: time::clock(trusted),
            summary: incident.summary.clone(),
            advice: incident.advice.clone(),
            evidence: incident.evidence.clone(),
            folds: Vec::new(),
        }
    }
}
