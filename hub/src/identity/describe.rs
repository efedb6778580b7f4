//! An identity in words, without its secrets: for `check`, and for the log of a start.

use super::content::Content;
use super::credentials::Credentials;
use super::error::IdentityError;
use super::folder;
use super::nodes_file::NodesFile;
use crate::roster::Enrolled;
use picket_wire::NodeId;
use picket_wire::sign::VerifyingKey;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Most names in one line.
const MAX_NAMES: usize = 10;

/// Lines for people: whose identity it is, the CA's fingerprint, who is enrolled, who has to join
/// again. What is wrong is a line too. It changes nothing and needs no lock.
pub fn describe(dir: &Path, nodes_file: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    if let Err(error) = say(dir, nodes_file, &mut lines) {
        lines.push(error.to_string());
    }
    lines
}

fn say(dir: &Path, nodes_file: &Path, lines: &mut Vec<String>) -> Result<(), IdentityError> {
    let nodes = NodesFile::new(nodes_file).read()?.unwrap_or_default();
    if folder::is_absent(dir)? {
        lines.push(format!(
            "no keys yet: the first start of the hub makes them in {}",
            dir.display()
        ));
        return Ok(());
    }
    let content = Content::check(&folder::read(dir)?, dir)?;
    lines.push(format!(
        "keys of the site {} in {}; SHA-256 of its CA {}",
        content.site(),
        dir.display(),
        hex(&content.ca_sha256())
    ));
    lines.push(match nodes.len() {
        0 => format!("no node is enrolled in {}", nodes_file.display()),
        1 => format!("1 node is enrolled in {}", nodes_file.display()),
        count => format!("{count} nodes are enrolled in {}", nodes_file.display()),
    });
    let lost = nodes.iter();
    let lost = lost.filter(|(node, key)| content.credentials.get(**node, key).is_none());
    let lost: Vec<_> = lost.map(|(node, _)| *node).collect();
    if !lost.is_empty() {
        lines.push(format!(
            "without credentials, to join again by `picket-hub enroll --replace NODE`: {}",
            names(&lost)
        ));
    }
    Ok(())
}

/// Says that this identity is a new one.
pub(super) fn say_made(dir: &Path, nodes_file: &Path, nodes: usize) {
    let dir = dir.display();
    match nodes {
        0 => tracing::info!("made the keys of this site in {dir}; keep a `picket-hub backup`"),
        count => tracing::warn!(
            "made new keys in {dir}, which the {count} nodes of {} do not know: stop the hub and \
             `picket-hub restore` a backup, or join each of them again",
            nodes_file.display()
        ),
    }
}

/// Says who has credentials and is not enrolled: an owner took them out of the file.
pub(super) fn say_strangers(
    credentials: &Credentials,
    nodes: Option<&BTreeMap<NodeId, VerifyingKey>>,
    file: &Path,
) {
    let is_known = |node: &NodeId| nodes.is_some_and(|nodes| nodes.contains_key(node));
    let mut strangers: Vec<_> = credentials.names().filter(|node| !is_known(node)).collect();
    strangers.dedup();
    if strangers.is_empty() {
        return;
    }
    let names = names(&strangers);
    let file = file.display();
    match nodes {
        Some(_) => tracing::warn!(
            "not enrolled, because {file} does not name them: {names}; if that is meant, \
             `picket-hub expel` removes their credentials too"
        ),
        None => tracing::warn!(
            "there is no {file}, so nobody is enrolled; put it back from Git or a backup: {names}"
        ),
    }
}

/// Says who has to join again.
pub(super) fn say_lost(enrolled: &BTreeMap<NodeId, Enrolled>) {
    let lost = enrolled.iter().filter(|(_, one)| one.password.is_none());
    let lost: Vec<_> = lost.map(|(node, _)| *node).collect();
    if !lost.is_empty() {
        tracing::warn!(
            "no credentials of {}: join again by `picket-hub enroll --replace NODE`",
            names(&lost)
        );
    }
}

/// Some names, and how many more there are.
pub(super) fn names(nodes: &[NodeId]) -> String {
    let shown = nodes.iter().take(MAX_NAMES).map(NodeId::to_string);
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if let Some(more) = nodes.len().checked_sub(MAX_NAMES).filter(|more| *more > 0) {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
