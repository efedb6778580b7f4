//! The hub's shell: everything around the pure core that touches the world.
//!
//! | file | one idea |
//! |---|---|
//! | `cli` | the command line |
//! | `settings` | `hub.toml`, as written and as meant |
//! | `run` | which tasks there are, and the channels between them |
//! | `up` | the first look: hub, broker and agent by one command |
//! | `core_task` | owns the core: events in, effects out |
//! | `handle`, `health` | what other tasks may ask the core task |
//! | `clock` | the two times |
//! | `broker` | the embedded broker |
//! | `mqtt`, `broker_url`, `backoff` | a connection to a broker |
//! | `listen`, `bounded` | why an address cannot be listened on; how many are served at once |
//! | `hub_status` | the hub's own sign of life |
//! | `garbage` | one budget for the log lines about rubbish |
//! | `store` | SQLite on a thread of its own |
//! | `history`, `view` | recent values, and what is shown of the hub |
//! | `feed`, `web` | views for others: Home Assistant, the page, the API |
//! | `socket`, `ask` | the unix socket, and the commands that are its clients |
//! | `decode` | a frame as text for people |
//! | `paths`, `signals`, `stop`, `print` | folders, signals, the one signal to end, the terminal |

pub mod ask;
pub mod backoff;
mod bounded;
#[cfg(feature = "embedded-broker")]
pub mod broker;
pub mod broker_url;
pub mod cli;
pub mod clock;
mod core_task;
pub mod decode;
pub mod feed;
pub mod garbage;
pub mod handle;
pub mod health;
pub mod history;
pub mod hub_status;
pub mod listen;
pub mod mqtt;
pub mod paths;
pub mod print;
pub mod run;
pub mod settings;
pub mod signals;
pub mod socket;
pub mod stop;
pub mod store;
pub mod up;
pub mod view;
pub mod web;
