//! What is left out of the scrub on purpose, each with its reason in words.

use crate::octal::unescape;
use crate::root::Root;
use crate::source::Source;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Most paths that are left out; there are 32 swap areas at most (Linux, `MAX_SWAPFILES`), and an
/// owner who names more than the rest is better served by naming the folders to be read.
pub const MAX_LEFT_OUT: usize = 128;

/// What the boot loader of a Raspberry Pi itself changes without telling Linux: it renames
/// `recovery.bin` after it has written its own flash (rpi-eeprom-update, comment at
/// `RPI_EEPROM_SELF_UPDATE`; that the loader writes to this filesystem at all:
/// raspberrypi/firmware#1893).
const OF_THE_BOOT_LOADER: [&str; 4] = [
    "/boot/firmware/recovery.bin",
    "/boot/firmware/RECOVERY.000",
    "/boot/recovery.bin",
    "/boot/RECOVERY.000",
];
const BOOT_LOADER: &str =
    "the boot loader renames it, of which the filesystem's times tell nothing";
const SWAP: &str = "the kernel swaps to it, of which the filesystem's times tell nothing";
/// Why the scrub's own folder is left out, for [`LeftOut::and`].
pub const OWN: &str = "the scrub itself writes it, and guards it by sums of its own";
/// Why what the settings name is left out, for [`LeftOut::and`].
pub const BY_THE_OWNER: &str = "the settings say so";

/// Files and folders that are not read back, by their absolute paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    rows: Vec<(PathBuf, &'static str)>,
}

impl LeftOut {
    /// What is left out on any machine: swap files and what the boot loader changes. What lies on
    /// another filesystem than the folder that is read back, such as `/proc`, needs no row.
    pub fn of_this_machine(root: &Root) -> LeftOut {
        let mut left_out = LeftOut::default();
        for path in OF_THE_BOOT_LOADER {
            left_out.and(Path::new(path), BOOT_LOADER);
        }
        for path in swap_files(root) {
            left_out.and(Path::new(OsStr::from_bytes(&path)), SWAP);
        }
        left_out
    }

    /// Leaves out a file, or a folder with all that is in it. False if there are
    /// [`MAX_LEFT_OUT`] already.
    pub fn and(&mut self, path: &Path, why: &'static str) -> bool {
        let fits = self.rows.len() < MAX_LEFT_OUT;
        if fits {
            self.rows.push((path.to_owned(), why));
        }
        fits
    }

    /// All of them: the absolute path, and why.
    pub fn rows(&self) -> impl Iterator<Item = (&Path, &'static str)> {
        let rows = self.rows.iter();
        rows.map(|(path, why)| (path.as_path(), *why))
    }
}

/// The files of `/proc/swaps` (proc_swaps(5)): a head, and a line each, of which the path is the
/// first word, with blanks as octal digits, and the kind the second.
fn swap_files(root: &Root) -> Vec<Vec<u8>> {
    let mut swaps = Source::with_limit("/proc/swaps", MAX_LEFT_OUT * 4096);
    let Ok(text) = swaps.read_bytes(root) else {
        return Vec::new();
    };
    let row = |line: &[u8]| {
        let mut words = line.split(|byte| matches!(byte, b' ' | b'\t'));
        let path = unescape(words.next()?);
        let kind = words.find(|word| !word.is_empty())?;
        (kind == b"file").then_some(path)
    };
    text.split(|byte| *byte == b'\n')
        .skip(1)
        .filter_map(row)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    #[test]
    fn swap_files_are_left_out_and_swap_partitions_are_none() {
        let swaps = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n\
                     /var/my\\040swap                         file\t\t102396\t\t0\t\t-2\n\
                     /dev/zram0                              partition\t102396\t\t0\t\t100\n";
        let tree = Tree::new().file("proc/swaps", swaps);
        let left_out = LeftOut::of_this_machine(&tree.root());
        let rows: Vec<_> = left_out.rows().collect();
        assert!(rows.contains(&(Path::new("/var/my swap"), SWAP)));
        assert!(rows.iter().all(|(path, _)| !path.starts_with("/dev")));
        assert!(rows.contains(&(Path::new("/boot/firmware/recovery.bin"), BOOT_LOADER)));
    }

    #[test]
    fn the_list_is_bounded_and_says_so() {
        let mut left_out = LeftOut::default();
        let added =
            (0..2 * MAX_LEFT_OUT).filter(|i| left_out.and(Path::new(&format!("/{i}")), OWN));
        assert_eq!(added.count(), MAX_LEFT_OUT);
    }
}
