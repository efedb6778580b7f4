//! What the tests of several programs need. Nothing that runs at a user's has it: it is a
//! dependency of tests alone, see `.ci/dependencies`.
//!
//! | file | one idea |
//! |---|---|
//! | `needs_root` | tests that only root can run, and the list of those that were left out |
//! | `wait` | waiting for a condition, with a deadline |
//! | `free_port` | ports of the loopback address that nobody else uses |
//! | `certificates` | a hub's certificates, right and wrong ones |
//! | `loop_fs`, `refusing` | a real filesystem in a file; memory that takes no more writes |
//! | `cache_drops` | whether somebody dropped the caches of the whole machine |
#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod cache_drops;
mod certificates;
mod free_port;
mod loop_fs;
mod needs_root;
mod refusing;
mod wait;

pub use cache_drops::cache_drops;
pub use certificates::{Ca, Leaf};
pub use free_port::free_port;
pub use loop_fs::LoopFs;
pub use needs_root::needs_root;
pub use refusing::Refusing;
pub use wait::{SOON, seconds, wait_for, wait_until};
