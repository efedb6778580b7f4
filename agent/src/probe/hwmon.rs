//! Voltage, current, power and temperature of the sensors that hwmon names.
//!
//! Only chips that are known are read: what the channels of another one mean nobody can say. The
//! processor's sensor belongs to `cpu_temperature`, `rpi_volt` to `throttle`, fans to `fan`. What is
//! asked of a disk, and when, is apart in `drive`.

mod drive;

use super::chip::{self, Chip};
use super::{Found, Measured, Needs, Probe, SLOW, class, number};
use crate::parts::Named;
use crate::root::Root;
use drive::Drives;
use picket_wire::{Missing, PartKind, Quantity, Value};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Most channels that are read of each group of chips.
pub const MAX_SENSORS: usize = 32;

/// What the files of a chip can say (Linux, Documentation/hwmon/sysfs-interface.rst), in
/// millivolts, milliamperes and microwatts: far more than any of the chips below can measure.
const POSSIBLE_MILLI_VOLTS: RangeInclusive<i64> = -200_000..=200_000;
const POSSIBLE_MILLI_AMPERES: RangeInclusive<i64> = -1_000_000..=1_000_000;
const POSSIBLE_MICRO_WATTS: RangeInclusive<i64> = -100_000_000_000..=100_000_000_000;

/// One channel of a chip: the name that its label and its id are called by, and the files of which
/// it consists, each without its `_input`.
type Channel = (&'static str, &'static [&'static str]);
/// Chips of one kind: their names, and their channels.
type Kind = (&'static [&'static str], &'static [Channel]);

/// Chips that measure the power that flows, for example into the board from the battery of a HAT.
/// Of an INA2xx in1 is the bus, and in0 the shunt, of which the current is computed.
const MONITORS: [Kind; 4] = [
    (
        &[
            "ina209", "ina219", "ina220", "ina226", "ina230", "ina231", "ina234", "ina260",
            "ltc2945",
        ],
        &[("in1", &["in1", "curr1", "power1"])],
    ),
    (
        &["ina228", "ina237", "ina238"],
        &[("in1", &["in1", "curr1", "power1", "temp1"])],
    ),
    (&["ltc4151"], &[("in1", &["in1", "curr1"])]),
    (
        &["ina3221"],
        &[
            ("in1", &["in1", "curr1"]),
            ("in2", &["in2", "curr2"]),
            ("in3", &["in3", "curr3"]),
        ],
    ),
];

/// Chips that change slowly.
const OTHERS: [Kind; 2] = [
    (&["nvme"], &[("temp1", &["temp1"])]),
    (
        &["rp1_adc"],
        &[
            ("in1", &["in1"]),
            ("in2", &["in2"]),
            ("in3", &["in3"]),
            ("in4", &["in4"]),
            ("temp1", &["temp1"]),
        ],
    ),
];

/// What is missing on the node where no chip of either probe has it. Voltage and current are not
/// among them: the probe of the board's own rails answers for these.
const QUANTITIES: [Quantity; 2] = [Quantity::POWER, Quantity::TEMPERATURE];
/// What a chip could have measured that does not say its name.
const ALL: [Quantity; 4] = [
    Quantity::VOLTAGE,
    Quantity::CURRENT,
    Quantity::POWER,
    Quantity::TEMPERATURE,
];

/// The probe of the chips that measure the power that flows, at each sampling. Where there is none
/// it is silent, and [`SlowChips`] says so.
#[derive(Debug, Default)]
pub struct PowerMonitors {}

/// The probe of all other chips, which says too that there is no power monitor.
#[derive(Debug, Default)]
pub struct SlowChips {
    drives: Drives,
}

impl Probe for PowerMonitors {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        if let Ok((chips, _)) = chip::chips(root, |name| channels(&MONITORS, name).is_some()) {
            out.extend(read_chips(root, &MONITORS, &chips));
        }
    }
}

impl Probe for SlowChips {
    fn quantities(&self) -> &'static [Quantity] {
        &[Quantity::TEMPERATURE]
    }

    fn every(&self) -> Duration {
        SLOW
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let (chips, unread) = match chip::chips(root, |_| true) {
            Ok(found) => found,
            Err(why) => return out.all_missing(&QUANTITIES, why),
        };
        let mut measured = read_chips(root, &OTHERS, &chips);
        measured.extend(self.drives.read(root, &chips));
        let has_power = chips.iter().any(|chip| measures_power(&chip.name));
        let quantities: &[Quantity] = match (unread, has_power) {
            (Some(_), _) => &ALL,
            (None, false) => &QUANTITIES,
            (None, true) => &[Quantity::TEMPERATURE],
        };
        measured.extend(class::unanswered(quantities, &measured, unread));
        out.extend(
            measured
                .into_iter()
                .map(|m| m.needing(Needs::DacReadSearch)),
        );
    }
}

