//! What this program itself wrote to disks.

use super::{Found, Measured, Needs, Probe, number};
use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use picket_wire::{Missing, Quantity, Value};

/// The probe: of this process with all its threads. Another one, such as the scrub, is not in it.
#[derive(Debug)]
pub struct OwnWrites {
    io: Source,
}

impl Default for OwnWrites {
    fn default() -> OwnWrites {
        OwnWrites {
            io: Source::new("/proc/self/io"),
        }
    }
}

impl Probe for OwnWrites {
    fn quantities(&self) -> &'static [Quantity] {
        &[Quantity::OWN_WRITTEN]
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let value = match self.io.read(root) {
            Ok(text) => written_kibibytes(text),
            // A kernel without CONFIG_TASK_IO_ACCOUNTING.
            Err(Errno::ENOENT) => Err(Missing::NotSupported),
            Err(errno) => Err(reason(errno)),
        };
        let measured = Measured::of_node(Quantity::OWN_WRITTEN, value);
        out.push(measured.needing(Needs::SysPtrace));
    }
}

/// The line `write_bytes`: what the process caused to be sent to a disk (Linux,
/// Documentation/filesystems/proc.rst). Rounded up, so that 0 is nothing at all.
fn written_kibibytes(io: &str) -> Value {
    let mut lines = io.lines();
    let bytes = lines.find_map(|line| line.strip_prefix("write_bytes:"));
    let bytes = number::count(bytes.ok_or(Missing::Garbled)?)?;
    Ok(bytes / 1024 + i64::from(bytes % 1024 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    const IO: &str = "\
rchar: 6976
wchar: 9
read_bytes: 4096
write_bytes: 8192
cancelled_write_bytes: 12288
";

    #[test]
    fn bytes_become_kibibytes_and_a_single_byte_is_not_nothing() {
        for (io, expected) in [
            (IO, Ok(8)),
            ("write_bytes: 0\n", Ok(0)),
            ("write_bytes: 1\n", Ok(1)),
            (
                "write_bytes: 9223372036854775807\n",
                Ok(9_007_199_254_740_992),
            ),
            ("write_bytes: 9223372036854775808\n", Err(Missing::Garbled)),
            ("cancelled_write_bytes: 1\n", Err(Missing::Garbled)),
            ("write_bytes: \n", Err(Missing::Garbled)),
            ("", Err(Missing::Garbled)),
        ] {
            assert_eq!(written_kibibytes(io), expected, "{io:?}");
        }
    }

    #[test]
    fn a_moved_root_shows_its_own_file_and_not_that_of_this_process() {
        let value = |tree: &Tree| {
            let mut out = Found::default();
            OwnWrites::default().read(&tree.root(), &mut out);
            out.measured.first().map(|m| m.value)
        };
        assert_eq!(value(&Tree::new()), Some(Err(Missing::NotSupported)));
        assert_eq!(value(&Tree::new().file("proc/self/io", IO)), Some(Ok(8)));
    }
}
