//! Voltage, current, power and temperature of the sensors that hwmon names.
//!
//! Only chips that are known are read: what the channels of another one mean nobody can say. The
//! processor's sensor belongs to `cpu_temperature`, `rpi_volt` to `throttle`, fans to `fan`.

use super::chip::{self, Chip};
use super::{Found, Measured, Needs, Probe, SLOW, class, number};
use crate::parts::Named;
use crate::root::Root;
use picket_wire::{Missing, PartKind, Quantity, Value};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Most channels that are read.
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

/// Chips that change slowly, or are best left alone: asking a disk for its temperature can keep it
/// awake (Linux, Documentation/hwmon/drivetemp.rst).
const OTHERS: [Kind; 2] = [
    (&["nvme", "drivetemp"], &[("temp1", &["temp1"])]),
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

/// The probe of some kinds of chips.
#[derive(Debug)]
pub struct Hwmon {
    kinds: &'static [Kind],
    /// What is missing on the node where there is no such chip. Voltage and current are not among
    /// them: the probe of the board's own rails answers for these.
    quantities: &'static [Quantity],
    /// How often, once such a chip was found.
    often: Duration,
    found: bool,
}

impl Hwmon {
    /// The probe of the chips that measure the power that flows, at each sampling.
    pub fn monitors() -> Hwmon {
        Hwmon {
            kinds: &MONITORS,
            quantities: &[Quantity::POWER],
            often: Duration::ZERO,
            found: false,
        }
    }

    /// The probe of all other chips.
    pub fn others() -> Hwmon {
        Hwmon {
            kinds: &OTHERS,
            quantities: &[Quantity::TEMPERATURE],
            often: SLOW,
            found: false,
        }
    }

    /// The channels of a chip of this name; none if it is none of these kinds.
    fn channels(&self, name: &str) -> &'static [Channel] {
        let mut kinds = self.kinds.iter();
        let kind = kinds.find(|(names, _)| names.contains(&name));
        kind.map_or(&[], |(_, channels)| channels)
    }
}

impl Probe for Hwmon {
    fn quantities(&self) -> &'static [Quantity] {
        self.quantities
    }

    fn every(&self) -> Duration {
        if self.found { self.often } else { SLOW }
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let chips = chip::chips(root, |name| !self.channels(name).is_empty());
        let (chips, why_not) = match chips {
            Ok((chips, unread)) => (chips, unread.unwrap_or(Missing::NotFitted)),
            Err(why) => (Vec::new(), why),
        };
        self.found = !chips.is_empty();
        let channels = chips.iter().flat_map(|chip| {
            let channels = self.channels(&chip.name).iter();
            channels.map(move |channel| (chip, channel))
        });
        let mut measured = Vec::new();
        for (chip, channel) in channels.take(MAX_SENSORS) {
            read_channel(root, chip, channel, &mut measured);
        }
        for &quantity in self.quantities {
            if !measured.iter().any(|m| m.quantity == quantity) {
                measured.push(Measured::of_node(quantity, Err(why_not)));
            }
        }
        out.extend(
            measured
                .into_iter()
                .map(|m| m.needing(Needs::DacReadSearch)),
        );
    }
}

fn read_channel(root: &Root, chip: &Chip, (name, files): &Channel, out: &mut Vec<Measured>) {
    let read = |file: &str| class::attribute(root, &format!("{}/{file}", chip.path));
    let label = read(&format!("{name}_label")).unwrap_or_default();
    let label = match label.trim() {
        "" => name,
        label => label,
    };
    let id = format!("hwmon/{}/{name}", chip.id);
    let part = Named::new(PartKind::Sensor, &id, &format!("{} {label}", chip.called));
    for file in *files {
        let text = read(&format!("{file}_input"));
        let (quantity, value) = reading(file, text.as_deref().map_err(|why| *why));
        out.push(Measured::of_part(quantity, &part, value));
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
