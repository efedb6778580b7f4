//! `/api/v1` and `/healthz`: the shapes of the view as JSON.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use picket_hub_core::time::Moment;

use super::problem::Problem;
use super::question;
use crate::handle::Handle;
use crate::view;
use crate::view::health::HealthView;
use crate::view::incidents::Incidents;
use crate::view::nodes::Nodes;
use crate::view::series::Series;

type Answer<T> = Result<Json<T>, Problem>;

/// Every node with its newest readings.
pub(super) async fn nodes(State(hub): State<Handle>, uri: Uri) -> Answer<Nodes> {
    let paging = question::nodes(&uri)?;
    let shown = hub.read(move |known| view::nodes::nodes(known.hub, &known.now, &paging));
    Ok(Json(shown.await?))
}

/// What is the matter, and what was.
pub(super) async fn incidents(State(hub): State<Handle>, uri: Uri) -> Answer<Incidents> {
    let wanted = question::incidents(&uri)?;
    let shown = hub.read(move |known| view::incidents::incidents(known.hub, &known.now, &wanted));
    let shown = shown
        .await?
        .map_err(|unknown| Problem::bad(unknown.to_string()))?;
    Ok(Json(shown))
}

/// The recent past of one series of a node.
pub(super) async fn history(
    State(hub): State<Handle>,
    Path(id): Path<String>,
    uri: Uri,
) -> Answer<Series> {
    let node = question::node(&id)?;
    let asked = question::history(&uri)?;
    let shown = hub.read(move |known| {
        known.hub.node(node)?;
        let from = asked
            .from
            .map_or(Moment(0), |at| view::time::moment_at(&known.now, at));
        let question::History { row, part, .. } = asked;
        Some(view::series::series(
            known.history,
            &known.now,
            node,
            row,
            &part,
            from,
        ))
    });
    let unknown = || Problem::unknown(format!("there is no node {id:?}; /api/v1/nodes lists them"));
    Ok(Json(shown.await?.ok_or_else(unknown)?))
}

/// Whether the hub itself does its work: 200 if so, else 503.
pub(super) async fn health(State(hub): State<Handle>) -> Result<Response, Problem> {
    let health = hub
        .read(|known| HealthView::of(known.health, known.hub, &known.now))
        .await?;
    let status = match health.is_well() {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    Ok((status, Json(health)).into_response())
}
