//! What the hub shows to programs: the shapes of `/api/v1`, which the command line prints too.
//!
//! Every shape is built in one go from the hub and one [`Now`](picket_hub_core::time::Now), so
//! that ages and times in one answer agree. A field is added, never renamed.
//!
//! | file | one idea |
//! |---|---|
//! | `nodes` | `/api/v1/nodes`: every node with its newest readings |
//! | `incidents` | `/api/v1/incidents` |
//! | `series` | `/api/v1/nodes/ID/history` |
//! | `health` | `/healthz` |
//! | `number` | a quantity's value as a JSON number |
//! | `time` | times for people, and whether they can be trusted |
//! | `paging` | the part of a list that one answer holds |

pub mod health;
pub mod incidents;
pub mod nodes;
pub mod number;
pub mod paging;
pub mod series;
pub mod time;

#[cfg(test)]
pub(crate) mod sample;
