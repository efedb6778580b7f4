//! What was written to each disk since boot, and which disk that is.

use super::{Found, Measured, Probe};
use crate::parts::Named;
use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use picket_wire::{Missing, PartKind, Quantity, Value};
use std::collections::BTreeMap;

/// Most disks that are read.
pub const MAX_DISKS: usize = 16;

/// Beginnings of the names of block devices that are no medium of their own.
const NOT_A_DISK: [&str; 8] = ["loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"];

/// Where a disk says who it is, the best first: what its id begins with, and the file.
const IDENTITIES: [(&str, &str); 6] = [
    ("cid", "device/cid"),
    ("wwid", "device/wwid"),
    ("wwid", "wwid"),
    ("serial", "serial"),
    ("serial", "device/serial"),
    ("serial", "device/vpd_pg80"),
];

const BLOCK: &str = "/sys/block";
const QUANTITIES: [Quantity; 1] = [Quantity::DISK_WRITTEN];

/// The probe. No disk is *not fitted* (a machine booted from the network); a kernel that shows no
/// block devices is *not supported*.
#[derive(Debug, Default)]
pub struct Disks {
    known: BTreeMap<String, Disk>,
}

/// The open files of one disk.
#[derive(Debug)]
struct Disk {
    stat: Source,
    /// The file that names the disk, and what the id begins with. It is read each time: another
    /// card in the slot is another disk under the same name.
    identity: Option<(&'static str, Source)>,
}

impl Probe for Disks {
    fn quantities(&self) -> &'static [Quantity] {
        &QUANTITIES
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let names = match root.list(BLOCK) {
            Ok(names) => names,
            Err(Errno::ENOENT) => return out.all_missing(&QUANTITIES, Missing::NotSupported),
            Err(errno) => return out.all_missing(&QUANTITIES, reason(errno)),
        };
        let disks: Vec<String> = names
            .into_iter()
            .filter(|name| is_disk(root, name))
            .take(MAX_DISKS)
            .collect();
        if disks.is_empty() {
            out.all_missing(&QUANTITIES, Missing::NotFitted);
        }
        self.known.retain(|name, _| disks.contains(name));
        let mut seen = Vec::new();
        for name in disks {
            let disk = self
                .known
                .entry(name.clone())
                .or_insert_with(|| Disk::new(&name));
            let mut id = disk.id(root).unwrap_or_else(|| format!("name/{name}"));
            // Cheap USB bridges all have the same serial number; two disks stay two parts.
            if seen.contains(&id) {
                id = format!("name/{name}");
            }
            let part = Named::new(PartKind::Disk, &id, &name);
            seen.push(id);
            out.push(Measured::of_part(
                Quantity::DISK_WRITTEN,
                &part,
                disk.written(root),
            ));
        }
    }
}

/// Whether a block device is a medium that can wear out: by its name, and not empty like the slot
/// of a card reader.
fn is_disk(root: &Root, name: &str) -> bool {
    let emmc_area = name.starts_with("mmcblk") && (name.contains("boot") || name.contains("rpmb"));
    if emmc_area || NOT_A_DISK.iter().any(|prefix| name.starts_with(prefix)) {
        return false;
    }
    let size = Source::new(format!("{BLOCK}/{name}/size"))
        .read(root)
        .map(|text| text.trim() == "0");
    // A size that cannot be read is no reason to be silent about the disk.
    !matches!(size, Ok(true))
}

impl Disk {
    fn new(name: &str) -> Disk {
        Disk {
            stat: Source::new(format!("{BLOCK}/{name}/stat")),
            identity: None,
        }
    }

    fn written(&mut self, root: &Root) -> Value {
        self.stat
            .read(root)
            .map_err(reason)
            .and_then(written_kibibytes)
    }

    fn id(&mut self, root: &Root) -> Option<String> {
        if let Some((kind, source)) = &mut self.identity
            && let Some(text) = identity_text(source, root)
        {
            return Some(format!("{kind}/{text}"));
        }
        let name = self.stat.path().strip_suffix("/stat")?.to_owned();
        self.identity = None;
        for (kind, file) in IDENTITIES {
            let mut source = Source::new(format!("{name}/{file}"));
            if let Some(text) = identity_text(&mut source, root) {
                self.identity = Some((kind, source));
                return Some(format!("{kind}/{text}"));
            }
        }
        None
    }
}

/// What names the disk; none if the file is not there or says nothing.
fn identity_text(source: &mut Source, root: &Root) -> Option<String> {
    let text = source.read(root).ok()?;
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    (!words.is_empty()).then(|| words.join("_"))
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
    fn only_real_disks_count_and_each_is_known_by_what_does_not_move() {
        let mut tree = Tree::new()
            .file(
                "sys/block/mmcblk0/device/cid",
                "4134325344313647307e3002af0102b5\n",
            )
            .file("sys/block/nvme0n1/wwid", "eui.0025385b\n")
            .file("sys/block/sda/device/wwid", "t10.ATA     Disk   7\n")
            .file("sys/block/vda/serial", "\n")
            .file("sys/block/sdb/stat", "");
        for name in [
            "mmcblk0",
            "nvme0n1",
            "sda",
            "vda",
            "mmcblk0boot0",
            "loop0",
            "zram0",
            "dm-0",
        ] {
            tree = tree
                .file(&format!("sys/block/{name}/stat"), STAT)
                .file(&format!("sys/block/{name}/size"), "1000\n");
        }
        let tree = tree.file("sys/block/sdb/size", "0\n");
        let rows = rows(&mut Disks::default(), &tree);
        let expected = [
            row("cid/4134325344313647307e3002af0102b5", "mmcblk0", Ok(1024)),
            row("wwid/eui.0025385b", "nvme0n1", Ok(1024)),
            row("wwid/t10.ATA_Disk_7", "sda", Ok(1024)),
            row("name/vda", "vda", Ok(1024)),
        ];
        assert_eq!(rows, expected);
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
    fn two_disks_with_one_serial_number_stay_two_parts() {
        let tree = Tree::new()
            .file("sys/block/sda/serial", "000\n")
            .file("sys/block/sda/stat", STAT)
            .file("sys/block/sdb/serial", "000\n")
            .file("sys/block/sdb/stat", STAT);
        let rows = rows(&mut Disks::default(), &tree);
        assert_eq!(
            rows,
            [
                row("serial/000", "sda", Ok(1024)),
                row("name/sdb", "sdb", Ok(1024))
            ]
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
