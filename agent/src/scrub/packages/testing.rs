//! A made-up system with packages, below a folder.

use super::Index;
use crate::root::Root;
use md5::{Digest, Md5};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

/// The sum of a content.
pub(crate) fn md5(content: &[u8]) -> [u8; 16] {
    Md5::digest(content).into()
}

/// The same as a list has it.
pub(crate) fn digits(content: &[u8]) -> String {
    md5(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A system below a folder that is removed with it.
pub(crate) struct System {
    pub(crate) dir: tempfile::TempDir,
    status: String,
}

impl System {
    pub(crate) fn new() -> System {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("var/lib/dpkg/info")).unwrap();
        let system = System {
            dir,
            status: String::new(),
        };
        system.write("/var/lib/dpkg/status", b"");
        system
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path.trim_start_matches('/'))
    }

    pub(crate) fn write(&self, path: &str, content: &[u8]) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Installs a package: its files, lists and status.
    pub(crate) fn install(&mut self, name: &str, files: &[(&str, &[u8])]) {
        self.install_as(name, name, "1.0", files);
    }

    /// The same with the beginning of its lists' names, and a version.
    pub(crate) fn install_as(
        &mut self,
        name: &str,
        base: &str,
        version: &str,
        files: &[(&str, &[u8])],
    ) {
        let mut sums = String::new();
        let mut list = String::from("/.\n");
        for (path, content) in files {
            self.write(path, content);
            sums += &format!("{}  {}\n", digits(content), path.trim_start_matches('/'));
            list += &format!("{path}\n");
        }
        self.write(&format!("/var/lib/dpkg/info/{base}.list"), list.as_bytes());
        self.write(
            &format!("/var/lib/dpkg/info/{base}.md5sums"),
            sums.as_bytes(),
        );
        self.status += &format!(
            "Package: {name}\nStatus: install ok installed\nArchitecture: arm64\n\
             Version: {version}\n\n"
        );
        self.write("/var/lib/dpkg/status", self.status.as_bytes());
    }

    pub(crate) fn index(&self) -> Index {
        self.index_below(&["/".into()])
    }

    pub(crate) fn index_below(&self, below: &[PathBuf]) -> Index {
        let root = Root::moved_to(self.dir.path()).unwrap();
        Index::load(Arc::new(root), below).unwrap()
    }
}
