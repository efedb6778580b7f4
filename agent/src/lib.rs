//! The agent of a Linux node: it reads what this machine says of itself and reports it over MQTT.
//!
//! | file | one idea |
//! |---|---|
//! | `cli` | the command line taken apart, and its help |
//! | `settings`, `broker`, `duration` | what the owner wrote, and what it means |
//! | `root` | the movable root under which `/sys` and `/proc` are looked for |
//! | `device` | what is asked by ioctl and the like; unsafe code is under it alone |
//! | `source` | a small file of the kernel that stays open |
//! | `probe` | one file per thing that is read |
//! | `parts` | the numbers of parts, never reused in a session |
//! | `sampler` | the probes on threads of their own |
//! | `clock`, `identity`, `machine_id` | CLOCK_BOOTTIME; name, boot, session and installation of the node |
//! | `agent_id`, `standing` | the file of the node's secrets; what it makes of this machine |
//! | `tls` | whom the agent speaks TLS with; the only file that knows rustls |
//! | `uplink` | one connection to the broker; only it and what is under it know the MQTT client |
//! | `join`, `replace` | how a machine becomes a node; files that are replaced as a whole |
//! | `octal` | paths in tables of the kernel |
//! | `opened` | files in a folder that others may write into, opened safely |
//! | `agent` | what the agent knows between two things that happen |
//! | `run` | tasks and channels; only it spawns tasks, and `rounds` in the process of the scrub |
//! | `notify`, `log`, `complaint` | the service manager, the log, one warning a minute |
//! | `scrub` | the process that has rights, and its link to the agent |
//! | `show`, `check` | readings and settings in words |
#![deny(unsafe_code)]

pub mod agent;
pub mod agent_id;
pub mod broker;
pub mod check;
pub mod cli;
pub mod clock;
pub mod complaint;
pub mod device;
pub mod duration;
pub mod identity;
pub mod join;
pub mod log;
pub mod machine_id;
pub mod notify;
mod octal;
pub mod opened;
pub mod parts;
pub mod probe;
pub mod replace;
pub mod root;
pub mod run;
pub mod sampler;
pub mod scrub;
pub mod settings;
pub mod shared_ids;
pub mod show;
pub mod source;
pub mod standing;
#[cfg(test)]
mod testing;
pub mod tls;
pub mod uplink;
