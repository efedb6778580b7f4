//! Voltage and current of the rails of a board whose power chip measures them (Raspberry Pi 5).
//!
//! The firmware answers `pmic_read_adc` with lines such as `VDD_CORE_V volt(15)=0.72097620V`. Of
//! its converters `EXT5V_V` is the board's 5 V input, and `BATT_V` the clock's cell, which the
//! probe of the clock reads of the kernel.

use super::device_tree::{Chip, RaspberryPi, number};
use super::mailbox::{self, Command, Unanswered, thousandths};
use super::{Found, Measured, Needs, Probe, SLOW};
use crate::parts::Named;
use crate::root::Root;
use crate::source::reason;
use nix::errno::Errno;
use picket_wire::{Missing, PartKind, Quantity, Value};
use std::ops::RangeInclusive;
use std::time::Duration;

/// Most lines that are read; a Raspberry Pi 5 says 26.
pub const MAX_LINES: usize = 40;

/// The board's 5 V input.
const INPUT: &str = "EXT5V";
/// The clock's cell.
const CELL: &str = "BATT";

/// What a converter of the board can show, in millivolts and milliamperes. Noise around nothing
/// may be below 0.
const POSSIBLE_MILLIVOLTS: RangeInclusive<i64> = -1_000..=30_000;
const POSSIBLE_MILLIAMPERES: RangeInclusive<i64> = -30_000..=30_000;
/// What a power supply can offer, in milliamperes.
const POSSIBLE_LIMIT: RangeInclusive<u32> = 1..=20_000;

/// Where the boot loader leaves what the power supply offers.
const MAX_CURRENT: &str = "chosen/power/max_current";

/// The probe.
#[derive(Debug, Default)]
pub struct Pmic {}

/// One line of what the firmware says.
#[derive(Debug, PartialEq, Eq)]
struct Line<'a> {
    rail: &'a str,
    quantity: Quantity,
    value: Value,
}

impl Probe for Pmic {
    fn quantities(&self) -> &'static [Quantity] {
        &[
            Quantity::VOLTAGE,
            Quantity::CURRENT,
            Quantity::INPUT_VOLTAGE,
            Quantity::INPUT_CURRENT_LIMIT,
        ]
    }

    fn every(&self) -> Duration {
        SLOW
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let chip = match RaspberryPi::of(root) {
            Ok(pi) => pi.map(|pi| pi.chip),
            Err(why) => return out.all_missing(self.quantities(), why),
        };
        match measured(root, chip) {
            Ok(text) => rails(&text, out),
            Err(why) => {
                for quantity in [
                    Quantity::VOLTAGE,
                    Quantity::CURRENT,
                    Quantity::INPUT_VOLTAGE,
                ] {
                    let missing = Measured::of_node(quantity, Err(why));
                    out.push(missing.needing(Needs::GroupVideo));
                }
            }
        }
        let limit = number(root, MAX_CURRENT);
        let limit = limit.map_err(|errno| match (errno, chip) {
            (Errno::ENOENT | Errno::ENOTDIR, chip) => without(chip),
            (errno, _) => reason(errno),
        });
        out.of_node(
            Quantity::INPUT_CURRENT_LIMIT,
            limit.and_then(possible_limit),
        );
    }
}

/// What the firmware says, or why it says nothing. A board whose chip is known not to measure is
/// not asked: then it does not matter whether it could be.
fn measured(root: &Root, chip: Option<Chip>) -> Result<String, Missing> {
    if without(chip) == Missing::NotFitted {
        return Err(Missing::NotFitted);
    }
    mailbox::ask(root, Command::PmicReadAdc).map_err(Unanswered::missing)
}

/// Why a board has no such number: its power chip does not measure, or nobody knows where to ask.
fn without(chip: Option<Chip>) -> Missing {
    match chip {
        Some(Chip::Bcm283x | Chip::Bcm2711) => Missing::NotFitted,
        Some(Chip::Bcm2712 | Chip::Other) | None => Missing::NotSupported,
    }
}

