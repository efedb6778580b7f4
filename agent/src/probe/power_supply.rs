//! Batteries and mains supplies that the kernel knows (Linux,
//! Documentation/ABI/testing/sysfs-class-power).

use super::class::{self, Member};
use super::{Found, Measured, Needs, Probe, number};
use crate::parts::Named;
use crate::root::Root;
use picket_wire::{Missing, PartKind, Quantity, Value};
use std::ops::RangeInclusive;

/// Most supplies that are read.
pub const MAX_SUPPLIES: usize = 8;

const CLASS: &str = "/sys/class/power_supply";

/// What a supply can have, in microvolts, microamperes and microwatts. A current or power that
/// flows back is negative.
const POSSIBLE_MICRO_VOLTS: RangeInclusive<i64> = 0..=1_000_000_000;
const POSSIBLE_MICRO_AMPERES: RangeInclusive<i64> = -1_000_000_000..=1_000_000_000;
const POSSIBLE_MICRO_WATTS: RangeInclusive<i64> = -100_000_000_000..=100_000_000_000;
/// In tenths of a degree.
const POSSIBLE_DECI_CELSIUS: RangeInclusive<i64> = -600..=2_000;
/// A gauge that models its cell goes a little beyond full.
const POSSIBLE_PERCENT: RangeInclusive<i64> = 0..=120;

/// What is read only where the driver has it: the file, the quantity, and what is possible. All are
/// millionths but the temperature.
const EXTRAS: [(&str, Quantity, RangeInclusive<i64>); 3] = [
    ("current_now", Quantity::CURRENT, POSSIBLE_MICRO_AMPERES),
    ("power_now", Quantity::POWER, POSSIBLE_MICRO_WATTS),
    ("temp", Quantity::TEMPERATURE, POSSIBLE_DECI_CELSIUS),
];

/// What is missing on the node where there is no such supply. Voltage and the like are not among
/// them: other probes answer for these.
const QUANTITIES: [Quantity; 3] = [
    Quantity::BATTERY_CHARGE,
    Quantity::BATTERY_DISCHARGING,
    Quantity::SUPPLY_OFFLINE,
];
/// What a supply could have said that does not say what it is.
const ALL: [Quantity; 7] = [
    Quantity::BATTERY_CHARGE,
    Quantity::BATTERY_DISCHARGING,
    Quantity::SUPPLY_OFFLINE,
    Quantity::VOLTAGE,
    Quantity::CURRENT,
    Quantity::POWER,
    Quantity::TEMPERATURE,
];

/// The probe. Batteries of mice and keyboards are none of this machine.
#[derive(Debug, Default)]
pub struct PowerSupplies {}

/// What a supply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A battery, or a UPS.
    Battery,
    /// Mains, or power by USB.
    Mains,
}

impl Probe for PowerSupplies {
    fn quantities(&self) -> &'static [Quantity] {
        &QUANTITIES
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let members = match class::members(root, CLASS, "", "type") {
            Ok(members) => members,
            Err(why) => return out.all_missing(&QUANTITIES, why),
        };
        let known = members.named.iter().filter_map(|member| {
            let kind = kind(&member.name)?;
            (!is_of_a_device(root, member)).then_some((kind, member))
        });
        let mut measured = Vec::new();
        for (kind, member) in known.take(MAX_SUPPLIES) {
            supply(root, kind, member, &mut measured);
        }
        let quantities = members.unread.map_or(&QUANTITIES[..], |_| &ALL);
        measured.extend(class::unanswered(quantities, &measured, members.unread));
        out.extend(
            measured
                .into_iter()
                .map(|m| m.needing(Needs::DacReadSearch)),
        );
    }
}

/// By the `type` that a supply says. The types of USB are `USB`, `USB_C`, `USB_PD` and so on.
fn kind(said: &str) -> Option<Kind> {
    match said {
        "Battery" | "UPS" => Some(Kind::Battery),
        "Mains" => Some(Kind::Mains),
        usb if usb.starts_with("USB") => Some(Kind::Mains),
        _ => None,
    }
}

