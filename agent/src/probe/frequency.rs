//! The processor's clock, as the firmware measures it and as the kernel asks for it, and the
//! voltage of its core.
//!
//! The two clocks differ while the firmware throttles: the kernel does not notice.

use super::mailbox::{self, Command, Unanswered, thousandths};
use super::{Found, Measured, Needs, Probe};
use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use picket_wire::{Missing, Quantity, Value};
use std::ops::RangeInclusive;

const CPUFREQ: &str = "/sys/devices/system/cpu/cpufreq";

/// Clocks that a processor can have, in megahertz.
const POSSIBLE_MEGAHERTZ: RangeInclusive<i64> = 1..=20_000;
/// Voltages that a core can have, in millivolts.
const POSSIBLE_MILLIVOLTS: RangeInclusive<i64> = 100..=5_000;

/// The probe. It looks for the kernel's clock until it has one, because drivers may be loaded
/// later.
#[derive(Debug, Default)]
pub struct Frequency {
    policy: Option<Policy>,
}

/// What the kernel shows of cores that have one clock in common.
#[derive(Debug)]
struct Policy {
    requested: Source,
    limit: Source,
}

impl Probe for Frequency {
    fn quantities(&self) -> &'static [Quantity] {
        &[
            Quantity::CPU_FREQUENCY,
            Quantity::CPU_FREQUENCY_REQUESTED,
            Quantity::CPU_FREQUENCY_LIMIT,
            Quantity::CORE_VOLTAGE,
        ]
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        for (quantity, command, parse) in [
            (
                Quantity::CPU_FREQUENCY,
                Command::MeasureClockArm,
                clock as fn(&str) -> Value,
            ),
            (Quantity::CORE_VOLTAGE, Command::MeasureVoltsCore, voltage),
        ] {
            let text = mailbox::ask(root, command).map_err(Unanswered::missing);
            let value = text.and_then(|text| parse(&text));
            out.push(Measured::of_node(quantity, value).needing(Needs::GroupVideo));
        }
        let (requested, limit) = self.of_the_kernel(root);
        out.of_node(Quantity::CPU_FREQUENCY_REQUESTED, requested);
        out.of_node(Quantity::CPU_FREQUENCY_LIMIT, limit);
    }
}

impl Frequency {
    fn of_the_kernel(&mut self, root: &Root) -> (Value, Value) {
        let mut policy = match self.policy.take() {
            Some(policy) => policy,
            None => match find(root) {
                Ok(policy) => policy,
                Err(why) => return (Err(why), Err(why)),
            },
        };
        let values = (
            megahertz(&mut policy.requested, root),
            megahertz(&mut policy.limit, root),
        );
        // A policy goes with its last core; then another is looked for.
        if values.1.is_ok() {
            self.policy = Some(policy);
        }
        values
    }
}

/// The policy of the fastest cores; the first of those that are equally fast. A kernel that sets no
/// clock, as that of most virtual machines, shows none.
fn find(root: &Root) -> Result<Policy, Missing> {
    let names = root.list(CPUFREQ).map_err(absent)?;
    let policies = names.into_iter().filter(|name| name.starts_with("policy"));
    let mut fastest: Option<(Value, String)> = None;
    for name in policies {
        let mut highest = Source::new(format!("{CPUFREQ}/{name}/cpuinfo_max_freq"));
        let highest = megahertz(&mut highest, root);
        // One that may not be read is still better than none.
        let is_faster = |(so_far, _): &(Value, String)| highest.ok() > so_far.ok();
        if fastest.as_ref().is_none_or(is_faster) {
            fastest = Some((highest, name));
        }
    }
    let (_, name) = fastest.ok_or(Missing::NotSupported)?;
    Ok(Policy {
        requested: Source::new(format!("{CPUFREQ}/{name}/scaling_cur_freq")),
        limit: Source::new(format!("{CPUFREQ}/{name}/scaling_max_freq")),
    })
}

/// A processor always has a clock: a file that is not there is a kernel that does not show it.
fn absent(errno: Errno) -> Missing {
    match reason(errno) {
        Missing::NotFitted => Missing::NotSupported,
        why => why,
    }
}

/// A file in kilohertz.
fn megahertz(source: &mut Source, root: &Root) -> Value {
    source.read(root).map_err(absent).and_then(kilohertz)
}

fn kilohertz(text: &str) -> Value {
    match text.trim() {
        // What the kernel writes where the driver cannot tell.
        "<unknown>" => Err(Missing::NotSupported),
        number => possible(number, 1_000),
    }
}

/// The clock in `frequency(48)=1500398464`; 0 says that there is no such clock.
fn clock(text: &str) -> Value {
    let (name, hertz) = text.trim().split_once('=').ok_or(Missing::Garbled)?;
    if !name.starts_with("frequency(") {
        return Err(Missing::Garbled);
    }
    match hertz {
        "0" => Err(Missing::NotSupported),
        number => possible(number, 1_000_000),
    }
}

/// A number in parts of a megahertz, rounded.
fn possible(number: &str, parts: i64) -> Value {
    let number: i64 = number.parse().map_err(|_| Missing::Garbled)?;
    let megahertz = number.checked_add(parts / 2).ok_or(Missing::Garbled)? / parts;
    if !POSSIBLE_MEGAHERTZ.contains(&megahertz) {
        return Err(Missing::Garbled);
    }
    Ok(megahertz)
}

