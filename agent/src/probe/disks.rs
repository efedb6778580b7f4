//! Which disks there are, and who each is: one list for every probe that reads something of a disk.

mod place;

use crate::parts::Named;
use crate::root::Root;
use crate::source::{MAX_SYSFS, Source, reason};
use nix::errno::Errno;
use picket_wire::{MediumKind, Missing, PartKind};
use std::fs::File;
use std::io::Read;

/// Most disks that are read.
pub const MAX_DISKS: usize = 16;
/// The folder of the kernel's block devices.
pub const BLOCK: &str = "/sys/block";

/// Beginnings of the names of block devices that are no medium of their own.
const NOT_A_DISK: [&str; 8] = ["loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"];

/// Where a disk says who it is, the best first: what its id begins with, and the file.
const IDENTITIES: [(&str, &str); 5] = [
    ("cid", "device/cid"),
    ("wwid", "device/wwid"),
    ("wwid", "wwid"),
    ("serial", "serial"),
    ("serial", "device/serial"),
];

/// A medium that can wear out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The kernel's name, such as `mmcblk0`.
    pub name: String,
    /// What readings of it are about. Its id is the CID of a card, so that another card in the slot
    /// is another part; else what a disk says of itself; its name if it says nothing. What two disks
    /// say is nobody's id, as of cheap USB bridges that all have one serial number: these are known
    /// by where they are plugged in.
    pub part: Named,
    /// What kind of medium it is; unknown where nothing says so, such as of a virtual disk.
    pub kind: MediumKind,
}

impl Disk {
    /// A file of the disk in sysfs.
    pub fn file(&self, file: &str) -> String {
        format!("{BLOCK}/{}/{file}", self.name)
    }

    /// The disk's own device, the whole of it.
    pub fn device(&self) -> String {
        format!("/dev/{}", self.name)
    }

    /// What one of its files in sysfs says, without blanks around it.
    ///
    /// # Errors
    /// What the kernel answered.
    pub fn text(&self, root: &Root, file: &str) -> Result<String, Errno> {
        let mut source = Source::new(self.file(file));
        source.read(root).map(|text| text.trim().to_owned())
    }
}

impl Disk {
    /// Why it cannot be said whether this is an SD card or an eMMC; none if that is known, or if it
    /// is neither.
    pub fn unknown_card(&self, root: &Root) -> Option<Missing> {
        let unknown = matches!(self.kind, MediumKind::Unknown(_));
        if !unknown || !self.name.starts_with("mmcblk") {
            return None;
        }
        match self.text(root, "device/type") {
            Ok(kind) if kind.is_empty() => Some(Missing::Garbled),
            Ok(_) | Err(Errno::ENOENT) => Some(Missing::NotSupported),
            Err(errno) => Some(reason(errno)),
        }
    }
}

/// The disks at this moment, by name, at most [`MAX_DISKS`].
///
/// # Errors
/// A kernel that shows no block devices does not support it; else why it did not show them.
pub fn list(root: &Root) -> Result<Vec<Disk>, Missing> {
    let names = root.list(BLOCK).map_err(|errno| match errno {
        Errno::ENOENT => Missing::NotSupported,
        other => reason(other),
    })?;
    let names = names.into_iter().filter(|name| is_disk(root, name));
    let names: Vec<String> = names.take(MAX_DISKS).collect();
    let disks = names.iter().zip(ids(root, &names)).map(|(name, id)| Disk {
        part: Named::new(PartKind::Disk, &id, name),
        kind: kind(root, name),
        name: name.clone(),
    });
    Ok(disks.collect())
}

/// The ids of disks: what each says of itself, unless two of them do or did while this process
/// runs; then its place. Its name if it has neither for itself.
fn ids(root: &Root, names: &[String]) -> Vec<String> {
    let said: Vec<Option<String>> = names.iter().map(|name| identity(root, name)).collect();
    let shared = root
        .shared_ids()
        .look(said.iter().flatten().map(String::as_str));
    let place = |name: &String| {
        let link = root.link(&format!("{BLOCK}/{name}")).ok()?;
        Some(format!("place/{}", place::of_link(&link)?))
    };
    let mut ids: Vec<String> = Vec::new();
    for (name, said) in names.iter().zip(said) {
        let id = match said {
            Some(said) if shared.contains(&said) => place(name),
            said => said,
        };
        let id = id.filter(|id| !ids.contains(id));
        ids.push(id.unwrap_or_else(|| format!("name/{name}")));
    }
    ids
}

