//! `nodes.toml`: who is enrolled, and the truth about it. Public, kept in Git, edited by people too.

use super::MAX_NODES;
use super::error::IdentityError;
use super::files::{self, PUBLIC};
use super::keys::{from_base64, to_base64};
use picket_wire::NodeId;
use picket_wire::sign::VerifyingKey;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

/// Longest file, in bytes: 10,000 nodes of at most 100 bytes, and as much again for words of people.
pub(crate) const MAX_FILE: u64 = 2 << 20;
/// How a new file begins.
const HEADER: &str = "# Written by picket-hub when a node joins or is expelled; public, so keep it in Git.\n\
                      # A node that is not named here is not enrolled after the next start of the hub.\n";

/// See the file's first lines.
#[derive(Clone, Debug)]
pub(crate) struct NodesFile {
    path: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    nodes: BTreeMap<String, Node>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Node {
    key: Spanned<String>,
}

impl NodesFile {
    pub(crate) fn new(path: &Path) -> NodesFile {
        NodesFile {
            path: path.to_owned(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Who is enrolled; none if there is no file.
    pub(crate) fn read(&self) -> Result<Option<BTreeMap<NodeId, VerifyingKey>>, IdentityError> {
        let text = files::read(&self.path, MAX_FILE)?;
        text.map(|text| parse(&text, &self.path)).transpose()
    }

    /// Writes the key of a node down; all else in the file stays as people left it.
    pub(crate) fn set(&self, node: NodeId, key: &VerifyingKey) -> Result<(), IdentityError> {
        let (mut document, nodes) = self.document()?;
        if !nodes.contains_key(&node) && nodes.len() >= MAX_NODES {
            return Err(IdentityError::Full);
        }
        let key = to_base64(key.as_bytes());
        if nodes.contains_key(&node) {
            // In its place, so that the words around it stay.
            let table = self.table(document.get_mut("nodes"))?;
            let entry = self.table(table.get_mut(node.as_str()))?;
            let old = entry.get_mut("key").and_then(Item::as_value_mut);
            if let Some(old) = old {
                let around = old.decor().clone();
                *old = Value::from(key);
                *old.decor_mut() = around;
            }
            return self.write(&document);
        }
        // What a file without any table says would come to stand behind the first one.
        let head = match document.is_empty() {
            true => document.trailing().as_str().unwrap_or_default().to_owned(),
            false => String::new(),
        };
        if document.get("nodes").is_none() {
            let mut table = Table::new();
            table.set_implicit(true);
            document.insert("nodes", Item::Table(table));
        }
        if !head.is_empty() {
            document.set_trailing("");
        }
        let inline = document["nodes"].is_inline_table();
        let table = self.table(document.get_mut("nodes"))?;
        let entry = match inline {
            true => value(InlineTable::from_iter([("key", Value::from(key))])),
            false => {
                let mut entry = Table::new();
                entry.insert("key", value(key));
                if !head.is_empty() {
                    entry.decor_mut().set_prefix(format!("{head}\n"));
                }
                Item::Table(entry)
            }
        };
        table.insert(node.as_str(), entry);
        self.write(&document)
    }

    /// Strikes a node out. Gives whether it was there.
    pub(crate) fn remove(&self, node: NodeId) -> Result<bool, IdentityError> {
        let (mut document, nodes) = self.document()?;
        if !nodes.contains_key(&node) {
            return Ok(false);
        }
        let table = self.table(document.get_mut("nodes"))?;
        table.remove(node.as_str());
        self.write(&document)?;
        Ok(true)
    }

    fn document(&self) -> Result<(DocumentMut, BTreeMap<NodeId, VerifyingKey>), IdentityError> {
        let text = files::read(&self.path, MAX_FILE)?;
        let text = text.unwrap_or_else(|| HEADER.to_owned());
        let nodes = parse(&text, &self.path)?;
        let document = text.parse().map_err(|error: toml_edit::TomlError| {
            let line = error.span().map(|span| files::line(&text, span.start));
            self.wrong(line, error.message().to_owned())
        })?;
        Ok((document, nodes))
    }

    fn table<'a>(
        &self,
        item: Option<&'a mut Item>,
    ) -> Result<&'a mut dyn TableLike, IdentityError> {
        item.and_then(Item::as_table_like_mut)
            .ok_or_else(|| self.wrong(None, "nodes is not a table".to_owned()))
    }

    fn write(&self, document: &DocumentMut) -> Result<(), IdentityError> {
        let text = document.to_string();
        // What cannot be read again must not replace what can.
        parse(&text, &self.path)?;
        files::write(&self.path, &text, PUBLIC)
    }

    fn wrong(&self, line: Option<usize>, what: String) -> IdentityError {
        IdentityError::Text {
            file: self.path.clone(),
            line,
            what,
        }
    }
}

/// Who a text of this file enrols; `file` is only named in errors.
pub(crate) fn parse(
    text: &str,
    file: &Path,
) -> Result<BTreeMap<NodeId, VerifyingKey>, IdentityError> {
    let written: Written =
        toml::from_str(text).map_err(|error| files::syntax(file, text, &error))?;
    let wrong = |line, what: String| IdentityError::Text {
        file: file.to_owned(),
        line,
        what,
    };
    if written.nodes.len() > MAX_NODES {
        return Err(wrong(None, format!("names more than {MAX_NODES} nodes")));
    }
    let nodes = written.nodes.iter().map(|(id, node)| {
        // Only where it is wanted: to count lines for each of many nodes takes long.
        let line = || Some(files::line(text, node.key.span().start));
        let id = NodeId::parse(id)
            .map_err(|error| wrong(line(), format!("{id:?} cannot be a node: {error}")))?;
        let key = key(node.key.get_ref()).map_err(|what| {
            wrong(
                line(),
                format!("the key of {id} {what}; put the line back from Git, or take the node out and join it again"),
            )
        })?;
        Ok((id, key))
    });
    nodes.collect()
}

fn key(text: &str) -> Result<VerifyingKey, &'static str> {
    let bytes = from_base64(text).ok_or("is not 32 bytes in base64")?;
    let key = VerifyingKey::from_bytes(&bytes).map_err(|_| "is no key of ed25519")?;
    match key.is_weak() {
        true => Err("is of small order, so that anybody could sign for it"),
        false => Ok(key),
    }
}
