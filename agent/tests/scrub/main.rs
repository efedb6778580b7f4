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

use picket_agent::root::Root;
use std::sync::Arc;

/// The machine on which the files lie.
fn this_machine() -> Arc<Root> {
    Arc::new(Root::of_this_machine().unwrap())
}