/// The voltage in `volt=0.8700V`, in millivolts.
fn voltage(text: &str) -> Value {
    let number = text
        .trim()
        .strip_prefix("volt=")
        .and_then(|text| text.strip_suffix('V'));
    let millivolts = number.and_then(thousandths).ok_or(Missing::Garbled)?;
    if !POSSIBLE_MILLIVOLTS.contains(&millivolts) {
        return Err(Missing::Garbled);
    }
    Ok(millivolts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    fn values(probe: &mut Frequency, tree: &Tree) -> [Value; 4] {
        let mut found = Found::default();
        probe.read(&tree.root(), &mut found);
        assert_eq!(found.measured.len(), 4);
        [
            Quantity::CPU_FREQUENCY,
            Quantity::CPU_FREQUENCY_REQUESTED,
            Quantity::CPU_FREQUENCY_LIMIT,
            Quantity::CORE_VOLTAGE,
        ]
        .map(|quantity| {
            let of_it = |m: &&Measured| m.quantity == quantity;
            found.measured.iter().find(of_it).unwrap().value
        })
    }

    fn once(tree: &Tree) -> [Value; 4] {
        values(&mut Frequency::default(), tree)
    }

    fn policy(tree: Tree, number: u8, highest: &str, now: &str) -> Tree {
        let file = |name| format!("sys/devices/system/cpu/cpufreq/policy{number}/{name}");
        tree.file(&file("cpuinfo_max_freq"), highest)
            .file(&file("scaling_max_freq"), highest)
            .file(&file("scaling_cur_freq"), now)
    }

    const NONE: Value = Err(Missing::NotSupported);

    #[test]
    fn the_clock_that_is_differs_from_the_one_that_is_asked_for() {
        let recording = "gencmd measure_clock arm = frequency(48)=600062000\n\
                         gencmd measure_volts core = volt=0.8700V\n";
        let tree = Tree::new().file("dev/vcio", recording);
        let tree = policy(tree, 0, "1800000\n", "1500000\n");
        assert_eq!(once(&tree), [Ok(600), Ok(1500), Ok(1800), Ok(870)]);
    }

    #[test]
    fn a_machine_without_mailbox_shows_what_its_kernel_asks_for_and_a_virtual_one_nothing() {
        assert_eq!(
            once(&policy(Tree::new(), 0, "3400000\n", "800012\n")),
            [NONE, Ok(800), Ok(3400), NONE]
        );
        assert_eq!(once(&Tree::new()), [NONE; 4]);
        let empty = Tree::new().file("sys/devices/system/cpu/cpufreq/boost", "1\n");
        assert_eq!(once(&empty), [NONE; 4]);
    }

    #[test]
    fn a_mailbox_that_is_hidden_is_denied_and_names_the_right() {
        let tree = Tree::new()
            .file("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
            .file("sys/class/misc/vcio/uevent", "");
        let mut found = Found::default();
        Frequency::default().read(&tree.root(), &mut found);
        let denied = found
            .measured
            .iter()
            .filter(|m| m.needs == Some(Needs::GroupVideo));
        let denied: Vec<Quantity> = denied.map(|m| m.quantity).collect();
        assert_eq!(denied, [Quantity::CPU_FREQUENCY, Quantity::CORE_VOLTAGE]);
    }

    #[test]
    fn of_several_kinds_of_cores_the_fastest_count() {
        let tree = policy(Tree::new(), 0, "1800000\n", "408000\n");
        let tree = policy(tree, 4, "2400000\n", "1200000\n");
        let tree = policy(tree, 6, "2400000\n", "600000\n");
        assert_eq!(once(&tree), [NONE, Ok(1200), Ok(2400), NONE]);
    }

    #[test]
    fn a_policy_that_has_gone_is_looked_for_again() {
        let tree = policy(Tree::new(), 0, "1800000\n", "600000\n");
        let mut probe = Frequency::default();
        assert_eq!(values(&mut probe, &tree)[1], Ok(600));
        let gone = Source::new("/sys/devices/system/cpu/cpufreq/policy9/scaling_max_freq");
        probe.policy.as_mut().unwrap().limit = gone;
        assert_eq!(values(&mut probe, &tree)[2], NONE);
        assert_eq!(values(&mut probe, &tree)[2], Ok(1800));
    }

    #[test]
    fn numbers_are_rounded_and_nonsense_is_garbled() {
        const GARBLED: Value = Err(Missing::Garbled);
        for (text, expected) in [
            ("1500000\n", Ok(1500)),
            ("1499500", Ok(1500)),
            ("1499499", Ok(1499)),
            ("<unknown>\n", NONE),
            ("0\n", GARBLED),
            ("-1500000\n", GARBLED),
            ("99999999\n", GARBLED),
            ("9223372036854775807\n", GARBLED),
            ("1.5\n", GARBLED),
            ("", GARBLED),
        ] {
            assert_eq!(kilohertz(text), expected, "{text:?}");
        }
        for (text, expected) in [
            ("frequency(48)=1500398464", Ok(1500)),
            ("frequency(0)=2400000000\n", Ok(2400)),
            ("frequency(45)=0", NONE),
            ("frequency(45)=", GARBLED),
            ("volt=1.2V", GARBLED),
            ("1500398464", GARBLED),
            ("", GARBLED),
        ] {
            assert_eq!(clock(text), expected, "{text:?}");
        }
        for (text, expected) in [
            ("volt=0.8700V", Ok(870)),
            ("volt=1.2375V\n", Ok(1238)),
            ("volt=0.0000V", GARBLED),
            ("volt=87.00V", GARBLED),
            ("volt=0.87", GARBLED),
            ("0.87V", GARBLED),
        ] {
            assert_eq!(voltage(text), expected, "{text:?}");
        }
    }
}