/// Adds a reading for each line: of the rail, or of the node's input.
fn rails(text: &str, out: &mut Found) {
    let lines: Vec<Line<'_>> = text.lines().filter_map(line).take(MAX_LINES).collect();
    for quantity in [Quantity::VOLTAGE, Quantity::CURRENT] {
        let mut some = false;
        let of_it = lines.iter().filter(|line| line.quantity == quantity);
        for Line { rail, value, .. } in of_it.filter(|line| ![INPUT, CELL].contains(&line.rail)) {
            let part = Named::new(PartKind::Sensor, &format!("pmic/{rail}"), rail);
            out.of_part(quantity, &part, *value);
            some = true;
        }
        if !some {
            out.of_node(quantity, Err(Missing::Garbled));
        }
    }
    let is_input = |line: &&Line<'_>| line.rail == INPUT && line.quantity == Quantity::VOLTAGE;
    let input = lines.iter().find(is_input);
    let input = input.map_or(Err(Missing::Garbled), |line| line.value);
    out.of_node(Quantity::INPUT_VOLTAGE, input);
}

/// A line such as `   VDD_CORE_A current(7)=0.94657990A`; none if it is not of that kind.
fn line(text: &str) -> Option<Line<'_>> {
    let (name, rest) = text.trim().split_once(char::is_whitespace)?;
    let (what, number) = rest.trim_start().split_once('=')?;
    let (what, _) = what.split_once('(')?;
    let (quantity, suffix, unit, possible) = match what {
        "volt" => (Quantity::VOLTAGE, "_V", 'V', POSSIBLE_MILLIVOLTS),
        "current" => (Quantity::CURRENT, "_A", 'A', POSSIBLE_MILLIAMPERES),
        _ => return None,
    };
    let value = number.strip_suffix(unit).and_then(thousandths);
    Some(Line {
        rail: name.strip_suffix(suffix).unwrap_or(name),
        quantity,
        value: value
            .filter(|value| possible.contains(value))
            .ok_or(Missing::Garbled),
    })
}

