//! On which part a folder lies: the disk, so that a card and what was found on it stay together
//! wherever it is mounted; or the filesystem, where no disk is known.

use crate::parts::Named;
use crate::probe::disks::{self, Disk};
use crate::probe::filesystem::MAX_MOUNTINFO;
use crate::probe::mountinfo::{self, Mount};
use crate::root::Root;
use crate::source::Source;
use picket_wire::PartKind;
use std::path::Path;

/// How many devices are looked through down to the disk, such as one of LVM on one of LUKS.
const MAX_DEPTH: usize = 4;

/// What readings of a folder's filesystem are about; `device` is its number, major and minor.
pub fn of(root: &Root, device: (u32, u32), folder: &Path) -> Named {
    let disks = disks::list(root).unwrap_or_default();
    let number = format!("{}:{}", device.0, device.1);
    let mount = mount(root, &number);
    let disk =
        by_link(root, &disks, &format!("/sys/dev/block/{number}"), MAX_DEPTH).or_else(|| {
            // The number of a btrfs is none of a device, but its mount names one.
            let name = mount.as_ref()?.source.strip_prefix("/dev/")?;
            by_link(root, &disks, &format!("/sys/class/block/{name}"), MAX_DEPTH)
        });
    match (disk, mount) {
        (Some(disk), _) => disk.part.clone(),
        (None, Some(mount)) => filesystem(&mount.point),
        (None, None) => filesystem(&folder.to_string_lossy()),
    }
}

/// As the probe of filesystems names it.
fn filesystem(point: &str) -> Named {
    Named::new(PartKind::Filesystem, &format!("mount/{point}"), point)
}

fn mount(root: &Root, number: &str) -> Option<Mount> {
    let mut source = Source::with_limit("/proc/self/mountinfo", MAX_MOUNTINFO);
    let mounts = mountinfo::parse(source.read(root).ok()?)?;
    mounts.into_iter().find(|mount| mount.device == number)
}

/// The disk that a link of sysfs to a block device leads to: the device is part of it, or is made of
/// devices that are all part of one.
fn by_link<'a>(root: &Root, disks: &'a [Disk], link: &str, depth: usize) -> Option<&'a Disk> {
    let target = root.link(link).ok()?;
    let is_on_the_way = |disk: &&Disk| target.split('/').any(|step| step == disk.name);
    if let Some(disk) = disks.iter().find(is_on_the_way) {
        return Some(disk);
    }
    let name = target.rsplit('/').next()?;
    let beneath = root.list(&format!("{}/{name}/slaves", disks::BLOCK)).ok()?;
    let depth = depth.checked_sub(1)?;
    let below = |name: &String| by_link(root, disks, &format!("/sys/class/block/{name}"), depth);
    let first = below(beneath.first()?)?;
    let is_one = beneath.iter().all(|name| below(name) == Some(first));
    is_one.then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;
    use std::os::unix::fs::symlink;

    const MOUNTS: &str = "\
28 1 179:2 / / rw - ext4 /dev/mmcblk0p2 rw
32 28 0:40 / /data rw - btrfs /dev/sda1 rw
33 28 0:41 / /pool rw - zfs /dev/nothing rw
";

    /// A machine with a card, two disks and devices upon them.
    fn tree() -> Tree {
        let mut tree = Tree::new().file("proc/self/mountinfo", MOUNTS);
        for disk in ["mmcblk0", "sda", "sdb"] {
            tree = tree.file(&format!("sys/block/{disk}/serial"), &format!("of-{disk}"));
        }
        let upon = [
            ("dm-0", vec!["sda2"]),
            ("dm-1", vec!["dm-0"]),
            ("md0", vec!["sda2", "sdb1"]),
        ];
        for (device, beneath) in upon {
            for name in beneath {
                tree = tree.file(&format!("sys/block/{device}/slaves/{name}/size"), "8");
            }
        }
        for dir in ["sys/dev/block", "sys/class/block"] {
            std::fs::create_dir_all(tree.path().join(dir)).unwrap();
        }
        let devices = [
            ("179:2", "mmcblk0p2", "soc/mmc/block/mmcblk0/mmcblk0p2"),
            ("8:1", "sda1", "usb/block/sda/sda1"),
            ("8:2", "sda2", "usb/block/sda/sda2"),
            ("8:17", "sdb1", "usb/block/sdb/sdb1"),
            ("254:0", "dm-0", "virtual/block/dm-0"),
            ("254:1", "dm-1", "virtual/block/dm-1"),
            ("9:0", "md0", "virtual/block/md0"),
            ("7:0", "loop0", "virtual/block/loop0"),
        ];
        for (number, name, path) in devices {
            let target = format!("../../devices/{path}");
            symlink(&target, tree.path().join("sys/dev/block").join(number)).unwrap();
            symlink(&target, tree.path().join("sys/class/block").join(name)).unwrap();
        }
        tree
    }

    #[test]
    fn a_folder_lies_on_its_disk_through_whatever_is_between() {
        let tree = tree();
        for (device, expected) in [
            ((179, 2), "serial/of-mmcblk0"),
            ((8, 1), "serial/of-sda"),
            ((254, 0), "serial/of-sda"),
            ((254, 1), "serial/of-sda"),
            ((0, 40), "serial/of-sda"),
        ] {
            let part = of(&tree.root(), device, Path::new("/srv"));
            assert_eq!(
                (part.id(), part.kind()),
                (expected, PartKind::Disk),
                "{device:?}"
            );
        }
    }

    #[test]
    fn what_lies_on_several_disks_or_on_none_is_known_by_its_filesystem() {
        let tree = tree();
        for (device, expected) in [
            ((9, 0), "mount//srv"),
            ((7, 0), "mount//srv"),
            ((0, 41), "mount//pool"),
            ((99, 9), "mount//srv"),
        ] {
            let part = of(&tree.root(), device, Path::new("/srv"));
            assert_eq!(
                (part.id(), part.kind()),
                (expected, PartKind::Filesystem),
                "{device:?}"
            );
        }
    }

    #[test]
    fn a_device_upon_itself_has_no_disk() {
        let tree = tree().file("sys/block/dm-0/slaves/dm-1/size", "8");
        let part = of(&tree.root(), (254, 0), Path::new("/srv"));
        assert_eq!(part.kind(), PartKind::Filesystem);
    }
}
