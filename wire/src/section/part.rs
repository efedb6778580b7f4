//! The things of a node that readings are about.

use super::MAX_TEXT;
use core::fmt;
use serde::{Deserialize, Serialize};

/// What a part is. A code of a newer node stays a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// The node itself, part 0.
    Node,
    /// A disk or card, by its serial number or CID.
    Disk,
    /// A mounted filesystem.
    Filesystem,
    /// A sensor, a rail or a fan by its name.
    Sensor,
    /// A power supply or a battery.
    PowerSupply,
    /// A network interface.
    Interface,
    /// A kind of a newer node, by its code.
    Unknown(u8),
}

impl PartKind {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            PartKind::Node => 0,
            PartKind::Disk => 1,
            PartKind::Filesystem => 2,
            PartKind::Sensor => 3,
            PartKind::PowerSupply => 4,
            PartKind::Interface => 5,
            PartKind::Unknown(code) => code,
        }
    }

    /// The kind of a code.
    pub const fn from_code(code: u8) -> PartKind {
        match code {
            0 => PartKind::Node,
            1 => PartKind::Disk,
            2 => PartKind::Filesystem,
            3 => PartKind::Sensor,
            4 => PartKind::PowerSupply,
            5 => PartKind::Interface,
            other => PartKind::Unknown(other),
        }
    }

    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            PartKind::Node => "node",
            PartKind::Disk => "disk",
            PartKind::Filesystem => "filesystem",
            PartKind::Sensor => "sensor",
            PartKind::PowerSupply => "power_supply",
            PartKind::Interface => "interface",
            PartKind::Unknown(_) => "unknown",
        }
    }
}

/// A thing of a node that readings are about. A number is never reused within a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part<'a> {
    /// What readings name it by.
    pub number: u8,
    /// Code of a [`PartKind`].
    pub kind: u8,
    /// What stays the same over boots, such as `cid/4134…` or `serial/…`; unique in the node.
    pub id: &'a str,
    /// What people call it on this machine, such as `mmcblk0` or `/boot/firmware`.
    pub name: &'a str,
}

impl fmt::Display for PartKind {
    /// The word, and for a kind of a newer node its code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PartKind::Unknown(code) => write!(f, "unknown kind {code}"),
            known => f.pad(known.name()),
        }
    }
}

impl Part<'_> {
    /// What the part is.
    pub fn part_kind(&self) -> PartKind {
        PartKind::from_code(self.kind)
    }
    /// Whether both texts are within their bound.
    pub(super) fn fits(&self) -> bool {
        self.id.len() <= MAX_TEXT && self.name.len() <= MAX_TEXT
    }
}
