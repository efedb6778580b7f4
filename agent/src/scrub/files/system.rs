//! What the kind of a filesystem says about its files: whether their times show every change,
//! whether a direct read is one, whether there are checksums.

use crate::device::file;
use nix::errno::Errno;
use nix::sys::statfs::{FsType, fstatfs};
use nix::sys::statvfs::fstatvfs;
use std::os::fd::AsFd;

/// Numbers of kinds of filesystems (Linux, `include/uapi/linux/magic.h`; xfs, zfs, jfs and vfat's
/// sisters in their own headers).
const BTRFS: u64 = 0x9123_683e;
const EXFAT: u64 = 0x2011_bab0;
const FAT: u64 = 0x4d44;
const XFS: u64 = 0x5846_5342;
/// Filesystems of Linux's own, whose time of change the kernel alone sets, at every change: ext2 to
/// ext4, btrfs, xfs, f2fs, bcachefs, zfs, jfs, reiserfs, nilfs2, ubifs.
const REAL_TIMES: [u64; 10] = [
    0xef53,
    BTRFS,
    XFS,
    0xf2f5_2010,
    0xca45_1a4e,
    0x2fc1_2fc1,
    0x3153_464a,
    0x5265_4973,
    0x3434,
    0x2405_1905,
];
/// Filesystems in memory, which have no medium: tmpfs, ramfs, hugetlbfs.
const NO_MEDIUM: [u64; 3] = [0x0102_1994, 0x8584_58f6, 0x9584_58f6];

/// Whether a read that asks to go past the cache does so. Many filesystems read through the cache
/// where they cannot do otherwise, and do not say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direct {
    /// Always: vfat, exfat, xfs.
    Always,
    /// Of a stretch that lies on the medium as its bytes are, not packed nor within the filesystem's
    /// own blocks: btrfs.
    Plain,
    /// Nobody knows, unless the kernel says it of the file itself.
    Unknown,
    /// There is nothing to be read from.
    NoMedium,
}

/// What is known of a filesystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct System {
    /// Number of its device, major and minor.
    pub device: (u32, u32),
    /// What tells one filesystem from another, `f_fsid` of statvfs(3): made of its UUID by ext4,
    /// btrfs and xfs, of the device's number by others.
    pub identity: u64,
    /// Whether its times do not show every change: a program can set them, or they are coarse.
    pub times_are_weak: bool,
    /// Whether the number of an inode stays the same as long as the file is there. That of a vfat
    /// is made up anew whenever the file is looked up.
    pub has_inodes: bool,
    /// Whether it has checksums of its own, so that reading tells of corruption: btrfs.
    pub has_checksums: bool,
    /// Whether a direct read is one.
    pub direct: Direct,
}

impl System {
    /// Of the filesystem on which something lies that is open.
    ///
    /// # Errors
    /// What the kernel answered.
    pub fn of(opened: &impl AsFd) -> Result<System, Errno> {
        let FsType(kind) = fstatfs(opened)?.filesystem_type();
        // The type of the number differs between processors and libraries, and some of the numbers
        // are negative in the narrow ones.
        let kind = kind as u64 & u64::from(u32::MAX);
        let has_real_times = REAL_TIMES.contains(&kind);
        Ok(System {
            device: file::stat(opened)?.device,
            identity: wide(fstatvfs(opened)?.filesystem_id()),
            times_are_weak: !has_real_times,
            has_inodes: has_real_times,
            has_checksums: kind == BTRFS,
            direct: match kind {
                FAT | EXFAT | XFS => Direct::Always,
                BTRFS => Direct::Plain,
                kind if NO_MEDIUM.contains(&kind) => Direct::NoMedium,
                _ => Direct::Unknown,
            },
        })
    }
}

/// The number is of the machine's word length.
fn wide(number: impl Into<u64>) -> u64 {
    number.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn memory_is_no_medium_and_its_times_count_for_little() {
        let shared = System::of(&File::open("/dev/shm").unwrap()).unwrap();
        assert_eq!(shared.direct, Direct::NoMedium);
        assert!(shared.times_are_weak && !shared.has_checksums);
        let proc = System::of(&File::open("/proc").unwrap()).unwrap();
        assert!(proc.times_are_weak);
        assert_ne!(proc.device, shared.device);
    }
}
