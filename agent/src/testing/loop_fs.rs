//! A real filesystem in a file: made, mounted, spoilt behind its back, and gone at the end.

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};
use std::fs::{self, File};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const SECTOR: u64 = 512;

/// A filesystem on a loop device. Only root can have one.
pub(crate) struct LoopFs {
    dir: TempDir,
}

impl LoopFs {
    /// An ext4 of so many MiB in blocks of 4 KiB.
    pub(crate) fn ext4(mib: u64) -> LoopFs {
        LoopFs::made_by(&["mkfs.ext4", "-q", "-F", "-b", "4096"], "", mib)
    }

    /// An ext4 in memory that can be told to take no more writes, see [`Refusing`].
    pub(crate) fn ext4_that_may_refuse(mib: u64) -> (LoopFs, Refusing) {
        let flags = MFdFlags::MFD_ALLOW_SEALING | MFdFlags::MFD_CLOEXEC;
        let memory = Refusing(memfd_create("image", flags).unwrap());
        let fd = memory.0.as_raw_fd();
        let path = format!("/proc/{}/fd/{fd}", std::process::id());
        let dir = tempfile::tempdir().unwrap();
        symlink(path, dir.path().join("image")).unwrap();
        let program = ["mkfs.ext4", "-q", "-F", "-b", "4096"];
        (LoopFs { dir }.made(&program, "", mib), memory)
    }

    /// A btrfs, which is 128 MiB at least.
    pub(crate) fn btrfs(options: &str) -> LoopFs {
        LoopFs::made_by(&["mkfs.btrfs", "-q"], options, 128)
    }

    /// A filesystem that a program makes in the file that is named last, mounted with `options`.
    pub(crate) fn made_by(program: &[&str], options: &str, mib: u64) -> LoopFs {
        let fs = LoopFs {
            dir: tempfile::tempdir().unwrap(),
        };
        fs.made(program, options, mib)
    }

    fn made(self, program: &[&str], options: &str, mib: u64) -> LoopFs {
        let fs = self;
        File::create(fs.image())
            .unwrap()
            .set_len(mib * 1024 * 1024)
            .unwrap();
        run(Command::new(program[0]).args(&program[1..]).arg(fs.image()));
        fs::create_dir(fs.point()).unwrap();
        fs.mount(&fs.image(), options);
        fs
    }

    /// Mounts a file in its folder.
    pub(crate) fn mount(&self, what: &Path, options: &str) {
        let options = format!("loop,{options}");
        let options = options.trim_end_matches(',');
        run(Command::new("mount")
            .args(["-o", options])
            .arg(what)
            .arg(self.point()));
    }

    /// Takes the filesystem off.
    pub(crate) fn off(&self) {
        run(Command::new("umount").arg(self.point()));
    }

    /// Mounts it again.
    pub(crate) fn on(&self) {
        self.mount(&self.image(), "");
    }

    /// Changes how it is mounted, such as to `ro`.
    pub(crate) fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        run(Command::new("mount")
            .args(["-o", &options])
            .arg(self.point()));
    }

    /// The file that the filesystem is in.
    pub(crate) fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    /// The folder of the filesystem.
    pub(crate) fn point(&self) -> PathBuf {
        self.dir.path().join("point")
    }

    /// Writes a file, with folders above it, so that it is on the medium and in the cache.
    pub(crate) fn write(&self, path: &str, content: &[u8]) -> PathBuf {
        let path = self.point().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        File::open(&path).unwrap().sync_all().unwrap();
        path
    }

    /// Flips the lowest bit of a byte of the medium.
    pub(crate) fn flip(&self, byte: u64) {
        let image = File::options()
            .read(true)
            .write(true)
            .open(self.image())
            .unwrap();
        let mut value = [0];
        image.read_exact_at(&mut value, byte).unwrap();
        image.write_all_at(&[value[0] ^ 1], byte).unwrap();
    }

    /// Where something stands on the medium, at the begin of a sector: in all places.
    fn places(&self, what: &[u8]) -> Vec<u64> {
        let medium = fs::read(self.image()).unwrap();
        let sectors = (0u64..).zip(medium.chunks(512));
        let at = sectors.filter(|(_, sector)| sector.starts_with(what));
        at.map(|(number, _)| number * SECTOR).collect()
    }

    /// Where something stands on the medium that is there once only.
    pub(crate) fn find(&self, what: &[u8]) -> u64 {
        let places = self.places(what);
        assert_eq!(places.len(), 1, "{places:?}");
        places[0]
    }

    /// Writes all back.
    pub(crate) fn sync(&self) {
        run(Command::new("sync").arg("-f").arg(self.point()));
    }
}

/// The memory that a filesystem is in.
pub(crate) struct Refusing(OwnedFd);

impl Refusing {
    /// From now on every write is an error of the loop device, of which its filesystem knows nothing.
    pub(crate) fn refuse(&self) {
        let seal = FcntlArg::F_ADD_SEALS(SealFlag::F_SEAL_WRITE);
        fcntl(&self.0, seal).unwrap();
    }
}

impl Drop for LoopFs {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.point())
            .status();
    }
}

fn run(command: &mut Command) {
    // What makes filesystems stands where an ordinary user does not look.
    let path = std::env::var("PATH").unwrap_or_default();
    let done = command
        .env("PATH", format!("{path}:/usr/sbin:/sbin"))
        .output();
    let done = done.unwrap_or_else(|error| panic!("{command:?}: {error}; see .ci/prepare test"));
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {said}");
}

/// How often somebody dropped the caches of the whole machine: then what was cached is so no longer.
pub(crate) fn cache_drops() -> u64 {
    let counters = fs::read_to_string("/proc/vmstat").unwrap();
    let count = |line: &str| line.strip_prefix("drop_pagecache ")?.parse().ok();
    counters.lines().find_map(count).unwrap_or_default()
}
