//! What is answered when there is no answer: a sentence, as JSON for programs, as text for people.

use axum::Json;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::handle::Stopped;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    status: StatusCode,
    sentence: String,
}

/// The body of a problem under `/api`.
#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
}

impl Problem {
    /// A question that cannot be understood.
    pub(super) fn bad(sentence: impl Into<String>) -> Problem {
        Problem {
            status: StatusCode::BAD_REQUEST,
            sentence: sentence.into(),
        }
    }

    /// Something that is not known.
    pub(super) fn unknown(sentence: impl Into<String>) -> Problem {
        Problem {
            status: StatusCode::NOT_FOUND,
            sentence: sentence.into(),
        }
    }

    /// Any other status.
    pub(super) fn new(status: StatusCode, sentence: impl Into<String>) -> Problem {
        Problem {
            status,
            sentence: sentence.into(),
        }
    }

    /// As text, for people.
    pub(super) fn into_text(self) -> Response {
        (self.status, self.sentence + "\n").into_response()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (
            self.status,
            Json(Body {
                error: &self.sentence,
            }),
        )
            .into_response()
    }
}

impl From<Stopped> for Problem {
    fn from(stopped: Stopped) -> Problem {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{stopped}; ask again in a moment"),
        )
    }
}

/// Answers in the form that the asker of this path expects.
pub(super) fn at(path: &str, problem: Problem) -> Response {
    match path.starts_with("/api/") || path == "/healthz" {
        true => problem.into_response(),
        false => problem.into_text(),
    }
}

/// Nothing is at this path.
pub(super) async fn no_such_page(uri: Uri) -> Response {
    let sentence = "there is nothing at this path; the page is at /, programs ask /api/v1/nodes, \
                    /api/v1/incidents and /healthz";
    at(uri.path(), Problem::unknown(sentence))
}

/// Something is at this path, but it only answers GET.
pub(super) async fn only_get(uri: Uri) -> Response {
    only(&uri, "GET and HEAD", "GET, HEAD")
}

/// Something is at this path, but it only answers POST.
pub(super) async fn only_post(uri: Uri) -> Response {
    only(&uri, "POST", "POST")
}

fn only(uri: &Uri, words: &str, allowed: &'static str) -> Response {
    let sentence = format!("this path only answers {words}");
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, sentence);
    let mut response = at(uri.path(), problem);
    let allowed = header::HeaderValue::from_static(allowed);
    response.headers_mut().insert(header::ALLOW, allowed);
    response
}
