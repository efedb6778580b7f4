//! What every probe is: code that reads one thing on this machine.
//!
//! | file | reads |
//! |---|---|
//! | `cpu_temperature` | `/sys/class/thermal`, else `/sys/class/hwmon` |
//! | `load`, `memory` | what `sysinfo` reads of `/proc` |
//! | `uptime` | the clock |
//! | `disk` | `/sys/block`; `disks` is the one list of disks, for all that say something of one |
//! | `filesystem`, `btrfs` | `/proc/self/mountinfo`, `statvfs`, `/sys/fs/ext4`, `/sys/fs/btrfs` |
//! | `throttle` | `/dev/vcio_gencmd`, `/dev/vcio`, `rpi_volt` |
//! | `frequency` | mailbox, `/sys/devices/system/cpu/cpufreq` |
//! | `pmic` | mailbox: `pmic_read_adc` |
//! | `hwmon` | `/sys/class/hwmon` by name; of a disk only while it is used, by its `stat` |
//! | `power_supply` | `/sys/class/power_supply` |
//! | `fan` | `/sys/class/hwmon`: `pwmfan` and others |
//! | `rtc` | `/sys/class/rtc` |
//! | `board` | device tree, `/proc/cpuinfo`, mailbox |
//! | `mailbox`, `device_tree` | nothing alone: the firmware and the device tree, for the others |
//! | `media`, `cid` | `/sys/block`: who made a disk, a card by its register |
//! | `emmc` | `/dev/mmcblk*`: CMD8 |
//! | `nvme` | `/dev/nvme*`: Get Log Page 2; `disk_health` is what it shares with `smart` |
//! | `smart` | `smartctl -j` |
//! | `sd_health` | `/dev/mmcblk*`: CMD56 |
//! | `writers` | `/sys/fs/cgroup/**/io.stat`, `/proc/*/io` |
//! | `kernel_log` | `/dev/kmsg` |
//! | `pressure` | `/proc/pressure` |
//! | `memory_errors` | `/sys/devices/system/edac`, `/proc/vmstat` |
//! | `link` | `/sys/class/net` |
//! | `own_writes` | `/proc/self/io` |
//! | `wall_clock` | the clocks |
//!
//! Parsing is apart from reading, so that it is tried on texts. A value is never invented: what
//! cannot be read is a missing with its reason. `found` is what comes out; `class` finds devices by
//! what they say they are, `chip` those of hwmon, and `number` reads what they say.

pub mod board;
pub mod btrfs;
mod chip;
pub mod cid;
mod class;
pub mod cpu_temperature;
mod device_tree;
pub mod disk;
pub mod disk_health;
pub mod disks;
pub mod emmc;
pub mod fan;
pub mod filesystem;
pub mod found;
pub mod frequency;
pub mod hwmon;
pub mod kernel_log;
pub mod link;
pub mod load;
mod mailbox;
pub mod media;
pub mod memory;
pub mod memory_errors;
pub mod mountinfo;
mod number;
pub mod nvme;
pub mod own_writes;
pub mod pmic;
pub mod power_supply;
pub mod pressure;
pub mod rtc;
pub mod sd_health;
pub mod smart;
pub mod throttle;
pub mod uptime;
pub mod wall_clock;
pub mod writers;

pub use found::{About, Board, Found, Measured, Medium, Needs, Writer};

use crate::root::Root;
use crate::source::reason;
use nix::errno::Errno;
use picket_wire::{Missing, Quantity};
use std::time::Duration;

/// How often those are asked who change slowly, such as a fan. Their readings travel as often.
pub const SLOW: Duration = Duration::from_secs(60);
/// How often those are asked who are dear to ask, such as a disk for its health. What they said
/// last travels as often as that of the slow ones. An answer that is no certain one, such as of a
/// disk that was busy, is asked for again sooner.
pub const RARE: Duration = Duration::from_secs(3600);
/// How often what must not be missed is looked at between two samplings.
pub const WATCH: Duration = Duration::from_secs(2);

/// Reads one thing. It may block: it runs on a thread that may wait for a disk.
pub trait Probe: Send {
    /// What it reads; what is missing when nobody knows yet of which parts.
    fn quantities(&self) -> &'static [Quantity];

    /// How often it wants to be asked: zero for each sampling, else [`SLOW`] or [`RARE`].
    fn every(&self) -> Duration {
        Duration::ZERO
    }

    /// Which parts it would ask now, where they may come and go between two of its turns: what it
    /// said last counts only while these are the same. Cheap: it is looked at each [`SLOW`].
    fn subject(&self, _root: &Root) -> Vec<String> {
        Vec::new()
    }

    /// Reads it now. Every quantity is answered, with a value or a missing.
    fn read(&mut self, root: &Root, out: &mut Found);

    /// Whether it wants to look each [`WATCH`] for what does not last until the next sampling.
    fn watches(&self) -> bool {
        false
    }

    /// Looks, and remembers it for the next reading.
    fn watch(&mut self, _root: &Root) {}
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
        Box::new(pressure::Pressure::default()),
        Box::new(memory_errors::MemoryErrors::default()),
        Box::new(link::Links::default()),
        Box::new(own_writes::OwnWrites::default()),
        Box::new(wall_clock::WallClock::default()),
        Box::new(media::Media::default()),
        Box::new(writers::Writers::default()),
    ]
}

/// The probes that ask the firmware or a chip on a bus, which may not answer for a second.
pub fn of_the_firmware() -> Vec<Box<dyn Probe>> {
    vec![
        Box::new(throttle::Throttle::default()),
        Box::new(frequency::Frequency::default()),
        Box::new(pmic::Pmic::default()),
        Box::new(hwmon::PowerMonitors::default()),
        Box::new(hwmon::SlowChips::default()),
        Box::new(power_supply::PowerSupplies::default()),
        Box::new(fan::Fan::default()),
        Box::new(rtc::RtcCell::default()),
        Box::new(board::BoardFacts::default()),
    ]
}

/// The probes that ask a medium, which may take minutes to die.
pub fn of_media() -> Vec<Box<dyn Probe>> {
    vec![Box::new(filesystem::Filesystems::default())]
}

/// The probes that need rights which a process that speaks to the network does not get: they run
/// in the scrub process, and in `picket-agent probe` with the rights of who calls it.
pub fn with_rights() -> Vec<Box<dyn Probe>> {
    with_rights_asking(sd_health::SdHealth::default())
}

/// The same, with the cards that the owner lets be asked for their health.
pub fn with_rights_asking(sd_health: sd_health::SdHealth) -> Vec<Box<dyn Probe>> {
    vec![
        Box::new(emmc::Emmc::default()),
        Box::new(nvme::Nvme::default()),
        Box::new(smart::Smart::default()),
        Box::new(sd_health),
        Box::new(kernel_log::KernelLog::default()),
        Box::new(writers::ProcessWriters::default()),
    ]
}
