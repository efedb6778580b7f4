//! The temperature of the processor, from a thermal zone or a hwmon chip that is known by name.

use super::{Found, Measured, Needs, Probe, class, number};
use crate::root::Root;
use crate::source::{Source, reason};
use picket_wire::{Missing, Quantity, Value};

/// Types of thermal zones that are the processor, the best first. `acpitz` is not among them: it is
/// whatever the maker of the board put there.
pub const ZONE_TYPES: [&str; 8] = [
    "cpu-thermal",
    "cpu_thermal",
    "x86_pkg_temp",
    "soc-thermal",
    "soc_thermal",
    "cpu0-thermal",
    "bigcore0-thermal",
    "package-thermal",
];

/// Names of hwmon chips whose `temp1_input` is the processor, the best first.
pub const CHIP_NAMES: [&str; 5] = [
    "cpu_thermal",
    "coretemp",
    "k10temp",
    "zenpower",
    "soc_thermal",
];

const THERMAL: &str = "/sys/class/thermal";
const HWMON: &str = "/sys/class/hwmon";

/// The probe. It looks for the sensor until it has one, because drivers may be loaded later.
#[derive(Debug, Default)]
pub struct CpuTemperature {
    found: Option<Source>,
}

impl Probe for CpuTemperature {
    fn quantities(&self) -> &'static [Quantity] {
        &[Quantity::CPU_TEMPERATURE]
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let measured = Measured::of_node(Quantity::CPU_TEMPERATURE, self.value(root));
        out.push(measured.needing(Needs::DacReadSearch));
    }
}

impl CpuTemperature {
    fn value(&mut self, root: &Root) -> Value {
        let mut source = match self.found.take() {
            Some(source) => source,
            None => find(root)?,
        };
        let value = source
            .read(root)
            .map_err(reason)
            .and_then(number::deci_celsius);
        // A sensor that has gone is looked for again: the numbers of zones and chips move.
        if !matches!(value, Err(Missing::NotFitted)) {
            self.found = Some(source);
        }
        value
    }
}

/// The sensor. None of a known name is *not fitted*; a kernel that shows no sensors at all is *not
/// supported*; where a name cannot be read it is the reason for that, because it could have been
/// the one.
fn find(root: &Root) -> Result<Source, Missing> {
    let zone_missing = match best(root, THERMAL, "thermal_zone", "type", &ZONE_TYPES) {
        Ok(zone) => return Ok(Source::new(format!("{zone}/temp"))),
        Err(missing) => missing,
    };
    match best(root, HWMON, "hwmon", "name", &CHIP_NAMES) {
        Ok(chip) => Ok(Source::new(format!("{chip}/temp1_input"))),
        Err(chip_missing) => Err(worse(zone_missing, chip_missing)),
    }
}

/// What is known of both: that one could not be read says more than that the other has none.
fn worse(one: Missing, other: Missing) -> Missing {
    match (one, other) {
        (Missing::NotSupported, other) => other,
        (Missing::NotFitted, other) if other != Missing::NotSupported => other,
        (one, _) => one,
    }
}

/// The folder of the device whose name stands first in `wanted`.
fn best(
    root: &Root,
    class: &str,
    prefix: &str,
    file: &str,
    wanted: &[&str],
) -> Result<String, Missing> {
    let members = class::members(root, class, prefix, file)?;
    let rank = |name: &str| wanted.iter().position(|wanted| *wanted == name);
    let known = members.named.iter().filter_map(|member| {
        let rank = rank(&member.name)?;
        Some((rank, &member.path))
    });
    // Of equal ones the first: two processors have two zones.
    match known.min_by_key(|(rank, _)| *rank) {
        Some((_, path)) => Ok(path.clone()),
        None => Err(members.why_not()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    fn value(tree: &Tree) -> Value {
        CpuTemperature::default().value(&tree.root())
    }

    #[test]
    fn the_zone_is_chosen_by_its_type_not_by_its_number() {
        let tree = Tree::new()
            .file("sys/class/thermal/thermal_zone0/type", "acpitz\n")
            .file("sys/class/thermal/thermal_zone0/temp", "16000\n")
            .file("sys/class/thermal/thermal_zone1/type", "x86_pkg_temp\n")
            .file("sys/class/thermal/thermal_zone1/temp", "51000\n");
        assert_eq!(value(&tree), Ok(510));
    }

    #[test]
    fn a_chip_is_taken_where_no_zone_is_the_processor() {
        let tree = Tree::new()
            .file("sys/class/thermal/thermal_zone0/type", "acpitz\n")
            .file("sys/class/hwmon/hwmon0/name", "nvme\n")
            .file("sys/class/hwmon/hwmon3/name", "k10temp\n")
            .file("sys/class/hwmon/hwmon3/temp1_input", "38125\n");
        assert_eq!(value(&tree), Ok(381));
    }

    #[test]
    fn no_sensor_is_not_fitted_and_no_class_is_not_supported() {
        let none = Tree::new().file("sys/class/thermal/cooling_device0/type", "Fan\n");
        assert_eq!(value(&none), Err(Missing::NotFitted));
        assert_eq!(value(&Tree::new()), Err(Missing::NotSupported));
    }

    #[test]
    fn a_name_that_cannot_be_read_is_no_proof_that_there_is_no_sensor() {
        let tree = Tree::new()
            .file("sys/class/thermal/thermal_zone0/type", "\n")
            .file("sys/class/hwmon/hwmon0/name", "nvme\n");
        assert_eq!(value(&tree), Err(Missing::Garbled));
        let (none, no, denied) = (Missing::NotSupported, Missing::NotFitted, Missing::Denied);
        for (one, other, expected) in [
            (none, none, none),
            (none, no, no),
            (no, none, no),
            (no, denied, denied),
            (denied, no, denied),
            (denied, none, denied),
        ] {
            assert_eq!(worse(one, other), expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_sensor_that_was_renumbered_is_found_again() {
        let tree = Tree::new()
            .file("sys/class/hwmon/hwmon0/name", "coretemp\n")
            .file("sys/class/hwmon/hwmon0/temp1_input", "40000\n");
        let mut probe = CpuTemperature::default();
        assert_eq!(probe.value(&tree.root()), Ok(400));
        let hwmon = tree.path().join("sys/class/hwmon");
        probe.found = Some(Source::new("/sys/class/hwmon/hwmon7/temp1_input"));
        std::fs::rename(hwmon.join("hwmon0"), hwmon.join("hwmon4")).unwrap();
        assert_eq!(probe.value(&tree.root()), Err(Missing::NotFitted));
        assert_eq!(probe.value(&tree.root()), Ok(400));
    }
}
