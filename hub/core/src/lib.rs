//! What the hub knows and decides: ingest, presence, detectors, incidents. Pure.
//!
//! Nothing here has a clock, a file, a socket, a task, randomness or hash order: time and entropy
//! are handed in, effects are handed out. The shell (`picket-hub`) and the simulator
//! (`picket-sim`) drive the same four calls: [`Hub::handle`], [`Hub::handle_timeout`],
//! [`Hub::next_effect`], [`Hub::next_wake`]; the owner's wishes come by a fifth, [`Hub::ask`].
//!
//! ```text
//! frame -> ingest -> window, loss -> live -> node, watch, wear, witness -> detect -> ledger -> effects
//! status text -> status -> watch          time -> wake -> watch, loss, notices
//! ```
//!
//! | file | one idea |
//! |---|---|
//! | `seam` | everything that goes in, everything that comes out |
//! | `hub` | the four calls, and what feeds may look at |
//! | `wishes` | what the owner wants: who is enrolled, who is expelled |
//! | `ingest` | how a frame becomes knowledge of a node, or is refused |
//! | `contents` | what a frame carries, by the meaning of its sections |
//! | `window` | which sequence numbers of a session were seen |
//! | `loss` | when a gap between reports becomes a loss |
//! | `live` | what a live frame does |
//! | `time_map` | a node's uptime in the hub's time |
//! | `run` | which run this is, and when a new one is taken |
//! | `status` | how a status text is heard |
//! | `watch` | the rules of presence: beats, will, excuse, silence |
//! | `wake` | what is due by time alone |
//! | `node` | what is known of one node |
//! | `detect` | the detectors, a file each |
//! | `witness` | what is remembered of each disk that the disk may forget |
//! | `wear` | what is written to each disk, and how long it will last |
//! | `quorum` | most nodes against one that reads a package otherwise |
//! | `corruption` | whether the files of each disk are what they were |
//! | `ledger` | what a verdict opens, changes and closes |
//! | `notices` | what was said and is not delivered yet |
//! | `scribe` | takes down what follows from one input |
//! | `effects` | what the shell is to do, in order |
//! | `restore` | what is taken up of an earlier run |
//! | `refusal`, `counters` | what was not taken, and how much of everything |
//!
//! What is deliberately absent: nothing but a live frame makes a node alive or lets a detector
//! say Healthy; no function closes an incident because time passed; backlog opens nothing; nothing
//! that an enrolled node says of itself counts without its signature.
#![forbid(unsafe_code)]

pub mod config;
mod contents;
mod corruption;
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
mod quorum;
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
pub mod wear;
mod window;
mod wishes;
pub mod witness;

pub use config::Config;
pub use corruption::{Corruption, Watched};
pub use counters::Counters;
pub use hub::Hub;
pub use incident::{ClosedBy, Detector, Finding, Incident, Severity, Verdict};
pub use node::{
    KnownBoard, KnownFacts, KnownFinding, KnownMedium, KnownPart, KnownReading, KnownWriter, Lack,
    Node,
};
pub use presence::Presence;
pub use refusal::{Refusal, Refused};
pub use seam::{
    Accepted, Arrival, Denied, Effect, FrameTopic, Input, Notice, Run, Save, Saved, SavedDisk,
    SavedNode, SavedWitness, Show, Wish,
};
pub use time::{Millis, Moment, Now, Wall};
pub use wear::{Endurance, Forecast, WhichDisk};
