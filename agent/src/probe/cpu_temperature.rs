//! The temperature of the processor, from a thermal zone or a hwmon chip that is known by name.

use super::{Found, Measured, Probe};
use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
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

/// What a processor can have while it runs, in thousandths of a degree. Zones without a sensor
/// answer with numbers far outside.
const POSSIBLE_MILLI_CELSIUS: std::ops::RangeInclusive<i64> = -60_000..=200_000;

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
        out.push(Measured::of_node(
            Quantity::CPU_TEMPERATURE,
            self.value(root),
        ));
    }
}

impl CpuTemperature {
    fn value(&mut self, root: &Root) -> Value {
        let mut source = match self.found.take() {
            Some(source) => source,
            None => find(root)?,
        };
        let value = source.read(root).map_err(reason).and_then(deci_celsius);
        // A sensor that has gone is looked for again: the numbers of zones and chips move.
        if !matches!(value, Err(Missing::NotFitted)) {
            self.found = Some(source);
        }
        value
    }
}

/// Thousandths of a degree as text to tenths of a degree.
fn deci_celsius(text: &str) -> Value {
    let milli_celsius: i64 = text.trim().parse().map_err(|_| Missing::Garbled)?;
    if !POSSIBLE_MILLI_CELSIUS.contains(&milli_celsius) {
        return Err(Missing::Garbled);
    }
    Ok((milli_celsius + 50).div_euclid(100))
}

/// The sensor. None of a known name is *not fitted*; a kernel that shows no sensors at all is *not
/// supported*; a name that may not be read is *denied*, because it could have been the one.
fn find(root: &Root) -> Result<Source, Missing> {
    let zone = by_name(root, THERMAL, "thermal_zone", "type", &ZONE_TYPES);
    let zone_missing = match zone {
        Ok(zone) => return Ok(Source::new(format!("{THERMAL}/{zone}/temp"))),
        Err(missing) => missing,
    };
    match by_name(root, HWMON, "hwmon", "name", &CHIP_NAMES) {
        Ok(chip) => Ok(Source::new(format!("{HWMON}/{chip}/temp1_input"))),
        Err(chip_missing) => Err([Missing::Denied, Missing::NotFitted]
            .into_iter()
            .find(|why| zone_missing == *why || chip_missing == *why)
            .unwrap_or(zone_missing)),
    }
}

/// The entry of a class whose name file says the name that stands first in `wanted`.
fn by_name(
    root: &Root,
    class: &str,
    prefix: &str,
    file: &str,
    wanted: &[&str],
) -> Result<String, Missing> {
    let entries = root.list(class).map_err(|errno| match errno {
        Errno::ENOENT => Missing::NotSupported,
        other => reason(other),
    })?;
    let mut best: Option<(usize, String)> = None;
    let mut denied = false;
    for entry in entries
        .into_iter()
        .filter(|entry| entry.starts_with(prefix))
    {
        let mut source = Source::new(format!("{class}/{entry}/{file}"));
        let rank = match source.read(root) {
            Ok(name) => wanted.iter().position(|wanted| *wanted == name.trim()),
            Err(errno) => {
                denied |= reason(errno) == Missing::Denied;
                None
            }
        };
        if let Some(rank) = rank
            && best.as_ref().is_none_or(|(so_far, _)| rank < *so_far)
        {
            best = Some((rank, entry));
        }
    }
    let missing = if denied {
        Missing::Denied
    } else {
        Missing::NotFitted
    };
    best.map(|(_, entry)| entry).ok_or(missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    fn value(tree: &Tree) -> Value {
        CpuTemperature::default().value(&tree.root())
    }

    #[test]
    fn thousandths_become_tenths_and_nonsense_is_garbled() {
        for (text, expected) in [
            ("48251\n", Ok(483)),
            ("48249\n", Ok(482)),
            ("0\n", Ok(0)),
            ("-1049\n", Ok(-10)),
            ("-274000\n", Err(Missing::Garbled)),
            ("999999999999\n", Err(Missing::Garbled)),
            ("99999999999999999999\n", Err(Missing::Garbled)),
            ("48.2\n", Err(Missing::Garbled)),
            ("", Err(Missing::Garbled)),
        ] {
            assert_eq!(deci_celsius(text), expected, "{text:?}");
        }
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
