//! The file of a backup: TOML with every file of the identity, and a digest over them.

use super::BackupError;
use crate::identity::content::Texts;
use crate::identity::describe::hex;
use crate::identity::files;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Table, value};

/// The one format that there is.
const FORMAT: u32 = 1;
/// Longest backup, in bytes: all files at their longest, and as much again for escapes.
const MAX_FILE: u64 = 16 << 20;
/// Most files in it.
const MAX_FILES: usize = 16;
/// What `nodes.toml` is called in it, wherever it stands.
pub(super) const NODES: &str = "nodes.toml";
const HEADER: &str = "# A backup of a Picket hub. SECRET: whoever has it can speak for the hub.\n\
                      # To put it back: picket-hub restore THIS_FILE\n";

/// A backup. `Debug` shows names only.
#[derive(Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// The site that it is of.
    pub site: String,
    /// The texts of the identity, and of `nodes.toml` if there was one.
    pub(super) files: Texts,
}

impl fmt::Debug for BackupFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.files.keys().collect();
        write!(f, "BackupFile({}, {names:?})", self.site)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    picket: String,
    site: String,
    sha256: String,
    files: BTreeMap<String, String>,
}

/// What every format has, so that a newer one is told from rubbish.
#[derive(Deserialize)]
struct AnyFormat {
    format: u32,
    picket: String,
}

impl BackupFile {
    /// Reads and checks a file.
    pub fn read(file: &Path) -> Result<BackupFile, BackupError> {
        let text = files::read(file, MAX_FILE)?.ok_or_else(|| BackupError::NoBackup {
            file: file.to_owned(),
            what: "there is no such file".to_owned(),
        })?;
        BackupFile::parse(&text, file)
    }

    /// Checks the text of a file; `file` is only named in errors.
    pub fn parse(text: &str, file: &Path) -> Result<BackupFile, BackupError> {
        let wrong = |what: String| BackupError::NoBackup {
            file: file.to_owned(),
            what,
        };
        if let Ok(AnyFormat { format, picket }) = toml::from_str(text)
            && format > FORMAT
        {
            return Err(BackupError::Newer {
                file: file.to_owned(),
                format,
                picket,
            });
        }
        let written: Written =
            toml::from_str(text).map_err(|e| wrong(files::syntax(file, text, &e).to_string()))?;
        // It says which program wrote it, for people.
        let _ = written.picket;
        if written.format != FORMAT || written.files.len() > MAX_FILES {
            return Err(wrong(format!("there is no format {}", written.format)));
        }
        let backup = BackupFile {
            site: written.site,
            files: written.files,
        };
        if backup.digest() != written.sha256 {
            return Err(wrong("the digest does not fit its content".to_owned()));
        }
        Ok(backup)
    }

    /// The file as text.
    pub fn to_text(&self) -> String {
        let mut document = DocumentMut::new();
        document.insert("format", value(i64::from(FORMAT)));
        document.insert("picket", value(env!("CARGO_PKG_VERSION")));
        document.insert("site", value(&self.site));
        document.insert("sha256", value(self.digest()));
        let mut table = Table::new();
        for (name, text) in &self.files {
            table.insert(name, value(text));
        }
        document.insert("files", Item::Table(table));
        format!("{HEADER}{document}")
    }

    /// What its file is called unless its owner says otherwise.
    pub fn usual_name(&self) -> PathBuf {
        PathBuf::from(format!("picket-{}.backup", self.site))
    }

    /// Writes it for its owner alone, whole or not at all.
    pub fn write(&self, file: &Path) -> Result<(), BackupError> {
        Ok(files::write(file, &self.to_text(), files::SECRET)?)
    }

    /// Writes it to standard output.
    pub fn print(&self) -> Result<(), BackupError> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(self.to_text().as_bytes());
        written
            .and_then(|()| out.flush())
            .map_err(BackupError::Output)
    }

    /// SHA-256 over format and site, then name, length and text of each file in order of names.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("picket backup {FORMAT}\0{}\0", self.site));
        for (name, text) in &self.files {
            hash.update(format!("{name}\0{}\0", text.len()));
            hash.update(text);
        }
        hex(&hash.finalize())
    }
}
