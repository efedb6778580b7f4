//! Chips of hwmon, and names for them that stay the same over boots.

use super::class::{self, Member, Members};
use crate::root::Root;
use picket_wire::Missing;

const CLASS: &str = "/sys/class/hwmon";

/// A chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chip {
    /// Its folder, whose number changes at each boot.
    pub path: String,
    /// What it says it is, such as `ina219`.
    pub name: String,
    /// Name and place, such as `ina219/1-0040`: the same at each boot.
    pub id: String,
    /// What people call it: the name, and the place too where there are several of it.
    pub called: String,
}

/// The chips that are wanted, and why another one could not be asked for its name.
///
/// # Errors
/// *Not supported* if the kernel has no hwmon; else why it cannot be listed.
pub(super) fn chips(
    root: &Root,
    wanted: impl Fn(&str) -> bool,
) -> Result<(Vec<Chip>, Option<Missing>), Missing> {
    let Members { mut named, unread } = class::members(root, CLASS, "hwmon", "name")?;
    named.retain(|member| wanted(&member.name));
    let mut chips: Vec<Chip> = Vec::new();
    for member in &named {
        let several = named.iter().filter(|other| other.name == member.name);
        let mut chip = chip(root, member, several.count() > 1);
        // Nothing tells the two apart but their numbers: still two chips.
        if chips.iter().any(|other| other.id == chip.id) {
            let number = member.path.rsplit('/').next().unwrap_or_default();
            chip.id = format!("{}/{number}", chip.id);
        }
        chips.push(chip);
    }
    Ok((chips, unread))
}

fn chip(root: &Root, member: &Member, several: bool) -> Chip {
    let Member { path, name } = member.clone();
    let place = place(root, &path);
    let id = match &place {
        Some(place) => format!("{name}/{place}"),
        None => name.clone(),
    };
    let called = match place.filter(|_| several) {
        Some(place) => format!("{name} {place}"),
        None => name.clone(),
    };
    Chip {
        path,
        name,
        id,
        called,
    }
}

/// What the chip sits in or on: for a disk its own name for itself, for an NVMe the slot, else the
/// device, such as `1-0040` (bus 1, address 0x40). The names `nvme0` and `0:0:0:0` are given out in
/// the order in which disks are found.
fn place(root: &Root, chip: &str) -> Option<String> {
    if let Ok(wwid) = class::attribute(root, &format!("{chip}/device/wwid")) {
        let words: Vec<&str> = wwid.split_ascii_whitespace().collect();
        if !words.is_empty() {
            return Some(words.join("_"));
        }
    }
    let link = |path: &str| root.link_end(&format!("{chip}/{path}"));
    link("device/device").or_else(|_| link("device")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;
    use std::os::unix::fs::symlink;

    fn link(tree: &Tree, path: &str, target: &str) {
        symlink(target, tree.path().join("sys/class/hwmon").join(path)).unwrap();
    }

    fn names(tree: &Tree) -> Vec<(String, String)> {
        let (chips, _) = chips(&tree.root(), |name| name != "acpitz").unwrap();
        chips.into_iter().map(|c| (c.id, c.called)).collect()
    }

    fn pair(id: &str, called: &str) -> (String, String) {
        (id.to_owned(), called.to_owned())
    }

    #[test]
    fn a_chip_keeps_its_id_under_another_number() {
        let tree = Tree::new()
            .file("sys/class/hwmon/hwmon0/name", "acpitz\n")
            .file("sys/class/hwmon/hwmon2/name", "ina219\n")
            .file("sys/class/hwmon/hwmon5/name", "pwmfan\n");
        link(&tree, "hwmon2/device", "../../../1-0040");
        let expected = [pair("ina219/1-0040", "ina219"), pair("pwmfan", "pwmfan")];
        assert_eq!(names(&tree), expected);
    }

    #[test]
    fn several_of_a_kind_are_told_apart_by_their_place() {
        let tree = Tree::new()
            .file("sys/class/hwmon/hwmon0/name", "ina219\n")
            .file("sys/class/hwmon/hwmon1/name", "ina219\n")
            .file("sys/class/hwmon/hwmon2/name", "nvme\n")
            .file("sys/class/hwmon/hwmon2/device/model", "Disk\n")
            .file("sys/class/hwmon/hwmon3/name", "drivetemp\n")
            .file("sys/class/hwmon/hwmon3/device/wwid", "t10.ATA  Disk  7\n");
        link(&tree, "hwmon0/device", "../../../1-0041");
        link(&tree, "hwmon1/device", "../../../1-0040");
        link(&tree, "hwmon2/device/device", "../../../0000:01:00.0");
        let expected = [
            pair("ina219/1-0041", "ina219 1-0041"),
            pair("ina219/1-0040", "ina219 1-0040"),
            pair("nvme/0000:01:00.0", "nvme"),
            pair("drivetemp/t10.ATA_Disk_7", "drivetemp"),
        ];
        assert_eq!(names(&tree), expected);
    }

    #[test]
    fn two_that_say_no_place_stay_two() {
        let tree = Tree::new()
            .file("sys/class/hwmon/hwmon0/name", "pwmfan\n")
            .file("sys/class/hwmon/hwmon1/name", "pwmfan\n");
        let expected = [pair("pwmfan", "pwmfan"), pair("pwmfan/hwmon1", "pwmfan")];
        assert_eq!(names(&tree), expected);
    }
}