/// Whether it supplies something that is attached, such as a mouse, and not this machine.
fn is_of_a_device(root: &Root, member: &Member) -> bool {
    let scope = class::attribute(root, &format!("{}/scope", member.path));
    scope.is_ok_and(|scope| scope.trim() == "Device")
}

fn supply(root: &Root, kind: Kind, member: &Member, out: &mut Vec<Measured>) {
    let name = member.path.rsplit('/').next().unwrap_or_default();
    let part = Named::new(PartKind::PowerSupply, &format!("supply/{name}"), name);
    let read = |file: &str| class::attribute(root, &format!("{}/{file}", member.path));
    let mut say = |quantity, value| out.push(Measured::of_part(quantity, &part, value));
    match kind {
        Kind::Battery => {
            let charge = read("capacity");
            let charge = charge.and_then(|text| number::within(&text, POSSIBLE_PERCENT));
            say(Quantity::BATTERY_CHARGE, charge);
            let discharging = read("status").and_then(|text| discharging(&text));
            say(Quantity::BATTERY_DISCHARGING, discharging);
        }
        Kind::Mains => say(
            Quantity::SUPPLY_OFFLINE,
            read("online").and_then(|text| offline(&text)),
        ),
    }
    let voltage = read("voltage_now");
    // Most mains supplies measure nothing.
    if kind == Kind::Battery || voltage != Err(Missing::NotSupported) {
        let voltage = voltage.and_then(|text| number::coarser(&text, POSSIBLE_MICRO_VOLTS, 1000));
        say(Quantity::VOLTAGE, voltage);
    }
    for (file, quantity, possible) in EXTRAS {
        let step = if quantity == Quantity::TEMPERATURE {
            1
        } else {
            1000
        };
        match read(file) {
            Err(Missing::NotSupported) => {}
            text => say(
                quantity,
                text.and_then(|text| number::coarser(&text, possible, step)),
            ),
        }
    }
}

/// Whether a battery gives current. A gauge that measures no current, such as a MAX17040, says
/// `Unknown`.
fn discharging(status: &str) -> Value {
    match status.trim() {
        "Discharging" => Ok(1),
        "Charging" | "Not charging" | "Full" => Ok(0),
        "Unknown" => Err(Missing::NotSupported),
        _ => Err(Missing::Garbled),
    }
}

