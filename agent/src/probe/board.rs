//! What the board, its boot loader and the last boot say of themselves.
//!
//! A machine that is no Raspberry Pi says nothing here: the serial number of a PC is for root
//! alone, and what its firmware does when power returns stands nowhere.

mod reset;
mod returns;

use super::device_tree::{RaspberryPi, number, text};
use super::{Board, Found, Probe, RARE};
use crate::root::Root;
use crate::source::Source;
use picket_wire::{Quantity, section};
use std::time::Duration;

/// Where the boot loader leaves what it knows.
const BOOT_LOADER: &str = "chosen/bootloader";
const VERSION: &str = "version";
/// The documentation spells it with an underscore, boards with a hyphen.
const BUILT: [&str; 2] = ["build-timestamp", "build_timestamp"];

const CPUINFO: &str = "/proc/cpuinfo";
/// Most bytes of it: a few hundred for each core.
const MAX_CPUINFO: usize = 64 * 1024;

/// The probe.
#[derive(Debug, Default)]
pub struct BoardFacts {}

impl Probe for BoardFacts {
    fn quantities(&self) -> &'static [Quantity] {
        &[]
    }

    fn every(&self) -> Duration {
        RARE
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let cpuinfo = cpuinfo(root);
        let (reset_reason, reset_source) = reset::read(root);
        let (returns, returns_because) = returns::read(root, RaspberryPi::of(root));
        let built = |name: &&str| number(root, &format!("{BOOT_LOADER}/{name}")).ok();
        out.board = Some(Board {
            revision: number(root, "system/linux,revision")
                .ok()
                .or_else(|| u32::from_str_radix(field(&cpuinfo, "Revision")?, 16).ok())
                .unwrap_or_default(),
            serial: clean(
                &text(root, "serial-number")
                    .ok()
                    .or_else(|| field(&cpuinfo, "Serial").map(str::to_owned))
                    .unwrap_or_default(),
            ),
            boot_loader: clean(
                &text(root, &format!("{BOOT_LOADER}/{VERSION}")).unwrap_or_default(),
            ),
            boot_loader_built_s: BUILT.iter().find_map(built).unwrap_or_default(),
            reset_reason: clean(&reset_reason),
            reset_source: clean(&reset_source),
            returns,
            returns_because: clean(&returns_because),
        });
    }
}

fn cpuinfo(root: &Root) -> String {
    let mut source = Source::with_limit(CPUINFO, MAX_CPUINFO);
    source.read(root).unwrap_or_default().to_owned()
}

/// What stands behind a name, such as `d04170` behind `Revision` and a colon.
fn field<'a>(cpuinfo: &'a str, name: &str) -> Option<&'a str> {
    let fields = cpuinfo.lines().filter_map(|line| line.split_once(':'));
    let mut of_it = fields.filter(|(key, _)| key.trim() == name);
    of_it.next().map(|(_, value)| value.trim())
}

/// A text as the facts carry it: cut, and without characters that do something to a terminal.
fn clean(text: &str) -> String {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    section::cut(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;
    use picket_wire::Returns;

    fn board(tree: &Tree) -> Board {
        let mut found = Found::default();
        BoardFacts::default().read(&tree.root(), &mut found);
        assert_eq!(found.measured, []);
        found.board.unwrap()
    }

    fn bytes(tree: Tree, path: &str, bytes: &[u8]) -> Tree {
        let tree = tree.file(path, "");
        std::fs::write(tree.path().join(path), bytes).unwrap();
        tree
    }

    fn pi_5() -> Tree {
        let tree = Tree::new()
            .file("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
            .file(
                "proc/device-tree/compatible",
                "raspberrypi,5-model-b\0brcm,bcm2712\0",
            )
            .file("proc/device-tree/serial-number", "5a6b7c8d9e0f1a2b\0")
            .file(
                "proc/device-tree/chosen/bootloader/version",
                "26826259c4b0\0",
            )
            .file(
                "dev/vcio",
                "gencmd bootloader_config = [all]\\nPOWER_OFF_ON_HALT=1\n",
            );
        let tree = bytes(
            tree,
            "proc/device-tree/system/linux,revision",
            &[0, 0xd0, 0x41, 0x70],
        );
        let tree = bytes(
            tree,
            "proc/device-tree/chosen/bootloader/rsts",
            &[0, 0, 0x10, 0],
        );
        bytes(
            tree,
            "proc/device-tree/chosen/power/power_reset",
            &[0, 0, 0, 2],
        )
    }

    #[test]
    fn a_raspberry_pi_tells_of_itself_and_of_its_last_boot() {
        for name in BUILT {
            let path = format!("proc/device-tree/{BOOT_LOADER}/{name}");
            let tree = bytes(pi_5(), &path, &[0x67, 0x36, 0x8f, 0]);
            let expected = Board {
                revision: 0x00d0_4170,
                serial: "5a6b7c8d9e0f1a2b".to_owned(),
                boot_loader: "26826259c4b0".to_owned(),
                boot_loader_built_s: 0x6736_8f00,
                reset_reason: "power-on after under-voltage".to_owned(),
                reset_source: "rsts 0x1000, power_reset 0x2".to_owned(),
                returns: Returns::Yes,
                returns_because: "boot loader: WAIT_FOR_POWER_BUTTON=0".to_owned(),
            };
            assert_eq!(board(&tree), expected);
        }
    }

    #[test]
    fn what_the_device_tree_does_not_say_stands_in_cpuinfo() {
        let cpuinfo = "processor\t: 0\nCPU revision\t: 4\n\nRevision\t: a020d3\n\
                       Serial\t\t: 00000000deadbeef\nModel\t\t: Raspberry Pi 3 Model B Plus Rev 1.3\n";
        let found = board(&Tree::new().file("proc/cpuinfo", cpuinfo));
        assert_eq!(
            (found.revision, found.serial.as_str()),
            (0x00a0_20d3, "00000000deadbeef")
        );
    }

    #[test]
    fn a_machine_that_says_nothing_is_known_for_nothing() {
        let nothing =
            board(&Tree::new().file("proc/cpuinfo", "model name\t: Intel(R)\nRevision: x\n"));
        assert_eq!((nothing.revision, nothing.boot_loader_built_s), (0, 0));
        assert_eq!(
            nothing.serial + &nothing.boot_loader + &nothing.reset_reason,
            ""
        );
        assert_eq!(nothing.returns, Returns::Unknown);
    }

    #[test]
    fn a_text_is_cut_and_cannot_reach_into_a_terminal() {
        let long = format!("\u{1b}[31m{}\n\0", "é".repeat(100));
        let tree = Tree::new().file("proc/device-tree/serial-number", &long);
        let serial = board(&tree).serial;
        assert_eq!(serial, format!("[31m{}", "é".repeat(30)));
        assert!(serial.len() <= section::MAX_TEXT);
    }
}
