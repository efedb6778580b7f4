//! Who made each disk: the CID of a card decoded, and what others say of themselves.
//!
//! It is what the disk says. That somebody sells cards under another maker's name is not decided
//! here.

use super::cid::{Card, Cid};
use super::disks::{self, Disk};
use super::{Found, Medium, Probe, RARE};
use crate::parts::printable;
use crate::root::Root;
use picket_wire::{MediumKind, Quantity, section};
use std::time::Duration;

/// The probe. It has no readings: what it finds travels with the facts.
#[derive(Debug, Default)]
pub struct Media {}

impl Probe for Media {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn every(&self) -> Duration {
        RARE
    }

    fn subject(&self, root: &Root) -> Vec<String> {
        disks::subject(root)
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        // Why the disks cannot be listed is said by the probe of what is written to them.
        if let Ok(disks) = disks::list(root) {
            out.media = Some(disks.iter().map(|disk| medium(root, disk)).collect());
        }
    }
}

fn medium(root: &Root, disk: &Disk) -> Medium {
    let medium = match disk.kind {
        MediumKind::Sd => card(root, disk, Cid::sd),
        MediumKind::Emmc => card(root, disk, Cid::emmc),
        MediumKind::Nvme => Medium {
            product: text(root, disk, &["device/model"]),
            serial: text(root, disk, &["device/serial"]),
            revision: text(root, disk, &["device/firmware_rev"]),
            ..unknown(disk)
        },
        MediumKind::Ata => Medium {
            product: text(root, disk, &["device/vendor", "device/model"]),
            serial: disks::unit_serial(root, &disk.name).unwrap_or_default(),
            revision: text(root, disk, &["device/rev"]),
            ..unknown(disk)
        },
        MediumKind::Unknown(_) => Medium {
            serial: text(root, disk, &["serial"]),
            ..unknown(disk)
        },
    };
    Medium {
        size_kib: size_kib(&text(root, disk, &["size"])),
        product: bounded(&medium.product),
        serial: bounded(&medium.serial),
        revision: bounded(&medium.revision),
        ..medium
    }
}

/// The register decoded; where it says nothing, what the kernel made of it.
fn card(root: &Root, disk: &Disk, decode: fn(Cid) -> Option<Card>) -> Medium {
    let kernel = |file: &str| text(root, disk, &[file]);
    let made = made(&kernel("device/date")).unwrap_or_default();
    match Cid::of_disk(disk).and_then(decode) {
        Some(card) => Medium {
            maker: card.maker.into(),
            oem: card.oem,
            product: card.product,
            serial: format!("{:#010x}", card.serial),
            revision: card.revision,
            made: card.made.unwrap_or(made),
            ..unknown(disk)
        },
        None => Medium {
            maker: hex(&kernel("device/manfid")),
            oem: hex(&kernel("device/oemid")).try_into().unwrap_or_default(),
            product: kernel("device/name"),
            serial: kernel("device/serial"),
            revision: revision(&kernel("device/hwrev"), &kernel("device/fwrev")),
            made,
            ..unknown(disk)
        },
    }
}

fn unknown(disk: &Disk) -> Medium {
    Medium {
        disk: disk.part.clone(),
        kind: disk.kind,
        maker: 0,
        oem: 0,
        product: String::new(),
        serial: String::new(),
        revision: String::new(),
        made: (0, 0),
        size_kib: 0,
    }
}

/// What the files say, joined by a blank. `ATA` is no maker: the kernel says it of every SATA disk.
fn text(root: &Root, disk: &Disk, files: &[&str]) -> String {
    let texts = files.iter().filter_map(|file| disk.text(root, file).ok());
    let texts: Vec<String> = texts
        .filter(|text| !text.is_empty() && text != "ATA")
        .collect();
    texts.join(" ")
}

/// As a frame takes it.
fn bounded(text: &str) -> String {
    section::cut(&printable(text)).to_owned()
}

/// Sectors of 512 bytes; 0 if it is no number.
fn size_kib(sectors: &str) -> u64 {
    sectors.parse::<u64>().unwrap_or_default() / 2
}

/// A number such as `0x000041`; 0 if it is none.
fn hex(text: &str) -> u32 {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u32::from_str_radix(digits, 16).unwrap_or_default()
}

/// `MM/YYYY`, as the kernel writes it.
fn made(date: &str) -> Option<(u16, u8)> {
    let (month, year) = date.split_once('/')?;
    let (month, year) = (month.parse().ok()?, year.parse().ok()?);
    let possible = (1..=12).contains(&month) && (1997..=2200).contains(&year);
    possible.then_some((year, month))
}

