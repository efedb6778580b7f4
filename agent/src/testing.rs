//! What several unit tests need: small trees of files, and what hangs.

use crate::root::Root;
use nix::sys::stat::Mode;
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tempfile::TempDir;

/// How long what must not wait may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Makes a FIFO that nobody writes into, readable by its owner alone.
pub(crate) fn fifo(path: &Path) {
    nix::unistd::mkfifo(path, Mode::from_bits_truncate(0o600)).unwrap();
}

/// The machine on which the tests run.
pub(crate) fn this_machine() -> Arc<Root> {
    Arc::new(Root::of_this_machine().unwrap())
}

/// What `work` gives; the test fails if it hangs.
pub(crate) fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(PATIENCE).expect("it hangs")
}

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
