//! The arguments of the commands by which nodes come and go.

use super::{RuntimeDir, node_id};
use crate::registrar::address;
use crate::settings::DEFAULT_FILE;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;

/// `enroll`
#[derive(Args, Debug)]
pub struct Enroll {
    /// Names of the nodes: 1 to 32 characters of a-z, 0-9, '_' and '-'
    #[arg(value_name = "NODE", value_parser = node_id, required_unless_present = "home_assistant")]
    pub nodes: Vec<String>,
    /// Let another card take the place of a node that is enrolled; that one is out at once then
    #[arg(long)]
    pub replace: bool,
    /// Give Home Assistant a user and a new password instead
    #[arg(long, conflicts_with_all = ["nodes", "replace"])]
    pub home_assistant: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Where the nodes reach the hub [default: `address` of the settings, else the listener's
    /// address, else this machine's on its default route]
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    pub address: Option<String>,
    /// Have the broker listen there for other machines, by TLS, and write that into hub.toml
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// The settings that the hub is started with, into which the listener is written
    #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
    pub config: PathBuf,
    /// Ask nothing; the broker listens on 0.0.0.0:8883 if it listens for no other machine yet
    #[arg(long, short)]
    pub yes: bool,
    /// Where the socket is.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
}

/// `expel`
#[derive(Args, Debug)]
pub struct Expel {
    /// Its name
    #[arg(value_name = "NODE", value_parser = node_id)]
    pub node: String,
    /// Ask nothing
    #[arg(long, short)]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Where the socket is.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
}

/// `clear`
#[derive(Args, Debug)]
pub struct Clear {
    /// Everything that Picket keeps at a broker
    #[arg(long, required = true)]
    pub all: bool,
    /// Ask nothing
    #[arg(long, short)]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Where the socket is.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
}

fn host_and_port(text: &str) -> Result<String, address::NoAddress> {
    address::parse(text).map(|address| address.as_str().to_owned())
}
