//! Why the machine was reset, as far as its chips remember.
//!
//! The chip's register RSTS (raspberrypi/linux, `drivers/watchdog/bcm2835_wdt.c`) tells a power-on
//! from the rest. Linux reboots by the watchdog, so that a reboot and a watchdog that bit look the
//! same; the bits 0, 2, 4 to 10 carry the number of a partition and say nothing. The power chip of
//! a Raspberry Pi 5 remembers why it cut the power, and goes on remembering over later reboots.

use crate::probe::device_tree::number;
use crate::root::Root;

/// Where boards and the documentation have the register.
const RSTS: [&str; 3] = [
    "chosen/bootloader/rsts",
    "chosen/bootloader/pm_rsts",
    "chosen/pm_rsts",
];
const POWER_RESET: &str = "chosen/power/power_reset";

/// HADPOR: power came.
const POWER_ON: u32 = 1 << 12;
/// HADWRF: the watchdog, which a reboot uses too. Boot loaders before October 2025 may set it at
/// power-on as well.
const WATCHDOG: u32 = 1 << 5;

/// Why the power chip cut the power, by its bits.
const CAUSES: [(u32, &str); 5] = [
    (1, "over-voltage"),
    (1 << 1, "under-voltage"),
    (1 << 2, "over-temperature"),
    (1 << 3, "its enable pin"),
    (1 << 4, "its watchdog"),
];

/// The reason in words, and what it was read from; empty where nobody says.
pub(super) fn read(root: &Root) -> (String, String) {
    let rsts = RSTS.iter().find_map(|path| number(root, path).ok());
    let power_reset = number(root, POWER_RESET).ok();
    (reason(rsts, power_reset), source(rsts, power_reset))
}

fn reason(rsts: Option<u32>, power_reset: Option<u32>) -> String {
    let power_reset = power_reset.unwrap_or_default();
    let causes = CAUSES.iter().filter(|(bit, _)| power_reset & bit != 0);
    let causes: Vec<&str> = causes.map(|(_, cause)| *cause).collect();
    let after = match causes.as_slice() {
        [] => String::new(),
        causes => format!("after {}", causes.join(", ")),
    };
    match rsts {
        Some(rsts) if rsts & POWER_ON != 0 => format!("power-on {after}").trim_end().to_owned(),
        // The power was not cut this time: the power chip remembers something earlier.
        Some(rsts) if rsts & WATCHDOG != 0 => "reboot or watchdog".to_owned(),
        Some(_) => String::new(),
        None => after,
    }
}

fn source(rsts: Option<u32>, power_reset: Option<u32>) -> String {
    let rsts = rsts.map(|value| format!("rsts {value:#x}"));
    let power_reset = power_reset.map(|value| format!("power_reset {value:#x}"));
    let known: Vec<String> = [rsts, power_reset].into_iter().flatten().collect();
    known.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    #[test]
    fn the_reason_is_named_as_far_as_it_is_known() {
        for (rsts, power_reset, expected) in [
            (Some(0x1000), None, "power-on"),
            (Some(0x1000), Some(0), "power-on"),
            (Some(0x1020), Some(0), "power-on"),
            (Some(0x1000), Some(2), "power-on after under-voltage"),
            (
                Some(0x1000),
                Some(0x12),
                "power-on after under-voltage, its watchdog",
            ),
            (Some(0x1000), Some(0x100), "power-on"),
            (Some(0x20), None, "reboot or watchdog"),
            (Some(0x21), Some(2), "reboot or watchdog"),
            (Some(0x555), None, ""),
            (Some(0), Some(2), ""),
            (None, Some(2), "after under-voltage"),
            (None, None, ""),
        ] {
            assert_eq!(
                reason(rsts, power_reset),
                expected,
                "{rsts:x?} {power_reset:x?}"
            );
        }
    }

    #[test]
    fn the_register_is_found_under_each_of_its_names() {
        for path in RSTS {
            let tree = Tree::new().file(&format!("proc/device-tree/{path}"), "\0\0\x10\0");
            let expected = ("power-on".to_owned(), "rsts 0x1000".to_owned());
            assert_eq!(read(&tree.root()), expected, "{path}");
        }
        assert_eq!(read(&Tree::new().root()), (String::new(), String::new()));
    }
}
