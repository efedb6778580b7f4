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
        let mut seen = cgroup::read(root);
        // What goes through another device, such as a mapped one, is counted at the disk too.
        seen.retain(|(_, device), _| disks.contains_key(device));
        if !seen.is_empty() {
            out.writers = named(&mut self.window, clock::uptime_ms(), seen, &disks);
        }
    }
}

/// The probe by what the kernel counts for processes, for who may look at those of others. Where
/// units are counted it has nothing to add.
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
        if !cgroup::read(root).is_empty() {
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

/// Looks, and names who wrote most; none at the first look.
fn named(
    window: &mut Window,
    now_ms: u64,
    seen: BTreeMap<Key, u64>,
    disks: &BTreeMap<String, Named>,
) -> Option<Vec<Writer>> {
    window.look(now_ms, seen);
    let (over_s, top) = window.top(now_ms, MAX_NAMED)?;
    let writer = |((name, device), bytes): (&Key, u64)| Writer {
        disk: disks.get(device).cloned(),
        name: name.clone(),
        written_kib: bytes.div_ceil(1024),
        over_s,
    };
    Some(top.into_iter().map(writer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    #[test]
    fn who_wrote_since_the_first_look_is_named_with_the_disk() {
        let unit = "sys/fs/cgroup/system.slice/influxdb.service/io.stat";
        let tree = Tree::new()
            .file("sys/block/mmcblk0/dev", "179:0\n")
            .file("sys/block/mmcblk0/device/cid", "aa\n")
            .file(unit, "179:0 wbytes=1024\n254:0 wbytes=99\n");
        let disks = numbered(&tree.root());
        let mut window = Window::default();
        let mut look = |now_ms| {
            let mut seen = cgroup::read(&tree.root());
            seen.retain(|(_, device), _| disks.contains_key(device));
            named(&mut window, now_ms, seen, &disks)
        };
        assert_eq!(look(0), None);
        assert_eq!(look(60_000), Some(vec![]));
        tree.write(unit, "179:0 wbytes=3073\n254:0 wbytes=999999\n");
        let writer = Writer {
            disk: disks.get("179:0").cloned(),
            name: "influxdb.service".to_owned(),
            written_kib: 3,
            over_s: 120,
        };
        assert_eq!(writer.disk.as_ref().map(Named::id), Some("cid/aa"));
        assert_eq!(look(120_000), Some(vec![writer]));
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
