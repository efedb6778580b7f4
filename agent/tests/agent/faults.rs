//! A walk over every file of every recorded tree: it breaks in five ways, and only readings that
//! come from it may be missing then, for the true reason.

mod strike;
mod table;

use crate::fixtures::{BOARDS, copy_of, files, fixture};
use nix::unistd::{Uid, setfsuid};
use picket_agent::probe::{self, About, Found, Medium, Probe};
use picket_agent::root::Root;
use picket_wire::{MediumKind, Missing, PartKind, Quantity, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use strike::FAULTS;
use table::{EXCEPTIONS, May, READ_FROM, fits};

/// Longest that reading everything once may take, whatever is broken.
const LONGEST: Duration = Duration::from_secs(2);
/// Nothing has moved for so long: a probe hangs.
const STUCK: Duration = Duration::from_secs(20);

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
    let mut bad = Vec::new();
    let quantities = |rows: &Rows| rows.keys().map(|key| key.0).collect::<BTreeSet<_>>();
    let lost = &quantities(healthy) - &quantities(broken);
    bad.extend(
        lost.iter()
            .map(|quantity| format!("{quantity} is not answered")),
    );
    let permitted = |value: Value| match value {
        Ok(_) => may.contains(&May::Show),
        Err(why) => is_true_reason(value) || may.contains(&May::BeMissing(why)),
    };
    // A true reason that was not there before.
    let tells = |key: &Key, value: &Value| {
        healthy.get(key) != Some(value) && value.is_err() && permitted(*value)
    };
    for ((quantity, name, id), before) in healthy {
        let now = broken.get(&(*quantity, name.clone(), id.clone()));
        if now == Some(before) {
            continue;
        }
        // Under the same name or id, or as a missing that tells the reason, as of the node.
        let elsewhere = || {
            broken.iter().any(|(key, value)| {
                let renamed =
                    may.contains(&May::ChangeIdentity) && (key.1 == *name || key.2 == *id);
                let same = key.0 == *quantity || may.contains(&May::TellElsewhere);
                (key.0 == *quantity && renamed && value == before) || (same && tells(key, value))
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
                let same = old.0 == key.0 && (old.1 == key.1 || old.2 == key.2);
                same && (before == now || is_true_reason(*now))
            });
        if !permitted(*now) && !renamed {
            bad.push(format!("{} of {} came from nowhere: {now:?}", key.0, key.1));
        }
    }
    bad
}

/// What the board and the disks say of themselves may be empty when a file is broken, never other.
/// The disks go by their names: one that does not say who it is has another id.
fn compare_facts(path: &str, healthy: &Found, broken: &Found) -> Vec<String> {
    let mut bad = Vec::new();
    for before in healthy.media.iter().flatten() {
        let mut media = broken.media.iter().flatten();
        let Some(now) = media.find(|now| now.disk.name() == before.disk.name()) else {
            // Nobody knows of what kind of medium the disks are that cannot be listed.
            bad.push(format!("the medium of {} is not told", before.disk.name()));
            continue;
        };
        let nothing = Medium {
            disk: before.disk.clone(),
            kind: MediumKind::Unknown(0),
            maker: 0,
            oem: 0,
            product: String::new(),
            serial: String::new(),
            revision: String::new(),
            made: (0, 0),
            size_kib: 0,
        };
        let same = [
            is_or(&now.kind, &before.kind, &nothing.kind),
            is_or(&now.maker, &before.maker, &nothing.maker),
            is_or(&now.oem, &before.oem, &nothing.oem),
            is_or(&now.product, &before.product, &nothing.product),
            is_or(&now.serial, &before.serial, &nothing.serial),
            is_or(&now.revision, &before.revision, &nothing.revision),
            is_or(&now.made, &before.made, &nothing.made),
            is_or(&now.size_kib, &before.size_kib, &nothing.size_kib),
        ];
        let other_source = fits("sys/block/*/device/cid", path);
        if (same.contains(&false) && !other_source)
            || (now != before && !path.starts_with("sys/block/"))
        {
            bad.push(format!("{before:?} became {now:?}"));
        }
    }
    bad
}

fn is_or<T: PartialEq>(now: &T, before: &T, nothing: &T) -> bool {
    now == before || now == nothing
}

/// Breaks each file of a board's tree in each way; sends what it is about to do, and gives what
/// must not be.
fn walk(board: &str, doing: &Sender<String>) -> Vec<String> {
    let (_dir, tree) = copy_of(board);
    let healthy = read(&tree);
    let mut bad = Vec::new();
    for path in files(&fixture(board)) {
        let file = tree.join(&path);
        let path = path.to_str().unwrap();
        for fault in FAULTS {
            let what = format!("{board}/{path}, {fault:?}");
            doing.send(what.clone()).unwrap();
            fault.strike(path, &file);
            let begin = Instant::now();
            let found = read(&tree);
            let took = begin.elapsed();
            if took > LONGEST {
                bad.push(format!("{what}: took {took:?}"));
            }
            let mut worse = compare(path, &rows(&healthy), &rows(&found));
            worse.extend(compare_facts(path, &healthy, &found));
            bad.extend(worse.into_iter().map(|worse| format!("{what}: {worse}")));
            fs::remove_file(&file).unwrap();
            fs::copy(fixture(board).join(path), &file).unwrap();
        }
    }
    assert_eq!(rows(&read(&tree)), rows(&healthy), "{board} was not mended");
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