/// Which disks a probe would ask now, for [`super::Probe::subject`]; or why nobody knows.
pub(super) fn subject(root: &Root) -> Vec<String> {
    match list(root) {
        Ok(disks) => {
            let subject =
                |disk: Disk| format!("{} {} {}", disk.name, disk.kind.name(), disk.part.id());
            disks.into_iter().map(subject).collect()
        }
        Err(why) => vec![why.name().to_owned()],
    }
}

/// Whether a block device is a medium that can wear out: by its name, not one path of several to a
/// disk, and not empty like the slot of a card reader.
fn is_disk(root: &Root, name: &str) -> bool {
    let emmc_area = name.starts_with("mmcblk") && (name.contains("boot") || name.contains("rpmb"));
    if emmc_area || NOT_A_DISK.iter().any(|prefix| name.starts_with(prefix)) {
        return false;
    }
    let says = |file: &str, what: &str| {
        let mut source = Source::new(format!("{BLOCK}/{name}/{file}"));
        source.read(root).is_ok_and(|text| text.trim() == what)
    };
    // A size that cannot be read is no reason to be silent about the disk.
    !says("size", "0") && !says("hidden", "1")
}

/// A card is what its own register says (`type`, Linux, mmc-dev-attrs.rst); others go by the name
/// that their driver gives them.
fn kind(root: &Root, name: &str) -> MediumKind {
    if name.starts_with("nvme") {
        return MediumKind::Nvme;
    }
    if name.starts_with("sd") {
        return MediumKind::Ata;
    }
    match Source::new(format!("{BLOCK}/{name}/device/type")).read(root) {
        Ok(text) if name.starts_with("mmcblk") => match text.trim() {
            "SD" => MediumKind::Sd,
            "MMC" => MediumKind::Emmc,
            _ => MediumKind::Unknown(0),
        },
        Ok(_) | Err(_) => MediumKind::Unknown(0),
    }
}

/// The id of a disk by what it says of itself.
fn identity(root: &Root, name: &str) -> Option<String> {
    let said = IDENTITIES.iter().find_map(|(kind, file)| {
        let mut source = Source::new(format!("{BLOCK}/{name}/{file}"));
        let words = joined_words(source.read(root).ok()?);
        (!words.is_empty()).then(|| format!("{kind}/{words}"))
    });
    said.or_else(|| unit_serial(root, name).map(|serial| format!("serial/{serial}")))
}

fn joined_words(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("_")
}

/// The serial number of a SCSI or SATA disk, or of a USB bridge; none if it says none.
pub fn unit_serial(root: &Root, name: &str) -> Option<String> {
    let file = root.open(&format!("{BLOCK}/{name}/device/vpd_pg80")).ok()?;
    let mut page = Vec::new();
    let limit = u64::try_from(MAX_SYSFS).ok()?;
    File::from(file).take(limit).read_to_end(&mut page).ok()?;
    let serial = joined_words(parse_unit_serial(&page)?);
    (!serial.is_empty()).then_some(serial)
}

