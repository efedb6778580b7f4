//! A test's own folder on this machine, and ports that nobody else uses.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};

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
            std::fs::copy(program, &copy).unwrap();
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

/// Below the range from which kernels give out ports of clients, so that no connection of another
/// test can sit on one.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;
/// A program that looks for the next free port must not walk into another test's.
const STEP: u16 = 8;

/// A port of the loopback address that is free, and that no other test of this process gets.
pub(crate) fn free_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    // Processes that run these tests at the same time begin at different places.
    let begin = (std::process::id() % u32::from(PORTS / STEP)) as u16;
    for _ in 0..PORTS / STEP {
        let index = (begin + TAKEN.fetch_add(1, Ordering::Relaxed)) % (PORTS / STEP);
        let port = FIRST_PORT + index * STEP;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port from {FIRST_PORT} on")
}
