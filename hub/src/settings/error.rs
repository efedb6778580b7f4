//! What is wrong with a settings file: which file, which line, what to write instead.

use std::path::{Path, PathBuf};
use toml::Spanned;

/// The one fault that is reported; the first found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {what}", file.display(), line.map(|l| format!(":{l}")).unwrap_or_default())]
pub struct SettingsError {
    /// The file as it was named.
    pub file: PathBuf,
    /// The line, from 1; none where no line is at fault.
    pub line: Option<usize>,
    /// What is wrong and what to do, without the place.
    pub what: String,
}

/// Names less alike than this are no help.
const ALIKE: f64 = 0.6;

impl SettingsError {
    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> SettingsError {
        let what = match error.kind() {
            std::io::ErrorKind::NotFound => {
                "there is no such file; name one by --config, or try `picket-hub up`, which needs \
                 none"
                    .to_owned()
            }
            _ => format!("cannot be read: {error}"),
        };
        SettingsError {
            file: file.to_owned(),
            line: None,
            what,
        }
    }
}

/// A text with its file, to find lines in.
pub(super) struct Place<'a> {
    pub(super) file: &'a Path,
    pub(super) text: &'a str,
}

impl Place<'_> {
    /// A fault of a value.
    pub(super) fn error<T>(&self, at: &Spanned<T>, what: String) -> SettingsError {
        let line = Some(self.line(at.span().start));
        SettingsError {
            file: self.file.to_owned(),
            line,
            what,
        }
    }

    /// A fault that the parser found.
    pub(super) fn toml(&self, error: &toml::de::Error) -> SettingsError {
        let line = error.span().map(|span| self.line(span.start));
        let what = unknown_key(error.message()).unwrap_or_else(|| one_line(error.message()));
        SettingsError {
            file: self.file.to_owned(),
            line,
            what,
        }
    }

    fn line(&self, offset: usize) -> usize {
        let before = self.text.bytes().take(offset);
        before.filter(|byte| *byte == b'\n').count() + 1
    }
}

/// Turns serde's words for an unknown key, which list all known ones, into the nearest one.
fn unknown_key(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("unknown field `")?;
    let (key, rest) = rest.split_once('`')?;
    // Every second piece between backticks is a known key.
    let known = rest.split('`').skip(1).step_by(2);
    let nearest = known
        .map(|name| (strsim::jaro_winkler(key, name), name))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(match nearest {
        (likeness, name) if likeness >= ALIKE => {
            format!("unknown key {key:?}; did you mean {name:?}?")
        }
        (_, _) => {
            let known: Vec<_> = rest.split('`').skip(1).step_by(2).collect();
            format!("unknown key {key:?}; known here: {}", known.join(", "))
        }
    })
}

/// The parser's words on one line, with names of types that people know.
fn one_line(message: &str) -> String {
    let line = message.lines().collect::<Vec<_>>().join("; ");
    line.replace("expected i64", "expected a whole number")
}
