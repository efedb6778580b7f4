//! What `hub.toml` means, checked: whoever holds a [`Settings`] need not check anything again.
//!
//! Reading goes in two stages: `written` is the file as it stands, this is what it means.

mod broker;
mod duration;
mod endurance;
mod error;
mod explain;
mod written;

#[cfg(test)]
mod tests;

pub use broker::{Broker, External, LoginFrom, MosquittoFiles, UserLogin};
pub use error::SettingsError;
pub use explain::explain;

use crate::broker_url::BrokerUrl;
use error::Place;
use picket_hub_core::Endurance;
use picket_hub_core::time::Millis;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use toml::Spanned;
use written::{Written, WrittenHomeAssistant};

/// Where the settings are unless the command line says otherwise.
pub const DEFAULT_FILE: &str = "/etc/picket/hub.toml";
/// Name of the list of enrolled nodes, beside the settings.
pub const NODES_FILE: &str = "nodes.toml";
/// Where the store is unless the settings say otherwise.
pub const DEFAULT_STATE_DIR: &str = "/var/lib/picket";
/// Where the broker listens unless the settings say otherwise.
pub const DEFAULT_BROKER: SocketAddr = loopback(1883);
/// Where the page is unless the settings say otherwise.
pub const DEFAULT_WEB: SocketAddr = loopback(8470);
/// First level of the topics that Home Assistant discovers devices by.
pub const DEFAULT_DISCOVERY_PREFIX: &str = "homeassistant";
/// Most nodes that the settings may allow.
const MAX_NODES: usize = 10_000;
/// Bounds of `stopping_excuse`.
const EXCUSE_BOUNDS: (Millis, Millis) = (Millis::from_s(1), Millis::from_s(7 * 24 * 3600));

/// Everything that the owner may set of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The owner's name for all of this.
    pub site: String,
    /// The folder of the store, absolute.
    pub state_dir: PathBuf,
    /// The public list of the enrolled nodes.
    pub nodes_file: PathBuf,
    /// Most nodes that are known at once.
    pub max_nodes: usize,
    /// Where nodes and hub meet.
    pub broker: Broker,
    /// `HOST:PORT` that nodes are told to find the broker at; none means what seems best.
    pub address: Option<String>,
    /// Where the page is.
    pub web: SocketAddr,
    /// How Home Assistant is fed.
    pub home_assistant: HomeAssistant,
    /// How long a node that said `stopping` is expected to be off.
    pub stopping_excuse: Millis,
    /// What may be written to which disk before it is worn out.
    pub endurance: Vec<Endurance>,
}

/// How Home Assistant is fed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeAssistant {
    /// Its broker; none means the broker of the nodes.
    pub url: Option<BrokerUrl>,
    /// How the hub logs in there.
    pub login: Option<UserLogin>,
    /// Whose certificate is believed there; none means that of the site's own CA.
    pub ca_file: Option<PathBuf>,
    /// First level of the discovery topics.
    pub discovery_prefix: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            site: "home".to_owned(),
            state_dir: PathBuf::from(DEFAULT_STATE_DIR),
            nodes_file: beside(Path::new(DEFAULT_FILE)),
            max_nodes: picket_hub_core::Config::default().max_nodes,
            broker: Broker::default(),
            address: None,
            web: DEFAULT_WEB,
            home_assistant: HomeAssistant {
                url: None,
                login: None,
                ca_file: None,
                discovery_prefix: DEFAULT_DISCOVERY_PREFIX.to_owned(),
            },
            stopping_excuse: picket_hub_core::Config::default().stopping_excuse,
            endurance: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads and checks a file.
    pub fn load(file: &Path) -> Result<Settings, SettingsError> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| SettingsError::unreadable(file, &error))?;
        Settings::parse(&text, file)
    }

    /// The folder of the hub's identity.
    pub fn identity_dir(&self) -> PathBuf {
        self.state_dir.join("identity")
    }

    /// Checks the text of a file; `file` is only named in errors.
    pub fn parse(text: &str, file: &Path) -> Result<Settings, SettingsError> {
        let place = Place { file, text };
        let written: Written = toml::from_str(text).map_err(|error| place.toml(&error))?;
        mean(written, &place)
    }
}

/// The address of a broker that listens here, for its clients.
pub fn url_of(address: SocketAddr) -> BrokerUrl {
    let host = match address.ip() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    BrokerUrl::new(host, address.port())
}

