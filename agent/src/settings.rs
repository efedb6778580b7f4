//! The settings as they are meant: what was written, checked and with its defaults.
//!
//! What was written stands in a file or on the command line ([`written`]); a flag overrides the
//! file. Every error names where the value was written.

pub mod edit;
pub mod scrub;
pub mod written;

use crate::broker::Broker;
use crate::duration;
use crate::probe::cid::Cid;
use picket_wire::NodeId;
use scrub::Scrub;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;
use written::{Said, Written};

/// Where the settings stand when nothing else is said.
pub const DEFAULT_FILE: &str = "/etc/picket/agent.toml";
/// How often a node reports when nothing else is said.
pub const DEFAULT_EVERY: Duration = Duration::from_secs(10);
/// The shortest interval.
pub const SHORTEST_EVERY: Duration = Duration::from_secs(1);
/// The longest interval.
pub const LONGEST_EVERY: Duration = Duration::from_secs(3600);

/// Most SD cards that may be named.
pub const MAX_CARDS: usize = 16;

/// The settings of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where reports go.
    pub hub: Broker,
    /// The node's name; none if the host name is to be taken.
    pub node: Option<NodeId>,
    /// How often the node samples and reports.
    pub every: Duration,
    /// The SD cards that may be asked for their health by their maker's own command.
    pub sd_health_cards: Vec<Cid>,
    /// Which files are read back, and how often.
    pub scrub: Scrub,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
}

/// Why settings cannot be used. The text is one line for the owner.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read the settings {}: {error}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the kernel answered.
        error: std::io::Error,
    },
    /// The file is longer than settings are.
    #[error("the settings {} are longer than {} bytes", path.display(), written::MAX_FILE)]
    TooLong {
        /// Which file.
        path: PathBuf,
    },
    /// What is written is no settings file.
    #[error("{}:{line}: {message}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Counts from 1.
        line: usize,
        /// What is wrong, and what is right.
        message: String,
    },
    /// A value cannot be used.
    #[error("{origin}: {message}")]
    Value {
        /// File and line, or the flag.
        origin: String,
        /// What is wrong, and what is right.
        message: String,
    },
    /// Nobody said where the hub is.
    #[error(
        "no hub is named: join one by `picket-agent join`, which writes {DEFAULT_FILE}, or give --hub \
         mqtt://127.0.0.1:1883 for one on this machine"
    )]
    NoHub,
}

impl Settings {
    /// Reads the file, puts the flags over it, and checks the whole.
    ///
    /// A file that is named has to be there. Without a name the default file is read if it is
    /// there, and not at all if the flags name a hub: then the flags are all that counts.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn load(file: Option<PathBuf>, flags: Written) -> Result<Settings, SettingsError> {
        let (file, written) = match file {
            Some(path) => (Some(path.clone()), written::read(&path)?),
            None if flags.hub.is_some() => (None, Written::default()),
            None => {
                let path = PathBuf::from(DEFAULT_FILE);
                match written::read(&path) {
                    Ok(written) => (Some(path), written),
                    Err(SettingsError::Unreadable { error, .. })
                        if error.kind() == std::io::ErrorKind::NotFound =>
                    {
                        (None, Written::default())
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        Settings::meant(flags.over(written), file)
    }

    fn meant(written: Written, file: Option<PathBuf>) -> Result<Settings, SettingsError> {
        let hub = written.hub.ok_or(SettingsError::NoHub)?;
        let allow_plain = written.allow_plain.is_some_and(|allow| allow.value);
        let broker = hub.check(|text| plain_broker(text, allow_plain))?;
        let node = match written.node {
            Some(node) => Some(node.check(|text| NodeId::parse(text).map_err(|e| e.to_string()))?),
            None => None,
        };
        let every = match written.every {
            Some(every) => every.check(|text| interval(text))?,
            None => DEFAULT_EVERY,
        };
        Ok(Settings {
            hub: broker,
            node,
            every,
            sd_health_cards: cards(written.sd_health_cards)?,
            scrub: Scrub::meant(written.scrub)?,
            file,
        })
    }
}

/// What the process with rights takes from a settings file: it needs no hub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WithRights {
    /// The SD cards that may be asked for their health.
    pub sd_health_cards: Vec<Cid>,
    /// Which files are read back, and how often.
    pub scrub: Scrub,
}

impl WithRights {
    /// Reads the file. The default one may be missing.
    ///
    /// # Errors
    /// As [`Settings::load`], of the file and of these two tables.
    pub fn load(file: Option<&Path>) -> Result<WithRights, SettingsError> {
        let is_missing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
        match written::read(file.unwrap_or(Path::new(DEFAULT_FILE))) {
            Ok(written) => Ok(WithRights {
                sd_health_cards: cards(written.sd_health_cards)?,
                scrub: Scrub::meant(written.scrub)?,
            }),
            Err(SettingsError::Unreadable { error, .. })
                if file.is_none() && is_missing(&error) =>
            {
                Ok(WithRights::default())
            }
            Err(error) => Err(error),
        }
    }
}

fn cards(written: Option<Vec<Said<String>>>) -> Result<Vec<Cid>, SettingsError> {
    let written = written.unwrap_or_default();
    if let Some(further) = written.get(MAX_CARDS) {
        return further.check(|_| Err(format!("more than {MAX_CARDS} cards are named")));
    }
    let cid = |text: &String| {
        Cid::parse(text).ok_or_else(|| {
            format!(
                "\"{text}\" is no CID: write the 32 hex digits of the very card, as \
                 /sys/block/mmcblk0/device/cid shows them"
            )
        })
    };
    written.iter().map(|card| card.check(cid)).collect()
}

impl<T> Said<T> {
    fn check<U>(&self, check: impl Fn(&T) -> Result<U, String>) -> Result<U, SettingsError> {
        let error = |message| SettingsError::Value {
            origin: self.origin.clone(),
            message,
        };
        check(&self.value).map_err(error)
    }
}

/// A broker that may be spoken to without TLS: anybody between here and there can read what a node
/// says, and say something else in its name.
fn plain_broker(text: &str, allow_plain: bool) -> Result<Broker, String> {
    let broker = Broker::parse(text)?;
    if !broker.tls && !broker.is_loopback() && !allow_plain {
        return Err(format!(
            "{broker} is another machine, and everybody on the way there can read and forge what \
             is sent in plain text: join by `picket-agent join`, which speaks TLS; to allow \
             plain text, write `allow_plain = true` or give --allow-plain"
        ));
    }
    Ok(broker)
}

fn interval(text: &str) -> Result<Duration, String> {
    let every = duration::parse(text)?;
    if !(SHORTEST_EVERY..=LONGEST_EVERY).contains(&every) {
        let [shortest, longest] = [SHORTEST_EVERY, LONGEST_EVERY].map(duration::show);
        return Err(format!(
            "\"{text}\" is out of range: from {shortest} to {longest}"
        ));
    }
    Ok(every)
}

#[cfg(test)]
mod tests;
