//! The command line taken apart, and its help.

mod help;

use crate::agent_id::SecretText;
use crate::settings::written::{Said, Written};
use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;

pub use help::{HELP, SCRUB_HELP};

/// What the agent is told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Run until told to stop.
    Run(Options),
    /// Read everything once and print it.
    Probe {
        /// As JSON instead of a table.
        json: bool,
        /// Another tree instead of this machine.
        root: Option<PathBuf>,
    },
    /// Explain the settings, and what this machine answers.
    Check(Options),
    /// Become a node of a hub's site.
    Join(JoinOptions),
    /// Read files back, run the probes that need rights, and tell the agent.
    Scrub(ScrubOptions),
    /// Print the help.
    Help,
    /// Print that of `scrub`.
    ScrubHelp,
    /// Print name and version.
    Version,
}

/// What `run` and `check` take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The settings file.
    pub settings: Option<PathBuf>,
    /// The file of the node's secrets.
    pub id: Option<PathBuf>,
    /// What stands over the file.
    pub flags: Written,
    /// Another tree instead of this machine.
    pub root: Option<PathBuf>,
    /// The folder for the agent's sockets.
    pub runtime_dir: Option<PathBuf>,
}

/// What `join` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JoinOptions {
    /// The token; none if standard input has it.
    pub token: Option<SecretText>,
    /// The settings file that is told where the hub is.
    pub settings: Option<PathBuf>,
    /// The file of the node's secrets.
    pub id: Option<PathBuf>,
    /// Whether a machine that has joined joins anew.
    pub replace: bool,
}

/// What `scrub` takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScrubOptions {
    /// Read files back from the medium at once.
    pub now: bool,
    /// Another tree instead of this machine.
    pub root: Option<PathBuf>,
    /// The folder with the agent's sockets.
    pub runtime_dir: Option<PathBuf>,
    /// The settings file, for what is read back and the cards that may be asked for their health.
    pub settings: Option<PathBuf>,
    /// The folder where it remembers what files read as, and those cards.
    pub state_dir: Option<PathBuf>,
}

/// Takes the arguments apart, without the program's name.
///
/// # Errors
/// One line that names what is not understood.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut parser = lexopt::Parser::from_args(args);
    command(&mut parser)
        .map_err(|error| format!("{error}; picket-agent --help shows what there is"))
}

fn command(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    match parser.next()? {
        Some(Long("help") | Short('h')) => Ok(Command::Help),
        Some(Long("version") | Short('V')) => Ok(Command::Version),
        Some(Value(name)) => match name.to_str() {
            Some("run") => Ok(options(parser)?.map_or(Command::Help, Command::Run)),
            Some("check") => Ok(options(parser)?.map_or(Command::Help, Command::Check)),
            Some("probe") => probe(parser),
            Some("join") => join(parser),
            Some("scrub") => scrub(parser),
            _ => Err(format!("unknown subcommand {name:?} (known: {KNOWN})").into()),
        },
        Some(arg) => Err(arg.unexpected()),
        None => Err(format!("no subcommand (known: {KNOWN})").into()),
    }
}

/// The subcommands, for who mistypes one.
const KNOWN: &str = "run, probe, check, join, scrub";

fn scrub(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut options = ScrubOptions::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("now") => options.now = true,
            Long("root") => options.root = Some(PathBuf::from(parser.value()?)),
            Long("runtime-dir") => options.runtime_dir = Some(PathBuf::from(parser.value()?)),
            Long("settings") => options.settings = Some(PathBuf::from(parser.value()?)),
            Long("state-dir") => options.state_dir = Some(PathBuf::from(parser.value()?)),
            Long("help") | Short('h') => return Ok(Command::ScrubHelp),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(Command::Scrub(options))
}

