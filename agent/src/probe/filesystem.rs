//! Space, read-only state and counters of each filesystem on a medium of its own.

mod read_only;

use super::mountinfo::{self, Mount};
use super::{Found, Measured, Probe, btrfs};
use crate::parts::Named;
use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use nix::sys::statvfs::statvfs;
use picket_wire::{Missing, PartKind, Quantity, Value};
use read_only::AtFirst;
use std::collections::BTreeMap;

/// Most filesystems that are read, the first by mount point.
pub const MAX_FILESYSTEMS: usize = 16;
/// Longest list of mounts that is read; a machine full of containers has some hundred lines.
pub const MAX_MOUNTINFO: usize = 1024 * 1024;

const QUANTITIES: [Quantity; 5] = [
    Quantity::FILESYSTEM_SIZE,
    Quantity::FILESYSTEM_AVAILABLE,
    Quantity::FILESYSTEM_READ_ONLY,
    Quantity::FILESYSTEM_ERRORS,
    Quantity::FILESYSTEM_WRITTEN,
];

/// The probe. No filesystem on a medium is *not fitted*; a kernel without the list of mounts is
/// *not supported*.
#[derive(Debug)]
pub struct Filesystems {
    mountinfo: Source,
    /// Counters of super blocks by the path of their file.
    counters: BTreeMap<String, Source>,
    at_first: AtFirst,
}

impl Default for Filesystems {
    fn default() -> Self {
        let mountinfo = Source::with_limit("/proc/self/mountinfo", MAX_MOUNTINFO);
        Filesystems {
            mountinfo,
            counters: BTreeMap::new(),
            at_first: AtFirst::default(),
        }
    }
}

impl Probe for Filesystems {
    fn quantities(&self) -> &'static [Quantity] {
        &QUANTITIES
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let mounts = match self.mounts(root) {
            Ok(mounts) => mounts,
            Err(why) => return out.all_missing(&QUANTITIES, why),
        };
        if mounts.is_empty() {
            out.all_missing(&QUANTITIES, Missing::NotFitted);
        }
        let mut used = Vec::new();
        let mounted = |device: &str| mounts.iter().any(|mount| mount.device == device);
        self.at_first.retain(mounted);
        for mount in mounts {
            let id = format!("mount/{}", mount.point);
            let part = Named::new(PartKind::Filesystem, &id, &mount.point);
            let (size, available) = space(root, &mount.point);
            let (errors, written) = match mount.kind.as_str() {
                "ext4" => (
                    self.ext4(root, &mount, "errors_count", &mut used),
                    self.ext4(root, &mount, "lifetime_write_kbytes", &mut used),
                ),
                "btrfs" => (
                    kernel_name(root, &mount).and_then(|device| btrfs::errors(root, &device)),
                    Err(Missing::NotSupported),
                ),
                _ => (Err(Missing::NotSupported), Err(Missing::NotSupported)),
            };
            let read_only = self.at_first.read_only(root, &mount, errors);
            let values = [size, available, read_only, errors, written];
            let readings = QUANTITIES.into_iter().zip(values);
            out.extend(readings.map(|(quantity, value)| Measured::of_part(quantity, &part, value)));
        }
        self.counters.retain(|path, _| used.contains(path));
    }
}

impl Filesystems {
    fn mounts(&mut self, root: &Root) -> Result<Vec<Mount>, Missing> {
        let text = self.mountinfo.read(root).map_err(|errno| match errno {
            Errno::ENOENT => Missing::NotSupported,
            other => reason(other),
        })?;
        // The list names at least the filesystem in which it lies.
        if text.is_empty() {
            return Err(Missing::Garbled);
        }
        let mut mounts = mountinfo::parse(text).ok_or(Missing::Garbled)?;
        mounts.truncate(MAX_FILESYSTEMS);
        Ok(mounts)
    }

