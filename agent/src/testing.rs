//! Small trees of files for the tests of probes.

use crate::root::Root;
use std::path::Path;
use tempfile::TempDir;

/// A folder that stands for the root of a machine.
pub(crate) struct Tree(TempDir);

impl Tree {
    pub(crate) fn new() -> Tree {
        Tree(tempfile::tempdir().unwrap())
    }

    /// Adds or replaces a file.
    pub(crate) fn file(self, path: &str, content: &str) -> Tree {
        self.write(path, content);
        self
    }

    pub(crate) fn write(&self, path: &str, content: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn root(&self) -> Root {
        Root::moved_to(self.path()).unwrap()
    }
}