fn probe(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut json, mut root) = (false, None);
    while let Some(arg) = parser.next()? {
        match arg {
            Long("json") => json = true,
            Long("root") => root = Some(PathBuf::from(parser.value()?)),
            Long("help") | Short('h') => return Ok(Command::Help),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(Command::Probe { json, root })
}

fn join(parser: &mut lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut options = JoinOptions::default();
    let mut has_token = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Long("settings") => options.settings = Some(PathBuf::from(parser.value()?)),
            Long("id") => options.id = Some(PathBuf::from(parser.value()?)),
            Long("replace") => options.replace = true,
            Long("help") | Short('h') => return Ok(Command::Help),
            Value(token) if !has_token => {
                has_token = true;
                // The error would show it.
                let token = token.into_string().map_err(|_| "the token is no text")?;
                options.token = (token != "-").then(|| SecretText::new(&token));
            }
            // A word too many may be half of a token.
            Value(_) => return Err("one token, or - for standard input".into()),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(Command::Join(options))
}

/// The options of `run` and `check`; none if help is asked for.
fn options(parser: &mut lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("settings") => options.settings = Some(PathBuf::from(parser.value()?)),
            Long("id") => options.id = Some(PathBuf::from(parser.value()?)),
            Long("hub") => options.flags.hub = Some(said("--hub", parser)?),
            Long("node") => options.flags.node = Some(said("--node", parser)?),
            Long("every") => options.flags.every = Some(said("--every", parser)?),
            Long("allow-plain") => {
                let origin = "--allow-plain".to_owned();
                options.flags.allow_plain = Some(Said {
                    value: true,
                    origin,
                });
            }
            Long("root") => options.root = Some(PathBuf::from(parser.value()?)),
            Long("runtime-dir") => options.runtime_dir = Some(PathBuf::from(parser.value()?)),
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(Some(options))
}

fn said(flag: &str, parser: &mut lexopt::Parser) -> Result<Said<String>, lexopt::Error> {
    Ok(Said {
        value: parser.value()?.string()?,
        origin: flag.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn the_command_line_of_up_is_understood() {
        let line = "run --hub mqtt://127.0.0.1:1883 --node=pi-01 --every 10s --runtime-dir /run/x";
        let Ok(Command::Run(options)) = parsed(line) else {
            panic!("{line}")
        };
        let value = |said: Option<Said<String>>| said.map(|said| said.value).unwrap_or_default();
        assert_eq!(value(options.flags.hub), "mqtt://127.0.0.1:1883");
        assert_eq!(value(options.flags.node), "pi-01");
        assert_eq!(value(options.flags.every), "10s");
        assert_eq!(options.runtime_dir, Some(PathBuf::from("/run/x")));
        assert_eq!(options.settings, None);
    }

    #[test]
    fn what_is_unknown_is_one_line_that_leads_to_the_help() {
        for (line, expected) in [
            ("", "no subcommand"),
            (
                "fly",
                "unknown subcommand \"fly\" (known: run, probe, check, join, scrub)",
            ),
            ("--fly", "'--fly'"),
            ("run --evry 10s", "'--evry'"),
            ("run --hub", "'--hub'"),
            ("probe --json=yes", "'--json'"),
            ("probe extra", "\"extra\""),
            ("scrub --later", "'--later'"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
            assert!(
                error.ends_with("picket-agent --help shows what there is"),
                "{error}"
            );
            assert_eq!(error.lines().count(), 1);
        }
    }

    #[test]
    fn a_scrub_is_told_where_the_agent_is_and_whether_to_begin_now() {
        let none = ScrubOptions::default();
        assert_eq!(parsed("scrub"), Ok(Command::Scrub(none)));
        let all = ScrubOptions {
            now: true,
            root: Some(PathBuf::from("/tree")),
            runtime_dir: Some(PathBuf::from("/run/x")),
            settings: Some(PathBuf::from("agent.toml")),
            state_dir: Some(PathBuf::from("/state")),
        };
        let line = "scrub --now --root /tree --runtime-dir /run/x --settings agent.toml \
                    --state-dir /state";
        assert_eq!(parsed(line), Ok(Command::Scrub(all)));
        assert_eq!(parsed("scrub --help"), Ok(Command::ScrubHelp));
        for option in [
            "--now",
            "--root",
            "--runtime-dir",
            "--settings",
            "--state-dir",
        ] {
            assert!(SCRUB_HELP.contains(option), "{option}");
        }
    }

    #[test]
    fn a_token_is_taken_from_the_line_or_from_standard_input_and_never_shown_by_an_error() {
        let token = |line| match parsed(line) {
            Ok(Command::Join(options)) => options.token.map(|token| token.reveal().to_owned()),
            other => panic!("{other:?}"),
        };
        assert_eq!(token("join AbC --replace").as_deref(), Some("AbC"));
        assert_eq!(token("join -"), None);
        assert_eq!(token("join --id x/agent.id"), None);
        let error = parsed("join SECRET HALF").unwrap_err();
        assert!(
            !error.contains("HALF") && !error.contains("SECRET"),
            "{error}"
        );
    }

    #[test]
    fn help_is_found_everywhere_and_names_every_option() {
        for line in ["--help", "-h", "run --help", "probe -h", "check --help"] {
            assert_eq!(parsed(line), Ok(Command::Help), "{line}");
        }
        for option in [
            "--settings",
            "--hub",
            "--node",
            "--every",
            "--allow-plain",
            "--root",
            "--id",
            "--replace",
            "--runtime-dir",
        ] {
            assert!(HELP.contains(option), "{option}");
        }
    }
}
