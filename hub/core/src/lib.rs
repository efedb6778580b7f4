//! What the hub knows and decides: ingest, presence, detectors, incidents. Pure.
//!
//! Nothing here has a clock, a file, a socket, a task, randomness or hash order: time and entropy
//! are handed in, effects are handed out. The shell (`picket-hub`) and the simulator
//! (`picket-sim`) drive the same four calls: [`Hub::handle`], [`Hub::handle_timeout`],
//! [`Hub::next_effect`], [`Hub::next_wake`].
#![forbid(unsafe_code)]

pub mod config;
mod contents;
pub mod counters;
mod detect;
mod effects;
pub mod hub;
pub mod incident;
mod ingest;
mod ledger;
mod live;
mod loss;
pub mod node;
mod notices;
pub mod presence;
pub mod refusal;
mod restore;
mod run;
mod scribe;
pub mod seam;
mod status;
#[cfg(test)]
mod test_util;
#[cfg(test)]
mod tests;
pub mod time;
mod time_map;
mod wake;
mod watch;
mod window;

pub use config::Config;
pub use counters::Counters;
pub use hub::Hub;
pub use incident::{ClosedBy, Detector, Finding, Incident, Severity, Verdict};
pub use node::{KnownFacts, KnownPart, Latest, Node};
pub use presence::Presence;
pub use refusal::{Refusal, Refused};
pub use seam::{Arrival, Effect, FrameTopic, Input, Notice, Run, Save, Saved, SavedNode, Show};
pub use time::{Millis, Moment, Now, Wall};
