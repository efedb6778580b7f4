//! A walk over every file of every recorded tree: it breaks in five ways, and only readings that
//! come from it may be missing then, for the true reason.

mod facts;
mod strike;
mod table;

use crate::fixtures::{BOARDS, copy_of, files, fixture};
use nix::unistd::{Uid, setfsuid};
use picket_agent::probe::{self, About, Found, Probe};
use picket_agent::root::Root;
use picket_wire::{Missing, PartKind, Quantity, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use strike::{FAULTS, Fault};
use table::{EXCEPTIONS, May, READ_FROM, fits};
use tempfile::TempDir;

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

/// A tree that may be spoilt, and probes that read it.
struct Machine {
    _dir: TempDir,
    tree: PathBuf,
    root: Root,
    probes: Vec<Box<dyn Probe>>,
}

impl Machine {
    fn of(board: &str) -> Machine {
        let (dir, tree) = copy_of(board);
        Machine {
            root: Root::moved_to(&tree).unwrap(),
            probes: all_probes(),
            _dir: dir,
            tree,
        }
    }

    /// Looks and reads everything once, as somebody to whom files can be denied.
    fn read(&mut self) -> Found {
        let me = setfsuid(Uid::from_raw(65534));
        let mut all = Found::default();
        for probe in &mut self.probes {
            let mut found = Found::default();
            if probe.watches() {
                probe.watch(&self.root);
            }
            probe.read(&self.root, &mut found);
            all.add(found);
        }
        setfsuid(me);
        all
    }

    /// The same with probes that have never read before.
    fn read_anew(&mut self) -> Found {
        self.probes = all_probes();
        self.read()
    }
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
        // Under the same name, or as a missing that tells the reason, as of the node.
        let elsewhere = || {
            broken.iter().any(|(key, value)| {
                let renamed = key.1 == *name && may.contains(&May::ChangeIdentity);
                key.0 == *quantity && (renamed && value == before || tells(key, value))
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
    // The one is started with a broken file, to the other it happens while it runs.
    let (mut starting, mut running) = (Machine::of(board), Machine::of(board));
    let healthy = starting.read();
    running.read();
    let mut bad = Vec::new();
    for path in files(&fixture(board)) {
        let text = path.to_str().unwrap();
        let whole = fs::read(fixture(board).join(&path)).unwrap();
        let file = starting.tree.join(&path);
        let mut judge = |what: &str, found: &Found, took: Duration| {
            let mut worse = compare(text, &rows(&healthy), &rows(found));
            worse.extend(facts::compare(text, &healthy, found));
            if took > LONGEST {
                worse.push(format!("took {took:?}"));
            }
            bad.extend(worse.into_iter().map(|worse| format!("{what}: {worse}")));
        };
        for fault in FAULTS {
            let what = format!("{board}/{text}, {fault:?}");
            doing.send(what.clone()).unwrap();
            fault.strike(text, &file);
            let begin = Instant::now();
            judge(&what, &starting.read_anew(), begin.elapsed());
            fs::remove_file(&file).unwrap();
            fs::write(&file, &whole).unwrap();
        }
        let what = format!("{board}/{text}, while it runs");
        doing.send(what.clone()).unwrap();
        let file = running.tree.join(&path);
        fs::write(&file, Fault::Garbage.spoil(text, &whole)).unwrap();
        let begin = Instant::now();
        judge(&what, &running.read(), begin.elapsed());
        fs::write(&file, &whole).unwrap();
        if rows(&running.read()) != rows(&healthy) {
            bad.push(format!("{what}: it does not come back"));
        }
    }
    assert_eq!(
        rows(&starting.read_anew()),
        rows(&healthy),
        "{board} was not mended"
    );
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
