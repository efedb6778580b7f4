//! The agent as a program: its command line, and its work with a real broker.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test program ends where it cannot go on"
)]

mod cli;
mod faults;
mod fixtures;
mod join;
mod member;
mod outages;
mod quiet;
mod scrub;
mod scrub_files;
mod sizes;
mod support;
mod uplink;
