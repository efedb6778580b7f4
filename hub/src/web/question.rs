//! The parameters of a question, checked: a wrong one is named, with what would be right.

use std::str::FromStr;

use axum::extract::Query;
use axum::http::Uri;
use jiff::Timestamp;
use picket_wire::quantity::Row;
use picket_wire::{NodeId, Quantity};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::view::incidents::{State, Wanted};
use crate::view::nodes::WHOLE_NODE;
use crate::view::paging::{DEFAULT_LIMIT, MAX_LIMIT, Paging};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NodesParameters {
    after: Option<String>,
    limit: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IncidentsParameters {
    state: Option<String>,
    node: Option<String>,
    after: Option<String>,
    limit: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HistoryParameters {
    quantity: String,
    part: Option<String>,
    from: Option<String>,
}

/// Which series, from when on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct History {
    /// The quantity's row of the table.
    pub(super) row: &'static Row,
    /// The part's name.
    pub(super) part: String,
    /// Only points from here on.
    pub(super) from: Option<Timestamp>,
}

/// `?after=ID&limit=N`.
pub(super) fn nodes(uri: &Uri) -> Result<Paging, Problem> {
    let asked: NodesParameters = parameters(uri)?;
    paging(asked.after, asked.limit)
}

/// `?state=…&node=…&after=ID&limit=N`.
pub(super) fn incidents(uri: &Uri) -> Result<Wanted, Problem> {
    let asked: IncidentsParameters = parameters(uri)?;
    let state = asked.state.map(|word| {
        State::from_name(&word).ok_or_else(|| {
            let sentence = format!("state is open, acknowledged or closed, not {word:?}");
            Problem::bad(sentence)
        })
    });
    let node = asked.node.map(|id| node(&id));
    Ok(Wanted {
        state: state.transpose()?,
        node: node.transpose()?,
        paging: paging(asked.after, asked.limit)?,
    })
}

/// `?quantity=…&part=…&from=…`.
pub(super) fn history(uri: &Uri) -> Result<History, Problem> {
    let asked: HistoryParameters = parameters(uri)?;
    let name = asked.quantity;
    let row = Quantity::from_name(&name).and_then(Quantity::row);
    let row = row.ok_or_else(|| {
        Problem::bad(format!(
            "there is no quantity {name:?}; /api/v1/nodes names those that a node has"
        ))
    })?;
    let from = asked.from.map(|from| {
        Timestamp::from_str(&from).map_err(|_| {
            let sentence =
                format!("from is a time in RFC 3339 such as 2026-11-21T06:58:53Z, not {from:?}");
            Problem::bad(sentence)
        })
    });
    Ok(History {
        row,
        part: asked.part.unwrap_or_else(|| WHOLE_NODE.to_owned()),
        from: from.transpose()?,
    })
}

/// A node id of a path or a parameter.
pub(super) fn node(id: &str) -> Result<NodeId, Problem> {
    NodeId::parse(id).map_err(|why| Problem::bad(format!("{id:?} is no node: {why}")))
}

fn parameters<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    let Query(asked) =
        Query::try_from_uri(uri).map_err(|refused| Problem::bad(refused.body_text()))?;
    Ok(asked)
}

fn paging(after: Option<String>, limit: Option<String>) -> Result<Paging, Problem> {
    let limit = match limit {
        None => DEFAULT_LIMIT,
        Some(text) => match text.parse() {
            Ok(limit @ 1..=MAX_LIMIT) => limit,
            _ => {
                let sentence = format!("limit is a number from 1 to {MAX_LIMIT}, not {text:?}");
                return Err(Problem::bad(sentence));
            }
        },
    };
    Ok(Paging { after, limit })
}