/// The channels of a chip of this name, if it is one of these kinds.
fn channels(kinds: &[Kind], name: &str) -> Option<&'static [Channel]> {
    let mut kinds = kinds.iter();
    let (_, channels) = kinds.find(|(names, _)| names.contains(&name))?;
    Some(channels)
}

fn measures_power(chip: &str) -> bool {
    let channels = channels(&MONITORS, chip).unwrap_or_default();
    let mut files = channels.iter().flat_map(|(_, files)| *files);
    files.any(|file| file.starts_with("power"))
}

/// What those chips say that are of these kinds.
fn read_chips(root: &Root, kinds: &[Kind], chips: &[Chip]) -> Vec<Measured> {
    let channels = chips.iter().flat_map(|chip| {
        let channels = channels(kinds, &chip.name).unwrap_or_default();
        let several = channels.len() > 1;
        let of_chip = move |channel| (chip, channel, several);
        channels.iter().map(of_chip)
    });
    let mut measured = Vec::new();
    for (chip, channel, several) in channels.take(MAX_SENSORS) {
        let part = part(root, chip, channel.0, several);
        read_channel(root, chip, &part, channel.1, &mut measured);
    }
    measured
}

/// A channel as a part; one of several goes by its label too, or else its own name.
fn part(root: &Root, chip: &Chip, channel: &str, several: bool) -> Named {
    let id = format!("hwmon/{}/{channel}", chip.id);
    if !several {
        return Named::new(PartKind::Sensor, &id, &chip.called);
    }
    let label = class::attribute(root, &format!("{}/{channel}_label", chip.path));
    let label = label.unwrap_or_default();
    let label = match label.trim() {
        "" => channel,
        label => label,
    };
    Named::new(PartKind::Sensor, &id, &format!("{} {label}", chip.called))
}

fn read_channel(root: &Root, chip: &Chip, part: &Named, files: &[&str], out: &mut Vec<Measured>) {
    for file in files {
        let text = class::attribute(root, &format!("{}/{file}_input", chip.path));
        let (quantity, value) = reading(file, text.as_deref().map_err(|why| *why));
        out.push(Measured::of_part(quantity, part, value).needing(Needs::DacReadSearch));
    }
}

/// What a file says, by the beginning of its name.
fn reading(file: &str, text: Result<&str, Missing>) -> (Quantity, Value) {
    let read = |possible, step| number::coarser(text?, possible, step);
    if file.starts_with("in") {
        (Quantity::VOLTAGE, read(POSSIBLE_MILLI_VOLTS, 1))
    } else if file.starts_with("curr") {
        (Quantity::CURRENT, read(POSSIBLE_MILLI_AMPERES, 1))
    } else if file.starts_with("power") {
        (Quantity::POWER, read(POSSIBLE_MICRO_WATTS, 1000))
    } else {
        (Quantity::TEMPERATURE, text.and_then(number::deci_celsius))
    }
}

#[cfg(test)]
mod tests;
