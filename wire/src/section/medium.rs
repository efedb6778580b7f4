//! What a disk or card says of who made it.

use super::MAX_TEXT;
use core::fmt;
use serde::{Deserialize, Serialize};

/// What kind of medium a disk is. A code of a newer node stays a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MediumKind {
    /// A card in a slot.
    Sd,
    /// Soldered flash with an MMC interface.
    Emmc,
    /// A disk on PCI Express.
    Nvme,
    /// A disk on SATA, or behind a USB bridge.
    Ata,
    /// A kind of a newer node, by its code; 0 if nobody says.
    Unknown(u8),
}

impl MediumKind {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            MediumKind::Sd => 1,
            MediumKind::Emmc => 2,
            MediumKind::Nvme => 3,
            MediumKind::Ata => 4,
            MediumKind::Unknown(code) => code,
        }
    }

    /// The kind of a code.
    pub const fn from_code(code: u8) -> MediumKind {
        match code {
            1 => MediumKind::Sd,
            2 => MediumKind::Emmc,
            3 => MediumKind::Nvme,
            4 => MediumKind::Ata,
            other => MediumKind::Unknown(other),
        }
    }

    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            MediumKind::Sd => "sd",
            MediumKind::Emmc => "emmc",
            MediumKind::Nvme => "nvme",
            MediumKind::Ata => "ata",
            MediumKind::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for MediumKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a disk says of itself. What is not known is 0 or empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medium<'a> {
    /// Number of the disk's part.
    pub part: u8,
    /// Code of a [`MediumKind`].
    pub kind: u8,
    /// Number of the maker (SD and eMMC: MID of the CID; SD Association and JEDEC).
    pub maker: u32,
    /// Whom it was made for (OID of the CID), its two characters as a number.
    pub oem: u16,
    /// The name of the product.
    pub product: &'a str,
    /// The serial number.
    pub serial: &'a str,
    /// Revision of hardware and firmware.
    pub revision: &'a str,
    /// Year in which it was made.
    pub made_year: u16,
    /// Month in which it was made, from 1.
    pub made_month: u8,
    /// Its size.
    pub size_kib: u64,
}

impl Medium<'_> {
    /// What kind of medium it is.
    pub fn medium_kind(&self) -> MediumKind {
        MediumKind::from_code(self.kind)
    }

    /// Whether every text is within its bound.
    pub(super) fn fits(&self) -> bool {
        let texts = [self.product, self.serial, self.revision];
        texts.iter().all(|text| text.len() <= MAX_TEXT)
    }
}