/// The two halves of the revision, which the kernel shows apart.
fn revision(hardware: &str, firmware: &str) -> String {
    match (hardware, firmware) {
        ("", "") => String::new(),
        _ => format!("{}.{}", hex(hardware), hex(firmware)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    fn media(tree: &Tree) -> Vec<Medium> {
        let mut out = Found::default();
        Media::default().read(&tree.root(), &mut out);
        assert_eq!(out.measured, []);
        out.media.unwrap()
    }

    fn only(tree: &Tree) -> Medium {
        let mut media = media(tree);
        assert_eq!(media.len(), 1);
        media.remove(0)
    }

    fn tree(disk: &str, files: &[(&str, &str)]) -> Tree {
        let tree = Tree::new().file(&format!("sys/block/{disk}/size"), "31116288\n");
        let add = |tree: Tree, (file, text): &(&str, &str)| {
            tree.file(&format!("sys/block/{disk}/{file}"), &format!("{text}\n"))
        };
        files.iter().fold(tree, add)
    }

    /// What the kernel said of a Kingston of 16 GB.
    const KINGSTON: [(&str, &str); 8] = [
        ("device/cid", "4134325344313647307e3002af0102b5"),
        ("device/type", "SD"),
        ("device/date", "02/2016"),
        ("device/fwrev", "0x0"),
        ("device/hwrev", "0x3"),
        ("device/manfid", "0x000041"),
        ("device/name", "SD16G"),
        ("device/oemid", "0x3432"),
    ];

    #[test]
    fn the_register_of_a_card_and_what_the_kernel_makes_of_it_agree() {
        let with_register = only(&tree("mmcblk0", &KINGSTON));
        assert_eq!(
            with_register.disk.id(),
            "cid/4134325344313647307e3002af0102b5"
        );
        assert_eq!(with_register.serial, "0x7e3002af");
        let mut without = KINGSTON.to_vec();
        without[0] = ("device/serial", "0x7e3002af");
        let without = only(&tree("mmcblk0", &without));
        assert_eq!(without.disk.id(), "serial/0x7e3002af");
        for medium in [with_register, without] {
            assert_eq!(medium.kind, MediumKind::Sd);
            assert_eq!((medium.maker, medium.oem), (0x41, 0x3432));
            assert_eq!(medium.product, "SD16G");
            assert_eq!(medium.serial, "0x7e3002af");
            assert_eq!(medium.revision, "3.0");
            assert_eq!(medium.made, (2016, 2));
            assert_eq!(medium.size_kib, 15_558_144);
        }
    }

    #[test]
    fn a_register_that_was_read_wrongly_gives_way_to_the_kernel() {
        let mut files = KINGSTON.to_vec();
        files[0].1 = "ff34325344313647307e3002af0102b5";
        assert_eq!(only(&tree("mmcblk0", &files)).maker, 0x41);
    }

    #[test]
    fn an_emmc_has_its_year_from_the_kernel() {
        let emmc = tree(
            "mmcblk0",
            &[
                ("device/cid", "150100424a544434520612345678a500"),
                ("device/type", "MMC"),
                ("device/date", "10/2018"),
            ],
        );
        let medium = only(&emmc);
        assert_eq!(medium.kind, MediumKind::Emmc);
        assert_eq!(
            (medium.product.as_str(), medium.made),
            ("BJTD4R", (2018, 10))
        );
    }

    #[test]
    fn other_disks_say_model_serial_number_and_revision() {
        let nvme = tree(
            "nvme0n1",
            &[
                ("device/model", "Samsung SSD 980 500GB                   "),
                ("device/serial", "S64DNL0T824555X     "),
                ("device/firmware_rev", "3B4QFXO7"),
            ],
        );
        let medium = only(&nvme);
        let texts = [medium.product, medium.serial, medium.revision];
        assert_eq!(
            texts,
            ["Samsung SSD 980 500GB", "S64DNL0T824555X", "3B4QFXO7"]
        );
        for (vendor, expected) in [("ATA", "Disk 7"), ("JMicron", "JMicron Disk 7")] {
            let disk = tree(
                "sda",
                &[("device/vendor", vendor), ("device/model", "Disk 7")],
            );
            assert_eq!(only(&disk).product, expected);
        }
    }

    #[test]
    fn nonsense_is_empty_and_what_is_too_long_is_cut() {
        let files = [
            ("device/type", "SD"),
            ("device/manfid", "0xnonsense"),
            ("device/oemid", "0x12345678"),
            ("device/date", "13/2016"),
            ("device/name", "\u{1b}[31m"),
        ];
        let medium = only(&tree("mmcblk0", &files));
        assert_eq!((medium.maker, medium.oem, medium.made), (0, 0, (0, 0)));
        assert_eq!(medium.product, "?[31m");
        assert_eq!(medium.revision, "");
        let long = "m".repeat(1000);
        let medium = only(&tree("sda", &[("device/model", &long)]));
        assert_eq!(medium.product.len(), section::MAX_TEXT);
        assert_eq!(size_kib("-1"), 0);
    }

    #[test]
    fn a_kernel_without_block_devices_says_nothing_of_media() {
        let mut out = Found::default();
        Media::default().read(&Tree::new().root(), &mut out);
        assert_eq!(out, Found::default());
    }
}
