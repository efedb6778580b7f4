//! Why a reading has no value. A missing reading is data: it never becomes zero, and never "ok".

use core::fmt;

/// The reason, one byte on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Missing {
    /// The machine has no such part.
    NotFitted,
    /// The part may be there, but nothing that is asked tells it: the kernel, the part itself, a
    /// program that is installed.
    NotSupported,
    /// The source refused for lack of rights.
    Denied,
    /// The source was in use by somebody else, sleeps, or is asked later.
    Busy,
    /// The source answered something that cannot be read as a value.
    Garbled,
    /// The source did not answer in time.
    TimedOut,
    /// A reason of a newer node, by its code.
    Unknown(u8),
}

impl Missing {
    /// The code on the wire.
    pub const fn code(self) -> u8 {
        match self {
            Missing::NotFitted => 1,
            Missing::NotSupported => 2,
            Missing::Denied => 3,
            Missing::Busy => 4,
            Missing::Garbled => 5,
            Missing::TimedOut => 6,
            Missing::Unknown(code) => code,
        }
    }

    /// The reason of a code.
    pub const fn from_code(code: u8) -> Missing {
        match code {
            1 => Missing::NotFitted,
            2 => Missing::NotSupported,
            3 => Missing::Denied,
            4 => Missing::Busy,
            5 => Missing::Garbled,
            6 => Missing::TimedOut,
            other => Missing::Unknown(other),
        }
    }

    /// The word that people and JSON see.
    pub const fn name(self) -> &'static str {
        match self {
            Missing::NotFitted => "not_fitted",
            Missing::NotSupported => "not_supported",
            Missing::Denied => "denied",
            Missing::Busy => "busy",
            Missing::Garbled => "garbled",
            Missing::TimedOut => "timed_out",
            Missing::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for Missing {
    /// The word, and for a reason of a newer node its code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::Unknown(code) => write!(f, "unknown reason {code}"),
            known => f.pad(known.name()),
        }
    }
}