/// What the power supply offers, in milliamperes.
fn possible_limit(milliamperes: u32) -> Value {
    if !POSSIBLE_LIMIT.contains(&milliamperes) {
        return Err(Missing::Garbled);
    }
    Ok(i64::from(milliamperes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::About;
    use crate::testing::Tree;

    /// As an idle Raspberry Pi 5 answered, shortened.
    const CAPTURED: &str = "gencmd pmic_read_adc =  3V7_WL_SW_A current(0)=0.07709848A\\n\
        \u{20} VDD_CORE_A current(7)=0.94657990A\\n 3V7_WL_SW_V volt(8)=3.69049700V\\n\
        \u{20} VDD_CORE_V volt(15)=0.72097620V\\n     HDMI_V volt(23)=5.11612000V\\n\
        \u{20}   EXT5V_V volt(24)=5.11478000V\\n    BATT_V volt(25)=0.01880340V\\n";

    fn pi(compatible: &str) -> Tree {
        Tree::new()
            .file("proc/device-tree/model", "Raspberry Pi\0")
            .file("proc/device-tree/compatible", compatible)
    }

    fn pi_5() -> Tree {
        let tree = pi("raspberrypi,5-model-b\0brcm,bcm2712\0");
        tree.file("proc/device-tree/chosen/power/max_current", "\0\0\x13\x08")
    }

    fn rows(tree: &Tree) -> Vec<(String, Quantity, Value)> {
        let mut found = Found::default();
        Pmic::default().read(&tree.root(), &mut found);
        let name = |about: &About| match about {
            About::Node => "node".to_owned(),
            About::Part(part) => part.id().to_owned(),
        };
        let row = |m: &Measured| (name(&m.about), m.quantity, m.value);
        found.measured.iter().map(row).collect()
    }

    fn expected(rows: &[(&str, Quantity, Value)]) -> Vec<(String, Quantity, Value)> {
        rows.iter()
            .map(|(part, quantity, value)| ((*part).to_owned(), *quantity, *value))
            .collect()
    }

    /// The four quantities on the node: of the converters, and the limit.
    fn missing(converters: Missing, limit: Value) -> Vec<(String, Quantity, Value)> {
        expected(&[
            ("node", Quantity::VOLTAGE, Err(converters)),
            ("node", Quantity::CURRENT, Err(converters)),
            ("node", Quantity::INPUT_VOLTAGE, Err(converters)),
            ("node", Quantity::INPUT_CURRENT_LIMIT, limit),
        ])
    }

    #[test]
    fn each_rail_is_a_part_and_the_input_is_the_nodes() {
        assert_eq!(
            rows(&pi_5().file("dev/vcio", CAPTURED)),
            expected(&[
                ("pmic/3V7_WL_SW", Quantity::VOLTAGE, Ok(3690)),
                ("pmic/VDD_CORE", Quantity::VOLTAGE, Ok(721)),
                ("pmic/HDMI", Quantity::VOLTAGE, Ok(5116)),
                ("pmic/3V7_WL_SW", Quantity::CURRENT, Ok(77)),
                ("pmic/VDD_CORE", Quantity::CURRENT, Ok(947)),
                ("node", Quantity::INPUT_VOLTAGE, Ok(5115)),
                ("node", Quantity::INPUT_CURRENT_LIMIT, Ok(4872)),
            ])
        );
    }

    #[test]
    fn a_board_whose_power_chip_does_not_measure_says_so_whoever_asks() {
        for chip in ["brcm,bcm2711\0", "brcm,bcm2837\0"] {
            let not_fitted = missing(Missing::NotFitted, Err(Missing::NotFitted));
            assert_eq!(
                rows(&pi(chip).file("sys/class/misc/vcio/uevent", "")),
                not_fitted
            );
            assert_eq!(rows(&pi(chip).file("dev/vcio", "# nothing")), not_fitted);
        }
    }

    #[test]
    fn a_board_that_measures_and_does_not_tell_has_another_reason() {
        for (tree, why) in [
            (
                pi_5().file("dev/vcio", "# an older firmware"),
                Missing::NotSupported,
            ),
            (
                pi_5().file("sys/class/misc/vcio/uevent", ""),
                Missing::Denied,
            ),
            (pi_5(), Missing::NotSupported),
            (
                pi_5().file("dev/vcio", "gencmd pmic_read_adc = error ETIMEDOUT"),
                Missing::TimedOut,
            ),
            (
                pi_5().file("dev/vcio", "gencmd pmic_read_adc = nothing"),
                Missing::Garbled,
            ),
        ] {
            assert_eq!(rows(&tree), missing(why, Ok(4872)));
        }
        let pc = missing(Missing::NotSupported, Err(Missing::NotSupported));
        assert_eq!(rows(&Tree::new()), pc);
    }

    #[test]
    fn a_limit_that_no_power_supply_has_is_garbled() {
        for (bytes, expected) in [
            (&[0, 0, 0x0b, 0xb8][..], Ok(3000)),
            (&[0, 0, 0, 0], Err(Missing::Garbled)),
            (&[0xff, 0xff, 0xff, 0xff], Err(Missing::Garbled)),
            (&[0x0b, 0xb8], Err(Missing::Garbled)),
        ] {
            let tree = pi_5();
            let path = tree.path().join("proc/device-tree").join(MAX_CURRENT);
            std::fs::write(path, bytes).unwrap();
            assert_eq!(rows(&tree)[3].2, expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_line_is_a_rail_and_its_number_or_none() {
        let volts = |rail, value| {
            Some(Line {
                rail,
                quantity: Quantity::VOLTAGE,
                value,
            })
        };
        for (text, expected) in [
            ("  0V8_SW_V volt(14)=0.80219700V", volts("0V8_SW", Ok(802))),
            ("ODD volt(14)=0.8V", volts("ODD", Ok(800))),
            (
                "0V8_SW_V volt(14)=nanV",
                volts("0V8_SW", Err(Missing::Garbled)),
            ),
            (
                "0V8_SW_V volt(14)=0.8",
                volts("0V8_SW", Err(Missing::Garbled)),
            ),
            (
                "0V8_SW_V volt(14)=99.0V",
                volts("0V8_SW", Err(Missing::Garbled)),
            ),
            ("0V8_SW_V volt(14)", None),
            ("0V8_SW_V power(14)=1.0W", None),
            ("0V8_SW_V", None),
            ("", None),
        ] {
            assert_eq!(line(text), expected, "{text}");
        }
    }
}
