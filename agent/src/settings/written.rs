//! The settings as they were written, each value with the place where it stands.

use super::SettingsError;
use crate::opened;
use serde::Deserialize;
use std::io::Read;
use std::path::Path;
use toml::Spanned;

/// Longest settings file, in bytes.
pub const MAX_FILE: u64 = 64 * 1024;
/// Every key of the file, those of its tables after their names.
pub const KEYS: [&str; 11] = [
    "hub",
    "node",
    "every",
    "allow_plain",
    "sd_health",
    "cards",
    "scrub",
    "enabled",
    "paths",
    "period",
    "exclude",
];

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// The value.
    pub value: T,
    /// File, line and key, or the flag.
    pub origin: String,
}

/// What was written, on the command line or in a file. Nothing is checked yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The address of the broker.
    pub hub: Option<Said<String>>,
    /// The node's name.
    pub node: Option<Said<String>>,
    /// How often it reports.
    pub every: Option<Said<String>>,
    /// Whether plain text may leave this machine.
    pub allow_plain: Option<Said<bool>>,
    /// The CIDs of the SD cards that may be asked for their health.
    pub sd_health_cards: Option<Vec<Said<String>>>,
    /// What is read back.
    pub scrub: ScrubTable,
}

/// What was written of the scrub; only in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScrubTable {
    /// Whether it reads files back at all.
    pub enabled: Option<Said<bool>>,
    /// Below which folders.
    pub paths: Option<Said<Vec<Said<String>>>>,
    /// How often.
    pub period: Option<Said<String>>,
    /// What is left out.
    pub exclude: Option<Said<Vec<Said<String>>>>,
}

impl Written {
    /// These values, and those of `below` where there are none.
    pub fn over(self, below: Written) -> Written {
        Written {
            hub: self.hub.or(below.hub),
            node: self.node.or(below.node),
            every: self.every.or(below.every),
            allow_plain: self.allow_plain.or(below.allow_plain),
            sd_health_cards: self.sd_health_cards.or(below.sd_health_cards),
            // No flag says anything of it.
            scrub: below.scrub,
        }
    }
}

/// The file by its keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hub: Option<Spanned<String>>,
    node: Option<Spanned<String>>,
    every: Option<Spanned<String>>,
    allow_plain: Option<Spanned<bool>>,
    sd_health: Option<SdHealth>,
    scrub: Option<Scrub>,
}

/// The table of the cards that may be asked for their health.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SdHealth {
    cards: Vec<Spanned<String>>,
}

/// The table of what is read back.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scrub {
    enabled: Option<Spanned<bool>>,
    paths: Option<Spanned<Vec<Spanned<String>>>>,
    period: Option<Spanned<String>>,
    exclude: Option<Spanned<Vec<Spanned<String>>>>,
}

/// Reads a settings file.
///
/// # Errors
/// It cannot be read, is too long, or is no TOML of exactly the known keys.
pub fn read(path: &Path) -> Result<Written, SettingsError> {
    parse(&text(path)?, path)
}

/// What stands in a settings file, TOML or not.
pub(super) fn text(path: &Path) -> Result<String, SettingsError> {
    let unreadable = |error| SettingsError::Unreadable {
        path: path.to_owned(),
        error,
    };
    let file = opened::open(path).map_err(unreadable)?;
    text_of(file, path)
}

/// As [`text`], of what was opened at `path`.
pub(super) fn text_of(file: std::fs::File, path: &Path) -> Result<String, SettingsError> {
    let unreadable = |error| SettingsError::Unreadable {
        path: path.to_owned(),
        error,
    };
    let mut text = String::new();
    file.take(MAX_FILE + 1)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if text.len() as u64 > MAX_FILE {
        return Err(SettingsError::TooLong {
            path: path.to_owned(),
        });
    }
    Ok(text)
}

/// What a text means as the settings file at `path`.
pub(super) fn parse(text: &str, path: &Path) -> Result<Written, SettingsError> {
    let file: File = toml::from_str(text).map_err(|error| malformed(&error, text, path))?;
    Ok(Written {
        hub: file.hub.map(|value| said(value, "hub", text, path)),
        node: file.node.map(|value| said(value, "node", text, path)),
        every: file.every.map(|value| said(value, "every", text, path)),
        allow_plain: file
            .allow_plain
            .map(|value| said(value, "allow_plain", text, path)),
        sd_health_cards: file.sd_health.map(|table| {
            let cards = table.cards.into_iter();
            cards
                .map(|card| said(card, "sd_health.cards", text, path))
                .collect()
        }),
        scrub: scrub(file.scrub.unwrap_or_default(), text, path),
    })
}

fn scrub(table: Scrub, text: &str, path: &Path) -> ScrubTable {
    let list = |all: Spanned<Vec<Spanned<String>>>, key: &str| {
        let all = said(all, key, text, path);
        let one = |value| said(value, key, text, path);
        Said {
            value: all.value.into_iter().map(one).collect(),
            origin: all.origin,
        }
    };
    ScrubTable {
        enabled: table
            .enabled
            .map(|value| said(value, "scrub.enabled", text, path)),
        paths: table.paths.map(|all| list(all, "scrub.paths")),
        period: table
            .period
            .map(|value| said(value, "scrub.period", text, path)),
        exclude: table.exclude.map(|all| list(all, "scrub.exclude")),
    }
}

fn said<T>(value: Spanned<T>, key: &str, text: &str, path: &Path) -> Said<T> {
    let line = line(text, value.span().start);
    Said {
        value: value.into_inner(),
        origin: format!("{}:{line}: {key}", path.display()),
    }
}

fn malformed(error: &toml::de::Error, text: &str, path: &Path) -> SettingsError {
    let span = error.span().unwrap_or_default();
    let unknown = error.message().starts_with("unknown field");
    let message = match text.get(span.clone()).filter(|_| unknown) {
        Some(key) => unknown_key(key.trim_matches(['"', '\''])),
        None => error.message().replace('\n', " "),
    };
    SettingsError::Malformed {
        path: path.to_owned(),
        line: line(text, span.start),
        message,
    }
}

fn unknown_key(key: &str) -> String {
    let near = KEYS
        .iter()
        .min_by_key(|known| strsim::damerau_levenshtein(known, key));
    // A key that shares less than half of its letters with a known one was not meant to be that.
    let near = near.filter(|near| strsim::damerau_levenshtein(near, key) * 2 <= near.len());
    let known = KEYS.join(", ");
    match near {
        Some(near) => format!("unknown key \"{key}\"; did you mean \"{near}\"? (known: {known})"),
        None => format!("unknown key \"{key}\" (known: {known})"),
    }
}

/// The line of a byte, counted from 1.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
