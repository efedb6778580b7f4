//! Whether the node comes back by itself when its power was cut and returns.
//!
//! A Raspberry Pi boots when power comes, but for those since the 5 whose boot loader is told
//! otherwise: with `POWER_OFF_ON_HALT=1` and `WAIT_FOR_POWER_BUTTON=1` it waits for a hand or the
//! clock's alarm (raspberrypi/rpi-eeprom, release notes of 2025-01-13).

use crate::probe::device_tree::{Chip, RaspberryPi};
use crate::probe::mailbox::{self, Command, Unanswered};
use crate::root::Root;
use picket_wire::{Missing, Returns};

const WAIT: &str = "WAIT_FOR_POWER_BUTTON";
const POWER_OFF: &str = "POWER_OFF_ON_HALT";

/// What is known, and what that rests on.
pub(super) fn read(root: &Root, pi: Result<Option<RaspberryPi>, Missing>) -> (Returns, String) {
    let unknown = |because: &str| (Returns::Unknown, because.to_owned());
    match pi.map(|pi| pi.map(|pi| pi.chip)) {
        Ok(None) => unknown("what the firmware does when power returns stands nowhere"),
        Ok(Some(Chip::Bcm283x)) => {
            let because = "no boot loader settings: boots when power returns";
            (Returns::Yes, because.to_owned())
        }
        Ok(Some(Chip::Bcm2711 | Chip::Bcm2712 | Chip::Other)) => {
            match mailbox::ask(root, Command::BootloaderConfig).map_err(Unanswered::missing) {
                Ok(settings) => judge(&settings),
                Err(Missing::Denied) => unknown("boot loader settings: denied, needs group video"),
                Err(why) => unknown(&format!("boot loader settings: {why}")),
            }
        }
        Err(why) => unknown(&format!("device tree: {why}")),
    }
}

/// What a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setting {
    On,
    Off,
    /// It is on for some boards or moments only, or it is something else than 0 and 1.
    Unclear,
}

/// Whether a line is a setting such as `BOOT_UART=1`. An answer without a single one is no settings,
/// of which what does not stand would be off.
fn is_setting(line: &str) -> bool {
    let of_a_key = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    line.split_once('=').is_some_and(|(key, _)| {
        let key = key.trim();
        key.starts_with(|c: char| c.is_ascii_uppercase()) && key.chars().all(of_a_key)
    })
}

/// What the boot loader's settings say.
fn judge(settings: &str) -> (Returns, String) {
    if !settings.lines().any(is_setting) {
        let because = "boot loader: its answer has no setting";
        return (Returns::Unknown, because.to_owned());
    }
    let (returns, because) = match (setting(settings, WAIT), setting(settings, POWER_OFF)) {
        (Setting::Off, _) => (Returns::Yes, format!("{WAIT}=0")),
        (Setting::On, Setting::On) => (Returns::No, format!("{WAIT}=1")),
        // It is said to wait only with both; nobody should rely on that.
        (Setting::On, Setting::Off) => (Returns::Unknown, format!("{WAIT}=1 {POWER_OFF}=0")),
        (Setting::On, Setting::Unclear) => (Returns::Unknown, format!("{POWER_OFF} is unclear")),
        (Setting::Unclear, _) => (Returns::Unknown, format!("{WAIT} is unclear")),
    };
    (returns, format!("boot loader: {because}"))
}

