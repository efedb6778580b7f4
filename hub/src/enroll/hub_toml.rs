//! Adds the listener for nodes to `hub.toml`, and leaves all else in it as its owner wrote it.

use super::beside::Beside;
use crate::settings::{Settings, SettingsError};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::unistd::Uid;
use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read};
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use toml_edit::{Array, DocumentMut, Item, Table, value};

/// Longest file that is read, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Why the listener does not stand in the settings.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file cannot be read or written.
    #[error("{} cannot be changed: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// In words, with what to do.
        why: String,
    },
    /// The file says something that does not go with it, before or after the change.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The file is no TOML, or the place of the key holds something else.
    #[error(
        "{} cannot be changed by a program: {why}; add listen_tls = [\"{address}\"] below [broker] \
         by hand, and restart the hub", file.display()
    )]
    Shape {
        /// The file.
        file: PathBuf,
        /// What is in the way.
        why: String,
        /// What was to be added.
        address: SocketAddr,
    },
}

/// A changed file that is written beside the old one, and takes its place on [`Change::commit`].
#[derive(Debug)]
pub(super) struct Change(Beside);

/// Prepares the change: reads, edits, checks that the result means what it should, and writes it
/// beside the file, so that what can fail has failed before anything is different.
pub(super) fn prepare(file: &Path, address: SocketAddr) -> Result<Change, EditError> {
    let (text, before) = read(file, address)?;
    let text = edit(&text, address).map_err(|why| EditError::Shape {
        file: file.to_owned(),
        why,
        address,
    })?;
    Settings::parse(&text, file)?;
    let new = Beside::write(file, &text, before.as_ref());
    Ok(Change(new.map_err(|error| failed(file, &error))?))
}

impl Change {
    /// Puts the new file in the old one's place, whole.
    pub(super) fn commit(self) -> Result<(), EditError> {
        let file = self.0.file().to_owned();
        self.0.take_place().map_err(|error| failed(&file, &error))
    }
}

fn failed(file: &Path, error: &io::Error) -> EditError {
    let why = match error.kind() {
        io::ErrorKind::PermissionDenied => "no permission; type the same with sudo".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => {
            "its filesystem is read-only; make it writable and type the same again".to_owned()
        }
        io::ErrorKind::NotFound => "its folder is missing; make it first".to_owned(),
        _ => error.to_string(),
    };
    EditError::File {
        file: file.to_owned(),
        why,
    }
}

/// The text, and what the file was; an absent one is empty. It is opened once, and neither a link is
/// followed nor a pipe waited for: another user may be able to put one there.
fn read(file: &Path, address: SocketAddr) -> Result<(String, Option<Metadata>), EditError> {
    let fail = |error: io::Error| failed(file, &error);
    let shape = |why: &str| EditError::Shape {
        file: file.to_owned(),
        why: why.to_owned(),
        address,
    };
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(file);
    let opened = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((String::new(), None)),
        Err(error) if error.raw_os_error() == Some(Errno::ELOOP as i32) => {
            return Err(shape("it is a link"));
        }
        opened => opened.map_err(fail)?,
    };
    let found = opened.metadata().map_err(fail)?;
    if !found.is_file() {
        return Err(shape("it is no regular file"));
    }
    if !may_change(Uid::effective(), found.uid()) {
        let words = "it does not belong to root, who types this; look at what is in it, then \
                     chown root it and type the same again";
        return Err(fail(io::Error::other(words)));
    }
    let mut text = String::new();
    let taken = opened.take(MAX_FILE + 1).read_to_string(&mut text);
    if taken.map_err(fail)? as u64 > MAX_FILE {
        let error = io::Error::other(format!("it has more than {MAX_FILE} bytes"));
        return Err(fail(error));
    }
    Ok((text, Some(found)))
}

/// Root changes only what is root's: whoever else owns it may have put it there.
fn may_change(we: Uid, owner: u32) -> bool {
    !we.is_root() || owner == we.as_raw()
}

/// The text with the address in `listen_tls` of `[broker]`; why not, if something else is there.
fn edit(text: &str, address: SocketAddr) -> Result<String, String> {
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    if document.contains_key("mqtt") {
        return Err("its broker is an external one ([mqtt])".to_owned());
    }
    let broker = document
        .entry("broker")
        .or_insert_with(|| Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or("broker is no table in it")?;
    let text = address.to_string();
    match broker.get_mut("listen_tls") {
        None => {
            let mut list = Array::new();
            list.push(text);
            broker.insert("listen_tls", value(list));
        }
        Some(list) => {
            let list = list.as_array_mut().ok_or("listen_tls is no list in it")?;
            if !list.iter().any(|entry| entry.as_str() == Some(&text)) {
                list.push(text);
            }
        }
    }
    Ok(document.to_string())
}

#[cfg(test)]
mod tests;
