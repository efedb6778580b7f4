//! The manifest: what every file read as when it was last known to be right.
//!
//! | file | one idea |
//! |---|---|
//! | `record` | one segment of one file |
//! | `format` | the bytes of a manifest |
//! | `reader` | a manifest read from its beginning, record by record |
//! | `writer` | the next one, streamed, and put in the place of the one before |
//! | `resume` | what of an interrupted one still counts |
//! | `root` | one digest for everything that is true |
//! | `book` | the manifest that is whole, and the one that a pass is writing |

pub mod book;
pub mod format;
pub mod reader;
pub mod record;
pub mod resume;
pub mod root;
pub mod writer;

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Name of the manifest that is whole.
pub const MANIFEST: &str = "manifest";
/// Name of the one that a pass is writing.
pub const NEW: &str = "manifest.new";

/// Makes a folder for manifests, and those above it, if it is not there. Manifests name every file:
/// nobody else may look at them.
///
/// # Errors
/// What the kernel answered.
pub fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests;
