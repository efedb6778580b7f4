//! A seeded fleet of nodes and the hub's core in one process, in virtual time. Pure.
//!
//! Each machine is the `picket-node` that agents run, the hub is the `picket-hub-core` that hubs
//! run; between them stands a broker that delays everything a little and forgets nothing unless told. One seed
//! gives one world: the same effects at the same moments, for ever. Nothing fails here by itself;
//! a story breaks links, the broker or the hub, and asks the [`Outcome`] whether anybody noticed
//! what nobody should.
//!
//! | file | one idea |
//! |---|---|
//! | `world` | time goes from event to event, and packets travel |
//! | `config` | what a world is made of |
//! | `peers` | who is connected to the broker: the machines, and one hub after another |
//! | `story` | what happens to a fleet from its start to its outcome |
//! | `machine` | a node and the least shell that drives it |
//! | `readings` | what a healthy machine measures, from the seed |
//! | `hub_shell` | the hub's core and the least shell that drives it |
//! | `witness` | every effect of the hub, noted and carried out |
//! | `installed` | what a machine has installed, and tells of it |
//! | `store` | what is kept over a restart of the hub |
//! | `broker` | retained messages, and one kept session for the hub |
//! | `link` | a connection that comes back by itself |
//! | `agenda` | what happens when |
//! | `outcome` | what a world came to, and what of it is wrong |
//! | `random` | numbers from a seed |
//! | `digest` | one number for everything that happened |
#![forbid(unsafe_code)]

mod agenda;
mod broker;
mod config;
mod digest;
mod hub_shell;
mod installed;
mod link;
mod machine;
mod outcome;
mod peers;
mod random;
mod readings;
mod store;
mod story;
mod witness;
mod world;

pub use config::Config;
pub use installed::Installed;
pub use outcome::Outcome;
pub use story::{Breaks, fleet};
pub use world::World;
