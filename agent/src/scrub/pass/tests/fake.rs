//! Files in memory, on a medium that errs as it is told.

mod files;

use files::is_left_out;

use crate::clock::Moment;
use crate::scrub::files::{Buffer, Entry, Extent, Files, ReadBack, Unseen, compare};
use crate::scrub::finding::Finding;
use crate::scrub::known::Known;
use crate::scrub::manifest::book::Book;
use crate::scrub::manifest::record::{BLOCK, Stamp};
use crate::scrub::pass::{Pass, Progress, Step, System};
use crate::scrub::sums::Sums;
use nix::errno::Errno;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tempfile::TempDir;

/// What a read makes of the content.
#[derive(Clone, Copy, Debug)]
pub(super) enum Misread {
    None,
    Flip(usize),
    Error(Errno),
}

#[derive(Clone, Debug)]
struct Fake {
    stamp: Stamp,
    bytes: Vec<u8>,
    /// What the kernel has in memory; that of the medium if none.
    cached: Option<Vec<u8>>,
    /// Of the next reads.
    misreads: VecDeque<Misread>,
    /// A block with an error.
    bad: Option<(u64, Errno)>,
    /// It is written while it is read.
    is_busy: bool,
    hole: Option<(u64, u64)>,
}

type Disk = Rc<RefCell<BTreeMap<Vec<u8>, Fake>>>;

/// Files, manifests and a clock.
pub(super) struct Bench {
    disk: Disk,
    /// Where the manifests are.
    pub(super) folder: PathBuf,
    /// How far the clock goes each time somebody looks, in milliseconds.
    pub(super) tick_ms: u64,
    _dir: Option<TempDir>,
    pub(super) now: Cell<Moment>,
    pub(super) unseen: RefCell<Vec<Unseen>>,
    /// A folder that is left out.
    pub(super) left_out: RefCell<Option<&'static str>>,
    /// Whether it is let go of after each step.
    pub(super) lets_go: bool,
    /// How often all is put on the medium after each step.
    pub(super) flushes: usize,
    /// Whether the filesystem is not there after that.
    pub(super) is_taken_off: Cell<bool>,
    pub(super) sums: Option<Box<dyn Sums>>,
    pub(super) system: System,
}

/// What a pass gave.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) found: Vec<Finding>,
    pub(super) known: Known,
    pub(super) said: Vec<String>,
    pub(super) progress: Progress,
    pub(super) is_kept: Option<bool>,
}

impl Ran {
    pub(super) fn only_found(&self) -> &Finding {
        assert_eq!(self.found.len(), 1, "{:?}", self.found);
        &self.found[0]
    }
}

