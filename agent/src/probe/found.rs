//! What probes find out: readings, and what the facts tell of the board and its disks.

use crate::parts::Named;
use picket_wire::{MediumKind, Missing, Quantity, Returns, Value};
use serde::{Deserialize, Serialize};

/// What a reading is about, before the part has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The node itself, part 0.
    Node,
    /// A part.
    Part(Named),
}

/// The right whose lack keeps a probe from its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// Membership of the group `video`, which owns the firmware's mailbox.
    GroupVideo,
    /// CAP_SYS_RAWIO and the whole disk's node, for a card's own commands.
    SysRawio,
    /// CAP_SYS_ADMIN and the controller's node, for an NVMe's own commands.
    SysAdmin,
    /// CAP_SYSLOG, for the kernel's messages.
    Syslog,
    /// CAP_SYS_PTRACE, for what other users' processes write.
    SysPtrace,
    /// CAP_DAC_READ_SEARCH, for files of others.
    DacReadSearch,
}

impl Needs {
    /// What to give, in words for the owner.
    pub const fn words(self) -> &'static str {
        match self {
            Needs::GroupVideo => "group video",
            Needs::SysRawio => "CAP_SYS_RAWIO",
            Needs::SysAdmin => "CAP_SYS_ADMIN",
            Needs::Syslog => "CAP_SYSLOG",
            Needs::SysPtrace => "CAP_SYS_PTRACE",
            Needs::DacReadSearch => "CAP_DAC_READ_SEARCH",
        }
    }
}

/// What a probe found out: a reading whose part has no number yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// What was measured.
    pub quantity: Quantity,
    /// What it is about.
    pub about: About,
    /// The number in the quantity's unit and decimals, or why there is none.
    pub value: Value,
    /// The right that would give a value, where the reading is denied and that is known; beside a
    /// value, the right that would read it anew, because it is as old as the boot.
    pub needs: Option<Needs>,
}

impl Measured {
    /// A reading of the node itself.
    pub fn of_node(quantity: Quantity, value: Value) -> Measured {
        Measured {
            quantity,
            about: About::Node,
            value,
            needs: None,
        }
    }

    /// A reading of a part.
    pub fn of_part(quantity: Quantity, part: &Named, value: Value) -> Measured {
        Measured {
            about: About::Part(part.clone()),
            ..Measured::of_node(quantity, value)
        }
    }

    /// Whether it was looked for, and is not there.
    fn has_none(&self) -> bool {
        matches!(self.value, Err(Missing::NotFitted | Missing::NotSupported))
    }

    /// The same reading; if it is denied, this right would give it.
    pub fn needing(self, needs: Needs) -> Measured {
        let needs = (self.value == Err(Missing::Denied)).then_some(needs);
        Measured { needs, ..self }
    }
}

/// What a disk says of itself. What it does not say is 0 or empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Medium {
    /// The disk's part.
    pub disk: Named,
    /// What kind of medium it is.
    pub kind: MediumKind,
    /// Number of the maker: MID of the CID.
    pub maker: u32,
    /// Whom it was made for: OID of the CID.
    pub oem: u16,
    /// The name of the product.
    pub product: String,
    /// The serial number.
    pub serial: String,
    /// Revision of hardware and firmware.
    pub revision: String,
    /// Year and month in which it was made.
    pub made: (u16, u8),
    /// Its size.
    pub size_kib: u64,
}

/// One of those who write most to a disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The disk's part; none where it is not known to which disk it writes.
    pub disk: Option<Named>,
    /// A systemd unit, a container, or a program.
    pub name: String,
    /// What it wrote in the window.
    pub written_kib: u64,
    /// Length of the window in seconds, at least 1.
    pub over_s: u32,
}

/// What the board says of itself and of its last boot. What it does not say is 0 or empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// The revision code.
    pub revision: u32,
    /// The serial number.
    pub serial: String,
    /// Version of the boot loader.
    pub boot_loader: String,
    /// When the boot loader was built, in seconds since 1970.
    pub boot_loader_built_s: u32,
    /// Why the machine was reset, in words.
    pub reset_reason: String,
    /// What that was read from.
    pub reset_source: String,
    /// Whether the node comes back by itself when power returns after a halt.
    pub returns: Returns,
    /// What that rests on.
    pub returns_because: String,
}

