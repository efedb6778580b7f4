//! The HTML pages, each whole and as the part that refreshes.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use jiff::tz::TimeZone;

use super::node_cells::COLUMNS;
use super::node_groups::Shown;
use super::node_page::NodePage;
use super::overview::Overview;
use super::problem::Problem;
use super::question;
use crate::handle::Handle;

#[derive(Template)]
#[template(path = "overview_page.html", whitespace = "minimize")]
struct OverviewTemplate {
    view: Overview,
    columns: [&'static str; COLUMNS.len()],
}

#[derive(Template)]
#[template(path = "overview.html", whitespace = "minimize")]
struct OverviewFragment {
    view: Overview,
    columns: [&'static str; COLUMNS.len()],
}

#[derive(Template)]
#[template(path = "node_page.html", whitespace = "minimize")]
struct NodeTemplate {
    view: NodePage,
}

#[derive(Template)]
#[template(path = "node.html", whitespace = "minimize")]
struct NodeFragment {
    view: NodePage,
}

/// The first page.
pub(super) async fn overview(State(hub): State<Handle>) -> Response {
    answer(read_overview(hub).await.map(|view| OverviewTemplate {
        view,
        columns: COLUMNS,
    }))
}

/// The part of the first page that refreshes.
pub(super) async fn overview_fragment(State(hub): State<Handle>) -> Response {
    answer(read_overview(hub).await.map(|view| OverviewFragment {
        view,
        columns: COLUMNS,
    }))
}

/// The page of one node.
pub(super) async fn node(State(hub): State<Handle>, Path(id): Path<String>) -> Response {
    answer(read_node(hub, id).await.map(|view| NodeTemplate { view }))
}

/// The part of the page of one node that refreshes.
pub(super) async fn node_fragment(State(hub): State<Handle>, Path(id): Path<String>) -> Response {
    answer(read_node(hub, id).await.map(|view| NodeFragment { view }))
}

async fn read_overview(hub: Handle) -> Result<Overview, Problem> {
    let zone = TimeZone::system();
    Ok(hub.read(move |known| Overview::of(known, &zone)).await?)
}

async fn read_node(hub: Handle, id: String) -> Result<NodePage, Problem> {
    let node = question::node(&id)?;
    let zone = TimeZone::system();
    let page = hub
        .read(move |known| NodePage::of(known, node, &zone))
        .await?;
    page.ok_or_else(|| Problem::unknown(format!("there is no node {id:?}; / shows all of them")))
}

fn answer<T: Template>(page: Result<T, Problem>) -> Response {
    let html = page.and_then(|page| {
        page.render().map_err(|error| {
            tracing::error!("cannot render a page: {error}");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "this page cannot be rendered",
            )
        })
    });
    match html {
        Ok(html) => Html(html).into_response(),
        Err(problem) => problem.into_text(),
    }
}
