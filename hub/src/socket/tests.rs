//! The socket with a real hub's router behind it, and without.

use super::*;
use axum::Router;
use axum::routing::get as route;

async fn serve(dir: &Path) -> RemoveOnDrop {
    let (listener, file) = Socket::bind(dir).await.unwrap().into_parts();
    let router = Router::new()
        .route("/good", route(async || r#"{"word":"yes"}"#))
        .route(
            "/long",
            route(async || format!("\"{}\"", "x".repeat(1_000_000))),
        )
        .route("/text", route(async || "no JSON"))
        .route("/deed", axum::routing::post(async |body: String| body));
    tokio::spawn(async move { axum::serve(listener, router).await });
    file
}

#[tokio::test]
async fn a_question_gets_its_answer() {
    let dir = tempfile::tempdir().unwrap();
    let file = serve(dir.path()).await;
    assert_eq!(get(dir.path(), "/good").await.unwrap()["word"], "yes");
    assert_eq!(
        get(dir.path(), "/long")
            .await
            .unwrap()
            .as_str()
            .unwrap()
            .len(),
        1_000_000
    );
    let error = get(dir.path(), "/text").await.unwrap_err();
    assert!(matches!(error, AskError::Unreadable(_)), "{error}");
    let mode = std::fs::metadata(path(dir.path()))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o660);
    drop(file);
    assert!(!path(dir.path()).exists());
}

#[tokio::test]
async fn without_a_hub_the_answer_says_how_to_start_one() {
    let dir = tempfile::tempdir().unwrap();
    let error = get(dir.path(), "/good").await.unwrap_err();
    assert!(error.to_string().contains("picket-hub up"), "{error}");
}

#[tokio::test]
async fn a_socket_that_a_dead_hub_left_behind_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    drop(std::os::unix::net::UnixListener::bind(path(dir.path())).unwrap());
    assert!(path(dir.path()).exists());
    let _file = serve(dir.path()).await;
    assert_eq!(get(dir.path(), "/good").await.unwrap()["word"], "yes");
}

#[tokio::test]
async fn a_hub_that_answers_keeps_its_socket() {
    let dir = tempfile::tempdir().unwrap();
    let _file = serve(dir.path()).await;
    let error = Socket::bind(dir.path()).await.unwrap_err();
    assert!(error.to_string().contains("another picket-hub"), "{error}");
    assert_eq!(get(dir.path(), "/good").await.unwrap()["word"], "yes");
}

#[tokio::test]
async fn a_file_in_the_way_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(path(dir.path()), "mine").unwrap();
    let error = Socket::bind(dir.path()).await.unwrap_err();
    assert!(error.to_string().contains("no socket"), "{error}");
    assert_eq!(std::fs::read(path(dir.path())).unwrap(), b"mine");
}

#[tokio::test]
async fn a_deed_carries_its_body_and_an_older_hub_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let _file = serve(dir.path()).await;
    let body = serde_json::json!({"nodes": ["pi-07"]});
    assert_eq!(post(dir.path(), "/deed", &body).await.unwrap(), body);
    for unknown in ["/nowhere", "/good"] {
        let error = post(dir.path(), unknown, &body).await.unwrap_err();
        assert!(matches!(error, AskError::TooOld), "{unknown}: {error}");
    }
}
