//! The address of a broker as people write it: `mqtt://[user:password@]host[:port]`.

use std::fmt;
use std::str::FromStr;

/// Port of MQTT without TLS (IANA).
pub const DEFAULT_PORT: u16 = 1883;

/// A checked address. Shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerUrl {
    host: String,
    port: u16,
    login: Option<(String, String)>,
}

/// Why a text is no address of a broker that this program can reach.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// TLS is asked for.
    #[error(
        "mqtts:// is not supported by this version; use mqtt:// to a broker on this machine, \
         or on a network that you trust"
    )]
    Tls,
    /// Another scheme, or none.
    #[error("the address of a broker begins with mqtt://, such as mqtt://127.0.0.1:1883")]
    Scheme,
    /// There is no host.
    #[error("the address has no host; write mqtt://HOST:PORT")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("the port {0:?} is no number from 1 to 65535")]
    Port(String),
    /// Something follows the port.
    #[error("nothing may follow the port, but {0:?} does")]
    Rest(String),
    /// A percent sign in user name or password is not followed by two hex digits.
    #[error("user name or password has a broken %-escape; write % itself as %25")]
    Escape,
}

impl BrokerUrl {
    /// The address of a broker on this machine or elsewhere, without login.
    pub fn new(host: impl Into<String>, port: u16) -> BrokerUrl {
        BrokerUrl {
            host: host.into(),
            port,
            login: None,
        }
    }

    /// Name or address; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// User name and password.
    pub fn login(&self) -> Option<(&str, &str)> {
        self.login
            .as_ref()
            .map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// Whether nothing leaves this machine on the way to the broker.
    pub fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        bare == "localhost"
            || bare
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for BrokerUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<BrokerUrl, UrlError> {
        if text.starts_with("mqtts://") {
            return Err(UrlError::Tls);
        }
        let rest = text.strip_prefix("mqtt://").ok_or(UrlError::Scheme)?;
        let (rest, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !path.is_empty() {
            return Err(UrlError::Rest(path.to_owned()));
        }
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        let login = login.map(parse_login).transpose()?;
        let (host, port) = match place.rsplit_once(':') {
            // The colons of an address in brackets are its own.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (place, None),
        };
        let port = port.map_or(Ok(DEFAULT_PORT), parse_port)?;
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(UrlError::Host);
        }
        Ok(BrokerUrl {
            host: host.to_owned(),
            port,
            login,
        })
    }
}

fn parse_port(text: &str) -> Result<u16, UrlError> {
    match text.parse() {
        Ok(0) | Err(_) => Err(UrlError::Port(text.to_owned())),
        Ok(port) => Ok(port),
    }
}

fn parse_login(text: &str) -> Result<(String, String), UrlError> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    Ok((unescape(user)?, unescape(password)?))
}

fn unescape(text: &str) -> Result<String, UrlError> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(UrlError::Escape);
        };
        out.push(u8::try_from(high * 16 + low).map_err(|_| UrlError::Escape)?);
    }
    String::from_utf8(out).map_err(|_| UrlError::Escape)
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mqtt://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let url: BrokerUrl = "mqtt://picket:a%20b%25@broker.lan:1884/".parse().unwrap();
        assert_eq!((url.host(), url.port()), ("broker.lan", 1884));
        assert_eq!(url.login(), Some(("picket", "a b%")));
        assert_eq!(
            url.to_string(),
            "mqtt://broker.lan:1884",
            "the password is not shown"
        );
        let plain: BrokerUrl = "mqtt://broker".parse().unwrap();
        assert_eq!(
            (plain.host(), plain.port(), plain.login()),
            ("broker", 1883, None)
        );
        let six: BrokerUrl = "mqtt://[::1]:1885".parse().unwrap();
        assert_eq!((six.host(), six.port()), ("[::1]", 1885));
        assert_eq!("mqtt://[::1]".parse::<BrokerUrl>().unwrap().port(), 1883);
    }

    #[test]
    fn loopback_is_known_by_address_and_by_name() {
        for (text, loopback) in [
            ("mqtt://127.0.0.1", true),
            ("mqtt://127.3.2.1:99", true),
            ("mqtt://[::1]:1", true),
            ("mqtt://localhost", true),
            ("mqtt://192.0.2.1", false),
            ("mqtt://localhost.example", false),
        ] {
            assert_eq!(
                text.parse::<BrokerUrl>().unwrap().is_loopback(),
                loopback,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        for (text, error) in [
            ("mqtts://broker", UrlError::Tls),
            ("broker:1883", UrlError::Scheme),
            ("mqtt://", UrlError::Host),
            ("mqtt://:1883", UrlError::Host),
            ("mqtt://broker:0", UrlError::Port("0".into())),
            ("mqtt://broker:mqtt", UrlError::Port("mqtt".into())),
            ("mqtt://broker:1883/topic", UrlError::Rest("topic".into())),
            ("mqtt://a:%zz@broker", UrlError::Escape),
        ] {
            assert_eq!(text.parse::<BrokerUrl>(), Err(error), "{text}");
        }
    }
}
