//! Whether the device of a filesystem is still there. Of one that dropped off the bus every name
//! that the kernel has in memory gives `EIO`, as a medium does that lost what it had.

use crate::root::Root;
use crate::source::Source;
use nix::errno::Errno;

/// A link for each block device, by its number (Linux, `Documentation/ABI/stable/sysfs-dev`).
const ALL: &str = "/sys/dev/block";
/// States of a device that works: of SCSI and USB (Linux, `drivers/scsi/scsi_sysfs.c`,
/// `sdev_states`), of NVMe (`drivers/nvme/host/sysfs.c`).
const WORKING: [&[u8]; 2] = [b"running", b"live"];

/// Whether the device of a number is there and works, as far as the kernel says. Filesystems
/// without a device of their own, such as btrfs, have major number 0: of those nobody knows.
pub fn is_there(root: &Root, (major, minor): (u32, u32)) -> bool {
    if major == 0 || root.open(ALL).is_err() {
        return true;
    }
    let device = format!("{ALL}/{major}:{minor}");
    if matches!(root.open(&device), Err(Errno::ENOENT)) {
        return false;
    }
    // That of a partition stands at its disk.
    ["device/state", "../device/state"].iter().all(|state| {
        let mut state = Source::new(format!("{device}/{state}"));
        match state.read_bytes(root) {
            Ok(state) => WORKING.contains(&state.trim_ascii()),
            Err(_) => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_device_that_dropped_off_or_was_set_offline_is_not_there() {
        let disk = "sys/devices/usb1/block/sda";
        let tree = Tree::new()
            .file(&format!("{disk}/device/state"), "running\n")
            .file(&format!("{disk}/sda1/partition"), "1\n")
            .file("sys/devices/block/mmcblk0/size", "1\n");
        let links = tree.path().join("sys/dev/block");
        fs::create_dir_all(&links).unwrap();
        symlink("../../devices/usb1/block/sda", links.join("8:0")).unwrap();
        symlink("../../devices/usb1/block/sda/sda1", links.join("8:1")).unwrap();
        symlink("../../devices/block/mmcblk0", links.join("179:0")).unwrap();
        for number in [(8, 0), (8, 1), (179, 0), (0, 44)] {
            assert!(is_there(&tree.root(), number), "{number:?}");
        }
        assert!(!is_there(&tree.root(), (8, 2)));
        tree.write(&format!("{disk}/device/state"), "transport-offline\n");
        for number in [(8, 0), (8, 1)] {
            assert!(!is_there(&tree.root(), number), "{number:?}");
        }
        tree.write(&format!("{disk}/device/state"), "live\n");
        assert!(is_there(&tree.root(), (8, 1)));
    }
}