impl Medium {
    /// As a frame carries it; the number is that of the disk's part.
    pub fn on_wire(&self, part: u8) -> picket_wire::Medium<'_> {
        picket_wire::Medium {
            part,
            kind: self.kind.code(),
            maker: self.maker,
            oem: self.oem,
            product: &self.product,
            serial: &self.serial,
            revision: &self.revision,
            made_year: self.made.0,
            made_month: self.made.1,
            size_kib: self.size_kib,
        }
    }
}

impl Board {
    /// As a frame carries it.
    pub fn on_wire(&self) -> picket_wire::Board<'_> {
        picket_wire::Board {
            revision: self.revision,
            serial: &self.serial,
            boot_loader: &self.boot_loader,
            boot_loader_built_s: self.boot_loader_built_s,
            reset_reason: &self.reset_reason,
            reset_source: &self.reset_source,
            returns: self.returns.code(),
            returns_because: &self.returns_because,
        }
    }
}

/// Everything that a probe, or all of them together, found out at one reading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The readings.
    pub measured: Vec<Measured>,
    /// What the board says; none from a probe that does not ask it.
    pub board: Option<Board>,
    /// What the disks say; none from a probe that does not ask them.
    pub media: Option<Vec<Medium>>,
    /// Who writes most; none from a probe that does not ask, or whose window is not over.
    pub writers: Option<Vec<Writer>>,
}

impl Found {
    /// Adds a reading.
    pub fn push(&mut self, measured: Measured) {
        self.measured.push(measured);
    }

    /// Adds a reading of the node itself.
    pub fn of_node(&mut self, quantity: Quantity, value: Value) {
        self.push(Measured::of_node(quantity, value));
    }

    /// Adds a reading of a part.
    pub fn of_part(&mut self, quantity: Quantity, part: &Named, value: Value) {
        self.push(Measured::of_part(quantity, part, value));
    }

    /// Adds every quantity of a probe as missing on the node, for one reason.
    pub fn all_missing(&mut self, quantities: &[Quantity], why: Missing) {
        let missing = |&quantity| Measured::of_node(quantity, Err(why));
        self.measured.extend(quantities.iter().map(missing));
    }

    /// Adds what another probe found. What only one of them can say is taken from the later one. What
    /// both miss on the node, because neither knows a part that has it, is said once: by the one
    /// that could not look, if there is one.
    pub fn add(&mut self, other: Found) {
        for measured in other.measured {
            let twin = self.measured.iter_mut().find(|m| {
                let same = m.quantity == measured.quantity && m.about == measured.about;
                same && m.value.is_err() && measured.value.is_err()
            });
            match twin {
                Some(twin) if twin.has_none() => *twin = measured,
                Some(_) => {}
                None => self.measured.push(measured),
            }
        }
        self.board = other.board.or(self.board.take());
        if let Some(media) = other.media {
            self.media.get_or_insert_default().extend(media);
        }
        self.writers = other.writers.or(self.writers.take());
    }
}

impl Extend<Measured> for Found {
    fn extend<T: IntoIterator<Item = Measured>>(&mut self, measured: T) {
        self.measured.extend(measured);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_probes_miss_on_the_node_is_said_once_by_the_one_that_could_not_look() {
        let found = |value| {
            let mut found = Found::default();
            found.of_node(Quantity::VOLTAGE, value);
            found
        };
        let (none, denied) = (Err(Missing::NotFitted), Err(Missing::Denied));
        for (one, other, expected) in [
            (none, denied, &[denied][..]),
            (denied, none, &[denied]),
            (denied, Err(Missing::Garbled), &[denied]),
            (
                none,
                Err(Missing::NotSupported),
                &[Err(Missing::NotSupported)],
            ),
            (Ok(5), none, &[Ok(5), none]),
        ] {
            let mut both = found(one);
            both.add(found(other));
            let values: Vec<Value> = both.measured.iter().map(|m| m.value).collect();
            assert_eq!(values, expected, "{one:?} {other:?}");
        }
    }
}
