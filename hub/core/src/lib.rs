//! What the hub knows and decides: ingest, presence, detectors, incidents. Pure.
//!
//! Nothing here has a clock, a file, a socket, a task, randomness or hash order: time and entropy
//! are handed in, effects are handed out. The shell (`picket-hub`) and the simulator
//! (`picket-sim`) drive the same four calls: [`Hub::handle`], [`Hub::handle_timeout`],
//! [`Hub::next_effect`], [`Hub::next_wake`].
#![forbid(unsafe_code)]

pub mod incident;
pub mod presence;
pub mod seam;
pub mod time;
