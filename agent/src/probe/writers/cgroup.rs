//! What the kernel counts for each control group (`io.stat` of cgroup v2; Linux,
//! Documentation/admin-guide/cgroup-v2.rst), by systemd unit or container.
//!
//! The counters exist where the `io` controller is on for the unit, which
//! `DefaultIOAccounting=yes` of systemd brings about. Most of what is written goes through memory and
//! to the disk later, and of that a unit is charged its share only where the `memory` controller is
//! on too (the same document, Writeback). Without it a unit's counter has what it wrote past memory
//! or waited for, and who wrote most would be somebody else: then they are not believed.
//! Raspberry Pi OS switches that controller off (`cgroup_disable=memory` in `/proc/cmdline`,
//! raspberrypi/linux#6980).

use super::Lack;
use super::window::Key;
use crate::root::Root;
use crate::source::Source;
use std::collections::BTreeMap;

/// Where control groups are mounted.
const CGROUP: &str = "/sys/fs/cgroup";
/// The controllers that this machine has, in version 2 of control groups.
const CONTROLLERS: &str = "/sys/fs/cgroup/cgroup.controllers";
/// The one that tells whose memory is written to a disk.
const MEMORY: &str = "memory";
/// How deep units lie at most below it.
const MAX_DEPTH: usize = 8;
/// Most groups that are looked at.
const MAX_GROUPS: usize = 2048;

/// Bytes written by each unit to each disk since the unit came up. Empty where the kernel counts
/// none, or not all.
pub(super) fn read(root: &Root) -> BTreeMap<Key, u64> {
    match of_memory(root) {
        Ok(()) => counted(root),
        Err(_) => BTreeMap::new(),
    }
}

/// Why units are not counted; empty where they are.
pub(super) fn lacks(root: &Root) -> Vec<Lack> {
    let of_memory = of_memory(root).err();
    let of_io = || counted(root).is_empty().then_some(Lack::Io);
    match of_memory {
        // They have no controllers at all.
        Some(Lack::Groups) => vec![Lack::Groups],
        _ => of_memory.into_iter().chain(of_io()).collect(),
    }
}

/// Whether what goes through memory is charged to units.
fn of_memory(root: &Root) -> Result<(), Lack> {
    let mut source = Source::new(CONTROLLERS);
    let names = source.read(root).map_err(|_| Lack::Groups)?;
    match names.split_ascii_whitespace().any(|name| name == MEMORY) {
        true => Ok(()),
        false => Err(Lack::Memory),
    }
}

/// What each `io.stat` says, whatever of it is charged to units.
fn counted(root: &Root) -> BTreeMap<Key, u64> {
    let mut written = BTreeMap::new();
    let mut groups = 0;
    let mut open = vec![(CGROUP.to_owned(), 0)];
    while let Some((path, depth)) = open.pop() {
        groups += 1;
        if groups > MAX_GROUPS {
            break;
        }
        if let Some(name) = path.strip_prefix(CGROUP).and_then(unit) {
            let mut source = Source::new(format!("{path}/io.stat"));
            for (device, bytes) in source.read(root).map(parse).unwrap_or_default() {
                let sum: &mut u64 = written.entry((name.clone(), device)).or_default();
                *sum = sum.saturating_add(bytes);
            }
            continue;
        }
        if depth < MAX_DEPTH {
            let below = root.list(&path).unwrap_or_default();
            // The files of a group have a dot behind the name of their controller; slices too.
            let is_group = |name: &String| !name.contains('.') || is_unit(name) || is_slice(name);
            let below = below.into_iter().filter(is_group);
            open.extend(below.map(|name| (format!("{path}/{name}"), depth + 1)));
        }
    }
    written
}

/// The name for people of a group that is counted as one: a service, a scope, or a container.
fn unit(path: &str) -> Option<String> {
    let (above, name) = path.rsplit_once('/')?;
    if is_unit(name) {
        return Some(shorten(name));
    }
    // Docker without systemd's driver: /docker/<id of 64 digits>.
    let above = above.rsplit('/').next().unwrap_or_default();
    is_id(name).then(|| shorten(&format!("{above}/{name}")))
}

fn is_unit(name: &str) -> bool {
    name.ends_with(".service") || name.ends_with(".scope")
}

fn is_slice(name: &str) -> bool {
    name.ends_with(".slice")
}

/// Length of a container's id in hexadecimal digits.
const ID_LEN: usize = 64;
/// So many of them people use.
const SHORT_ID_LEN: usize = 12;

