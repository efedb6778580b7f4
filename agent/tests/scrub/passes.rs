//! One pass after the other over a folder, with the parts of the agent that do it.

use crate::this_machine;
use picket_agent::clock::Moment;
use picket_agent::scrub::files::{Entry, Files, LeftOut, Tree};
use picket_agent::scrub::finding::Finding;
use picket_agent::scrub::judge::SETTLED_NS;
use picket_agent::scrub::known::Known;
use picket_agent::scrub::manifest::book::Book;
use picket_agent::scrub::pass::{Pass, Progress, Step, System};
use picket_testing::wait_until;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};
use tempfile::TempDir;

/// A folder and its manifests.
pub(crate) struct Scrubbed {
    folder: PathBuf,
    manifests: PathBuf,
    _dir: Option<TempDir>,
    /// In which boot of the machine.
    boot: u32,
}

/// What a pass said.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) found: Vec<Finding>,
    pub(crate) said: Vec<String>,
    pub(crate) progress: Progress,
    pub(crate) known: Known,
    pub(crate) is_kept: bool,
    /// It ended because the device is gone.
    pub(crate) is_gone: bool,
}

impl Scrubbed {
    pub(crate) fn new(folder: PathBuf) -> Scrubbed {
        let dir = tempfile::tempdir().unwrap();
        let scrubbed = Scrubbed::remembering(folder, dir.path());
        Scrubbed {
            _dir: Some(dir),
            ..scrubbed
        }
    }

    /// With its manifests in a folder that is there.
    pub(crate) fn remembering(folder: PathBuf, manifests: &Path) -> Scrubbed {
        Scrubbed {
            folder,
            manifests: manifests.to_owned(),
            _dir: None,
            boot: 1,
        }
    }

    /// The same manifests for a folder that came to be elsewhere, after a boot.
    pub(crate) fn after_a_boot(&self, folder: PathBuf) -> Scrubbed {
        let scrubbed = Scrubbed::remembering(folder, &self.manifests);
        Scrubbed {
            boot: self.boot + 1,
            ..scrubbed
        }
    }

    /// What the manifests say.
    pub(crate) fn book(&self) -> Book {
        let tree = Tree::open(this_machine(), &self.folder, None, LeftOut::default()).unwrap();
        Book::open(&self.manifests, &self.system(&tree), None, 7)
    }

    fn system(&self, tree: &Tree) -> System {
        System {
            root: self.folder.as_os_str().as_bytes().to_vec(),
            identity: tree.system().identity,
            times_are_weak: tree.system().times_are_weak,
            boot: self.boot,
        }
    }

    /// A pass over the files as they are.
    pub(crate) fn pass(&self) -> Passed {
        self.pass_through(|tree| Box::new(tree), &mut |_| {})
    }

    /// A pass over files through something else, with something between its steps that hears what is
    /// told.
    pub(crate) fn pass_through(
        &self,
        through: impl FnOnce(Tree) -> Box<dyn Files>,
        between: &mut dyn FnMut(&[Finding]),
    ) -> Passed {
        let tree = Tree::open(this_machine(), &self.folder, None, LeftOut::default()).unwrap();
        let book = self.book();
        let tree = match book.from() {
            None => tree,
            from => Tree::open(this_machine(), &self.folder, from, LeftOut::default()).unwrap(),
        };
        let clock = real_clock();
        let mut pass = Pass::begin(book, through(tree), None, &clock);
        let (mut found, mut said) = (Vec::new(), Vec::new());
        let mut steps = 0;
        loop {
            let step = pass.step();
            let news = pass.take_found();
            found.extend_from_slice(&news);
            said.extend(pass.take_said());
            let (is_kept, is_gone) = match step {
                Step::Done { is_kept } => (is_kept, false),
                Step::Gone | Step::TakenOff => (false, true),
                Step::Read { .. } | Step::Looked => {
                    steps += 1;
                    if steps % 2 == 0 {
                        pass.let_go();
                    }
                    between(&news);
                    continue;
                }
            };
            return Passed {
                found,
                said,
                progress: *pass.progress(),
                known: pass.known().clone(),
                is_kept,
                is_gone,
            };
        }
    }

    /// Two passes that see every file at rest and alike, so that all is known.
    pub(crate) fn know(&self, files: u64) {
        self.rest();
        for _ in 0..2 {
            let passed = self.pass();
            assert_eq!(passed.progress.files, files, "{passed:?}");
            assert!(passed.is_kept && passed.found.is_empty(), "{passed:?}");
        }
    }

    /// Waits until the last change of each file is so long ago that it counts as at rest.
    pub(crate) fn rest(&self) {
        let settled_ns = newest_change_ns(&self.folder) + SETTLED_NS;
        wait_until("files at rest", || unix_ns() > settled_ns);
    }

    /// Where the filesystem says that the block of a byte of a file lies, in sectors.
    pub(crate) fn sector(&self, path: &str, byte: u64) -> u64 {
        let from = Some(path.as_bytes());
        let mut tree = Tree::open(this_machine(), &self.folder, from, LeftOut::default()).unwrap();
        let Some(Entry::File(mut file)) = tree.next() else {
            panic!("no file {path}")
        };
        assert_eq!(file.path(), path.as_bytes());
        file.sector(byte - byte % 4096).unwrap()
    }

    /// The path below the folder, as a finding names it.
    pub(crate) fn named(&self, path: &str) -> String {
        self.folder.join(path).to_str().unwrap().to_owned()
    }
}

fn real_clock() -> impl Fn() -> Moment {
    let start = Instant::now();
    move || Moment {
        unix_ns: unix_ns(),
        uptime_ms: u64::try_from(start.elapsed().as_millis()).unwrap(),
    }
}

fn unix_ns() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_nanos()).unwrap()
}

/// When something below a folder was changed last, by the filesystem.
fn newest_change_ns(folder: &Path) -> i64 {
    let changed_ns = |about: &Metadata| about.ctime() * 1_000_000_000 + about.ctime_nsec();
    let of_entries = fs::read_dir(folder).unwrap().map(|entry| {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => newest_change_ns(&entry.path()),
            false => changed_ns(&entry.metadata().unwrap()),
        }
    });
    let own = changed_ns(&fs::metadata(folder).unwrap());
    of_entries.fold(own, i64::max)
}

/// Reads it as a program does, so that it is in the cache.
pub(crate) fn cache(path: &Path) {
    fs::read(path).unwrap();
}
