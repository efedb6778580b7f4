//! Who writes most: systemd units, containers, programs.
//!
//! | file | one idea |
//! |---|---|
//! | `cgroup` | what the kernel counts for each unit and disk |
//! | `process` | what it counts for each process, where it counts nothing for units |
//! | `window` | counters as sums over the last half to whole hour |

mod cgroup;
mod process;
mod window;

use super::{Found, Probe, SLOW, Writer, disks};
use crate::clock;
use crate::parts::Named;
use crate::root::Root;
use picket_wire::Quantity;
use process::Process;
use std::collections::BTreeMap;
use std::time::Duration;
use window::{Key, Window};

/// Most writers that are named.
pub const MAX_NAMED: usize = 5;

/// The probe by what the kernel counts for units, which everybody may read. It has no readings: who
/// writes travels beside them.
#[derive(Debug, Default)]
pub struct Writers {
    window: Window,
}

impl Probe for Writers {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn every(&self) -> Duration {
        SLOW
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let disks = numbered(root);
        let seen = by_part(cgroup::read(root), &disks);
        if !seen.is_empty() {
            out.writers = named(&mut self.window, clock::uptime_ms(), seen, &disks);
        }
    }
}

/// What keeps the kernel from counting for each unit all that it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// There are no control groups of version 2.
    Groups,
    /// The `memory` controller is off on this machine.
    Memory,
    /// No unit has the `io` controller.
    Io,
}

/// Why units are not counted; empty where they are, so that everybody may know who writes.
pub fn lacks(root: &Root) -> Vec<Lack> {
    cgroup::lacks(root)
}

/// The probe by what the kernel counts for processes, for who may look at those of others. Where
/// units are counted it has nothing to add; where it may not look at all processes it names nobody,
/// because who writes most may be among the others.
#[derive(Debug, Default)]
pub struct ProcessWriters {
    window: Window,
    /// What each process had written at the last look.
    before: Option<BTreeMap<Process, (String, u64)>>,
    /// What all processes of a unit wrote since the first look.
    sums: BTreeMap<Key, u64>,
}

impl Probe for ProcessWriters {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn every(&self) -> Duration {
        SLOW
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        if !cgroup::read(root).is_empty() || !process::may_see_all(root) {
            return;
        }
        self.sum(process::read(root));
        let seen = self.sums.clone();
        out.writers = named(&mut self.window, clock::uptime_ms(), seen, &BTreeMap::new());
    }
}

impl ProcessWriters {
    /// Adds what each process wrote since the last look. One that was not there then has written
    /// all of it since; at the first look nobody knows when.
    fn sum(&mut self, now: BTreeMap<Process, (String, u64)>) {
        let is_first = self.before.is_none();
        let before = self.before.take().unwrap_or_default();
        if self.sums.len() >= window::MAX_WRITERS {
            let is_there = |name: &String| now.values().any(|(there, _)| there == name);
            self.sums.retain(|(name, _), _| is_there(name));
        }
        for (process, (name, bytes)) in &now {
            let at = match before.get(process) {
                Some((_, at)) => *at,
                None if is_first => *bytes,
                None => 0,
            };
            let key = (name.clone(), String::new());
            if self.sums.len() < window::MAX_WRITERS || self.sums.contains_key(&key) {
                let sum = self.sums.entry(key).or_default();
                *sum = sum.saturating_add(bytes.saturating_sub(at));
            }
        }
        self.before = Some(now);
    }
}

/// The disks by their number, `MAJ:MIN`.
fn numbered(root: &Root) -> BTreeMap<String, Named> {
    let disks = disks::list(root).unwrap_or_default().into_iter();
    let number = |disk: disks::Disk| Some((disk.text(root, "dev").ok()?, disk.part));
    disks.filter_map(number).collect()
}

/// The same counters by the id of the disk's part: its number is given out again. What goes through
/// another device, such as a mapped one, is counted at the disk too, and left out.
fn by_part(counted: BTreeMap<Key, u64>, disks: &BTreeMap<String, Named>) -> BTreeMap<Key, u64> {
    let by_part = |((name, device), bytes): (Key, u64)| {
        let disk = disks.get(&device)?;
        Some(((name, disk.id().to_owned()), bytes))
    };
    counted.into_iter().filter_map(by_part).collect()
}

