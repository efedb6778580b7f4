//! Many small files: memory does not grow with their number. A hundred thousand here, and a million
//! where `.ci/test-long` says so.

use crate::clock::Moment;
use crate::scrub::files::{Buffer, Entry, Extent, Files, ReadBack};
use crate::scrub::manifest::book::Book;
use crate::scrub::manifest::record::Stamp;
use crate::scrub::pass::{Pass, Step, System};
use nix::errno::Errno;
use std::path::Path;
use std::process::Command;

/// The folder of the manifests, for the process that is measured.
const FOLDER: &str = "PICKET_TEST_MANY_FOLDER";
/// How many files there are, if not [`FILES`].
const COUNT: &str = "PICKET_TEST_MANY_FILES";
const FILES: u64 = 100_000;
/// Most memory that two passes over them may take, in KiB.
const MOST_KIB: u64 = 8 * 1024;

#[derive(Debug)]
struct Many {
    next: u64,
    until: u64,
}

#[derive(Debug)]
struct Small {
    number: u64,
    path: Vec<u8>,
}

impl Files for Many {
    fn next(&mut self) -> Option<Entry> {
        let number = self.next;
        self.next += 1;
        (number < self.until).then(|| {
            let path = format!("folder-{:04}/file-{:03}", number / 1000, number % 1000);
            Entry::File(Box::new(Small {
                number,
                path: path.into_bytes(),
            }))
        })
    }

    fn is_there(&self) -> bool {
        true
    }

    fn let_go(&mut self) {}

    fn take_up(&mut self) -> Result<(), Errno> {
        Ok(())
    }

    fn again(&mut self, _: &[u8]) -> Result<Box<dyn ReadBack>, Errno> {
        Err(Errno::ENOENT)
    }

    fn leaves_out(&self, _: &[u8]) -> bool {
        false
    }
}

impl ReadBack for Small {
    fn path(&self) -> &[u8] {
        &self.path
    }

    fn stamp(&mut self) -> Result<Stamp, Errno> {
        Ok(Stamp {
            inode: self.number + 1,
            size: 8,
            mtime_ns: 0,
            ctime_ns: 0,
        })
    }

    fn extent(&mut self, _: u64) -> Result<Extent, Errno> {
        Ok(Extent::Data { until: 8 })
    }

    fn read(&mut self, _: u64, into: &mut Buffer) -> Result<usize, Errno> {
        into.all()[..8].copy_from_slice(&self.number.to_le_bytes());
        Ok(8)
    }

    fn read_cached(&mut self, offset: u64, into: &mut Buffer) -> Result<usize, Errno> {
        self.read(offset, into)
    }

    fn sector(&mut self, _: u64) -> Option<u64> {
        None
    }
}

/// The most memory that this process had, in KiB (`VmHWM` of proc(5)).
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.unwrap().trim().strip_suffix(" kB").unwrap();
    number.parse().unwrap()
}

/// Not a test of its own: the process that is measured.
#[test]
fn a_process_that_reads_many_files() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let count = std::env::var(COUNT).map_or(FILES, |count| count.parse().unwrap());
    let system = System {
        root: b"/".to_vec(),
        identity: 1,
        times_are_weak: false,
        boot: 1,
    };
    let clock = || Moment {
        unix_ns: 1 << 60,
        uptime_ms: 0,
    };
    let before_kib = peak_kib();
    for passes in 1..=2 {
        let book = Book::open(Path::new(&folder), &system, None, 1);
        let many = Many {
            next: 0,
            until: count,
        };
        let mut pass = Pass::begin(book, Box::new(many), None, &clock);
        while !matches!(pass.step(), Step::Done { .. }) {}
        assert_eq!(pass.progress().files, count);
        assert_eq!(pass.known().passes, passes);
    }
    let taken_kib = peak_kib() - before_kib;
    println!("{taken_kib} KiB for {count} files");
    assert!(taken_kib < MOST_KIB, "{taken_kib} KiB");
}

#[test]
fn memory_does_not_grow_with_the_number_of_files() {
    let dir = tempfile::tempdir().unwrap();
    let test = "scrub::pass::tests::many::a_process_that_reads_many_files";
    let measured = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&measured.stdout).into_owned();
    println!("{said}");
    assert!(measured.status.success() && said.contains("KiB"), "{said}");
}
