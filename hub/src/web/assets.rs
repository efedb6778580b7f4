//! Style, script and picture of the pages, built into the program: nothing comes from elsewhere.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// A browser asks again after this time, so that a new version of the hub shows within it.
const KEEP: &str = "max-age=300";

/// One of the assets by its name.
pub(super) async fn asset(Path(name): Path<String>) -> Response {
    let (kind, content) = match name.as_str() {
        "picket.css" => (
            "text/css; charset=utf-8",
            include_str!("../../assets/picket.css"),
        ),
        "picket.js" => (
            "text/javascript; charset=utf-8",
            include_str!("../../assets/picket.js"),
        ),
        "picket.svg" => ("image/svg+xml", include_str!("../../assets/picket.svg")),
        _ => return Problem::unknown("there is no such asset").into_text(),
    };
    (
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, KEEP)],
        content,
    )
        .into_response()
}
