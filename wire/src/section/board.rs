//! What rarely changes of the board under a node, where there is one that says it.

use super::MAX_TEXT;
use serde::{Deserialize, Serialize};

/// What the board, its boot loader and the last boot say of themselves. What is not known is 0 or
/// empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board<'a> {
    /// The board's revision code (Raspberry Pi: `Revision` of `/proc/cpuinfo`).
    pub revision: u32,
    /// The board's serial number.
    pub serial: &'a str,
    /// Version of the boot loader, such as the hash of its source.
    pub boot_loader: &'a str,
    /// When the boot loader was built, in seconds since 1970.
    pub boot_loader_built_s: u32,
    /// Why the machine was reset, in words, such as `power-on`; empty if nobody says.
    pub reset_reason: &'a str,
    /// What the reset reason was read from, such as `rsts 0x1000`.
    pub reset_source: &'a str,
    /// Whether the node comes back by itself when power returns after a halt: code of a
    /// [`Returns`].
    pub returns: u8,
    /// What that rests on, such as `WAIT_FOR_POWER_BUTTON=1`.
    pub returns_because: &'a str,
}

/// Whether a node that was halted comes back by itself when its power was cut and returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Returns {
    /// Nobody says.
    Unknown,
    /// It boots when power returns.
    Yes,
    /// It waits for somebody to press a button.
    No,
    /// Code of a newer node.
    Other(u8),
}

impl Returns {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            Returns::Unknown => 0,
            Returns::Yes => 1,
            Returns::No => 2,
            Returns::Other(code) => code,
        }
    }

    /// The meaning of a code.
    pub const fn from_code(code: u8) -> Returns {
        match code {
            0 => Returns::Unknown,
            1 => Returns::Yes,
            2 => Returns::No,
            other => Returns::Other(other),
        }
    }

    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            Returns::Unknown | Returns::Other(_) => "unknown",
            Returns::Yes => "yes",
            Returns::No => "no",
        }
    }
}

impl Board<'_> {
    /// The texts.
    const fn texts(&self) -> [&str; 5] {
        [
            self.serial,
            self.boot_loader,
            self.reset_reason,
            self.reset_source,
            self.returns_because,
        ]
    }

    /// Whether every text is within its bound.
    pub(super) fn fits(&self) -> bool {
        self.texts().iter().all(|text| text.len() <= MAX_TEXT)
    }
}
