//! The agent as a program: its command line, and its work with a real broker.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test program ends where it cannot go on"
)]

#[path = "../../src/testing/certificates.rs"]
mod certificates;
mod cli;
mod faults;
mod fixtures;
mod join;
#[path = "../../src/testing/loop_fs.rs"]
#[allow(dead_code, reason = "the unit tests use more of it")]
mod loop_fs;
mod member;
#[path = "../../src/testing/needs_root.rs"]
mod needs_root;
mod outages;
mod quiet;
mod scrub;
mod scrub_files;
mod sizes;
mod support;
mod uplink;
