//! The temperature of SATA and USB disks, asked of none that may be about to sleep.
//!
//! To ask a disk for its temperature starts the time anew after which it sleeps, and wakes some
//! (Linux, Documentation/hwmon/drivetemp.rst). So it is asked only when it did something since the
//! look before: then it is awake, and falls asleep later by the time between two looks at most.

use super::super::{Measured, RARE, SLOW};
use super::{Chip, MAX_SENSORS, class, number, part};
use crate::root::Root;
use picket_wire::{Missing, Quantity, Value};
use std::collections::BTreeMap;

/// What the kernel calls the sensor of such a disk.
const NAME: &str = "drivetemp";
/// For so many looks in a row what a disk said last counts while it does nothing: as long as what is
/// asked rarely.
const LOOKS: u64 = RARE.as_secs() / SLOW.as_secs();

/// The disks, and what was seen of each, by the id of its chip.
#[derive(Debug, Default)]
pub(super) struct Drives {
    seen: BTreeMap<String, Seen>,
}

/// A disk at the look before.
#[derive(Debug)]
struct Seen {
    /// What it had done until then, as the kernel counts it.
    done: String,
    /// What it said when it was asked last; *busy* if it never was.
    said: Value,
    /// Looks since it did something.
    idle: u64,
}

impl Drives {
    /// The temperature of each disk. *Busy*: it has done nothing for an hour, or since the first
    /// look, and is left alone. What nobody knows of whether it is used is not asked either, and
    /// missing for that reason.
    pub(super) fn read(&mut self, root: &Root, chips: &[Chip]) -> Vec<Measured> {
        let drives = chips.iter().filter(|chip| chip.name == NAME);
        let drives: Vec<&Chip> = drives.take(MAX_SENSORS).collect();
        self.seen
            .retain(|id, _| drives.iter().any(|chip| chip.id == *id));
        let mut measured = Vec::new();
        for chip in drives {
            let value = self.temperature(root, chip);
            let part = part(root, chip, "temp1", false);
            measured.push(Measured::of_part(Quantity::TEMPERATURE, &part, value));
        }
        measured
    }

    fn temperature(&mut self, root: &Root, chip: &Chip) -> Value {
        let done = done(root, chip).inspect_err(|_| {
            self.seen.remove(&chip.id);
        })?;
        let Some(seen) = self.seen.get_mut(&chip.id) else {
            let seen = Seen {
                done,
                said: Err(Missing::Busy),
                idle: 0,
            };
            self.seen.insert(chip.id.clone(), seen);
            return Err(Missing::Busy);
        };
        if seen.done == done {
            seen.idle = seen.idle.saturating_add(1);
            return match seen.idle < LOOKS {
                true => seen.said,
                false => Err(Missing::Busy),
            };
        }
        let text = class::attribute(root, &format!("{}/temp1_input", chip.path));
        *seen = Seen {
            done,
            said: text.and_then(|text| number::deci_celsius(&text)),
            idle: 0,
        };
        seen.said
    }
}

/// What the disk below a chip has done, as the kernel counts it (Linux, Documentation/block/stat.rst).
/// Commands that are passed through, such as that for the temperature, are not among it.
fn done(root: &Root, chip: &Chip) -> Result<String, Missing> {
    let block = format!("{}/device/block", chip.path);
    let disks = class::entries(root, &block)?;
    let disk = disks.first().ok_or(Missing::NotSupported)?;
    let text = class::attribute(root, &format!("{block}/{disk}/stat"))?;
    match text.trim() {
        "" => Err(Missing::Garbled),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::chip::chips;
    use super::*;
    use crate::testing::Tree;

    const CHIP: &str = "sys/class/hwmon/hwmon1";
    const BUSY: Value = Err(Missing::Busy);

    fn machine() -> Tree {
        Tree::new()
            .file(&format!("{CHIP}/name"), "drivetemp\n")
            .file(&format!("{CHIP}/temp1_input"), "31000\n")
            .file(&format!("{CHIP}/device/wwid"), "naa.5\n")
            .file(&format!("{CHIP}/device/block/sda/stat"), " 1 0 8 2 0\n")
    }

    fn works(tree: &Tree, number: u64) {
        let stat = format!(" {number} 0 8 2 0\n");
        tree.write(&format!("{CHIP}/device/block/sda/stat"), &stat);
    }

    fn warms(tree: &Tree, milli_celsius: &str) {
        tree.write(&format!("{CHIP}/temp1_input"), milli_celsius);
    }

    fn look(drives: &mut Drives, tree: &Tree) -> Value {
        let (chips, _) = chips(&tree.root(), |_| true).unwrap();
        let measured = drives.read(&tree.root(), &chips);
        assert_eq!(measured.len(), 1);
        measured[0].value
    }

    #[test]
    fn a_disk_is_asked_only_when_it_did_something_since_the_look_before() {
        let (tree, mut drives) = (machine(), Drives::default());
        assert_eq!(look(&mut drives, &tree), BUSY, "it may be asleep");
        assert_eq!(look(&mut drives, &tree), BUSY);
        works(&tree, 2);
        assert_eq!(look(&mut drives, &tree), Ok(310));
        // It would say something else, if it were asked.
        warms(&tree, "40000\n");
        assert_eq!(look(&mut drives, &tree), Ok(310));
        works(&tree, 3);
        assert_eq!(look(&mut drives, &tree), Ok(400));
    }

    #[test]
    fn what_a_disk_said_before_it_rested_for_an_hour_counts_no_more() {
        let (tree, mut drives) = (machine(), Drives::default());
        let _ = look(&mut drives, &tree);
        works(&tree, 2);
        for number in 0..LOOKS {
            assert_eq!(look(&mut drives, &tree), Ok(310), "{number}");
        }
        assert_eq!(look(&mut drives, &tree), BUSY);
        works(&tree, 3);
        assert_eq!(look(&mut drives, &tree), Ok(310));
    }

    #[test]
    fn a_disk_of_which_nobody_knows_whether_it_is_used_is_not_asked() {
        let stat = format!("{CHIP}/device/block/sda/stat");
        let (tree, mut drives) = (machine(), Drives::default());
        tree.write(&stat, "");
        assert_eq!(look(&mut drives, &tree), Err(Missing::Garbled));
        works(&tree, 2);
        assert_eq!(look(&mut drives, &tree), BUSY, "there is no look before");
        let none = Tree::new()
            .file(&format!("{CHIP}/name"), "drivetemp\n")
            .file(&format!("{CHIP}/temp1_input"), "31000\n");
        assert_eq!(look(&mut drives, &none), Err(Missing::NotSupported));
    }
}
