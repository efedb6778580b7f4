//! What is left out of the scrub on purpose.

use crate::octal::unescape;
use crate::root::Root;
use crate::source::Source;
use nix::errno::Errno;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// Longest `/proc/swaps`, in bytes: there are 32 swap areas at most (Linux, `MAX_SWAPFILES`), and of
/// a path each byte may stand as four.
const LONGEST_SWAPS: usize = 32 * 4 * 4096;

/// What the boot loader of a Raspberry Pi itself changes, of which the filesystem's times tell
/// nothing: it renames `recovery.bin` after it has written its own flash (rpi-eeprom-update, comment
/// at `RPI_EEPROM_SELF_UPDATE`; that the loader writes to this filesystem at all:
/// raspberrypi/firmware#1893).
const OF_THE_BOOT_LOADER: [&str; 4] = [
    "/boot/firmware/recovery.bin",
    "/boot/firmware/RECOVERY.000",
    "/boot/recovery.bin",
    "/boot/RECOVERY.000",
];

/// Files and folders that are not read back, by their absolute paths: what the machine and the
/// settings name, which have bounds of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    paths: Vec<PathBuf>,
}

impl LeftOut {
    /// What is left out on any machine but its swap files: what the boot loader changes. What lies
    /// on another filesystem than the folder that is read back, such as `/proc`, is not entered.
    pub fn of_any_machine() -> LeftOut {
        let paths = OF_THE_BOOT_LOADER.iter().map(PathBuf::from);
        LeftOut {
            paths: paths.collect(),
        }
    }

    /// Leaves out a file, or a folder with all that is in it.
    pub fn and(&mut self, path: &Path) {
        self.paths.push(path.to_owned());
    }

    /// All of them.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().map(PathBuf::as_path)
    }
}

/// The files to which the kernel swaps, of which the filesystem's times tell nothing: those of
/// `/proc/swaps` (proc_swaps(5)): a head, and a line each, of which the path is the first word, with
/// blanks as octal digits, and the kind the second. A kernel that cannot swap has no such file.
///
/// # Errors
/// What the kernel answered: then nobody knows which they are.
pub fn swap_files(root: &Root) -> Result<Vec<PathBuf>, Errno> {
    let mut swaps = Source::with_limit("/proc/swaps", LONGEST_SWAPS);
    let text = match swaps.read_bytes(root) {
        Ok(text) => text,
        Err(Errno::ENOENT) => return Ok(Vec::new()),
        Err(why) => return Err(why),
    };
    let row = |line: &[u8]| {
        let mut words = line.split(|byte| matches!(byte, b' ' | b'\t'));
        let path = unescape(words.next()?);
        let kind = words.find(|word| !word.is_empty())?;
        (kind == b"file").then(|| PathBuf::from(OsString::from_vec(path)))
    };
    Ok(text
        .split(|byte| *byte == b'\n')
        .skip(1)
        .filter_map(row)
        .collect())
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
        assert_eq!(
            swap_files(&tree.root()).unwrap(),
            [Path::new("/var/my swap")]
        );
    }

    #[test]
    fn no_swap_is_told_from_swap_that_nobody_knows() {
        let tree = Tree::new();
        assert_eq!(swap_files(&tree.root()), Ok(Vec::new()));
        tree.write("proc/swaps/folder", "");
        assert_eq!(swap_files(&tree.root()), Err(Errno::EISDIR));
    }
}
