//! What every probe is: code that reads one thing on this machine.
//!
//! | file | reads |
//! |---|---|
//! | `cpu_temperature` | `/sys/class/thermal`, else `/sys/class/hwmon` |
//! | `load`, `memory` | what `sysinfo` reads of `/proc` |
//! | `uptime` | the clock |
//! | `disk` | `/sys/block` |
//! | `filesystem` | `/proc/self/mountinfo`, `statvfs`, `/sys/fs/ext4` |
//!
//! Parsing is apart from reading, so that it is tried on texts. A value is never invented: what
//! cannot be read is a missing with its reason.

pub mod cpu_temperature;
pub mod disk;
pub mod filesystem;
pub mod load;
pub mod memory;
pub mod mountinfo;
pub mod uptime;

use crate::parts::Named;
use crate::root::Root;
use crate::source::reason;
use nix::errno::Errno;
use picket_wire::{Missing, Quantity, Value};

/// What a reading is about, before the part has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The node itself, part 0.
    Node,
    /// A part.
    Part(Named),
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
}

impl Measured {
    /// A reading of the node itself.
    pub fn of_node(quantity: Quantity, value: Value) -> Measured {
        Measured {
            quantity,
            about: About::Node,
            value,
        }
    }

    /// A reading of a part.
    pub fn of_part(quantity: Quantity, part: &Named, value: Value) -> Measured {
        Measured {
            quantity,
            about: About::Part(part.clone()),
            value,
        }
    }
}

/// Reads one thing. It may block: it runs on a thread that may wait for a disk.
pub trait Probe: Send {
    /// What it reads; what is missing when nobody knows yet of which parts.
    fn quantities(&self) -> &'static [Quantity];

    /// Reads it now. Every quantity is answered, with a value or a missing.
    fn read(&mut self, root: &Root, out: &mut Vec<Measured>);
}

/// Every quantity of a probe missing on the node, for one reason.
pub fn all_missing(quantities: &[Quantity], why: Missing, out: &mut Vec<Measured>) {
    out.extend(
        quantities
            .iter()
            .map(|&quantity| Measured::of_node(quantity, Err(why))),
    );
}

/// Why `sysinfo` has no number.
pub(crate) fn refused(error: &sysinfo::Error) -> Missing {
    match error {
        sysinfo::Error::Io(error) => error
            .raw_os_error()
            .map_or(Missing::Garbled, |code| reason(Errno::from_raw(code))),
        sysinfo::Error::Unsupported | sysinfo::Error::Other(_) => Missing::NotSupported,
    }
}

/// The probes of `/proc` and `/sys`, which answer at once unless the kernel itself is stuck.
pub fn of_the_kernel() -> Vec<Box<dyn Probe>> {
    vec![
        Box::new(cpu_temperature::CpuTemperature::default()),
        Box::new(load::Load),
        Box::new(memory::Memory),
        Box::new(uptime::Uptime),
        Box::new(disk::Disks::default()),
    ]
}

/// The probes that ask a medium, which may take minutes to die.
pub fn of_media() -> Vec<Box<dyn Probe>> {
    vec![Box::new(filesystem::Filesystems::default())]
}
