//! How fast fans turn and how hard they are driven.

use super::chip::{self, Chip};
use super::{Found, Measured, Needs, Probe, SLOW, class, number};
use crate::parts::Named;
use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use picket_wire::{Missing, PartKind, Quantity, Value};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Most fans that are read.
pub const MAX_FANS: usize = 8;

/// What a fan can turn, in turns a minute.
const POSSIBLE_SPEED: RangeInclusive<i64> = 0..=100_000;
/// Full drive of `pwmN` (Linux, Documentation/hwmon/sysfs-interface.rst).
const FULL_DRIVE: i64 = 255;
/// The chip of a fan at a Raspberry Pi's fan connector; it may lack a tachometer.
const PI_FAN: &str = "pwmfan";
/// Where the boot loader of a Raspberry Pi 5 notes whether it found a fan.
const PI_5_FAN: &str = "/proc/device-tree/cooling_fan/status";

const QUANTITIES: [Quantity; 2] = [Quantity::FAN_SPEED, Quantity::FAN_DUTY];

/// The probe. No fan is *not fitted*, unless the boot loader found one: then this kernel does not
/// support it.
#[derive(Debug, Default)]
pub struct Fan {}

impl Probe for Fan {
    fn quantities(&self) -> &'static [Quantity] {
        &QUANTITIES
    }

    fn every(&self) -> Duration {
        SLOW
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let (chips, mut unread) = match chip::chips(root, |_| true) {
            Ok(found) => found,
            Err(why) => return missing(out, why),
        };
        let mut fans = Vec::new();
        for chip in &chips {
            match numbers(root, chip) {
                Ok(numbers) => fans.extend(numbers.into_iter().map(|number| (chip, number))),
                Err(why) => unread = Some(why),
            }
        }
        fans.truncate(MAX_FANS);
        if let Some(why) = unread {
            missing(out, why);
        } else if fans.is_empty() {
            missing(out, why_none(root));
        }
        for (chip, number) in fans {
            let (chip_id, called) = (&chip.id, &chip.called);
            let id = format!("fan/{chip_id}/{number}");
            let part = Named::new(PartKind::Sensor, &id, &format!("{called} fan{number}"));
            let file = |file: String| class::attribute(root, &format!("{}/{file}", chip.path));
            let speed = file(format!("fan{number}_input"));
            let speed = speed.and_then(|text| number::within(&text, POSSIBLE_SPEED));
            let duty = file(format!("pwm{number}")).and_then(|text| percent(&text));
            for (quantity, value) in [(Quantity::FAN_SPEED, speed), (Quantity::FAN_DUTY, duty)] {
                let measured = Measured::of_part(quantity, &part, value);
                out.push(measured.needing(Needs::DacReadSearch));
            }
        }
    }
}

fn missing(out: &mut Found, why: Missing) {
    let missing = QUANTITIES.map(|quantity| Measured::of_node(quantity, Err(why)));
    out.extend(missing.map(|measured| measured.needing(Needs::DacReadSearch)));
}

