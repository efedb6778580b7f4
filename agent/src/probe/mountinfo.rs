//! `/proc/self/mountinfo` (Linux, proc_pid_mountinfo(5)) and which of its lines are filesystems on a medium.

use crate::octal::unescape;
use std::collections::BTreeMap;

/// A mounted filesystem that has a medium of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Major and minor number of the device, such as `179:2`.
    pub device: String,
    /// Where it is mounted.
    pub point: String,
    /// The kind of filesystem, such as `ext4`.
    pub kind: String,
    /// The device's file, such as `/dev/mmcblk0p2`.
    pub source: String,
    /// Whether the filesystem itself takes no writes: its super block, not this mount of it.
    pub read_only: bool,
}

/// Filesystems that are images: read-only by nature and always full.
const IMAGES: [&str; 5] = ["squashfs", "iso9660", "udf", "erofs", "cramfs"];

/// Options of a super block that takes no writes. After an error Linux 6.12 and newer, and older ones
/// with its mends, leave ext4 at `rw`; from 6.15 on, and in some of those, it shows in the other two
/// words that nothing is written any more.
const TAKES_NO_WRITES: [&str; 3] = ["ro", "emergency_ro", "shutdown"];

/// The filesystems on real media, one per device at its shortest mount point, by mount point.
/// None if a line cannot be read: then nobody knows what is missing from the list.
pub fn parse(text: &str) -> Option<Vec<Mount>> {
    let mut by_point = BTreeMap::new();
    for line in text.lines() {
        let (point, mount) = parse_line(line)?;
        // What is mounted later hides what was mounted at the same place before.
        by_point.insert(point, mount);
    }
    let mut by_device: BTreeMap<String, Mount> = BTreeMap::new();
    for mount in by_point.into_values().flatten() {
        match by_device.get(&mount.device) {
            Some(known) if known.point.len() <= mount.point.len() => {}
            _ => {
                by_device.insert(mount.device.clone(), mount);
            }
        }
    }
    let mut mounts: Vec<Mount> = by_device.into_values().collect();
    mounts.sort_unstable_by(|a, b| a.point.cmp(&b.point));
    Some(mounts)
}

/// The mount point of a line, and the mount if it is of a real medium.
fn parse_line(line: &str) -> Option<(String, Option<Mount>)> {
    let (mount, filesystem) = line.split_once(" - ")?;
    let mut mount = mount.split(' ');
    let device = mount.nth(2)?;
    let point = unescaped(mount.nth(1)?);
    let mut filesystem = filesystem.split(' ');
    let kind = filesystem.next()?;
    let source = unescaped(filesystem.next()?);
    let options = filesystem.next()?;
    // Any user may mount by FUSE, and says himself what stands there as the source; `fuseblk` is
    // root's.
    let of_users = kind == "fuse" || kind.starts_with("fuse.");
    let real = source.starts_with("/dev/")
        && !source.starts_with("/dev/loop")
        && !IMAGES.contains(&kind)
        && !of_users;
    let mount = real.then(|| Mount {
        device: device.to_owned(),
        point: point.clone(),
        kind: kind.to_owned(),
        source,
        read_only: options
            .split(',')
            .any(|option| TAKES_NO_WRITES.contains(&option)),
    });
    Some((point, mount))
}

/// A path as it is; one that would be no text stays as it stands.
fn unescaped(path: &str) -> String {
    String::from_utf8(unescape(path.as_bytes())).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PI: &str = "\
22 28 0:21 / /sys rw,nosuid shared:7 - sysfs sysfs rw
28 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw
29 28 179:2 /var/data /data rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw
30 28 179:1 / /boot/firmware rw,relatime shared:9 - vfat /dev/mmcblk0p1 ro,fmask=0022,errors=remount-ro
31 28 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro
32 28 0:40 / /mnt/my\\040disk ro - btrfs /dev/sda1 rw,space_cache=v2
33 28 0:41 / /run rw - tmpfs tmpfs rw
34 28 0:42 / /home/eve/x rw - fuse.sshfs /dev/mmcblk0p2 ro
35 28 0:43 / /home/eve/y rw - fuse /dev/sda1 ro
";

    #[test]
    fn a_pi_has_three_filesystems_and_only_the_super_block_says_read_only() {
        let mounts = parse(PI).unwrap();
        let rows: Vec<_> = mounts
            .iter()
            .map(|m| (m.point.as_str(), m.device.as_str(), m.read_only))
            .collect();
        let expected = [
            ("/", "179:2", false),
            ("/boot/firmware", "179:1", true),
            ("/mnt/my disk", "0:40", false),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn ext4_that_has_shut_itself_off_is_read_only_though_it_says_rw() {
        for (options, expected) in [
            ("rw,errors=remount-ro,emergency_ro", true),
            ("rw,shutdown", true),
            ("rw,errors=remount-ro", false),
            ("rw,emergency_rows", false),
        ] {
            let text = format!("28 1 179:2 / / rw - ext4 /dev/mmcblk0p2 {options}\n");
            let mounts = parse(&text).unwrap();
            assert_eq!(mounts[0].read_only, expected, "{options}");
        }
    }

    #[test]
    fn what_is_mounted_over_it_hides_a_filesystem() {
        let text = "\
30 28 8:1 / /mnt rw - ext4 /dev/sda1 rw
31 30 0:41 / /mnt rw - tmpfs tmpfs rw
";
        assert_eq!(parse(text), Some(vec![]));
    }

    #[test]
    fn a_line_that_is_cut_makes_the_whole_unreadable_and_an_empty_file_has_no_mounts() {
        assert_eq!(parse("22 28 0:21 / /sys rw"), None);
        assert_eq!(parse("28 1 179:2 / / rw - ext4"), None);
        assert_eq!(parse(""), Some(vec![]));
    }
}
