//! The command line: what may be asked, and the words that teach it.

mod joining;

pub use joining::{Clear, Enroll, Expel};

use crate::paths::{default_runtime_dir, runtime_dir_of_a_hub};
use crate::registrar::tokens::VALID;
use crate::settings::{DEFAULT_BROKER, DEFAULT_FILE, DEFAULT_WEB};
use clap::{Args, Parser, Subcommand};
use picket_hub_core::time::Millis;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// The hub of Picket: hears every node, keeps incidents, serves the page and Home Assistant.
#[derive(Debug, Parser)]
#[command(
    name = "picket-hub",
    version,
    arg_required_else_help = true,
    after_help = "A first look, without any file:\n  picket-hub up\n\n\
                  As a service:\n  picket-hub check --config /etc/picket/hub.toml\n  \
                  picket-hub run --config /etc/picket/hub.toml"
)]
pub struct Cli {
    /// Also log what is only of interest when something does not work
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try Picket: hub, broker and this machine's agent in one command
    ///
    /// Starts a hub with a broker of its own and the picket-agent beside this program, and prints
    /// where the page is. Nothing is installed. Ctrl-C ends all of it.
    #[command(after_help = "Example:\n  picket-hub up --every 2s")]
    Up(Up),
    /// Run the hub as a service
    #[command(after_help = "Example:\n  picket-hub run --config /etc/picket/hub.toml")]
    Run(Run),
    /// Read the settings, and say in words what they lead to
    #[command(after_help = "Example:\n  picket-hub check --config ./hub.toml")]
    Check(Check),
    /// Show how the hub and its nodes are
    #[command(after_help = "Examples:\n  picket-hub status\n  picket-hub status --json")]
    Status(Status),
    /// Show what is the matter, and what was
    #[command(after_help = "Examples:\n  picket-hub incidents --state open\n  \
                            picket-hub incidents --node pi-01 --json")]
    Incidents(Incidents),
    /// Keep the hub's keys, and who is enrolled, in one file
    ///
    /// The file is secret: whoever has it can speak for the hub. Without it, a hub whose card has
    /// died makes new keys, and every node has to join again. It works beside a running hub.
    #[command(
        after_help = "Examples:\n  sudo picket-hub backup --output /root/picket.backup\n  \
                            sudo picket-hub backup --output - | gpg -c > picket.backup.gpg"
    )]
    Backup(Backup),
    /// Put a backup back; the hub must not run
    ///
    /// What was there is kept aside, in a folder whose name it prints.
    #[command(after_help = "Example:\n  sudo systemctl stop picket-hub\n  \
                            sudo picket-hub restore /root/picket.backup")]
    Restore(Restore),
    /// Let nodes join: print a token for each
    ///
    /// A token is one line to type on the node. It is good for an hour, for one node, once. The
    /// first time, the broker is asked to listen on the network, by TLS.
    #[command(after_help = "Examples:\n  sudo picket-hub enroll pi-07\n  \
                            sudo picket-hub enroll pi-07 pi-08 --address hub.lan:8883\n  \
                            sudo picket-hub enroll --replace pi-07\n  \
                            sudo picket-hub enroll --home-assistant")]
    Enroll(Enroll),
    /// End a node's membership: its key and password are void at once
    ///
    /// Its incidents are closed as retired, and it is taken away from Home Assistant.
    #[command(after_help = "Example:\n  sudo picket-hub expel pi-07")]
    Expel(Expel),
    /// Remove what Picket keeps at the brokers, before it is uninstalled
    ///
    /// The hub is silent afterwards, until it is started again.
    #[command(after_help = "Example:\n  sudo picket-hub clear --all")]
    Clear(Clear),
    /// Show a frame as people can read it
    ///
    /// Takes what a broker carries on facts, report and hub/status.
    #[command(
        after_help = "Examples:\n  mosquitto_sub -t 'picket/v1/+/report' -C 1 -F %x | \
                            picket-hub decode -\n  picket-hub decode report.bin"
    )]
    Decode(Decode),
}

/// Where the hub's socket is.
#[derive(Args, Debug)]
pub struct RuntimeDir {
    /// Folder of the hub's socket [default: /run/picket/hub as root, and if only that one is
    /// there; else $XDG_RUNTIME_DIR/picket]
    #[arg(long, value_name = "DIR")]
    runtime_dir: Option<PathBuf>,
}

impl RuntimeDir {
    /// The folder that was named, or the default.
    pub fn get(&self) -> PathBuf {
        self.runtime_dir.clone().unwrap_or_else(default_runtime_dir)
    }

    /// The folder that was named, or the one where a hub is that a command can ask.
    pub fn of_a_hub(&self) -> PathBuf {
        self.runtime_dir
            .clone()
            .unwrap_or_else(runtime_dir_of_a_hub)
    }
}

/// How long a token is good.
#[derive(Clone, Copy, Debug)]
pub struct TokenValid(pub Millis);

impl FromStr for TokenValid {
    type Err = String;