fn is_id(name: &str) -> bool {
    name.len() == ID_LEN && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// A name with the ids of containers cut to the length that `docker ps` shows.
fn shorten(name: &str) -> String {
    let mut short = String::new();
    for piece in name.split_inclusive(['-', '.', '/']) {
        let end = piece.find(['-', '.', '/']).unwrap_or(piece.len());
        let (word, mark) = piece.split_at(end);
        let word = match is_id(word) {
            true => word.get(..SHORT_ID_LEN).unwrap_or(word),
            false => word,
        };
        short.push_str(word);
        short.push_str(mark);
    }
    short
}

/// The lines of an `io.stat`: number of the device, and bytes written to it.
fn parse(text: &str) -> Vec<(String, u64)> {
    let line = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let device = words.next()?;
        let (major, minor) = device.split_once(':')?;
        let is_number = |text: &str| text.parse::<u32>().is_ok();
        let bytes = words.find_map(|word| word.strip_prefix("wbytes="))?;
        let bytes = bytes.parse().ok()?;
        (is_number(major) && is_number(minor)).then(|| (device.to_owned(), bytes))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn units_scopes_and_containers_are_found_by_name_and_slices_are_gone_through() {
        let stat = |bytes: u64| format!("179:0 rbytes=9 wbytes={bytes} rios=1 wios=2 dbytes=0\n");
        let pod = "sys/fs/cgroup/kubepods.slice/kubepods-burstable.slice/kubepods-pod1.slice";
        let tree = Tree::new()
            .file("sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n")
            .file("sys/fs/cgroup/io.stat", &stat(999))
            .file("sys/fs/cgroup/system.slice/io.stat", &stat(888))
            .file(
                "sys/fs/cgroup/system.slice/influxdb.service/io.stat",
                &stat(1),
            )
            .file(
                "sys/fs/cgroup/system.slice/influxdb.service/sub.scope/io.stat",
                &stat(777),
            )
            .file(
                &format!("sys/fs/cgroup/system.slice/docker-{ID}.scope/io.stat"),
                &stat(2),
            )
            .file(&format!("sys/fs/cgroup/docker/{ID}/io.stat"), &stat(3))
            .file(
                &format!("{pod}/cri-containerd-{ID}.scope/io.stat"),
                &stat(4),
            )
            .file(
                "sys/fs/cgroup/user.slice/user-1000.slice/session-3.scope/io.stat",
                &stat(5),
            )
            .file(
                "sys/fs/cgroup/system.slice/silent.service/cgroup.procs",
                "1\n",
            );
        let read = read(&tree.root());
        let rows: Vec<_> = read.iter().map(|((n, d), b)| (&**n, &**d, *b)).collect();
        let expected = [
            ("cri-containerd-0123456789ab.scope", "179:0", 4),
            ("docker-0123456789ab.scope", "179:0", 2),
            ("docker/0123456789ab", "179:0", 3),
            ("influxdb.service", "179:0", 1),
            ("session-3.scope", "179:0", 5),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn units_are_counted_only_where_what_goes_through_memory_is_charged_to_them() {
        let unit = "sys/fs/cgroup/system.slice/influxdb.service/io.stat";
        let controllers = "sys/fs/cgroup/cgroup.controllers";
        let tree = Tree::new().file(unit, "179:0 wbytes=1024\n");
        assert_eq!(lacks(&tree.root()), [Lack::Groups]);
        for (text, expected) in [
            ("cpuset cpu io pids\n", &[Lack::Memory][..]),
            ("cpuset cpu io memory-like pids\n", &[Lack::Memory]),
            ("", &[Lack::Memory]),
            ("cpuset cpu io memory pids\n", &[]),
        ] {
            tree.write(controllers, text);
            assert_eq!(lacks(&tree.root()), expected, "{text:?}");
            let read = read(&tree.root());
            assert_eq!(read.is_empty(), !expected.is_empty(), "{text:?}");
        }
        let bare = Tree::new().file(controllers, "cpu pids\n");
        assert_eq!(lacks(&bare.root()), [Lack::Memory, Lack::Io]);
    }

    #[test]
    fn lines_that_are_none_are_left_out() {
        for (text, expected) in [
            (
                "179:0 rbytes=1 wbytes=2 rios=3\n8:0 wbytes=4\n",
                vec![("179:0", 2), ("8:0", 4)],
            ),
            ("179:0\n", vec![]),
            ("179:0 rbytes=1\n", vec![]),
            ("179 wbytes=1\n", vec![]),
            ("a:b wbytes=1\n", vec![]),
            ("179:0 wbytes=-1\n", vec![]),
            ("179:0 wbytes=99999999999999999999\n", vec![]),
            ("\u{0}\u{1}\n\n", vec![]),
        ] {
            let parsed = parse(text);
            let parsed: Vec<_> = parsed.iter().map(|(d, b)| (&**d, *b)).collect();
            assert_eq!(parsed, expected, "{text:?}");
        }
    }
}
