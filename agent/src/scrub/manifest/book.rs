//! The manifests of one place: the one that is whole, and the one that a pass is writing.

use crate::scrub::known::Known;
use crate::scrub::pass::System;
use std::path::{Path, PathBuf};

/// The manifests of one place.
#[derive(Debug)]
pub struct Book {
    pub(crate) folder: PathBuf,
    pub(crate) known: Known,
    from: Option<Vec<u8>>,
    said: Vec<String>,
}

impl Book {
    /// Looks at the manifests in a folder, which is there and belongs to this process. What cannot
    /// be used is no error: it is said, and begun anew with `entropy`, a random number.
    pub fn open(folder: &Path, _system: &System, entropy: u32) -> Book {
        let known = Known {
            era: entropy,
            ..Known::default()
        };
        Book {
            folder: folder.to_owned(),
            known,
            from: None,
            said: Vec::new(),
        }
    }

    /// What is known of the place without a pass.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// The path at which an interrupted pass goes on; none if a pass begins at the first file.
    pub fn from(&self) -> Option<&[u8]> {
        self.from.as_deref()
    }

    /// What there is to say of the manifests, in words: once, at the start.
    pub fn said(&self) -> &[String] {
        &self.said
    }
}