/// A setting among lines of `KEY=VALUE` under `[filters]`; off where it does not stand. Only what
/// stands before all filters or under `[all]` holds for every board, and the last one counts.
fn setting(settings: &str, key: &str) -> Setting {
    let mut for_all = true;
    let mut never = false;
    let mut found = Setting::Off;
    for line in settings.lines().map(str::trim) {
        if let Some(filter) = line.strip_prefix('[') {
            for_all = filter == "all]";
            never = filter == "none]" || (never && !for_all);
            continue;
        }
        let value = match line.split_once('=') {
            Some((name, value)) if name.trim() == key && !never => value.trim(),
            _ => continue,
        };
        let value = match value {
            "0" => Setting::Off,
            "1" => Setting::On,
            _ => Setting::Unclear,
        };
        if for_all || value == found {
            found = value;
        } else {
            found = Setting::Unclear;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    #[test]
    fn a_board_waits_for_a_hand_only_where_it_is_told_to() {
        for (settings, expected) in [
            ("", Returns::Unknown),
            ("777", Returns::Unknown),
            (
                "error=1 error_msg=\"Command not registered\"",
                Returns::Unknown,
            ),
            (
                "[all]\nBOOT_UART=1\nWAKE_ON_GPIO=1\nPOWER_OFF_ON_HALT=0\n",
                Returns::Yes,
            ),
            ("[all]\nPOWER_OFF_ON_HALT=1\n", Returns::Yes),
            (
                "POWER_OFF_ON_HALT=1\nWAIT_FOR_POWER_BUTTON=1\n",
                Returns::No,
            ),
            (
                "[all]\r\nPOWER_OFF_ON_HALT=1\r\nWAIT_FOR_POWER_BUTTON = 1\r\n",
                Returns::No,
            ),
            ("WAIT_FOR_POWER_BUTTON=1\n", Returns::Unknown),
            (
                "#WAIT_FOR_POWER_BUTTON=1\nPOWER_OFF_ON_HALT=1",
                Returns::Yes,
            ),
            (
                "WAIT_FOR_POWER_BUTTON=1\nPOWER_OFF_ON_HALT=1\nWAIT_FOR_POWER_BUTTON=0",
                Returns::Yes,
            ),
            ("WAIT_FOR_POWER_BUTTON=maybe\n", Returns::Unknown),
            (
                "POWER_OFF_ON_HALT=1\n[pi5]\nWAIT_FOR_POWER_BUTTON=1\n",
                Returns::Unknown,
            ),
            (
                "POWER_OFF_ON_HALT=1\n[pi5]\nWAIT_FOR_POWER_BUTTON=0\n",
                Returns::Yes,
            ),
            (
                "POWER_OFF_ON_HALT=1\n[none]\nWAIT_FOR_POWER_BUTTON=1\n",
                Returns::Yes,
            ),
            (
                "[none]\n[all]\nWAIT_FOR_POWER_BUTTON=1\nPOWER_OFF_ON_HALT=1",
                Returns::No,
            ),
            (
                "WAIT_FOR_POWER_BUTTON=1\n[gpio4=1]\nPOWER_OFF_ON_HALT=1",
                Returns::Unknown,
            ),
        ] {
            let (returns, because) = judge(settings);
            assert_eq!(returns, expected, "{settings:?}");
            assert!(because.len() <= picket_wire::section::MAX_TEXT, "{because}");
        }
        let (_, because) = judge("POWER_OFF_ON_HALT=1\nWAIT_FOR_POWER_BUTTON=1");
        assert_eq!(because, "boot loader: WAIT_FOR_POWER_BUTTON=1");
    }

    fn of(tree: &Tree) -> (Returns, String) {
        read(&tree.root(), RaspberryPi::of(&tree.root()))
    }

    #[test]
    fn what_cannot_be_asked_is_unknown_unless_there_is_nothing_to_ask() {
        let compatible = "proc/device-tree/compatible";
        let pi = |chip| Tree::new().file(compatible, chip);
        assert_eq!(of(&pi("brcm,bcm2837\0")).0, Returns::Yes);
        let hidden = pi("brcm,bcm2711\0").file("sys/class/misc/vcio/uevent", "");
        for (tree, because) in [
            (hidden, "boot loader settings: denied, needs group video"),
            (pi("brcm,bcm2712\0"), "boot loader settings: not_supported"),
            (
                Tree::new(),
                "what the firmware does when power returns stands nowhere",
            ),
        ] {
            assert_eq!(of(&tree), (Returns::Unknown, because.to_owned()));
        }
        assert_eq!(
            read(&Tree::new().root(), Err(Missing::Denied)).1,
            "device tree: denied"
        );
    }
}