    /// A counter that ext4 keeps in its super block: its errors, or what was written to it in KiB
    /// (Linux, sysfs-fs-ext4). A kernel without the counter does not support it.
    fn ext4(&mut self, root: &Root, mount: &Mount, counter: &str, used: &mut Vec<String>) -> Value {
        let name = kernel_name(root, mount)?;
        let path = format!("/sys/fs/ext4/{name}/{counter}");
        used.push(path.clone());
        let source = self
            .counters
            .entry(path.clone())
            .or_insert_with(|| Source::new(path));
        let text = source.read(root).map_err(|errno| match errno {
            Errno::ENOENT => Missing::NotSupported,
            other => reason(other),
        })?;
        let count: u64 = text.trim().parse().map_err(|_| Missing::Garbled)?;
        i64::try_from(count).map_err(|_| Missing::Garbled)
    }
}

/// The kernel's name of the device. The name in the list of mounts may be another one, such as
/// `/dev/root` or `/dev/mapper/data`, so that the device's number is asked first. Only where the
/// number is no block device's, as of btrfs, the name in the list is taken: the counter of another
/// name is not there, which is not to look like a kernel without counters.
fn kernel_name(root: &Root, mount: &Mount) -> Result<String, Missing> {
    let mut uevent = Source::new(format!("/sys/dev/block/{}/uevent", mount.device));
    let name = match uevent.read(root) {
        Ok(text) => text.lines().find_map(|line| line.strip_prefix("DEVNAME=")),
        Err(Errno::ENOENT) => mount.source.rsplit('/').next(),
        Err(errno) => return Err(reason(errno)),
    };
    name.filter(|name| !name.is_empty() && !name.contains('/') && *name != "..")
        .map(str::to_owned)
        .ok_or(Missing::Garbled)
}

/// Size and what an ordinary user may still fill, in KiB.
fn space(root: &Root, point: &str) -> (Value, Value) {
    if root.is_moved() {
        return (Err(Missing::NotSupported), Err(Missing::NotSupported));
    }
    match statvfs(point) {
        Ok(stat) => {
            let block = stat.fragment_size();
            (
                kibibytes(stat.blocks(), block),
                kibibytes(stat.blocks_available(), block),
            )
        }
        Err(errno) => (Err(reason(errno)), Err(reason(errno))),
    }
}

