//! The command line, as written.

use std::fmt;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
Runs a seeded fleet of nodes and a hub in virtual time, and checks that every node
is alive, nobody is alarmed, and every report arrived exactly once.

picket-sim fleet [--nodes N] [--hours H] [--every MS] [--breaks]
                 [--seed S | --seeds COUNT [--from S]]

  --nodes N      machines in the fleet, 1 to 999 (20)
  --hours H      hours of virtual time (24)
  --every MS     milliseconds between two reports of a machine (10000)
  --breaks       the broker is away for 60 reports, and the hub restarts
  --seed S       the one world to run (0)
  --seeds COUNT  so many worlds, from the seed of --from (0) on
  --help         this text
  --version      the version

Prints a line for each world and a summary. Ends with status 1 if anything was wrong
in one of them, and names its seed; with 2 if the command line cannot be read.
";

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Help,
    Version,
    Fleet(Fleet),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fleet {
    pub(crate) nodes: u16,
    pub(crate) hours: u32,
    pub(crate) every_ms: u32,
    pub(crate) breaks: bool,
    pub(crate) from: u64,
    pub(crate) seeds: u64,
}

/// Why the command line cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ArgsError {
    NoCommand,
    UnknownCommand(String),
    Unknown(String),
    NoValue(String),
    BadValue {
        option: String,
        value: String,
        low: u64,
        high: u64,
    },
}

impl fmt::Display for ArgsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArgsError::NoCommand => f.write_str("a command is missing; the only one is 'fleet'"),
            ArgsError::UnknownCommand(word) => {
                write!(f, "unknown command '{word}'; the only one is 'fleet'")
            }
            ArgsError::Unknown(option) => write!(f, "unknown option '{option}'; see --help"),
            ArgsError::NoValue(option) => write!(f, "the option {option} needs a value"),
            ArgsError::BadValue {
                option,
                value,
                low,
                high,
            } => {
                write!(
                    f,
                    "{option} is a number from {low} to {high}, not '{value}'"
                )
            }
        }
    }
}

impl std::error::Error for ArgsError {}

/// Reads the words after the program's name.
pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Asked, ArgsError> {
    let mut words = words.into_iter();
    match words.next().as_deref() {
        None => return Err(ArgsError::NoCommand),
        Some("--help" | "-h") => return Ok(Asked::Help),
        Some("--version") => return Ok(Asked::Version),
        Some("fleet") => {}
        Some(other) => return Err(ArgsError::UnknownCommand(other.to_owned())),
    }
    let mut fleet = Fleet {
        nodes: 20,
        hours: 24,
        every_ms: 10_000,
        breaks: false,
        from: 0,
        seeds: 1,
    };
    while let Some(option) = words.next() {
        let mut number = |low: u64, high: u64| {
            let value = words
                .next()
                .ok_or_else(|| ArgsError::NoValue(option.clone()))?;
            let number = value.parse().ok().filter(|n| (low..=high).contains(n));
            number.ok_or_else(|| ArgsError::BadValue {
                option: option.clone(),
                value,
                low,
                high,
            })
        };
        match option.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--nodes" => fleet.nodes = number(1, 999)? as u16,
            "--hours" => fleet.hours = number(1, 24 * 366)? as u32,
            "--every" => fleet.every_ms = number(1_000, 600_000)? as u32,
            "--seed" | "--from" => fleet.from = number(0, u64::MAX)?,
            "--seeds" => fleet.seeds = number(1, 1_000_000)?,
            "--breaks" => fleet.breaks = true,
            _ => return Err(ArgsError::Unknown(option)),
        }
    }
    Ok(Asked::Fleet(fleet))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(line: &str) -> Result<Asked, ArgsError> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn a_fleet_has_defaults_and_takes_each_option() {
        let Ok(Asked::Fleet(fleet)) = asked("fleet") else {
            panic!()
        };
        assert_eq!(
            (fleet.nodes, fleet.hours, fleet.from, fleet.seeds),
            (20, 24, 0, 1)
        );
        let line = "fleet --nodes 3 --hours 2 --every 1000 --seeds 5 --from 7 --breaks";
        let fleet = Fleet {
            nodes: 3,
            hours: 2,
            every_ms: 1000,
            breaks: true,
            from: 7,
            seeds: 5,
        };
        assert_eq!(asked(line), Ok(Asked::Fleet(fleet)));
    }

    #[test]
    fn what_cannot_be_read_says_what_to_write() {
        let table = [
            ("", "a command is missing; the only one is 'fleet'"),
            ("demo", "unknown command 'demo'; the only one is 'fleet'"),
            ("fleet --node 3", "unknown option '--node'; see --help"),
            ("fleet --nodes", "the option --nodes needs a value"),
            (
                "fleet --nodes 0",
                "--nodes is a number from 1 to 999, not '0'",
            ),
            (
                "fleet --hours long",
                "--hours is a number from 1 to 8784, not 'long'",
            ),
        ];
        for (line, why) in table {
            assert_eq!(asked(line).map_err(|e| e.to_string()), Err(why.to_owned()));
        }
    }

    #[test]
    fn help_and_version_are_asked_for_anywhere_they_are_looked_for() {
        assert_eq!(asked("--help"), Ok(Asked::Help));
        assert_eq!(asked("fleet --nodes 3 --help"), Ok(Asked::Help));
        assert_eq!(asked("--version"), Ok(Asked::Version));
    }
}
