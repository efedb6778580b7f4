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
//! | `tls` | TLS ended for the broker, and whom the hub's own connections believe |
//! | `mqtt`, `broker_url`, `login`, `backoff` | a connection to a broker |
//! | `listen`, `bounded` | why an address cannot be listened on; how many are served at once |
//! | `access` | who may do what at the broker, and Mosquitto's files of it |
//! | `identity` | what makes a hub the hub of its site, on the disk |
//! | `door` | the broker as the one sees it who lets nodes in and out |
//! | `backup` | that in one file, and back |
//! | `registrar` | who belongs to the site: tokens, joining, expelling |
//! | `roster` | who may speak at the broker, and whose signature is believed |
//! | `hub_status` | the hub's own sign of life |
//! | `garbage`, `seldom` | one budget for the log lines about rubbish, and one for other warnings |
//! | `store` | SQLite on a thread of its own |
//! | `history`, `view` | recent values, and what is shown of the hub |
//! | `feed`, `web` | views for others: Home Assistant, the page, the API |
//! | `socket`, `ask`, `enroll` | the unix socket, and the commands that are its clients |
//! | `decode` | a frame as text for people |
//! | `paths`, `signals`, `stop`, `print` | folders, signals, the one signal to end, the terminal |
//! | `watchdog`, `log` | what the service manager is told, and the log |

pub mod access;
pub mod ask;
pub mod backoff;
pub mod backup;
mod bounded;
#[cfg(feature = "embedded-broker")]
pub mod broker;
pub mod broker_url;
pub mod cli;
pub mod clock;
mod core_task;
pub mod decode;
pub mod door;
pub mod enroll;
pub mod feed;
pub mod garbage;
pub mod handle;
pub mod health;
pub mod history;
pub mod hub_status;
pub mod identity;
pub mod listen;
pub mod log;
pub mod login;
pub mod mqtt;
pub mod paths;
pub mod print;
pub mod registrar;
pub mod roster;
pub mod run;
mod seldom;
pub mod settings;
pub mod signals;
pub mod socket;
pub mod stop;
pub mod store;
pub mod tls;
pub mod up;
pub mod view;
mod watchdog;
pub mod web;
