//! What the device tree says of the board: its model, its chip, and numbers for the probes of the
//! firmware.

use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use picket_wire::Missing;

/// Where the kernel shows the device tree; on a machine without one there is nothing.
const DEVICE_TREE: &str = "/proc/device-tree";

/// A Raspberry Pi.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RaspberryPi {
    /// Such as `Raspberry Pi 5 Model B Rev 1.0`; empty if only its chip is known.
    pub(super) model: String,
    /// Its chip.
    pub(super) chip: Chip,
}

/// What the firmware can do depends on the generation of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chip {
    /// BCM2835, BCM2836, BCM2837: Raspberry Pi 1 to 3 and Zero. The boot loader is in the chip and
    /// on the card, and has no settings.
    Bcm283x,
    /// BCM2711: Raspberry Pi 4 and 400, Compute Module 4.
    Bcm2711,
    /// BCM2712: Raspberry Pi 5 and 500, Compute Module 5. Its power chip measures.
    Bcm2712,
    /// A newer one, or one that is not named.
    Other,
}

/// Beginnings of a Raspberry Pi's `compatible`.
const OF_A_RASPBERRY_PI: [&str; 3] = ["raspberrypi,", "brcm,bcm27", "brcm,bcm28"];

/// Chips by their names; those of 2708 to 2710 are what older kernels of the maker called them.
const CHIPS: [(&str, Chip); 8] = [
    ("brcm,bcm2835", Chip::Bcm283x),
    ("brcm,bcm2836", Chip::Bcm283x),
    ("brcm,bcm2837", Chip::Bcm283x),
    ("brcm,bcm2708", Chip::Bcm283x),
    ("brcm,bcm2709", Chip::Bcm283x),
    ("brcm,bcm2710", Chip::Bcm283x),
    ("brcm,bcm2711", Chip::Bcm2711),
    ("brcm,bcm2712", Chip::Bcm2712),
];

impl RaspberryPi {
    /// This machine, if it is one.
    ///
    /// # Errors
    /// The device tree is there and cannot be read.
    pub(super) fn of(root: &Root) -> Result<Option<RaspberryPi>, Missing> {
        let model = strings(root, "model")?.into_iter().next();
        let model = model.unwrap_or_default();
        let compatible = strings(root, "compatible")?;
        let begins = |name: &String| OF_A_RASPBERRY_PI.iter().any(|of| name.starts_with(of));
        if !model.starts_with("Raspberry Pi") && !compatible.iter().any(begins) {
            return Ok(None);
        }
        let named = |name: &String| CHIPS.iter().find(|(chip, _)| chip == name);
        let chip = compatible.iter().find_map(named);
        let chip = chip.map_or(Chip::Other, |(_, chip)| *chip);
        Ok(Some(RaspberryPi { model, chip }))
    }
}

/// The texts of a property, without the zeros that end them; none if it is not there. One that says
/// nothing is garbled: no board is without a name.
fn strings(root: &Root, property: &str) -> Result<Vec<String>, Missing> {
    match text(root, property) {
        Ok(text) if text.is_empty() => Err(Missing::Garbled),
        Ok(text) => Ok(text.split('\0').map(str::to_owned).collect()),
        Err(Errno::ENOENT | Errno::ENOTDIR) => Ok(Vec::new()),
        Err(errno) => Err(reason(errno)),
    }
}

/// A property that is a text, without the zero that ends it.
///
/// # Errors
/// What reading it answered.
pub(super) fn text(root: &Root, property: &str) -> Result<String, Errno> {
    let mut source = Source::new(format!("{DEVICE_TREE}/{property}"));
    source
        .read(root)
        .map(|text| text.trim_end_matches('\0').to_owned())
}

/// A property that is one number, which the device tree keeps with the highest byte first.
///
/// # Errors
/// What reading it answered; `EBADMSG` if it is not 4 bytes long.
pub(super) fn number(root: &Root, property: &str) -> Result<u32, Errno> {
    let mut source = Source::new(format!("{DEVICE_TREE}/{property}"));
    let bytes = source.read_bytes(root)?;
    bytes
        .try_into()
        .map(u32::from_be_bytes)
        .map_err(|_| Errno::EBADMSG)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    fn machine(model: &str, compatible: &str) -> Option<(String, Chip)> {
        let tree = Tree::new();
        for (property, text) in [("model", model), ("compatible", compatible)] {
            if !text.is_empty() {
                tree.write(&format!("proc/device-tree/{property}"), text);
            }
        }
        let pi = RaspberryPi::of(&tree.root()).unwrap();
        pi.map(|pi| (pi.model, pi.chip))
    }

    #[test]
    fn a_raspberry_pi_is_known_by_its_model_or_its_chip() {
        for (model, compatible, expected) in [
            (
                "Raspberry Pi 5 Model B Rev 1.0\0",
                "raspberrypi,5-model-b\0brcm,bcm2712\0",
                Some(("Raspberry Pi 5 Model B Rev 1.0", Chip::Bcm2712)),
            ),
            (
                "Raspberry Pi Zero 2 W Rev 1.0\0",
                "raspberrypi,model-zero-2-w\0brcm,bcm2837\0",
                Some(("Raspberry Pi Zero 2 W Rev 1.0", Chip::Bcm283x)),
            ),
            ("", "brcm,bcm2711\0", Some(("", Chip::Bcm2711))),
            (
                "Raspberry Pi 9\0",
                "",
                Some(("Raspberry Pi 9", Chip::Other)),
            ),
            ("Pine64 Rock64\0", "pine64,rock64\0rockchip,rk3328\0", None),
        ] {
            let expected = expected.map(|(model, chip)| (model.to_owned(), chip));
            assert_eq!(machine(model, compatible), expected, "{model} {compatible}");
        }
        assert_eq!(RaspberryPi::of(&Tree::new().root()), Ok(None));
    }

    #[test]
    fn a_device_tree_that_cannot_be_read_is_not_taken_for_another_machine() {
        let tree = Tree::new();
        std::fs::create_dir_all(tree.path().join("proc/device-tree/model")).unwrap();
        assert_eq!(RaspberryPi::of(&tree.root()), Err(Missing::Garbled));
        for property in ["model", "compatible"] {
            let tree = Tree::new()
                .file("proc/device-tree/model", "Raspberry Pi 9\0")
                .file("proc/device-tree/compatible", "raspberrypi,9\0")
                .file(&format!("proc/device-tree/{property}"), "");
            assert_eq!(RaspberryPi::of(&tree.root()), Err(Missing::Garbled));
        }
    }

    #[test]
    fn a_number_has_its_highest_byte_first_and_is_4_bytes_long() {
        let tree = Tree::new().file("proc/device-tree/short", "\0\0\x01");
        let max_current = tree.path().join("proc/device-tree/max_current");
        std::fs::write(&max_current, [0, 0, 0x13, 0x88]).unwrap();
        assert_eq!(number(&tree.root(), "max_current"), Ok(5000));
        std::fs::write(&max_current, [0, 0xd0, 0x41, 0x70]).unwrap();
        assert_eq!(number(&tree.root(), "max_current"), Ok(0x00d0_4170));
        assert_eq!(number(&tree.root(), "short"), Err(Errno::EBADMSG));
        assert_eq!(number(&tree.root(), "nothing"), Err(Errno::ENOENT));
    }
}
