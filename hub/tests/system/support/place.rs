//! A test's own folder on this machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A temporary folder, removed at the end of the test.
pub(crate) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Place {
        let dir = tempfile::Builder::new().prefix("picket-").tempdir();
        Place {
            dir: dir.expect("a folder under the machine's temporary folder"),
        }
    }

    /// The same in memory, as a machine's `/run` is: what is written there wears no disk.
    pub(crate) fn in_memory() -> Place {
        let dir = tempfile::Builder::new()
            .prefix("picket-")
            .tempdir_in("/dev/shm");
        Place {
            dir: dir.expect("a folder under /dev/shm"),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    /// The words that run a program as a user, from where that one can read it.
    #[track_caller]
    pub(crate) fn program_by(&self, user: u32, program: &Path) -> Vec<OsString> {
        let copy = self.root().join(program.file_name().unwrap());
        if !copy.exists() {
            // By a process of its own: while this one had it open for writing, another test could
            // begin a process that has it open as well, and then nobody may run it (ETXTBSY).
            let copied = Command::new("cp").arg(program).arg(&copy).status();
            assert!(copied.unwrap().success(), "{}", copy.display());
        }
        let words = format!("setpriv --reuid {user} --regid {user} --clear-groups");
        let words = words.split(' ').map(OsString::from);
        words.chain([copy.into_os_string()]).collect()
    }

    /// Writes a file and gives its path.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }
}
