//! A walk over every file of every recorded tree: it breaks in five ways, and only readings that
//! come from it may be missing then, for the true reason.

use crate::fixtures::{BOARDS, copy_of, files, fixture};
use nix::sys::stat::Mode;
use nix::unistd::{Uid, mkfifo, setfsuid};
use picket_agent::probe::{self, About, Found, Probe};
use picket_agent::root::Root;
use picket_wire::{Missing, PartKind, Quantity, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Longest that reading everything once may take, whatever is broken.
const LONGEST: Duration = Duration::from_secs(2);
/// Nothing has moved for so long: a probe hangs.
const STUCK: Duration = Duration::from_secs(20);

/// How a file is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It may not be read.
    Unreadable,
    /// It says nothing.
    Empty,
    /// It is no text.
    Garbage,
    /// It does not end.
    Huge,
    /// It is a FIFO into which nobody writes.
    Hanging,
}

const FAULTS: [Fault; 5] = [
    Fault::Unreadable,
    Fault::Empty,
    Fault::Garbage,
    Fault::Huge,
    Fault::Hanging,
];

impl Fault {
    /// Breaks a file. What stands there is made anew, so that nothing is left of it.
    fn strike(self, file: &Path) {
        let content = match self {
            Fault::Unreadable => fs::read(file).unwrap(),
            Fault::Empty => Vec::new(),
            // No byte order mark, no NUL at its end, not one valid sequence of UTF-8.
            Fault::Garbage => (0..64).map(|i: u8| 0x80 | i.wrapping_mul(37)).collect(),
            Fault::Huge => vec![b'7'; 1024 * 1024],
            Fault::Hanging => {
                fs::remove_file(file).unwrap();
                mkfifo(file, Mode::from_bits_truncate(0o644)).unwrap();
                return;
            }
        };
        fs::remove_file(file).unwrap();
        fs::write(file, content).unwrap();
        let mode = if self == Fault::Unreadable { 0 } else { 0o644 };
        fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
    }
}

/// Which readings come from which files: a path, where `*` stands for anything, and the readings
/// that may be missing when it is broken. Of several that fit, all count.
const READ_FROM: &[(&str, &[Quantity])] = &[
    ("etc/os-release", &[]),
    ("proc/sys/kernel/*", &[]),
    ("sys/class/thermal/*", &[Quantity::CPU_TEMPERATURE]),
    ("sys/class/hwmon/*", &[Quantity::CPU_TEMPERATURE]),
    ("sys/block/*", &[Quantity::DISK_WRITTEN]),
    (
        "proc/self/mountinfo",
        &[
            Quantity::FILESYSTEM_SIZE,
            Quantity::FILESYSTEM_AVAILABLE,
            Quantity::FILESYSTEM_READ_ONLY,
            Quantity::FILESYSTEM_ERRORS,
        ],
    ),
    ("sys/dev/block/*/uevent", &[Quantity::FILESYSTEM_ERRORS]),
    ("sys/fs/*", &[Quantity::FILESYSTEM_ERRORS]),
];

/// What a broken file may do beyond making its readings denied, garbled or timed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum May {
    /// The readings move to a part of another id under the same name.
    ChangeIdentity,
    /// Another source stands in, or what was left out is shown: with true values.
    Show,
    /// The reading is *not supported*, or *not fitted*.
    BeMissing(Missing),
}

/// The exceptions: a path, what may happen, and why that is true all the same.
const EXCEPTIONS: &[(&str, May, &str)] = &[
    (
        "sys/block/*/device/cid",
        May::ChangeIdentity,
        "a disk that does not say who it is goes by its name",
    ),
    (
        "sys/block/*/wwid",
        May::ChangeIdentity,
        "a disk that does not say who it is goes by its serial number or its name",
    ),
    (
        "sys/block/sda/size",
        May::Show,
        "a slot of which nobody knows that it is empty is shown",
    ),
];

