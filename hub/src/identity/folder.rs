//! The folder of an identity: all of its files, or none.

use super::certificates;
use super::content::Texts;
use super::credentials::{self, Credentials};
use super::error::IdentityError;
use super::files::{self, SECRET};
use super::keys::Keys;
use picket_wire::SiteId;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Longest file of those that are written once, in bytes.
const MAX_FILE: u64 = 64 << 10;

pub(super) const KEYS: &str = "keys.toml";
pub(super) const CA: &str = "ca.pem";
pub(super) const CA_KEY: &str = "ca.key";
pub(super) const SERVER: &str = "server.pem";
pub(super) const SERVER_KEY: &str = "server.key";
pub(super) const CREDENTIALS: &str = "credentials.toml";
/// The files of an identity, and the longest that each may be, in bytes.
pub(crate) const FILES: [(&str, u64); 6] = [
    (KEYS, MAX_FILE),
    (CA, MAX_FILE),
    (CA_KEY, MAX_FILE),
    (SERVER, MAX_FILE),
    (SERVER_KEY, MAX_FILE),
    (CREDENTIALS, credentials::MAX_FILE),
];

/// What follows the folder's name while it is made.
const NEW: &str = ".new";
/// What follows the folder's name where an earlier identity was kept aside, before a number.
const OLD: &str = ".old-";

/// Removes what an interrupted write left.
pub(super) fn clean(dir: &Path, nodes_file: &Path) -> Result<(), IdentityError> {
    remove_staged(dir)?;
    let nodes_file = fs::canonicalize(nodes_file).unwrap_or_else(|_| nodes_file.to_owned());
    for path in FILES
        .map(|(name, _)| dir.join(name))
        .iter()
        .chain([&nodes_file])
    {
        let left = files::unfinished(path);
        // The folder of nodes.toml may be one that only its owner writes to.
        if let Err(error) = files::remove(&left) {
            tracing::debug!("{} was not removed: {error}", left.display());
        }
    }
    Ok(())
}

/// Whether there is nothing yet. An empty folder is nothing: somebody made it for us.
pub(crate) fn is_absent(dir: &Path) -> Result<bool, IdentityError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => {
            if entries.next().is_some() {
                return Ok(false);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(IdentityError::io("read", dir, &error)),
    }
    match kept_aside(dir)?.pop() {
        Some(old) => Err(IdentityError::Interrupted {
            dir: dir.to_owned(),
            old,
        }),
        None => Ok(true),
    }
}

/// Makes a new identity. It is there whole, or not at all.
pub(super) fn make(dir: &Path, site: SiteId) -> Result<(), IdentityError> {
    let pems = certificates::make(site)?;
    let texts = [
        (KEYS, Keys::random(site)?.to_text()),
        (CA, pems.ca),
        (CA_KEY, pems.ca_key),
        (SERVER, pems.server),
        (SERVER_KEY, pems.server_key),
        (CREDENTIALS, Credentials::default().to_text()),
    ];
    let texts = texts.map(|(name, text)| (name.to_owned(), text)).into();
    let new = staged(dir, &texts)?;
    fs::rename(&new, dir).map_err(|error| IdentityError::io("make", dir, &error))?;
    files::sync_dir(files::parent(dir))
}

/// Writes all files of an identity into a folder beside its own, and gives that one.
pub(crate) fn staged(dir: &Path, texts: &Texts) -> Result<PathBuf, IdentityError> {
    let new = files::beside(dir, "", NEW);
    remove_staged(dir)?;
    files::make_dir(&new)?;
    for (name, text) in texts {
        files::write(&new.join(name), text, SECRET)?;
    }
    files::sync_dir(&new)?;
    Ok(new)
}

fn remove_staged(dir: &Path) -> Result<(), IdentityError> {
    let new = files::beside(dir, "", NEW);
    match fs::remove_dir_all(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(IdentityError::io("remove", &new, &error))
        }
        _ => Ok(()),
    }
}

/// Earlier identities that were kept aside, the newest last.
pub(crate) fn kept_aside(dir: &Path) -> Result<Vec<PathBuf>, IdentityError> {
    let parent = files::parent(dir);
    let front = files::beside(dir, "", OLD);
    let front = front.file_name().unwrap_or_default().to_string_lossy();
    let entries = match fs::read_dir(parent) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| IdentityError::io("read", parent, &error))?,
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut numbers: Vec<u32> = names
        .filter_map(|name| name.strip_prefix(&*front)?.parse().ok())
        .collect();
    numbers.sort_unstable();
    let old = |number| files::beside(dir, "", &format!("{OLD}{number}"));
    Ok(numbers.into_iter().map(old).collect())
}

/// Where the present identity can be kept aside: a name that is free.
pub(crate) fn next_aside(dir: &Path) -> Result<PathBuf, IdentityError> {
    let kept = kept_aside(dir)?;
    let front = files::beside(dir, "", OLD);
    let number = |path: &PathBuf| {
        let path = path.to_str()?.strip_prefix(front.to_str()?)?;
        path.parse::<u32>().ok()
    };
    let last = kept.last().and_then(number).unwrap_or(0);
    Ok(files::beside(
        dir,
        "",
        &format!("{OLD}{}", last.saturating_add(1)),
    ))
}

/// The files of an identity that are there.
pub(crate) fn read(dir: &Path) -> Result<Texts, IdentityError> {
    let mut texts = Texts::new();
    for (name, max) in FILES {
        if let Some(text) = files::read(&dir.join(name), max)? {
            texts.insert(name.to_owned(), text);
        }
    }
    Ok(texts)
}

/// Takes back what others may do with it.
pub(super) fn close_to_others(dir: &Path) -> Result<(), IdentityError> {
    files::close_to_others(dir)?;
    let paths = FILES.map(|(name, _)| dir.join(name));
    let there = paths.iter().filter(|path| path.exists());
    there
        .into_iter()
        .try_for_each(|path| files::close_to_others(path))
}
