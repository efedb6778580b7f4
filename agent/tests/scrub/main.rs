//! Passes over real filesystems that are spoilt behind their back, or changed by everybody.
#![expect(
    clippy::unwrap_used,
    reason = "a test program ends where it cannot go on"
)]

mod changes;
mod flips;
mod passes;
mod power_cut;
mod seed;
mod taken_off;
mod unreadable;
