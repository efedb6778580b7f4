//! Passes over real filesystems that are spoilt behind their back, or changed by everybody.
#![expect(
    clippy::unwrap_used,
    reason = "a test program ends where it cannot go on"
)]

mod changes;
mod flips;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "../../src/testing/loop_fs.rs"]
mod loop_fs;
#[path = "../../src/testing/needs_root.rs"]
mod needs_root;
mod passes;
mod seed;
mod unreadable;
