//! `credentials.toml`: what tells whether a password is right, of every node and Home Assistant.
//!
//! Each belongs to a node's key, not to its name alone. That makes the one write of `nodes.toml` the
//! moment at which another card takes a name over: before it the old password counts, after it the
//! new one, and a crash between the writes of the two files mixes nothing.

use super::MAX_NODES;
use super::error::IdentityError;
use super::files;
use super::keys::{from_base64, to_base64};
use picket_wire::sign::VerifyingKey;
use picket_wire::{NodeId, Verifier};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Longest file, in bytes: 10,000 nodes of at most 260 bytes.
pub(crate) const MAX_FILE: u64 = 4 << 20;
/// Credentials at most: while a card is replaced, one more.
const MAX_CREDENTIALS: usize = MAX_NODES + 1;
const HEADER: &str = "# Written by picket-hub: how it knows who logs in. Not for other eyes.\n";

/// A node with its public key.
type Holder = (NodeId, [u8; 32]);

/// See the file's first lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) home_assistant: Option<Verifier>,
    nodes: BTreeMap<Holder, Verifier>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    home_assistant: Option<WrittenVerifier>,
    #[serde(default)]
    node: Vec<WrittenNode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenVerifier {
    salt: String,
    hash: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenNode {
    id: String,
    key: String,
    salt: String,
    hash: String,
}

fn verifier(salt: &str, hash: &str) -> Option<Verifier> {
    Some(Verifier::new(from_base64(salt)?, &from_base64(hash)?))
}

impl Credentials {
    pub(crate) fn parse(text: &str, file: &Path) -> Result<Credentials, IdentityError> {
        let written: Written =
            toml::from_str(text).map_err(|error| files::syntax(file, text, &error))?;
        let wrong = |what: String| IdentityError::Text {
            file: file.to_owned(),
            line: None,
            what,
        };
        if written.node.len() > MAX_CREDENTIALS {
            return Err(wrong(format!("has more than {MAX_NODES} nodes")));
        }
        let home_assistant = written.home_assistant.map(|it| {
            verifier(&it.salt, &it.hash)
                .ok_or_else(|| wrong("salt and hash of Home Assistant are damaged".to_owned()))
        });
        let nodes = written.node.iter().map(|it| {
            let read = || {
                let id = NodeId::parse(&it.id).ok()?;
                Some(((id, from_base64(&it.key)?), verifier(&it.salt, &it.hash)?))
            };
            read().ok_or_else(|| wrong(format!("the credentials of {:?} are damaged", it.id)))
        });
        Ok(Credentials {
            home_assistant: home_assistant.transpose()?,
            nodes: nodes.collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn to_text(&self) -> String {
        let mut text = HEADER.to_owned();
        let entry = |text: &mut String, verifier: &Verifier| {
            let (salt, hash) = (to_base64(&verifier.salt), to_base64(&verifier.hash()));
            // Writing to a string does not fail.
            let _ = write!(text, "salt = \"{salt}\"\nhash = \"{hash}\"\n");
        };
        if let Some(verifier) = &self.home_assistant {
            text.push_str("\n[home_assistant]\n");
            entry(&mut text, verifier);
        }
        for ((node, key), verifier) in &self.nodes {
            let key = to_base64(key);
            let _ = write!(text, "\n[[node]]\nid = \"{node}\"\nkey = \"{key}\"\n");
            entry(&mut text, verifier);
        }
        text
    }

    /// Of the node with this key.
    pub(crate) fn get(&self, node: NodeId, key: &VerifyingKey) -> Option<Verifier> {
        self.nodes.get(&(node, key.to_bytes())).copied()
    }

    /// Every name that there are any of.
    pub(crate) fn names(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.keys().map(|(node, _)| *node)
    }

    /// Adds or removes those of a node with a key.
    pub(crate) fn set(&mut self, node: NodeId, key: &VerifyingKey, password: Option<Verifier>) {
        let holder = (node, key.to_bytes());
        match password {
            Some(password) => self.nodes.insert(holder, password),
            None => self.nodes.remove(&holder),
        };
    }

    /// Removes those under a name, but for these keys. Gives whether there were any.
    pub(crate) fn keep_only(&mut self, node: NodeId, keys: &[VerifyingKey]) -> bool {
        let before = self.nodes.len();
        let kept = |key: &[u8; 32]| keys.iter().any(|kept| kept.as_bytes() == key);
        self.nodes.retain(|(id, key), _| *id != node || kept(key));
        self.nodes.len() != before
    }
}