/// The list of nodes that belongs to a file of settings.
fn beside(file: &Path) -> PathBuf {
    file.with_file_name(NODES_FILE)
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

fn mean(written: Written, place: &Place<'_>) -> Result<Settings, SettingsError> {
    let mut settings = Settings::default();
    if let Some(site) = &written.site {
        settings.site = mean_site(site, place)?;
    }
    if let Some(dir) = &written.state_dir {
        settings.state_dir = absolute("state_dir", dir, place)?;
    }
    settings.nodes_file = match &written.nodes_file {
        Some(file) => absolute("nodes_file", file, place)?,
        None => beside(place.file),
    };
    if let Some(count) = &written.max_nodes {
        settings.max_nodes = usize::try_from(*count.get_ref())
            .ok()
            .filter(|count| (1..=MAX_NODES).contains(count))
            .ok_or_else(|| {
                place.error(
                    count,
                    format!("max_nodes must be between 1 and {MAX_NODES}"),
                )
            })?;
    }
    (settings.broker, settings.address) = broker::mean(&written, place)?;
    if let Some(listen) = written.web.as_ref().and_then(|web| web.listen.as_ref()) {
        settings.web = address(listen, "127.0.0.1:8470", place)?;
    }
    if let Some(feed) = &written.home_assistant {
        settings.home_assistant = mean_home_assistant(feed, place)?;
    }
    if let Some(excuse) = written
        .presence
        .as_ref()
        .and_then(|p| p.stopping_excuse.as_ref())
    {
        let length = duration::parse(excuse.get_ref())
            .map_err(|why| place.error(excuse, format!("stopping_excuse: {why}")))?;
        let (least, most) = EXCUSE_BOUNDS;
        if length < least || length > most {
            let what = "stopping_excuse must be between 1s and 7d".to_owned();
            return Err(place.error(excuse, what));
        }
        settings.stopping_excuse = length;
    }
    settings.endurance = endurance::mean(&written.endurance, place)?;
    Ok(settings)
}

fn mean_site(site: &Spanned<String>, place: &Place<'_>) -> Result<String, SettingsError> {
    let text = site.get_ref();
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b);
    if text.is_empty() || text.len() > 32 || !text.bytes().all(allowed) {
        let what = "site must be 1 to 32 characters of a-z, 0-9, '_' and '-'".to_owned();
        return Err(place.error(site, what));
    }
    Ok(text.clone())
}

fn absolute(
    key: &str,
    text: &Spanned<String>,
    place: &Place<'_>,
) -> Result<PathBuf, SettingsError> {
    let path = PathBuf::from(text.get_ref());
    if !path.is_absolute() {
        let what = format!("{key} must be an absolute path: one that begins with /");
        return Err(place.error(text, what));
    }
    Ok(path)
}

fn mean_home_assistant(
    feed: &WrittenHomeAssistant,
    place: &Place<'_>,
) -> Result<HomeAssistant, SettingsError> {
    let allow_plain = feed.allow_plain.unwrap_or(false);
    let login = broker::mean_login(&feed.user, &feed.password_from, place)?;
    let ca_file = feed.ca_file.as_ref();
    let Some(url) = &feed.url else {
        let alone = feed.user.as_ref().or(ca_file);
        if let Some(alone) = alone {
            let what = "[home_assistant] user, password_from and ca_file are for a broker of its \
                        own; name that one by url"
                .to_owned();
            return Err(place.error(alone, what));
        }
        return Ok(HomeAssistant {
            discovery_prefix: mean_prefix(&feed.discovery_prefix, place)?,
            ..Settings::default().home_assistant
        });
    };
    let meant = broker::mean_url(url, allow_plain, place)?;
    Ok(HomeAssistant {
        ca_file: broker::mean_ca_file(ca_file, &meant, place)?,
        url: Some(meant),
        login,
        discovery_prefix: mean_prefix(&feed.discovery_prefix, place)?,
    })
}

fn address(
    entry: &Spanned<String>,
    example: &str,
    place: &Place<'_>,
) -> Result<SocketAddr, SettingsError> {
    entry.get_ref().parse().map_err(|_| {
        let text = entry.get_ref();
        let what = format!("{text:?} is no address and port; write it like {example:?}");
        place.error(entry, what)
    })
}

/// First level of Picket's own topics.
const TAKEN_PREFIX: &str = "picket";

fn mean_prefix(
    prefix: &Option<Spanned<String>>,
    place: &Place<'_>,
) -> Result<String, SettingsError> {
    let Some(prefix) = prefix else {
        return Ok(DEFAULT_DISCOVERY_PREFIX.to_owned());
    };
    let text = prefix.get_ref();
    let framed = text.starts_with('/') || text.ends_with('/');
    let forbidden = |c: char| matches!(c, '+' | '#' | '$') || c.is_control();
    let taken = text
        .split('/')
        .next()
        .is_some_and(|first| first == TAKEN_PREFIX);
    if text.is_empty() || text.len() > 64 || framed || taken || text.contains(forbidden) {
        let what = "discovery_prefix must be the front of a topic, such as \"homeassistant\": \
                    1 to 64 characters without +, # and $, no / at its ends, not \"picket\""
            .to_owned();
        return Err(place.error(prefix, what));
    }
    Ok(text.clone())
}