/// `online` is 0 without power, 1 with a fixed voltage, 2 with one that was agreed on. It is asked
/// of mains and USB alone: batteries have it too, and the driver of the MAX17040 always says 1.
fn offline(online: &str) -> Value {
    match number::within(online, 0..=2)? {
        0 => Ok(1),
        _ => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::About;
    use crate::testing::Tree;

    fn rows(tree: &Tree) -> Vec<(String, Quantity, Value)> {
        let mut out = Found::default();
        PowerSupplies::default().read(&tree.root(), &mut out);
        let row = |m: Measured| match m.about {
            About::Node => ("node".to_owned(), m.quantity, m.value),
            About::Part(part) => (part.id().to_owned(), m.quantity, m.value),
        };
        out.measured.into_iter().map(row).collect()
    }

    fn expected(part: &str, values: &[(Quantity, Value)]) -> Vec<(String, Quantity, Value)> {
        let row = |(quantity, value): &(Quantity, Value)| (part.to_owned(), *quantity, *value);
        values.iter().map(row).collect()
    }

    fn tree(name: &str, files: &[(&str, &str)]) -> Tree {
        files.iter().fold(Tree::new(), |tree, (file, content)| {
            tree.file(&format!("sys/class/power_supply/{name}/{file}"), content)
        })
    }

    const NONE: Value = Err(Missing::NotSupported);
    const NOT_FITTED: Value = Err(Missing::NotFitted);

    #[test]
    fn a_gauge_whose_online_is_wired_to_1_tells_nothing_of_the_mains() {
        let max17040 = tree(
            "battery",
            &[
                ("type", "Battery\n"),
                ("status", "Unknown\n"),
                ("online", "1\n"),
                ("voltage_now", "4047500\n"),
                ("capacity", "93\n"),
            ],
        );
        let rows = rows(&max17040);
        let node = expected("node", &[(Quantity::SUPPLY_OFFLINE, NOT_FITTED)]);
        let battery = [
            (Quantity::BATTERY_CHARGE, Ok(93)),
            (Quantity::BATTERY_DISCHARGING, NONE),
            (Quantity::VOLTAGE, Ok(4048)),
        ];
        assert_eq!(rows, [expected("supply/battery", &battery), node].concat());
    }

    #[test]
    fn a_battery_says_all_that_its_driver_has() {
        let battery = tree(
            "BAT0",
            &[
                ("type", "Battery\n"),
                ("status", "Discharging\n"),
                ("voltage_now", "11874000\n"),
                ("current_now", "-1320499\n"),
                ("power_now", "15680000\n"),
                ("temp", "271\n"),
                ("capacity", "101\n"),
            ],
        );
        let values = [
            (Quantity::BATTERY_CHARGE, Ok(101)),
            (Quantity::BATTERY_DISCHARGING, Ok(1)),
            (Quantity::VOLTAGE, Ok(11_874)),
            (Quantity::CURRENT, Ok(-1320)),
            (Quantity::POWER, Ok(15_680)),
            (Quantity::TEMPERATURE, Ok(271)),
        ];
        assert_eq!(rows(&battery)[..6], expected("supply/BAT0", &values));
    }

    #[test]
    fn mains_are_off_or_on_and_a_mouse_is_no_supply() {
        let with = |online| {
            tree("AC", &[("type", "Mains\n"), ("online", online)])
                .file("sys/class/power_supply/hid-1/type", "Battery\n")
                .file("sys/class/power_supply/hid-1/scope", "Device\n")
        };
        for (online, value) in [
            ("1\n", Ok(0)),
            ("2\n", Ok(0)),
            ("0\n", Ok(1)),
            ("3\n", Err(Missing::Garbled)),
            ("\n", Err(Missing::Garbled)),
        ] {
            let node = [
                (Quantity::BATTERY_CHARGE, NOT_FITTED),
                (Quantity::BATTERY_DISCHARGING, NOT_FITTED),
            ];
            let mains = expected("supply/AC", &[(Quantity::SUPPLY_OFFLINE, value)]);
            let all = [mains, expected("node", &node)].concat();
            assert_eq!(rows(&with(online)), all, "{online:?}");
        }
    }

    #[test]
    fn nonsense_is_garbled() {
        let battery = tree(
            "ups",
            &[
                ("type", "UPS\n"),
                ("status", "Dead\n"),
                ("voltage_now", "-1\n"),
                ("capacity", "121\n"),
                ("current_now", ""),
                ("temp", "99999\n"),
            ],
        );
        let rows = rows(&battery);
        assert_eq!(rows.len(), 6);
        let garbled = |row: &(String, Quantity, Value)| row.2 == Err(Missing::Garbled);
        assert!(rows[..5].iter().all(garbled), "{rows:?}");
    }

    #[test]
    fn no_supply_is_not_fitted_no_class_not_supported_and_the_ninth_is_left_out() {
        let node = |value| {
            let quantities = PowerSupplies::default().quantities().iter();
            let values: Vec<_> = quantities.map(|q| (*q, value)).collect();
            expected("node", &values)
        };
        assert_eq!(rows(&Tree::new()), node(NONE));
        let empty = Tree::new().file("sys/class/power_supply/none", "");
        assert_eq!(rows(&empty), node(NOT_FITTED));
        let untold = tree("BAT0", &[("type", "\n")]);
        let values = ALL.map(|quantity| (quantity, Err(Missing::Garbled)));
        assert_eq!(rows(&untold), expected("node", &values));
        let wireless = tree("w", &[("type", "Wireless\n")]);
        assert_eq!(rows(&wireless), node(NOT_FITTED));
        let many = (0..20).fold(Tree::new(), |tree, i| {
            tree.file(&format!("sys/class/power_supply/ac{i}/type"), "Mains\n")
        });
        let offline = |row: &&(String, Quantity, Value)| row.1 == Quantity::SUPPLY_OFFLINE;
        assert_eq!(rows(&many).iter().filter(offline).count(), MAX_SUPPLIES);
    }
}
