//! What `hub.toml` means, checked: whoever holds a [`Settings`] need not check anything again.
//!
//! Reading goes in two stages: `written` is the file as it stands, this is what it means.

mod duration;
mod error;
mod explain;
mod written;

#[cfg(test)]
mod tests;

pub use error::SettingsError;
pub use explain::explain;

use crate::broker_url::BrokerUrl;
use error::Place;
use picket_hub_core::time::Millis;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use toml::Spanned;
use written::Written;

/// Where the settings are unless the command line says otherwise.
pub const DEFAULT_FILE: &str = "/etc/picket/hub.toml";
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
/// Most addresses that the broker may listen on.
const MAX_LISTEN: usize = 8;
/// Bounds of `stopping_excuse`.
const EXCUSE_BOUNDS: (Millis, Millis) = (Millis::from_s(1), Millis::from_s(7 * 24 * 3600));

/// Everything that the owner may set of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The owner's name for all of this.
    pub site: String,
    /// The folder of the store, absolute.
    pub state_dir: PathBuf,
    /// Most nodes that are known at once.
    pub max_nodes: usize,
    /// Where nodes and hub meet.
    pub broker: Broker,
    /// Where the page is.
    pub web: SocketAddr,
    /// How Home Assistant is fed.
    pub home_assistant: HomeAssistant,
    /// How long a node that said `stopping` is expected to be off.
    pub stopping_excuse: Millis,
}

/// Where nodes and hub meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broker {
    /// A broker in the hub's own process.
    Embedded {
        /// Addresses of this machine; at least one, all loopback.
        listen: Vec<SocketAddr>,
    },
    /// A broker elsewhere.
    External(BrokerUrl),
}

/// How Home Assistant is fed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HomeAssistant {
    /// Its broker; none means the broker of the nodes.
    pub url: Option<BrokerUrl>,
    /// First level of the discovery topics.
    pub discovery_prefix: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            site: "home".to_owned(),
            state_dir: PathBuf::from(DEFAULT_STATE_DIR),
            max_nodes: picket_hub_core::Config::default().max_nodes,
            broker: Broker::Embedded {
                listen: vec![DEFAULT_BROKER],
            },
            web: DEFAULT_WEB,
            home_assistant: HomeAssistant {
                url: None,
                discovery_prefix: DEFAULT_DISCOVERY_PREFIX.to_owned(),
            },
            stopping_excuse: picket_hub_core::Config::default().stopping_excuse,
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

    /// Checks the text of a file; `file` is only named in errors.
    pub fn parse(text: &str, file: &Path) -> Result<Settings, SettingsError> {
        let place = Place { file, text };
        let written: Written = toml::from_str(text).map_err(|error| place.toml(&error))?;
        mean(written, &place)
    }

    /// The broker of the nodes as its clients see it.
    pub fn broker_url(&self) -> BrokerUrl {
        match &self.broker {
            Broker::External(url) => url.clone(),
            Broker::Embedded { listen } => {
                let address = listen.first().copied().unwrap_or(DEFAULT_BROKER);
                url_of(address)
            }
        }
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

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

fn mean(written: Written, place: &Place<'_>) -> Result<Settings, SettingsError> {
    let mut settings = Settings::default();
    if let Some(site) = &written.site {
        settings.site = mean_site(site, place)?;
    }
    if let Some(dir) = &written.state_dir {
        settings.state_dir = mean_state_dir(dir, place)?;
    }
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
    settings.broker = mean_broker(&written, place)?;
    if let Some(listen) = written.web.as_ref().and_then(|web| web.listen.as_ref()) {
        settings.web = address(listen, "127.0.0.1:8470", place)?;
    }
    if let Some(feed) = &written.home_assistant {
        let allow_plain = feed.allow_plain.unwrap_or(false);
        if let Some(url) = &feed.url {
            settings.home_assistant.url = Some(broker_url(url, allow_plain, place)?);
        }
        if let Some(prefix) = &feed.discovery_prefix {
            settings.home_assistant.discovery_prefix = mean_prefix(prefix, place)?;
        }
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

fn mean_state_dir(dir: &Spanned<String>, place: &Place<'_>) -> Result<PathBuf, SettingsError> {
    let path = PathBuf::from(dir.get_ref());
    if !path.is_absolute() {
        let what = format!("state_dir must be an absolute path, such as {DEFAULT_STATE_DIR:?}");
        return Err(place.error(dir, what));
    }
    Ok(path)
}

fn mean_broker(written: &Written, place: &Place<'_>) -> Result<Broker, SettingsError> {
    match (&written.broker, &written.mqtt) {
        (Some(_), Some(external)) => Err(place.error(
            &external.url,
            "[mqtt] names an external broker and [broker] the embedded one; keep one of them"
                .to_owned(),
        )),
        (None, Some(external)) => {
            let allow_plain = external.allow_plain.unwrap_or(false);
            broker_url(&external.url, allow_plain, place).map(Broker::External)
        }
        (None, None) => Ok(Broker::Embedded {
            listen: vec![DEFAULT_BROKER],
        }),
        (Some(embedded), None) => {
            let Some(list) = &embedded.listen else {
                return Ok(Broker::Embedded {
                    listen: vec![DEFAULT_BROKER],
                });
            };
            if list.get_ref().is_empty() || list.get_ref().len() > MAX_LISTEN {
                let what = format!("[broker] listen needs 1 to {MAX_LISTEN} addresses");
                return Err(place.error(list, what));
            }
            let listen = list.get_ref().iter();
            let listen = listen.map(|entry| broker_address(entry, place));
            Ok(Broker::Embedded {
                listen: listen.collect::<Result<_, _>>()?,
            })
        }
    }
}

fn broker_address(entry: &Spanned<String>, place: &Place<'_>) -> Result<SocketAddr, SettingsError> {
    let address = address(entry, "127.0.0.1:1883", place)?;
    if !address.ip().is_loopback() {
        let what = format!(
            "[broker] cannot listen on {address}: without keys and TLS everybody on that network \
             could speak for your nodes, and this version has neither; listen on 127.0.0.1, or \
             name an external broker by [mqtt] url"
        );
        return Err(place.error(entry, what));
    }
    Ok(address)
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

fn broker_url(
    entry: &Spanned<String>,
    allow_plain: bool,
    place: &Place<'_>,
) -> Result<BrokerUrl, SettingsError> {
    let url: BrokerUrl = entry
        .get_ref()
        .parse()
        .map_err(|why: crate::broker_url::UrlError| place.error(entry, why.to_string()))?;
    if !url.is_loopback() && !allow_plain {
        let what = format!(
            "{url} is not on this machine and mqtt:// is not encrypted; if you trust every \
             machine on the way, add allow_plain = true below it"
        );
        return Err(place.error(entry, what));
    }
    Ok(url)
}

fn mean_prefix(prefix: &Spanned<String>, place: &Place<'_>) -> Result<String, SettingsError> {
    let text = prefix.get_ref();
    let framed = text.starts_with('/') || text.ends_with('/');
    let forbidden = |c: char| matches!(c, '+' | '#' | '$') || c.is_control();
    if text.is_empty() || text.len() > 64 || framed || text.contains(forbidden) {
        let what = "discovery_prefix must be the front of a topic, such as \"homeassistant\": \
                    1 to 64 characters without +, # and $, no / at its ends"
            .to_owned();
        return Err(place.error(prefix, what));
    }
    Ok(text.clone())
}
