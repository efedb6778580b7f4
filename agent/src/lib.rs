//! The agent of a Linux node: it reads what this machine says of itself and reports it over MQTT.
//!
//! | file | one idea |
//! |---|---|
//! | `root` | the movable root under which `/sys` and `/proc` are looked for |
//! | `source` | a small file of the kernel that stays open |
//! | `clock` | CLOCK_BOOTTIME |
//! | `parts` | the numbers of parts, never reused in a session |
//! | `probe` | one file per thing that is read |
#![forbid(unsafe_code)]

pub mod broker;
pub mod clock;
pub mod duration;
pub mod identity;
pub mod parts;
pub mod probe;
pub mod root;
pub mod settings;
pub mod source;
#[cfg(test)]
mod testing;
