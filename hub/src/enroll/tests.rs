//! What a command says where it cannot do its work.

use super::*;
use crate::cli::{Cli, Command};
use clap::Parser;

fn parse(words: &[&str], dir: &Path) -> Command {
    let dir = ["--runtime-dir", dir.to_str().unwrap()];
    let all = ["picket-hub"].iter().chain(words).chain(&dir);
    Cli::parse_from(all).command
}

#[tokio::test]
async fn without_a_hub_every_command_says_how_to_start_one() {
    let dir = tempfile::tempdir().unwrap();
    for words in [
        &["enroll", "pi-07"][..],
        &["enroll", "--home-assistant"],
        &["expel", "--yes", "pi-07"],
        &["clear", "--all", "--yes"],
    ] {
        let done = match parse(words, dir.path()) {
            Command::Enroll(args) => enroll(&args).await,
            Command::Expel(args) => expel(&args).await,
            Command::Clear(args) => clear(&args).await,
            other => panic!("{other:?}"),
        };
        let error = done.unwrap_err().to_string();
        assert!(error.contains("picket-hub up"), "{words:?}: {error}");
    }
}

#[tokio::test]
async fn a_hub_of_before_is_said_to_be_one() {
    let dir = tempfile::tempdir().unwrap();
    let (listener, _file) = socket::Socket::bind(dir.path()).await.unwrap().into_parts();
    tokio::spawn(async move { axum::serve(listener, axum::Router::new()).await });
    let Command::Enroll(args) = parse(&["enroll", "pi-07"], dir.path()) else {
        panic!()
    };
    let error = enroll(&args).await.unwrap_err().to_string();
    assert!(error.contains("another version"), "{error}");
}
