//! What the hub shows: the shapes of `/api/v1`, which the command line prints too, and the words
//! for people.
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
//! | `findings` | the part of that about files that are not what they were |
//! | `flag` | which flags say that something is wrong |
//! | `label` | what a quantity is called |
//! | `machine` | the part of that about board, disks and writers |
//! | `number` | a quantity's value as a JSON number |
//! | `reading` | the newest reading of one quantity |
//! | `scrub` | what a scrub says, of each disk and of all of a node |
//! | `time` | times for people, and whether they can be trusted |
//! | `words` | values, presences and lengths of time for people |
//! | `rails` | which parts are inner voltages of a board |
//! | `paging` | the part of a list that one answer holds |

pub mod findings;
pub mod flag;
pub mod health;
pub mod incidents;
pub mod label;
pub mod machine;
pub mod nodes;
pub mod number;
pub mod paging;
pub mod rails;
pub mod reading;
pub mod scrub;
pub mod series;
pub mod time;
pub mod words;

#[cfg(test)]
pub(crate) mod sample;