/// The numbers of a chip's fans.
fn numbers(root: &Root, chip: &Chip) -> Result<Vec<u16>, Missing> {
    let files = root.list(&chip.path).map_err(reason)?;
    let number = |file: &String| -> Option<u16> {
        let number = file.strip_prefix("fan")?.strip_suffix("_input")?;
        number.parse().ok()
    };
    let mut numbers: Vec<u16> = files.iter().filter_map(number).collect();
    if numbers.is_empty() && chip.name == PI_FAN {
        numbers.push(1);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Without any chip that has a fan.
fn why_none(root: &Root) -> Missing {
    match Source::new(PI_5_FAN).read(root) {
        Ok(status) if status.trim_end_matches('\0') == "okay" => Missing::NotSupported,
        Ok(_) | Err(Errno::ENOENT) => Missing::NotFitted,
        Err(errno) => reason(errno),
    }
}

fn percent(pwm: &str) -> Value {
    let drive = number::within(pwm, 0..=FULL_DRIVE)?;
    Ok((drive * 100 + FULL_DRIVE / 2) / FULL_DRIVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::About;
    use crate::testing::Tree;

    fn rows(tree: &Tree) -> Vec<(String, Quantity, Value)> {
        let mut out = Found::default();
        Fan::default().read(&tree.root(), &mut out);
        let row = |m: Measured| match m.about {
            About::Node => ("node".to_owned(), m.quantity, m.value),
            About::Part(part) => (part.id().to_owned(), m.quantity, m.value),
        };
        out.measured.into_iter().map(row).collect()
    }

    fn both(part: &str, speed: Value, duty: Value) -> [(String, Quantity, Value); 2] {
        let part = part.to_owned();
        [
            (part.clone(), Quantity::FAN_SPEED, speed),
            (part, Quantity::FAN_DUTY, duty),
        ]
    }

    #[test]
    fn the_fan_of_a_pi_5_turns_and_is_driven() {
        let tree = Tree::new()
            .file("sys/class/hwmon/hwmon0/name", "rp1_adc\n")
            .file("sys/class/hwmon/hwmon3/name", "pwmfan\n")
            .file("sys/class/hwmon/hwmon3/fan1_input", "2471\n")
            .file("sys/class/hwmon/hwmon3/pwm1", "75\n");
        assert_eq!(rows(&tree), both("fan/pwmfan/1", Ok(2471), Ok(29)));
    }

    #[test]
    fn a_fan_without_a_tachometer_or_without_a_drive_is_a_fan() {
        let none = Err(Missing::NotSupported);
        let driven = Tree::new()
            .file("sys/class/hwmon/hwmon0/name", "pwmfan\n")
            .file("sys/class/hwmon/hwmon0/pwm1", "255\n");
        assert_eq!(rows(&driven), both("fan/pwmfan/1", none, Ok(100)));
        let turning = Tree::new()
            .file("sys/class/hwmon/hwmon0/name", "emc2301\n")
            .file("sys/class/hwmon/hwmon0/fan2_input", "0\n");
        assert_eq!(rows(&turning), both("fan/emc2301/2", Ok(0), none));
    }

    #[test]
    fn no_fan_is_not_fitted_unless_the_boot_loader_found_one() {
        let none = |why| both("node", Err(why), Err(why));
        let tree = Tree::new().file("sys/class/hwmon/hwmon0/name", "rp1_adc\n");
        assert_eq!(rows(&tree), none(Missing::NotFitted));
        tree.write("proc/device-tree/cooling_fan/status", "disabled\0");
        assert_eq!(rows(&tree), none(Missing::NotFitted));
        tree.write("proc/device-tree/cooling_fan/status", "okay\0");
        assert_eq!(rows(&tree), none(Missing::NotSupported));
        tree.write("sys/class/hwmon/hwmon1/name", "");
        assert_eq!(rows(&tree), none(Missing::Garbled));
        assert_eq!(rows(&Tree::new()), none(Missing::NotSupported));
    }

    #[test]
    fn the_ninth_fan_is_left_out_and_a_drive_is_rounded() {
        let mut tree = Tree::new().file("sys/class/hwmon/hwmon0/name", "nct6775\n");
        for number in 1..20 {
            let input = format!("sys/class/hwmon/hwmon0/fan{number}_input");
            tree = tree.file(&input, "100001\n");
        }
        let rows = rows(&tree);
        assert_eq!(rows.len(), 2 * MAX_FANS);
        assert!(rows.iter().all(|row| row.2.is_err()), "{rows:?}");
        for (pwm, expected) in [
            ("0", Ok(0)),
            ("1", Ok(0)),
            ("2", Ok(1)),
            ("128", Ok(50)),
            ("255", Ok(100)),
            ("256", Err(Missing::Garbled)),
            ("-1", Err(Missing::Garbled)),
        ] {
            assert_eq!(percent(pwm), expected, "{pwm}");
        }
    }
}
