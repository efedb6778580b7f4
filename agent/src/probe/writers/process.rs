//! What each process made the kernel write (`/proc/PID/io`; Linux,
//! Documentation/filesystems/proc.rst), by the systemd unit that it belongs to, else by its name.
//!
//! What a process wrote after the last look and before its end is not seen. To which disk is not
//! known either. Reading those of other users needs CAP_SYS_PTRACE.

use crate::root::Root;
use crate::source::Source;
use std::collections::BTreeMap;

/// Most processes that are looked at.
const MAX_PROCESSES: usize = 2048;

/// A process by its number and the moment of its start, so that a number that is given out again
/// is another process.
pub(super) type Process = (u32, u64);

/// Whether the processes of others may be looked at: the first one belongs to root and has all
/// rights, so that only who may look at any of them may look at it (Linux, `ptrace_may_access`).
pub(super) fn may_see_all(root: &Root) -> bool {
    let mut source = Source::new("/proc/1/io");
    source.read(root).is_ok_and(|io| written(io).is_some())
}

/// Of each process that may be looked at: the unit or program it belongs to, and bytes written.
pub(super) fn read(root: &Root) -> BTreeMap<Process, (String, u64)> {
    let names = root.list("/proc").unwrap_or_default();
    let pids = names.iter().filter_map(|name| name.parse().ok());
    pids.take(MAX_PROCESSES)
        .filter_map(|pid| of_one(root, pid))
        .collect()
}

fn of_one(root: &Root, pid: u32) -> Option<(Process, (String, u64))> {
    let text = |file: &str| {
        let mut source = Source::new(format!("/proc/{pid}/{file}"));
        source.read(root).map(str::to_owned).ok()
    };
    let bytes = written(&text("io")?)?;
    let (command, start) = command_and_start(&text("stat")?)?;
    let unit = text("cgroup").and_then(|text| unit(&text));
    Some(((pid, start), (unit.unwrap_or(command), bytes)))
}

/// Bytes that were really sent to a disk: those that were taken back before that do not count.
fn written(io: &str) -> Option<u64> {
    let field = |name: &str| -> Option<u64> {
        let value = io.lines().find_map(|line| line.strip_prefix(name))?;
        value.trim().parse().ok()
    };
    let cancelled = field("cancelled_write_bytes:").unwrap_or(0);
    Some(field("write_bytes:")?.saturating_sub(cancelled))
}

/// Fields 2 and 22 of `/proc/PID/stat`. The name stands in brackets and may hold brackets itself.
fn command_and_start(stat: &str) -> Option<(String, u64)> {
    let (before, after) = stat.rsplit_once(')')?;
    let (_, command) = before.split_once('(')?;
    let start = after.split_ascii_whitespace().nth(19)?.parse().ok()?;
    Some((command.to_owned(), start))
}

/// The unit in the line of cgroup v2, `0::/system.slice/influxdb.service`.
fn unit(cgroup: &str) -> Option<String> {
    let path = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
    let mut names = path.split('/');
    let is_unit = |name: &&str| name.ends_with(".service") || name.ends_with(".scope");
    names.find(is_unit).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    #[test]
    fn a_process_is_counted_for_its_unit_else_by_its_name() {
        let stat = |name: &str, start: u64| {
            let zeros = "0 ".repeat(17);
            format!("7 ({name}) S 1 {zeros}{start} 0 0\n")
        };
        let tree = Tree::new()
            .file(
                "proc/7/io",
                "rchar: 1\nwrite_bytes: 4096\ncancelled_write_bytes: 1024\n",
            )
            .file("proc/7/stat", &stat("a) S (b", 55))
            .file(
                "proc/7/cgroup",
                "0::/system.slice/influxdb.service/x.scope\n",
            )
            .file("proc/8/io", "write_bytes: 5\n")
            .file("proc/8/stat", &stat("a) S (b", 56))
            .file("proc/9/stat", &stat("denied", 57))
            .file("proc/10/io", "write_bytes: -5\n")
            .file("proc/10/stat", &stat("garbled", 58))
            .file("proc/self/io", "write_bytes: 9\n");
        let read = read(&tree.root());
        let rows: Vec<_> = read.iter().map(|(p, (n, b))| (*p, &**n, *b)).collect();
        let expected = [((7, 55), "influxdb.service", 3072), ((8, 56), "a) S (b", 5)];
        assert_eq!(rows, expected);
    }
}
