//! The errors that btrfs counts on each of its devices, over reboots, until somebody resets them.

use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use picket_wire::{Missing, Value};

/// Most filesystems, and most devices of one, that are looked at.
pub const MAX_DEVICES: usize = 64;

const FILESYSTEMS: &str = "/sys/fs/btrfs";

/// The counters of `error_stats` (Linux, sysfs-fs-btrfs and fs/btrfs/sysfs.c).
const COUNTERS: [&str; 5] = [
    "write_errs",
    "read_errs",
    "flush_errs",
    CORRUPTIONS,
    "generation_errs",
];
const CORRUPTIONS: &str = "corruption_errs";

/// The errors of all devices of the filesystem to which a device belongs, by the kernel's name of
/// it or by its name under `/dev/mapper`.
///
/// # Errors
/// A kernel before 5.14 does not show them. The errors of only some devices are none at all.
pub fn errors(root: &Root, device: &str) -> Value {
    let filesystem = filesystem(root, device)?;
    let devices = format!("{FILESYSTEMS}/{filesystem}/devinfo");
    let ids = list(root, &devices)?;
    if ids.is_empty() {
        return Err(Missing::NotSupported);
    }
    let mut sum = 0i64;
    for id in ids {
        let mut source = Source::new(format!("{devices}/{id}/error_stats"));
        let count = sum_of(source.read(root).map_err(absent_is_not_supported)?)?;
        sum = sum.checked_add(count).ok_or(Missing::Garbled)?;
    }
    Ok(sum)
}

/// How often any btrfs found that what it read is not what was written, by its checksums.
///
/// # Errors
/// As of [`errors`].
pub fn corruptions(root: &Root) -> Value {
    let mut sum = 0i64;
    for filesystem in list(root, FILESYSTEMS)? {
        let devices = format!("{FILESYSTEMS}/{filesystem}/devinfo");
        // `features` stands beside the filesystems, and has no devices.
        for id in list(root, &devices).unwrap_or_default() {
            let mut source = Source::new(format!("{devices}/{id}/error_stats"));
            let text = source.read(root).map_err(absent_is_not_supported)?;
            let count = count_of(text, CORRUPTIONS)?;
            sum = sum.checked_add(count).ok_or(Missing::Garbled)?;
        }
    }
    Ok(sum)
}

/// The folder of the filesystem that has the device.
fn filesystem(root: &Root, device: &str) -> Result<String, Missing> {
    for filesystem in list(root, FILESYSTEMS)? {
        let devices = format!("{FILESYSTEMS}/{filesystem}/devices");
        // `features` stands beside the filesystems, and has no devices.
        let Ok(names) = list(root, &devices) else {
            continue;
        };
        let is_it = |name: &String| {
            let mut mapped = Source::new(format!("{devices}/{name}/dm/name"));
            name == device || mapped.read(root).is_ok_and(|text| text.trim() == device)
        };
        if names.iter().any(is_it) {
            return Ok(filesystem);
        }
    }
    Err(Missing::NotSupported)
}

/// At most [`MAX_DEVICES`] names; more are garbled, because a sum would be too low.
fn list(root: &Root, path: &str) -> Result<Vec<String>, Missing> {
    let names = root.list(path).map_err(absent_is_not_supported)?;
    match names.len() <= MAX_DEVICES {
        true => Ok(names),
        false => Err(Missing::Garbled),
    }
}

fn absent_is_not_supported(errno: Errno) -> Missing {
    match errno {
        Errno::ENOENT => Missing::NotSupported,
        other => reason(other),
    }
}

/// Five lines of a name and a number.
fn sum_of(text: &str) -> Value {
    let mut sum = 0i64;
    for counter in COUNTERS {
        let count = count_of(text, counter)?;
        sum = sum.checked_add(count).ok_or(Missing::Garbled)?;
    }
    Ok(sum)
}

fn count_of(text: &str, counter: &str) -> Value {
    let line = |line: &str| {
        let (name, number) = line.split_once(' ')?;
        (name == counter).then(|| number.trim().parse::<u64>().ok())?
    };
    let count = text.lines().find_map(line).ok_or(Missing::Garbled)?;
    i64::try_from(count).map_err(|_| Missing::Garbled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    fn stats(corruption: u64) -> String {
        format!(
            "write_errs 1\nread_errs 0\nflush_errs 0\ncorruption_errs {corruption}\n\
             generation_errs 0\n"
        )
    }

    /// Two filesystems: one on `sda1` and an encrypted disk, one on `sdz`.
    fn tree() -> Tree {
        Tree::new()
            .file("sys/fs/btrfs/features/raid56", "1\n")
            .file("sys/fs/btrfs/11/devices/sdz/size", "8\n")
            .file("sys/fs/btrfs/11/devinfo/1/error_stats", &stats(500))
            .file("sys/fs/btrfs/22/devices/sda1/size", "8\n")
            .file("sys/fs/btrfs/22/devices/dm-0/dm/name", "data\n")
            .file("sys/fs/btrfs/22/devinfo/1/error_stats", &stats(16))
            .file("sys/fs/btrfs/22/devinfo/2/error_stats", &stats(0))
    }

    #[test]
    fn the_errors_of_all_devices_of_the_filesystem_are_added() {
        let tree = tree();
        for (device, expected) in [
            ("sda1", Ok(18)),
            ("dm-0", Ok(18)),
            ("data", Ok(18)),
            ("sdz", Ok(501)),
            ("sdb", Err(Missing::NotSupported)),
        ] {
            assert_eq!(errors(&tree.root(), device), expected, "{device}");
        }
    }

    #[test]
    fn a_kernel_without_the_counters_does_not_support_them() {
        let none = Tree::new();
        assert_eq!(errors(&none.root(), "sda1"), Err(Missing::NotSupported));
        let old = Tree::new().file("sys/fs/btrfs/22/devices/sda1/size", "8\n");
        assert_eq!(errors(&old.root(), "sda1"), Err(Missing::NotSupported));
    }

    #[test]
    fn the_errors_of_only_some_devices_are_no_sum() {
        let tree = tree().file("sys/fs/btrfs/22/devinfo/3/missing", "1\n");
        assert_eq!(errors(&tree.root(), "sda1"), Err(Missing::NotSupported));
        let tree = tree.file("sys/fs/btrfs/22/devinfo/3/error_stats", "write_errs 1\n");
        assert_eq!(errors(&tree.root(), "sda1"), Err(Missing::Garbled));
    }

    #[test]
    fn what_checksums_found_is_counted_apart_over_all_filesystems() {
        assert_eq!(corruptions(&tree().root()), Ok(516));
        let none = Tree::new();
        assert_eq!(corruptions(&none.root()), Err(Missing::NotSupported));
    }

    #[test]
    fn garbage_is_garbled() {
        for text in [
            String::new(),
            stats(1).replace("flush_errs 0\n", ""),
            stats(1).replace("read_errs 0", "read_errs -1"),
            stats(u64::MAX),
            stats(i64::MAX.unsigned_abs()),
        ] {
            assert_eq!(sum_of(&text), Err(Missing::Garbled), "{text:?}");
        }
    }
}
