//! `[broker]` and `[mqtt]`: where nodes and hub meet, and how the hub logs in there.

use super::error::Place;
use super::written::{Written, WrittenBroker, WrittenMqtt};
use super::{DEFAULT_BROKER, SettingsError, absolute, address};
use crate::broker_url::{BrokerUrl, UrlError};
use picket_wire::token::MAX_ADDRESS;
use std::net::SocketAddr;
use std::path::PathBuf;
use toml::Spanned;

/// Most addresses that the broker may listen on, of each sort.
const MAX_LISTEN: usize = 8;
/// Most words of the command that makes Mosquitto read its files anew.
const MAX_RELOAD: usize = 16;
/// Longest user name, in bytes.
const MAX_USER: usize = 64;

/// Where nodes and hub meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broker {
    /// A broker in the hub's own process.
    Embedded {
        /// Addresses of this machine in plain text; at least one, all loopback.
        listen: Vec<SocketAddr>,
        /// Addresses with TLS, for nodes that have joined.
        listen_tls: Vec<SocketAddr>,
    },
    /// A broker elsewhere.
    External(External),
}

/// A broker that is none of the hub's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct External {
    /// Where.
    pub url: BrokerUrl,
    /// How the hub logs in.
    pub login: LoginFrom,
    /// Whose certificate is believed; none means that of the site's own CA.
    pub ca_file: Option<PathBuf>,
    /// The files that Picket keeps for it.
    pub files: Option<MosquittoFiles>,
}

/// Where the hub has user name and password from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginFrom {
    /// It has none.
    Nobody,
    /// It is the user `hub`, whose password is in the identity and in the password file that Picket
    /// writes.
    Identity,
    /// The owner manages the users.
    Owner(UserLogin),
}

/// A user that the owner manages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserLogin {
    /// The name.
    pub user: String,
    /// The file with the password, absolute.
    pub password_from: PathBuf,
}

/// What Picket writes for a Mosquitto, and how that one is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MosquittoFiles {
    /// Mosquitto's `password_file`, absolute.
    pub password_file: PathBuf,
    /// Mosquitto's `acl_file`, absolute.
    pub acl_file: PathBuf,
    /// The command that makes it read both anew, program first; no shell.
    pub reload: Vec<String>,
}

impl Default for Broker {
    fn default() -> Broker {
        Broker::Embedded {
            listen: vec![DEFAULT_BROKER],
            listen_tls: Vec::new(),
        }
    }
}

/// The broker, and the address that nodes are told.
pub(super) fn mean(
    written: &Written,
    place: &Place<'_>,
) -> Result<(Broker, Option<String>), SettingsError> {
    match (&written.broker, &written.mqtt) {
        (Some(_), Some(external)) => Err(place.error(
            &external.url,
            "[mqtt] names an external broker and [broker] the embedded one; keep one of them"
                .to_owned(),
        )),
        (None, Some(external)) => {
            let broker = Broker::External(mean_external(external, place)?);
            Ok((broker, mean_address(&external.address, place)?))
        }
        (None, None) => Ok((Broker::default(), None)),
        (Some(embedded), None) => {
            let broker = mean_embedded(embedded, place)?;
            Ok((broker, mean_address(&embedded.address, place)?))
        }
    }
}

fn mean_embedded(written: &WrittenBroker, place: &Place<'_>) -> Result<Broker, SettingsError> {
    let listen = match &written.listen {
        Some(list) => mean_listen("listen", 1, list, plain_address, place)?,
        None => vec![DEFAULT_BROKER],
    };
    let listen_tls = match &written.listen_tls {
        Some(list) => mean_listen("listen_tls", 0, list, tls_address, place)?,
        None => Vec::new(),
    };
    Ok(Broker::Embedded { listen, listen_tls })
}

