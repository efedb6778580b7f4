//! What only the unix socket answers: nodes come and go. Being in the socket's group is the login.
//!
//! What is answered is for who asked, and is never logged.

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde::de::DeserializeOwned;

use super::problem::{self, Problem};
use crate::registrar::shapes::{
    ClearWish, Cleared, EnrollWish, ExpelWish, Expelled, GivenTokens, HomeAssistantLogin,
    HomeAssistantWish, Joining, Listen,
};
use crate::registrar::{Handle, Refused};

type Answer<T> = Result<Json<T>, Problem>;

/// The routes.
pub(super) fn routes(registrar: Handle) -> Router {
    Router::new()
        .route("/api/v1/joining", get(joining))
        .route("/api/v1/enroll", post(enroll).fallback(problem::only_post))
        .route(
            "/api/v1/enroll-home-assistant",
            post(home_assistant).fallback(problem::only_post),
        )
        .route("/api/v1/expel", post(expel).fallback(problem::only_post))
        .route("/api/v1/clear", post(clear).fallback(problem::only_post))
        .route("/api/v1/listen", post(listen).fallback(problem::only_post))
        .with_state(registrar)
}

async fn joining(State(registrar): State<Handle>) -> Answer<Joining> {
    Ok(Json(registrar.joining().await?))
}

async fn enroll(State(registrar): State<Handle>, body: Bytes) -> Answer<GivenTokens> {
    let wish: EnrollWish = read(&body)?;
    Ok(Json(registrar.enroll(wish).await?))
}

async fn home_assistant(
    State(registrar): State<Handle>,
    body: Bytes,
) -> Answer<HomeAssistantLogin> {
    let wish: HomeAssistantWish = read(&body)?;
    Ok(Json(registrar.home_assistant(wish).await?))
}

async fn expel(State(registrar): State<Handle>, body: Bytes) -> Answer<Expelled> {
    let ExpelWish { node } = read(&body)?;
    Ok(Json(registrar.expel(node).await?))
}

async fn clear(State(registrar): State<Handle>, body: Bytes) -> Answer<Cleared> {
    match read(&body)? {
        ClearWish { all: true } => Ok(Json(registrar.clear().await?)),
        ClearWish { all: false } => Err(Refused::NotAll.into()),
    }
}

async fn listen(State(registrar): State<Handle>, body: Bytes) -> Answer<Listen> {
    let Listen { address } = read(&body)?;
    let address = registrar.listen(address).await?;
    Ok(Json(Listen { address }))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        Problem::bad(format!(
            "the body of the request is not understood: {error}"
        ))
    })
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        let status = match refused {
            Refused::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            // Not 404: that says that the hub does not know the command.
            _ => StatusCode::CONFLICT,
        };
        Problem::new(status, refused.to_string())
    }
}
