//! What was written to each disk since boot.

use super::{Found, Measured, Probe, disks};
use crate::root::Root;
use crate::source::{Source, reason};
use picket_wire::{Missing, Quantity, Value};
use std::collections::BTreeMap;

const QUANTITIES: [Quantity; 1] = [Quantity::DISK_WRITTEN];

/// The probe. No disk is *not fitted* (a machine booted from the network); a kernel that shows no
/// block devices is *not supported*.
///
/// The counter is given as the kernel gives it: it starts at 0 with each boot and with each card
/// that is put in, which is another part.
#[derive(Debug, Default)]
pub struct Disks {
    /// The open `stat` of each disk, by its name.
    stats: BTreeMap<String, Source>,
}

impl Probe for Disks {
    fn quantities(&self) -> &'static [Quantity] {
        &QUANTITIES
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let disks = match disks::list(root) {
            Ok(disks) => disks,
            Err(why) => return out.all_missing(&QUANTITIES, why),
        };
        if disks.is_empty() {
            out.all_missing(&QUANTITIES, Missing::NotFitted);
        }
        let there = |name: &String| disks.iter().any(|disk| disk.name == *name);
        self.stats.retain(|name, _| there(name));
        for disk in disks {
            let stat = self
                .stats
                .entry(disk.name.clone())
                .or_insert_with(|| Source::new(disk.file("stat")));
            let written = stat.read(root).map_err(reason).and_then(written_kibibytes);
            out.push(Measured::of_part(
                Quantity::DISK_WRITTEN,
                &disk.part,
                written,
            ));
        }
    }
}

/// Field 7 of the device's `stat`, sectors written, which are always 512 bytes long (Linux,
/// Documentation/block/stat.rst), as KiB.
fn written_kibibytes(stat: &str) -> Value {
    let field = stat
        .split_ascii_whitespace()
        .nth(6)
        .ok_or(Missing::Garbled)?;
    let sectors: u64 = field.parse().map_err(|_| Missing::Garbled)?;
    i64::try_from(sectors / 2).map_err(|_| Missing::Garbled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::About;
    use crate::testing::Tree;

    const STAT: &str = "  100 0 800 5 200 0 2049 9 0 10 14 0 0 0 0 0 0\n";

    fn rows(probe: &mut Disks, tree: &Tree) -> Vec<(String, String, Value)> {
        let mut out = Found::default();
        probe.read(&tree.root(), &mut out);
        let row = |m: Measured| match m.about {
            About::Node => (String::new(), "node".to_owned(), m.value),
            About::Part(part) => (part.id().to_owned(), part.name().to_owned(), m.value),
        };
        out.measured.into_iter().map(row).collect()
    }

    fn row(id: &str, name: &str, value: Value) -> (String, String, Value) {
        (id.to_owned(), name.to_owned(), value)
    }

    #[test]
    fn another_card_in_the_slot_is_another_part() {
        let tree = Tree::new()
            .file("sys/block/mmcblk0/device/cid", "aa\n")
            .file("sys/block/mmcblk0/stat", STAT);
        let mut probe = Disks::default();
        assert_eq!(
            rows(&mut probe, &tree),
            [row("cid/aa", "mmcblk0", Ok(1024))]
        );
        tree.write("sys/block/mmcblk0/device/cid", "bb\n");
        assert_eq!(
            rows(&mut probe, &tree),
            [row("cid/bb", "mmcblk0", Ok(1024))]
        );
    }

    #[test]
    fn garbage_is_garbled_and_no_disk_is_not_fitted() {
        for stat in [
            "",
            "1 2 3",
            "1 2 3 4 5 6 -7",
            "1 2 3 4 5 6 99999999999999999999",
        ] {
            assert_eq!(written_kibibytes(stat), Err(Missing::Garbled), "{stat:?}");
        }
        let none = Tree::new().file("sys/block/loop0/stat", STAT);
        assert_eq!(
            rows(&mut Disks::default(), &none),
            [row("", "node", Err(Missing::NotFitted))]
        );
        let empty = Tree::new();
        assert_eq!(
            rows(&mut Disks::default(), &empty),
            [row("", "node", Err(Missing::NotSupported))]
        );
    }
}