    fn from_str(text: &str) -> Result<TokenValid, String> {
        let seconds = text
            .strip_suffix('s')
            .and_then(|digits| digits.parse().ok());
        let valid = seconds.map(Millis::from_s).filter(|valid| *valid <= VALID);
        valid
            .map(TokenValid)
            .ok_or_else(|| "write it like 3s, at most 3600s".to_owned())
    }
}

/// `up`
#[derive(Args, Debug)]
pub struct Up {
    /// Where the page is; the next free port if this one is taken
    #[arg(long, value_name = "ADDRESS", default_value_t = DEFAULT_WEB)]
    pub web: SocketAddr,
    /// Where the broker listens, on loopback; the next free port if this one is taken
    #[arg(long, value_name = "ADDRESS", default_value_t = DEFAULT_BROKER)]
    pub broker: SocketAddr,
    /// Folder of the store [default: $XDG_STATE_HOME/picket or ~/.local/state/picket]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// How long a token is good; for tests, which cannot wait an hour
    #[arg(long, value_name = "TIME", default_value = "3600s", hide = true)]
    pub token_valid: TokenValid,
    /// Where the socket is.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
    /// Run no agent: hub and broker only
    #[arg(long)]
    pub no_agent: bool,
    /// How often the agent reports, such as 2s
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub every: String,
    /// The node id of this machine [default: its host name]
    #[arg(long, value_name = "ID", value_parser = node_id)]
    pub node: Option<String>,
}

/// `run`
#[derive(Args, Debug)]
pub struct Run {
    /// The settings
    #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
    pub config: PathBuf,
    /// How long a token is good; for tests, which cannot wait an hour
    #[arg(long, value_name = "TIME", default_value = "3600s", hide = true)]
    pub token_valid: TokenValid,
    /// Where the socket is.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
}

/// `check`
#[derive(Args, Debug)]
pub struct Check {
    /// The settings
    #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
    pub config: PathBuf,
    /// Where the socket would be.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
}

/// `status`
#[derive(Args, Debug)]
pub struct Status {
    /// Print the shape of /api/v1/nodes
    #[arg(long)]
    pub json: bool,
    /// Where the socket is.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
}

/// `incidents`
#[derive(Args, Debug)]
pub struct Incidents {
    /// Print the shape of /api/v1/incidents
    #[arg(long)]
    pub json: bool,
    /// Only those in this state
    #[arg(long, value_parser = ["open", "acknowledged", "closed"])]
    pub state: Option<String>,
    /// Only those of this node
    #[arg(long, value_name = "ID", value_parser = node_id)]
    pub node: Option<String>,
    /// Where the socket is.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
}

/// `backup`
#[derive(Args, Debug)]
pub struct Backup {
    /// The settings, which name the site and its folders
    #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
    pub config: PathBuf,
    /// Where to write it, readable by you alone; - for standard output
    /// [default: picket-SITE.backup in this folder]
    #[arg(long, value_name = "FILE|-")]
    pub output: Option<PathBuf>,
    /// Taken as by every command, and not used.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
}

/// `restore`
#[derive(Args, Debug)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The settings, which name the site and its folders
    #[arg(long, value_name = "FILE", default_value = DEFAULT_FILE)]
    pub config: PathBuf,
    /// Put it in the place of an identity with other keys, which is kept aside
    #[arg(long)]
    pub force: bool,
    /// Taken as by every command, and not used.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
}

/// `decode`
#[derive(Args, Debug)]
pub struct Decode {
    /// A file, hex digits, or - for standard input
    #[arg(value_name = "FILE|-|HEX", default_value = "-")]
    pub frame: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Taken as by every command, and not used.
    #[command(flatten)]
    pub runtime_dir: RuntimeDir,
}

fn node_id(text: &str) -> Result<String, picket_wire::IdError> {
    picket_wire::NodeId::parse(text).map(|id| id.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_and_says_where_the_socket_is() {
        let mut cli = Cli::command();
        for command in cli.get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            assert!(help.contains("Example"), "{help}");
            assert!(help.contains("--runtime-dir"), "{help}");
        }
    }

    #[test]
    fn what_is_wrong_ends_with_status_2() {
        for args in [
            &["picket-hub", "status", "--jsn"][..],
            &["picket-hub", "incidents", "--state", "new"],
            &["picket-hub", "incidents", "--node", "Pi 1"],
            &["picket-hub", "up", "--web", "8470"],
            &["picket-hub", "enroll"],
            &["picket-hub", "enroll", "Pi 7"],
            &["picket-hub", "enroll", "pi-07", "--home-assistant"],
            &["picket-hub", "enroll", "pi-07", "--address", "hub.lan"],
            &["picket-hub", "expel"],
            &["picket-hub", "clear"],
            &["picket-hub", "frobnicate"],
        ] {
            assert_eq!(
                Cli::try_parse_from(args).unwrap_err().exit_code(),
                2,
                "{args:?}"
            );
        }
    }
}