impl Bench {
    pub(super) fn new(files: &[(&str, u64)]) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let mut bench = Bench::at(dir.path());
        bench._dir = Some(dir);
        for (path, size) in files {
            bench.write(path, *size);
        }
        bench
    }

    /// Without files, with the manifests of somebody else.
    pub(super) fn at(folder: &Path) -> Bench {
        Bench {
            disk: Disk::default(),
            folder: folder.to_owned(),
            tick_ms: 1,
            _dir: None,
            now: Cell::new(Moment {
                unix_ns: 1_000_000_000_000_000_000,
                uptime_ms: 0,
            }),
            unseen: RefCell::default(),
            left_out: RefCell::default(),
            lets_go: false,
            flushes: 0,
            is_taken_off: Cell::default(),
            sums: None,
            system: System {
                root: b"/root".to_vec(),
                identity: 7,
                times_are_weak: false,
                boot: 1,
            },
        }
    }

    /// An hour goes by.
    pub(super) fn wait(&self) {
        let Moment { unix_ns, uptime_ms } = self.now.get();
        self.now.set(Moment {
            unix_ns: unix_ns + 3_600_000_000_000,
            uptime_ms: uptime_ms + 3_600_000,
        });
    }

    /// Writes a file anew, with another content each time.
    pub(super) fn write(&self, path: &str, size: u64) {
        self.wait();
        let now_ns = self.now.get().unix_ns;
        let mut seed = now_ns as u64;
        let mut bytes = vec![0; size as usize];
        for chunk in bytes.chunks_mut(997) {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1);
            chunk.fill((seed >> 33) as u8);
        }
        self.put(path, bytes);
    }

    pub(super) fn put(&self, path: &str, bytes: Vec<u8>) {
        let now_ns = self.now.get().unix_ns;
        let stamp = Stamp {
            inode: path.len() as u64 + 1,
            size: bytes.len() as u64,
            mtime_ns: now_ns,
            ctime_ns: now_ns,
        };
        let fake = Fake {
            stamp,
            bytes,
            cached: None,
            misreads: VecDeque::new(),
            bad: None,
            is_busy: false,
            hole: None,
        };
        self.disk.borrow_mut().insert(path.into(), fake);
        self.wait();
    }

    fn change(&self, path: &str, change: impl FnOnce(&mut Fake)) {
        change(self.disk.borrow_mut().get_mut(path.as_bytes()).unwrap());
    }

    pub(super) fn remove(&self, path: &str) {
        self.disk.borrow_mut().remove(path.as_bytes()).unwrap();
    }

    /// Gives a file another name.
    pub(super) fn rename(&self, path: &str, new: &str) {
        let fake = self.disk.borrow_mut().remove(path.as_bytes()).unwrap();
        self.disk.borrow_mut().insert(new.into(), fake);
        self.touch(new);
    }

    /// Flips a bit behind the filesystem's back.
    pub(super) fn flip(&self, path: &str, at: usize) {
        self.change(path, |fake| fake.bytes[at] ^= 1);
    }

    /// Flips a bit while the kernel has the content in memory.
    pub(super) fn flip_below_the_cache(&self, path: &str, at: usize) {
        self.change(path, |fake| fake.cached = Some(fake.bytes.clone()));
        self.flip(path, at);
    }

    /// Changes the rights of a file.
    pub(super) fn touch(&self, path: &str) {
        self.wait();
        let now_ns = self.now.get().unix_ns;
        self.change(path, |fake| fake.stamp.ctime_ns = now_ns);
        self.wait();
    }

    /// Makes it look as if it was changed at a time.
    pub(super) fn changed_at(&self, path: &str, ctime_ns: i64) {
        self.change(path, |fake| fake.stamp.ctime_ns = ctime_ns);
    }

    pub(super) fn misread(&self, path: &str, misreads: &[Misread]) {
        self.change(path, |fake| fake.misreads.extend(misreads));
    }

    pub(super) fn fail(&self, path: &str, block: u64, errno: Errno) {
        self.change(path, |fake| fake.bad = Some((block, errno)));
    }

    pub(super) fn heal(&self, path: &str) {
        self.change(path, |fake| fake.bad = None);
    }

    pub(super) fn busy(&self, path: &str, is_busy: bool) {
        self.change(path, |fake| fake.is_busy = is_busy);
    }

    /// It says that it is so long, all of it a hole.
    pub(super) fn stretch(&self, path: &str, size: u64) {
        self.change(path, |fake| {
            fake.stamp.size = size;
            fake.hole = Some((0, size));
        });
    }

    /// What is there becomes a hole.
    pub(super) fn punch(&self, path: &str, from: u64, until: u64) {
        self.change(path, |fake| {
            fake.hole = Some((from, until));
            fake.bytes[from as usize..until as usize].fill(0);
        });
    }

    pub(super) fn book(&self) -> Book {
        Book::open(&self.folder, &self.system, self.sums.as_deref(), 5)
    }

    /// A whole pass.
    pub(super) fn pass(&self) -> Ran {
        self.steps(usize::MAX)
    }

    /// Some steps of a pass.
    pub(super) fn steps(&self, steps: usize) -> Ran {
        self.steps_telling(steps, &mut |_| {})
    }

    /// Some steps of a pass, of which somebody hears at once what is found.
    pub(super) fn steps_telling(&self, steps: usize, tell: &mut dyn FnMut(&Finding)) -> Ran {
        self.wait();
        let book = self.book();
        let mut said = book.said().to_vec();
        let files = Walk {
            disk: Rc::clone(&self.disk),
            entries: self.entries(book.from()),
            left_out: *self.left_out.borrow(),
            is_let_go: false,
            is_taken_off: self.is_taken_off.get(),
        };
        let clock = || self.tick();
        let sums = self.sums.as_deref();
        let mut pass = Pass::begin(book, Box::new(files), sums, &clock);
        let mut found = Vec::new();
        let mut ended = None;
        for _ in 0..steps {
            let step = pass.step();
            let news = pass.take_found();
            news.iter().for_each(&mut *tell);
            found.extend(news);
            match step {
                Step::Done { is_kept } => {
                    ended = Some(is_kept);
                    break;
                }
                Step::TakenOff => break,
                Step::Gone | Step::Read { .. } | Step::Looked => {}
            }
            (0..self.flushes).for_each(|_| pass.flush());
            if self.lets_go {
                pass.let_go();
            }
        }
        said.extend(pass.take_said());
        Ran {
            found,
            known: pass.known().clone(),
            said,
            progress: *pass.progress(),
            is_kept: ended,
        }
    }

    /// Time goes on each time somebody looks.
    fn tick(&self) -> Moment {
        let Moment { unix_ns, uptime_ms } = self.now.get();
        self.now.set(Moment {
            unix_ns: unix_ns + self.tick_ms as i64 * 1_000_000,
            uptime_ms: uptime_ms + self.tick_ms,
        });
        self.now.get()
    }

    fn entries(&self, from: Option<&[u8]>) -> VecDeque<(Vec<u8>, Option<Unseen>)> {
        let unseen = self.unseen.borrow().clone();
        let is_seen = |path: &[u8]| {
            !unseen.iter().any(|unseen| {
                path == unseen.path || path.starts_with(&[&unseen.path, b"/".as_slice()].concat())
            })
        };
        let disk = self.disk.borrow();
        let left_out = *self.left_out.borrow();
        let mut all: Vec<_> = disk
            .keys()
            .filter(|path| is_seen(path) && !is_left_out(path, left_out))
            .map(|path| (path.clone(), None))
            .chain(
                unseen
                    .iter()
                    .map(|one| (one.path.clone(), Some(one.clone()))),
            )
            .filter(|(path, _)| from.is_none_or(|from| compare(path, from).is_ge()))
            .collect();
        all.sort_by(|(a, _), (b, _)| compare(a, b));
        all.into()
    }
}

#[derive(Debug)]
struct Walk {
    disk: Disk,
    entries: VecDeque<(Vec<u8>, Option<Unseen>)>,
    left_out: Option<&'static str>,
    is_let_go: bool,
    is_taken_off: bool,
}