/// Whether a path fits a pattern, in which `*` stands for any number of any characters.
fn fits(pattern: &str, path: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = path.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        let Some(at) = rest.find(piece) else {
            return false;
        };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// A reading: its quantity, the name of its part, and the id of it.
type Key = (Quantity, String, String);
type Rows = BTreeMap<Key, Value>;

fn all_probes() -> Vec<Box<dyn Probe>> {
    let groups = [
        probe::of_the_kernel(),
        probe::of_the_firmware(),
        probe::of_media(),
        probe::with_rights(),
    ];
    groups.into_iter().flatten().collect()
}

/// Reads everything once with fresh probes, as somebody to whom files can be denied.
fn read(tree: &Path) -> Found {
    let me = setfsuid(Uid::from_raw(65534));
    let root = Root::moved_to(tree).unwrap();
    let mut all = Found::default();
    for mut probe in all_probes() {
        let mut found = Found::default();
        probe.read(&root, &mut found);
        let answered: BTreeSet<Quantity> = found.measured.iter().map(|m| m.quantity).collect();
        for quantity in probe.quantities() {
            assert!(answered.contains(quantity), "{quantity} is not answered");
        }
        all.add(found);
    }
    setfsuid(me);
    all
}

fn rows(found: &Found) -> Rows {
    let row = |m: &probe::Measured| {
        let (name, id) = match &m.about {
            About::Node => (PartKind::Node.name(), ""),
            About::Part(part) => (part.name(), part.id()),
        };
        ((m.quantity, name.to_owned(), id.to_owned()), m.value)
    };
    found.measured.iter().map(row).collect()
}

/// What could not be read for a true reason.
fn is_true_reason(value: Value) -> bool {
    matches!(
        value,
        Err(Missing::Denied | Missing::Garbled | Missing::TimedOut)
    )
}

/// Compares the readings of a tree with one broken file to those of the whole tree; says what must
/// not be.
fn compare(path: &str, healthy: &Rows, broken: &Rows) -> Vec<String> {
    let may: Vec<May> = EXCEPTIONS
        .iter()
        .filter(|(pattern, ..)| fits(pattern, path))
        .map(|(_, may, _)| *may)
        .collect();
    let from_here: BTreeSet<Quantity> = READ_FROM
        .iter()
        .filter(|(pattern, _)| fits(pattern, path))
        .flat_map(|(_, quantities)| *quantities)
        .copied()
        .collect();
    let permitted = |value: Value| match value {
        Ok(_) => may.contains(&May::Show),
        Err(why) => is_true_reason(value) || may.contains(&May::BeMissing(why)),
    };
    let mut bad = Vec::new();
    for ((quantity, name, id), before) in healthy {
        let now = broken.get(&(*quantity, name.clone(), id.clone()));
        if now == Some(before) {
            continue;
        }
        // Under the same name, or as a missing on the node that was not there before.
        let elsewhere = || {
            let mut others = broken.iter().filter(|((other, ..), _)| other == quantity);
            others.any(|(key, value)| {
                let renamed = key.1 == *name && may.contains(&May::ChangeIdentity);
                let instead = !healthy.contains_key(key) && value.is_err() && permitted(*value);
                (renamed && value == before) || instead
            })
        };
        let good = match now {
            Some(now) => permitted(*now),
            None => elsewhere(),
        };
        if !good {
            bad.push(format!("{quantity} of {name}: {before:?} became {now:?}"));
        } else if !from_here.contains(quantity) {
            bad.push(format!("{quantity} of {name} is not read from this file"));
        }
    }
    for (key, now) in broken.iter().filter(|(key, _)| !healthy.contains_key(key)) {
        let renamed = may.contains(&May::ChangeIdentity)
            && healthy.iter().any(|(old, before)| {
                (old.0, &old.1) == (key.0, &key.1) && (before == now || is_true_reason(*now))
            });
        if !permitted(*now) && !renamed {
            bad.push(format!("{} of {} came from nowhere: {now:?}", key.0, key.1));
        }
    }
    bad
}

/// Breaks each file of a board's tree in each way; sends what it is about to do, and gives what
/// must not be.
fn walk(board: &str, doing: &Sender<String>) -> Vec<String> {
    let (_dir, tree) = copy_of(board);
    let healthy = rows(&read(&tree));
    let mut bad = Vec::new();
    for path in files(&fixture(board)) {
        let file = tree.join(&path);
        let path = path.to_str().unwrap();
        for fault in FAULTS {
            let what = format!("{board}/{path}, {fault:?}");
            doing.send(what.clone()).unwrap();
            fault.strike(&file);
            let begin = Instant::now();
            let broken = rows(&read(&tree));
            let took = begin.elapsed();
            if took > LONGEST {
                bad.push(format!("{what}: took {took:?}"));
            }
            let worse = compare(path, &healthy, &broken);
            bad.extend(worse.into_iter().map(|worse| format!("{what}: {worse}")));
            fs::remove_file(&file).unwrap();
            fs::copy(fixture(board).join(path), &file).unwrap();
        }
    }
    assert_eq!(rows(&read(&tree)), healthy, "{board} was not mended");
    bad
}

/// Threads of this process of a name; one that is started without a name has that of its parent.
fn threads_named(name: &str) -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|comm| comm.trim_end() == name).count()
}

#[test]
fn a_broken_file_costs_its_own_readings_and_nothing_else() {
    const NAME: &str = "walk-of-faults";
    let (doing, done) = channel();
    let start = |board: &'static str| {
        let doing = doing.clone();
        let walker = thread::Builder::new().name(NAME.to_owned());
        walker.spawn(move || walk(board, &doing)).unwrap()
    };
    let walkers: Vec<_> = BOARDS.into_iter().map(start).collect();
    drop(doing);
    let (mut cases, mut most_threads) = (0, 0);
    let mut last = BTreeMap::new();
    loop {
        match done.recv_timeout(STUCK) {
            Ok(what) => {
                cases += 1;
                let board: String = what.chars().take_while(|c| *c != '/').collect();
                last.insert(board, what);
                if cases % 100 == 0 {
                    most_threads = most_threads.max(threads_named(NAME));
                }
            }
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                panic!("one of these hangs: {last:#?}")
            }
        }
    }
    let bad: Vec<String> = walkers
        .into_iter()
        .flat_map(|w| w.join().unwrap())
        .collect();
    println!("{cases} broken files, at most {most_threads} threads");
    assert!(
        bad.is_empty(),
        "{} of {cases}:\n{}",
        bad.len(),
        bad.join("\n")
    );
    assert!(most_threads <= BOARDS.len(), "{most_threads} threads");
    assert!(cases > 2000, "{cases}");
}

#[test]
fn a_pattern_fits_what_it_says() {
    for (pattern, path, expected) in [
        ("a/b", "a/b", true),
        ("a/b", "a/bc", false),
        ("a/*", "a/b/c", true),
        ("a/*/d", "a/b/c/d", true),
        ("a/*/d", "a/b/c", false),
        ("*/d", "a/d", true),
        ("a/*/c/*", "a/b/c/d", true),
        ("a/*/c/*", "a/b/d", false),
    ] {
        assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
    }
}
