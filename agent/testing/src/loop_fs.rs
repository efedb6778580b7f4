//! A real filesystem in a file: made, mounted, spoilt behind its back, and gone at the end.

use crate::refusing::Refusing;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const SECTOR: usize = 512;
/// What makes an ext4 in blocks of 4 KiB.
const EXT4: [&str; 5] = ["mkfs.ext4", "-q", "-F", "-b", "4096"];

/// A filesystem on a loop device. Only root can have one.
#[derive(Debug)]
pub struct LoopFs {
    dir: TempDir,
}

impl LoopFs {
    /// An ext4 of so many MiB in blocks of 4 KiB.
    #[must_use]
    pub fn ext4(mib: u64) -> LoopFs {
        LoopFs::made_by(&EXT4, "", mib)
    }

    /// An ext4 in memory that can be told to take no more writes, see [`Refusing`].
    #[must_use]
    pub fn ext4_that_may_refuse(mib: u64) -> (LoopFs, Refusing) {
        let memory = Refusing::new();
        let fs = LoopFs::in_no_file_yet();
        symlink(memory.path(), fs.image()).unwrap();
        fs.make(&EXT4, "", mib);
        (fs, memory)
    }

    /// A btrfs, which is 128 MiB at least.
    #[must_use]
    pub fn btrfs(options: &str) -> LoopFs {
        LoopFs::made_by(&["mkfs.btrfs", "-q"], options, 128)
    }

    /// A filesystem that a program makes in the file that is named last, mounted with `options`.
    #[must_use]
    pub fn made_by(program: &[&str], options: &str, mib: u64) -> LoopFs {
        let fs = LoopFs::in_no_file_yet();
        fs.make(program, options, mib);
        fs
    }

    fn in_no_file_yet() -> LoopFs {
        LoopFs {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn make(&self, program: &[&str], options: &str, mib: u64) {
        let image = File::create(self.image()).unwrap();
        image.set_len(mib * 1024 * 1024).unwrap();
        let (name, arguments) = program.split_first().unwrap();
        run(Command::new(name).args(arguments).arg(self.image()));
        fs::create_dir(self.point()).unwrap();
        self.mount(&self.image(), options);
    }

    /// Mounts a file in its folder.
    pub fn mount(&self, what: &Path, options: &str) {
        let options = format!("loop,{options}");
        let options = options.trim_end_matches(',');
        run(Command::new("mount")
            .args(["-o", options])
            .arg(what)
            .arg(self.point()));
    }

    /// Takes the filesystem off.
    pub fn off(&self) {
        run(Command::new("umount").arg(self.point()));
    }

    /// Takes the filesystem off if nobody holds it; gives whether nobody did.
    #[must_use]
    pub fn try_off(&self) -> bool {
        let done = Command::new("umount").arg(self.point()).output();
        done.unwrap().status.success()
    }

    /// Mounts it again.
    pub fn on(&self) {
        self.mount(&self.image(), "");
    }

    /// Changes how it is mounted, such as to `ro`.
    pub fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        run(Command::new("mount")
            .args(["-o", &options])
            .arg(self.point()));
    }

    /// The file that the filesystem is in.
    #[must_use]
    pub fn image(&self) -> PathBuf {
        self.dir.path().join("image")
    }

    /// The folder of the filesystem.
    #[must_use]
    pub fn point(&self) -> PathBuf {
        self.dir.path().join("point")
    }

    /// Writes a file, with folders above it, so that it is on the medium and in the cache.
    pub fn write(&self, path: &str, content: &[u8]) -> PathBuf {
        let path = self.point().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        File::open(&path).unwrap().sync_all().unwrap();
        path
    }

    /// Flips the lowest bit of a byte of the medium.
    pub fn flip(&self, byte: u64) {
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
        let begins = (0u64..).step_by(SECTOR).zip(medium.chunks(SECTOR));
        let at = begins.filter(|(_, sector)| sector.starts_with(what));
        at.map(|(begin, _)| begin).collect()
    }

    /// Where something stands on the medium that is there once only.
    #[must_use]
    pub fn find(&self, what: &[u8]) -> u64 {
        let places = self.places(what);
        assert_eq!(places.len(), 1, "{places:?}");
        places[0]
    }

    /// Writes all back.
    pub fn sync(&self) {
        run(Command::new("sync").arg("-f").arg(self.point()));
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
