//! The pages and the API: one router, served on TCP and on the unix socket.
//!
//! | file | one idea |
//! |---|---|
//! | `pages` | HTML, whole and as the part that refreshes |
//! | `overview`, `node_page` | what the two pages show |
//! | `node_groups`, `topic` | the readings of a node, and what they belong to |
//! | `node_disks` | what is known of its disks besides |
//! | `node_scrub` | whether their files are what they were |
//! | `node_cells`, `incident_row`, `finding_row` | rows that they are made of |
//! | `when` | times for people |
//! | `api` | `/api/v1` and `/healthz` |
//! | `admin` | what only the unix socket answers: nodes come and go |
//! | `question` | the parameters of a question, checked |
//! | `problem` | what is answered when there is no answer |
//! | `guard` | what every answer carries, and which requests get none |
//! | `assets` | style, script and picture, built in |

mod admin;
mod api;
mod assets;
mod finding_row;
mod guard;
mod incident_row;
mod node_cells;
mod node_disks;
mod node_groups;
mod node_page;
mod node_scrub;
mod overview;
mod pages;
mod problem;
mod question;
mod topic;
mod when;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;

use crate::handle::Handle;
use crate::registrar;

/// Longest body of a request, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// What the hub answers on TCP. It only looks: no request changes anything. A request whose `Host` is a name of somebody
/// else is refused (DNS rebinding); a client of the unix socket sends `localhost` or no host.
pub fn router(handle: Handle) -> Router {
    guarded(views(handle))
}

/// What the hub answers on the unix socket: the same, and what changes who belongs to the site.
pub fn socket_router(handle: Handle, registrar: registrar::Handle) -> Router {
    guarded(views(handle).merge(admin::routes(registrar)))
}

fn views(handle: Handle) -> Router {
    Router::new()
        .route("/", get(pages::overview))
        .route("/fragment", get(pages::overview_fragment))
        .route("/nodes/{id}", get(pages::node))
        .route("/nodes/{id}/fragment", get(pages::node_fragment))
        .route("/api/v1/nodes", get(api::nodes))
        .route("/api/v1/nodes/{id}/history", get(api::history))
        .route("/api/v1/incidents", get(api::incidents))
        .route("/healthz", get(api::health))
        .route("/assets/{name}", get(assets::asset))
        .with_state(handle)
}

fn guarded(routes: Router) -> Router {
    routes
        .fallback(problem::no_such_page)
        .method_not_allowed_fallback(problem::only_get)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(guard::guard))
}