fn mean_listen(
    key: &str,
    least: usize,
    list: &Spanned<Vec<Spanned<String>>>,
    mean: impl Fn(&Spanned<String>, &Place<'_>) -> Result<SocketAddr, SettingsError>,
    place: &Place<'_>,
) -> Result<Vec<SocketAddr>, SettingsError> {
    let entries = list.get_ref();
    if entries.len() < least || entries.len() > MAX_LISTEN {
        let what = format!("[broker] {key} needs {least} to {MAX_LISTEN} addresses");
        return Err(place.error(list, what));
    }
    entries.iter().map(|entry| mean(entry, place)).collect()
}

fn tls_address(entry: &Spanned<String>, place: &Place<'_>) -> Result<SocketAddr, SettingsError> {
    address(entry, "0.0.0.0:8883", place)
}

fn plain_address(entry: &Spanned<String>, place: &Place<'_>) -> Result<SocketAddr, SettingsError> {
    let address = address(entry, "127.0.0.1:1883", place)?;
    if !address.ip().is_loopback() {
        let what = format!(
            "[broker] listen is without TLS and login, so it cannot be {address}: everybody on \
             that network could speak for your nodes; write listen_tls = [\"{}:8883\"], and \
             listen = [\"127.0.0.1:1883\"]",
            bracketed(&address)
        );
        return Err(place.error(entry, what));
    }
    Ok(address)
}

fn bracketed(address: &SocketAddr) -> String {
    match address.ip() {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

fn mean_external(written: &WrittenMqtt, place: &Place<'_>) -> Result<External, SettingsError> {
    let allow_plain = written.allow_plain.unwrap_or(false);
    let url = mean_url(&written.url, allow_plain, place)?;
    let files = mean_files(written, place)?;
    let login = match mean_login(&written.user, &written.password_from, place)? {
        Some(login) => LoginFrom::Owner(login),
        None if files.is_some() => LoginFrom::Identity,
        None => LoginFrom::Nobody,
    };
    if let (LoginFrom::Owner(_), Some(_), Some(user)) = (&login, &files, &written.user) {
        let what = "user and password_from are for a broker whose users you manage, \
                    password_file and acl_file for one whose users Picket manages, where the hub \
                    logs in by itself; keep one of both"
            .to_owned();
        return Err(place.error(user, what));
    }
    Ok(External {
        ca_file: mean_ca_file(written.ca_file.as_ref(), &url, place)?,
        url,
        login,
        files,
    })
}

fn mean_files(
    written: &WrittenMqtt,
    place: &Place<'_>,
) -> Result<Option<MosquittoFiles>, SettingsError> {
    let (passwords, rights) = match (&written.password_file, &written.acl_file) {
        (Some(passwords), Some(rights)) => (passwords, rights),
        (Some(one), None) | (None, Some(one)) => {
            let what = "Picket writes password_file and acl_file together; name both".to_owned();
            return Err(place.error(one, what));
        }
        (None, None) => {
            return match &written.reload {
                Some(reload) => {
                    let what = "reload is run after password_file and acl_file were written; \
                                name both"
                        .to_owned();
                    Err(place.error(reload, what))
                }
                None => Ok(None),
            };
        }
    };
    let reload = match &written.reload {
        None => Vec::new(),
        Some(words) => {
            let count = words.get_ref().len();
            let program = words.get_ref().first().is_some_and(|word| !word.is_empty());
            if !program || count > MAX_RELOAD {
                let what = format!(
                    "reload is a program and its arguments, at most {MAX_RELOAD} words, such as \
                     [\"systemctl\", \"reload\", \"mosquitto\"]"
                );
                return Err(place.error(words, what));
            }
            words.get_ref().clone()
        }
    };
    let files = MosquittoFiles {
        password_file: absolute("password_file", passwords, place)?,
        acl_file: absolute("acl_file", rights, place)?,
        reload,
    };
    if files.password_file == files.acl_file {
        let what = "password_file and acl_file are two files".to_owned();
        return Err(place.error(rights, what));
    }
    Ok(Some(files))
}

/// User name and the file of its password; both or none.
pub(super) fn mean_login(
    user: &Option<Spanned<String>>,
    password_from: &Option<Spanned<String>>,
    place: &Place<'_>,
) -> Result<Option<UserLogin>, SettingsError> {
    let (user, password_from) = match (user, password_from) {
        (Some(user), Some(password_from)) => (user, password_from),
        (Some(one), None) | (None, Some(one)) => {
            let what = "user and password_from belong together; write both, or none".to_owned();
            return Err(place.error(one, what));
        }
        (None, None) => return Ok(None),
    };
    let name = user.get_ref();
    if name.is_empty() || name.len() > MAX_USER || name.contains(char::is_control) {
        let what = format!("user must be 1 to {MAX_USER} characters");
        return Err(place.error(user, what));
    }
    Ok(Some(UserLogin {
        user: name.clone(),
        password_from: absolute("password_from", password_from, place)?,
    }))
}

/// The file of the CA that a broker's certificate is verified by.
pub(super) fn mean_ca_file(
    file: Option<&Spanned<String>>,
    url: &BrokerUrl,
    place: &Place<'_>,
) -> Result<Option<PathBuf>, SettingsError> {
    let Some(file) = file else {
        return Ok(None);
    };
    if !url.is_tls() {
        let what = format!("ca_file is for TLS, but {url} has none; write mqtts://");
        return Err(place.error(file, what));
    }
    absolute("ca_file", file, place).map(Some)
}

/// The address of a broker, and whether it may be met in plain text.
pub(super) fn mean_url(
    entry: &Spanned<String>,
    allow_plain: bool,
    place: &Place<'_>,
) -> Result<BrokerUrl, SettingsError> {
    let url: BrokerUrl = entry
        .get_ref()
        .parse()
        .map_err(|why: UrlError| place.error(entry, why.to_string()))?;
    if !url.is_tls() && !url.is_loopback() && !allow_plain {
        let what = format!(
            "{url} is not on this machine and mqtt:// is not encrypted; write mqtts://, or, if \
             you trust every machine on the way, add allow_plain = true below it"
        );
        return Err(place.error(entry, what));
    }
    Ok(url)
}

/// `HOST:PORT` for tokens.
fn mean_address(
    entry: &Option<Spanned<String>>,
    place: &Place<'_>,
) -> Result<Option<String>, SettingsError> {
    let Some(entry) = entry else {
        return Ok(None);
    };
    let text = entry.get_ref();
    let url = format!("mqtts://{text}").parse::<BrokerUrl>();
    let meant = url.map(|url| format!("{}:{}", url.host(), url.port()));
    match meant {
        Ok(meant) if meant.len() <= MAX_ADDRESS && !text.ends_with('/') => Ok(Some(meant)),
        Ok(_) | Err(_) => {
            let what = format!(
                "{text:?} is no address that nodes can be told; write it like \"hub.lan:8883\""
            );
            Err(place.error(entry, what))
        }
    }
}