/// The numbers are of the machine's word length, so that each may be of another type.
fn kibibytes(blocks: impl Into<u128>, block_bytes: impl Into<u128>) -> Value {
    let bytes = blocks.into().saturating_mul(block_bytes.into());
    i64::try_from(bytes / 1024).map_err(|_| Missing::Garbled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::About;
    use crate::testing::Tree;

    fn rows(tree: &Tree) -> Vec<(String, Quantity, Value)> {
        let mut out = Found::default();
        Filesystems::default().read(&tree.root(), &mut out);
        let row = |m: Measured| match m.about {
            About::Node => ("node".to_owned(), m.quantity, m.value),
            About::Part(part) => (part.name().to_owned(), m.quantity, m.value),
        };
        out.measured.into_iter().map(row).collect()
    }

    fn errors(tree: &Tree) -> Vec<Value> {
        let errors = |row: &(String, Quantity, Value)| row.1 == Quantity::FILESYSTEM_ERRORS;
        rows(tree)
            .into_iter()
            .filter(errors)
            .map(|row| row.2)
            .collect()
    }

    const ROOT_LINE: &str = "28 1 179:2 / / rw,noatime - ext4 /dev/root ro,errors=remount-ro\n";

    #[test]
    fn another_machines_filesystems_have_no_space_but_state_and_errors() {
        let tree = Tree::new()
            .file("proc/self/mountinfo", ROOT_LINE)
            .file(
                "sys/dev/block/179:2/uevent",
                "MAJOR=179\nDEVNAME=mmcblk0p2\nDEVTYPE=partition\n",
            )
            .file("sys/fs/ext4/mmcblk0p2/errors_count", "3\n")
            .file("sys/fs/ext4/mmcblk0p2/lifetime_write_kbytes", "8123456\n");
        let expected = [
            (
                "/".to_owned(),
                Quantity::FILESYSTEM_SIZE,
                Err(Missing::NotSupported),
            ),
            (
                "/".to_owned(),
                Quantity::FILESYSTEM_AVAILABLE,
                Err(Missing::NotSupported),
            ),
            ("/".to_owned(), Quantity::FILESYSTEM_READ_ONLY, Ok(1)),
            ("/".to_owned(), Quantity::FILESYSTEM_ERRORS, Ok(3)),
            ("/".to_owned(), Quantity::FILESYSTEM_WRITTEN, Ok(8_123_456)),
        ];
        assert_eq!(rows(&tree), expected);
    }

    #[test]
    fn a_filesystem_that_counts_an_error_no_longer_says_that_it_is_written_to() {
        let tree = Tree::new()
            .file(
                "proc/self/mountinfo",
                "28 1 179:2 / / rw - ext4 /dev/mmcblk0p2 rw\n",
            )
            .file("sys/fs/ext4/mmcblk0p2/errors_count", "3\n");
        let mut probe = Filesystems::default();
        let mut read_only = || {
            let mut out = Found::default();
            probe.read(&tree.root(), &mut out);
            let of = |m: &&Measured| m.quantity == Quantity::FILESYSTEM_READ_ONLY;
            out.measured.iter().find(of).map(|m| m.value)
        };
        assert_eq!(read_only(), Some(Ok(0)));
        tree.write("sys/fs/ext4/mmcblk0p2/errors_count", "4\n");
        assert_eq!(read_only(), Some(Err(Missing::NotSupported)));
    }

    #[test]
    fn an_error_counter_that_is_not_there_or_garbled_is_no_zero() {
        let tree = Tree::new().file("proc/self/mountinfo", ROOT_LINE);
        assert_eq!(errors(&tree), [Err(Missing::NotSupported)]);
        let tree = tree.file("sys/fs/ext4/root/errors_count", "-1\n");
        assert_eq!(errors(&tree), [Err(Missing::Garbled)]);
        tree.write("sys/fs/ext4/root/errors_count", "");
        assert_eq!(errors(&tree), [Err(Missing::Garbled)]);
        let fat = "30 28 179:1 / /boot rw - vfat /dev/mmcblk0p1 rw\n";
        assert_eq!(
            errors(&Tree::new().file("proc/self/mountinfo", fat)),
            [Err(Missing::NotSupported)]
        );
    }

    #[test]
    fn a_device_that_does_not_say_its_name_is_not_taken_for_one_without_a_counter() {
        let tree = Tree::new()
            .file("proc/self/mountinfo", ROOT_LINE)
            .file("sys/fs/ext4/mmcblk0p2/errors_count", "3\n");
        for garbage in ["", "MAJOR=179\n", "DEVNAME=\n", "DEVNAME=../x\n"] {
            tree.write("sys/dev/block/179:2/uevent", garbage);
            assert_eq!(errors(&tree), [Err(Missing::Garbled)], "{garbage:?}");
        }
    }

    #[test]
    fn the_seventeenth_filesystem_is_left_out() {
        let line = |i| format!("{i} 1 8:{i} / /mnt/{i} rw - ext4 /dev/sda{i} rw\n");
        let many: String = (10..40).map(line).collect();
        let tree = Tree::new().file("proc/self/mountinfo", &many);
        assert_eq!(rows(&tree).len(), MAX_FILESYSTEMS * QUANTITIES.len());
    }

    #[test]
    fn no_list_of_mounts_is_not_supported_a_broken_one_garbled_one_without_a_medium_not_fitted() {
        let huge = "\n".repeat(MAX_MOUNTINFO + 1);
        let memory = "28 27 0:24 / /run rw shared:11 - tmpfs tmpfs rw\n";
        for (content, why) in [
            (None, Missing::NotSupported),
            (Some(huge.as_str()), Missing::Garbled),
            (Some("nonsense\n"), Missing::Garbled),
            (Some(""), Missing::Garbled),
            (Some(memory), Missing::NotFitted),
        ] {
            let tree = Tree::new();
            if let Some(content) = content {
                tree.write("proc/self/mountinfo", content);
            }
            let missing = |q| ("node".to_owned(), q, Err(why));
            assert_eq!(rows(&tree), QUANTITIES.map(missing), "{why:?}");
        }
    }
}
