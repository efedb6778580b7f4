//! Pages, controllers and disks of NVMe, and what is said where there are none.

use super::*;
use crate::probe::{About, Measured};
use crate::testing::Tree;
use picket_wire::Value;

/// A page as a disk of a year answers it.
fn page() -> [u8; BLOCK] {
    let mut page = [0; BLOCK];
    page[1..3].copy_from_slice(&310u16.to_le_bytes());
    page[3] = 100;
    page[5] = 12;
    page[48..64].copy_from_slice(&12_345_678u128.to_le_bytes());
    page[128..144].copy_from_slice(&8_760u128.to_le_bytes());
    page[144..160].copy_from_slice(&17u128.to_le_bytes());
    page[160..176].copy_from_slice(&2u128.to_le_bytes());
    page
}

const HEALTH: Health = Health {
    life_used: Ok(12),
    spare: Ok(100),
    failing: Ok(0),
    media_errors: Ok(2),
    unsafe_shutdowns: Ok(17),
    power_on_h: Ok(8_760),
    written_kib: Ok(6_172_839_000),
    deci_celsius: Ok(370),
};

#[test]
fn a_page_is_read_field_by_field_the_low_byte_first() {
    assert_eq!(parse(&page()), HEALTH);
}

#[test]
fn a_blank_page_is_garbled_and_never_a_healthy_disk() {
    for byte in [0, 0xff] {
        assert_eq!(parse(&[byte; BLOCK]), Health::missing(Missing::Garbled));
    }
}

#[test]
fn nonsense_in_one_field_is_garbled_in_that_one() {
    let garbled = Err(Missing::Garbled);
    let with = |at: usize, bytes: &[u8]| {
        let mut page = page();
        page[at..at + bytes.len()].copy_from_slice(bytes);
        parse(&page)
    };
    assert_eq!(with(3, &[101]).spare, garbled);
    assert_eq!(with(5, &[255]).life_used, Ok(255));
    assert_eq!(with(1, &[0xff, 0xff]).deci_celsius, garbled);
    assert_eq!(with(1, &[0, 0]).deci_celsius, Err(Missing::NotSupported));
    assert_eq!(with(48, &[0xff; 16]).written_kib, garbled);
    assert_eq!(with(160, &[0xff; 16]).media_errors, garbled);
    assert_eq!(with(48, &[0xff; 16]).life_used, Ok(12));
}

#[test]
fn a_warning_of_failure_is_one_and_heat_is_none() {
    for (warning, failing) in [
        (0, 0),
        (1, 1),
        (1 << 1, 0),
        (1 << 2, 1),
        (1 << 3, 1),
        (3, 1),
    ] {
        assert_eq!(disk_health::failing(warning), Ok(failing), "{warning:#b}");
    }
}

#[test]
fn an_entry_of_a_controller_names_its_disk() {
    for (entry, disk) in [
        ("nvme0n1", Some("nvme0n1")),
        ("nvme1c0n2", Some("nvme1n2")),
        ("nvme10c11n12", Some("nvme10n12")),
        ("ng0n1", None),
        ("nvme0", None),
        ("nvme0n", None),
        ("nvme0cn1", None),
        ("nvme0n1p1", None),
        ("hwmon1", None),
    ] {
        assert_eq!(disk_of(entry).as_deref(), disk, "{entry}");
    }
}

/// Part, quantity, value and need of each reading.
fn rows(tree: &Tree) -> Vec<(String, Quantity, Value, Option<Needs>)> {
    let mut out = Found::default();
    Nvme::default().read(&tree.root(), &mut out);
    let row = |m: Measured| match m.about {
        About::Node => ("node".to_owned(), m.quantity, m.value, m.needs),
        About::Part(part) => (part.id().to_owned(), m.quantity, m.value, m.needs),
    };
    out.measured.into_iter().map(row).collect()
}

/// The page as a line of a recording.
fn recorded() -> String {
    let hex: Vec<String> = page().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("nvme 02 = {}\n", hex.join(" "))
}

fn machine() -> Tree {
    Tree::new()
        .file("sys/class/nvme/nvme0/nvme0n1/size", "1000\n")
        .file("sys/block/nvme0n1/size", "1000\n")
        .file("sys/block/nvme0n1/wwid", "eui.0025\n")
}

#[test]
fn the_readings_are_on_the_part_of_the_disk() {
    let rows = rows(&machine().file("dev/nvme0", &recorded()));
    assert_eq!(rows.len(), 8);
    assert!(rows.iter().all(|row| row.0 == "wwid/eui.0025"), "{rows:?}");
    let value = |quantity| rows.iter().find(|row| row.1 == quantity).unwrap().2;
    assert_eq!(value(Quantity::DISK_LIFE_USED), Ok(12));
    assert_eq!(value(Quantity::TEMPERATURE), Ok(370));
}

#[test]
fn a_device_that_is_hidden_is_denied_and_names_the_right() {
    for row in rows(&machine()) {
        assert_eq!(row.2, Err(Missing::Denied));
        assert_eq!(row.3, Some(Needs::SysAdmin));
    }
    let refused = machine().file("dev/nvme0", "nvme 02 = error EPERM\n");
    assert!(
        rows(&refused)
            .iter()
            .all(|row| row.3 == Some(Needs::SysAdmin))
    );
    let mute = machine().file("dev/nvme0", "# nothing\n");
    assert!(
        rows(&mute)
            .iter()
            .all(|row| row.2 == Err(Missing::NotSupported))
    );
}

#[test]
fn a_disk_whose_controller_is_not_shown_is_still_asked() {
    let tree = Tree::new()
        .file("sys/block/nvme0n1/wwid", "eui.0025\n")
        .file("dev/nvme0", &recorded());
    let rows = rows(&tree);
    assert_eq!(rows[0].0, "wwid/eui.0025");
    assert_eq!(rows[0].2, Ok(12));
}

#[test]
fn a_controller_without_a_disk_is_still_asked() {
    let tree = Tree::new()
        .file("sys/class/nvme/nvme0/state", "dead\n")
        .file("sys/block/sda/size", "8\n");
    assert!(rows(&tree).iter().all(|row| row.0 == "name/nvme0"));
}

#[test]
fn only_a_machine_without_any_disk_is_not_fitted_and_cards_and_sata_are_left_to_their_probes() {
    let quantities = |tree: &Tree, why| -> Vec<Quantity> {
        let row = |row: (String, Quantity, Value, _)| {
            assert_eq!((row.0.as_str(), row.2), ("node", Err(why)));
            row.1
        };
        rows(tree).into_iter().map(row).collect()
    };
    let diskless = Tree::new().file("sys/block/loop0/size", "8\n");
    let not_fitted = quantities(&diskless, Missing::NotFitted);
    assert_eq!(not_fitted, disk_health::QUANTITIES);
    let quantities = |tree: &Tree| quantities(tree, Missing::NotSupported);
    let virtual_disk = Tree::new().file("sys/block/vda/size", "8\n");
    assert_eq!(quantities(&virtual_disk), disk_health::QUANTITIES);
    let card = Tree::new().file("sys/block/mmcblk0/device/type", "SD\n");
    assert_eq!(quantities(&card), disk_health::QUANTITIES[1..]);
    let sata = Tree::new().file("sys/block/sda/size", "8\n");
    assert_eq!(quantities(&sata), []);
}