/// Looks, and names who wrote most to the disks that are there; none at the first look.
fn named(
    window: &mut Window,
    now_ms: u64,
    seen: BTreeMap<Key, u64>,
    disks: &BTreeMap<String, Named>,
) -> Option<Vec<Writer>> {
    window.look(now_ms, seen);
    let (over_s, top) = window.top(now_ms, window::MAX_WRITERS)?;
    let writer = |((name, id), bytes): (&Key, u64)| {
        let disk = disks.values().find(|disk| disk.id() == id);
        let is_gone = disk.is_none() && !id.is_empty();
        (!is_gone).then(|| Writer {
            disk: disk.cloned(),
            name: name.clone(),
            written_kib: bytes.div_ceil(1024),
            over_s,
        })
    };
    Some(top.into_iter().filter_map(writer).take(MAX_NAMED).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;
    use picket_wire::PartKind;

    #[test]
    fn who_wrote_since_the_first_look_is_named_with_the_disk() {
        let unit = "sys/fs/cgroup/system.slice/influxdb.service/io.stat";
        let tree = Tree::new()
            .file("sys/block/mmcblk0/dev", "179:0\n")
            .file("sys/block/mmcblk0/device/cid", "aa\n")
            .file("sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n")
            .file(unit, "179:0 wbytes=1024\n254:0 wbytes=99\n");
        let mut window = Window::default();
        let mut look = |now_ms| {
            let disks = numbered(&tree.root());
            let seen = by_part(cgroup::read(&tree.root()), &disks);
            named(&mut window, now_ms, seen, &disks)
        };
        assert_eq!(look(0), None);
        assert_eq!(look(60_000), Some(vec![]));
        tree.write(unit, "179:0 wbytes=3073\n254:0 wbytes=999999\n");
        let writer = |id, written_kib, over_s| Writer {
            disk: Some(Named::new(PartKind::Disk, id, "mmcblk0")),
            name: "influxdb.service".to_owned(),
            written_kib,
            over_s,
        };
        assert_eq!(look(120_000), Some(vec![writer("cid/aa", 3, 120)]));
        // Another card in the slot has the same number, and only what was written to it.
        tree.write("sys/block/mmcblk0/device/cid", "bb\n");
        tree.write(unit, "179:0 wbytes=1024\n");
        assert_eq!(look(180_000), Some(vec![writer("cid/bb", 1, 180)]));
    }

    #[test]
    fn who_may_not_look_at_all_processes_names_nobody() {
        const IO: &str = "write_bytes: 4096\n";
        let own = Tree::new()
            .file("proc/7/io", IO)
            .file("proc/7/stat", &format!("7 (own) S {}\n", "0 ".repeat(22)));
        let looks_at = |tree: &Tree| {
            let mut probe = ProcessWriters::default();
            probe.read(&tree.root(), &mut Found::default());
            probe.before.map_or(0, |before| before.len())
        };
        assert_eq!(looks_at(&own), 0);
        own.write("proc/1/io", "");
        assert_eq!(looks_at(&own), 0);
        own.write("proc/1/io", IO);
        assert_eq!(looks_at(&own), 1);
    }

    #[test]
    fn processes_are_looked_at_where_units_are_not_charged_with_all_that_they_write() {
        let controllers = "sys/fs/cgroup/cgroup.controllers";
        let tree = Tree::new()
            .file("proc/1/io", "write_bytes: 4096\n")
            .file("proc/1/stat", &format!("1 (init) S {}\n", "0 ".repeat(22)))
            .file(
                "sys/fs/cgroup/system.slice/a.service/io.stat",
                "179:0 wbytes=1024\n",
            );
        for (names, is_looked_at) in [("cpu io pids\n", true), ("cpu io memory pids\n", false)] {
            tree.write(controllers, names);
            let mut probe = ProcessWriters::default();
            probe.read(&tree.root(), &mut Found::default());
            assert_eq!(probe.before.is_some(), is_looked_at, "{names}");
        }
    }

    #[test]
    fn processes_of_a_unit_are_summed_and_their_end_takes_nothing_away() {
        let seen = |rows: &[(u32, u64, u64)]| {
            let row = |&(pid, start, bytes)| ((pid, start), ("db.service".to_owned(), bytes));
            rows.iter().map(row).collect()
        };
        let mut probe = ProcessWriters::default();
        let mut sum = |rows| {
            probe.sum(seen(rows));
            probe.sums.values().copied().collect::<Vec<_>>()
        };
        assert_eq!(sum(&[(7, 1, 1000)]), [0]);
        assert_eq!(sum(&[(7, 1, 1500), (8, 2, 20)]), [520]);
        assert_eq!(sum(&[(8, 2, 20)]), [520]);
        // The number 8 is given out again.
        assert_eq!(sum(&[(8, 9, 5)]), [525]);
    }
}
