//! The hub's run as the hub says it, and as a node holds it.

use serde::{Deserialize, Serialize};

/// What a node holds and the hub believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holds {
    /// Highest ordinal of a hub's run that the node has followed; 0 if none.
    pub run_ordinal: u32,
}

/// The run of the hub that sends; its random bits are the header's `run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubRun {
    /// Counts the starts of this site's hub from 1.
    pub ordinal: u32,
}