/// The page *unit serial number* (SPC-4, 7.8.14): device type, 0x80, length in two bytes, the high
/// one first, then the number in ASCII.
fn parse_unit_serial(page: &[u8]) -> Option<&str> {
    let (head, rest) = page.split_first_chunk::<4>()?;
    let [_, 0x80, high, low] = *head else {
        return None;
    };
    let serial = rest.get(..usize::from(u16::from_be_bytes([high, low])))?;
    std::str::from_utf8(serial).ok().filter(|s| s.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    fn listed(tree: &Tree) -> Vec<(String, String, &'static str)> {
        let disks = list(&tree.root()).unwrap().into_iter();
        let row = |disk: Disk| (disk.name, disk.part.id().to_owned(), disk.kind.name());
        disks.map(row).collect()
    }

    fn row(name: &str, id: &str, kind: &'static str) -> (String, String, &'static str) {
        (name.to_owned(), id.to_owned(), kind)
    }

    #[test]
    fn only_real_disks_count_and_each_is_known_by_what_does_not_move() {
        const CID: &str = "4134325344313647307e3002af0102b5";
        let mut tree = Tree::new()
            .file("sys/block/mmcblk0/device/cid", &format!("{CID}\n"))
            .file("sys/block/mmcblk0/device/type", "SD\n")
            .file("sys/block/mmcblk1/device/cid", "aa\n")
            .file("sys/block/mmcblk1/device/type", "MMC\n")
            .file("sys/block/mmcblk2/device/cid", "bb\n")
            .file("sys/block/nvme0n1/wwid", "eui.0025385b\n")
            .file("sys/block/nvme0c0n1/wwid", "eui.0025385b\n")
            .file("sys/block/nvme0c0n1/hidden", "1\n")
            .file("sys/block/sda/device/wwid", "t10.ATA     Disk   7\n")
            .file("sys/block/sdc/device/vpd_pg80", "no page")
            .file("sys/block/vda/serial", "\n");
        for name in [
            "mmcblk0",
            "mmcblk1",
            "mmcblk2",
            "nvme0n1",
            "nvme0c0n1",
            "sda",
            "sdc",
            "vda",
            "mmcblk1boot0",
            "loop0",
            "zram0",
            "dm-0",
        ] {
            tree = tree.file(&format!("sys/block/{name}/size"), "1000\n");
        }
        let tree = tree.file("sys/block/sdb/size", "0\n");
        let expected = [
            row("mmcblk0", &format!("cid/{CID}"), "sd"),
            row("mmcblk1", "cid/aa", "emmc"),
            row("mmcblk2", "cid/bb", "unknown"),
            row("nvme0n1", "wwid/eui.0025385b", "nvme"),
            row("sda", "wwid/t10.ATA_Disk_7", "ata"),
            row("sdc", "name/sdc", "ata"),
            row("vda", "name/vda", "unknown"),
        ];
        assert_eq!(listed(&tree), expected);
    }

    /// Plugs a USB disk in, as sysfs shows it: a link to the device.
    fn plug(tree: &Tree, name: &str, port: &str, serial: &str) {
        let device =
            format!("devices/usb1/{port}/{port}:1.0/host0/target0:0:0/0:0:0:0/block/{name}");
        tree.write(&format!("sys/{device}/serial"), serial);
        let link = tree.path().join("sys/block").join(name);
        std::fs::create_dir_all(tree.path().join("sys/block")).unwrap();
        std::os::unix::fs::symlink(format!("../{device}"), link).unwrap();
    }

    #[test]
    fn an_id_that_two_disks_had_is_nobodys_and_each_is_known_by_its_place() {
        let tree = Tree::new();
        plug(&tree, "sda", "1-1", "000\n");
        plug(&tree, "sdc", "1-3", "777\n");
        let root = tree.root();
        let ids = || {
            let disks = list(&root).unwrap().into_iter();
            disks.map(|disk| disk.part.id().to_owned()).collect()
        };
        let alone: Vec<String> = ids();
        assert_eq!(alone, ["serial/000", "serial/777"]);
        plug(&tree, "sdb", "1-2", "000\n");
        let [first, second, other] = [
            "place/usb1/1-1/1-1:1.0/0:0:0",
            "place/usb1/1-2/1-2:1.0/0:0:0",
            "serial/777",
        ];
        let both: Vec<String> = ids();
        assert_eq!(both, [first, second, other]);
        // The one that is left takes over nothing of the other.
        std::fs::remove_file(tree.path().join("sys/block/sda")).unwrap();
        let left: Vec<String> = ids();
        assert_eq!(left, [second, other]);
    }

    #[test]
    fn two_disks_with_one_serial_number_and_no_known_place_stay_two_parts() {
        let tree = Tree::new()
            .file("sys/block/sda/serial", "000\n")
            .file("sys/block/sdb/serial", "000\n");
        let expected = [row("sda", "name/sda", "ata"), row("sdb", "name/sdb", "ata")];
        assert_eq!(listed(&tree), expected);
    }

    #[test]
    fn the_seventeenth_disk_is_left_out_and_no_folder_is_not_supported() {
        let mut tree = Tree::new();
        for letter in 'a'..='z' {
            tree = tree.file(&format!("sys/block/sd{letter}/size"), "8\n");
        }
        assert_eq!(listed(&tree).len(), MAX_DISKS);
        assert_eq!(list(&Tree::new().root()), Err(Missing::NotSupported));
    }

    #[test]
    fn a_usb_bridge_is_known_by_its_page_of_the_serial_number() {
        let page = b"\x00\x80\x00\x0c  0123456789";
        let tree = Tree::new().file("sys/block/sda/size", "8\n");
        let path = tree.path().join("sys/block/sda/device");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join("vpd_pg80"), page).unwrap();
        assert_eq!(listed(&tree), [row("sda", "serial/0123456789", "ata")]);
    }

    #[test]
    fn a_page_of_the_serial_number_that_is_none_gives_none() {
        for (page, expected) in [
            (&b"\x00\x80\x00\x03abc"[..], Some("abc")),
            (b"\x00\x80\x00\x03abcdef", Some("abc")),
            (b"\x00\x80\x00\x04abc", None),
            (b"\x00\x83\x00\x03abc", None),
            (b"\x00\x80\x00", None),
            (b"\x00\x80\x00\x02\xff\xfe", None),
            (b"", None),
        ] {
            assert_eq!(parse_unit_serial(page), expected, "{page:?}");
        }
    }
}
