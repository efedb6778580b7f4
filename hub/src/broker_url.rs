//! Where a broker is and how it is met: `mqtt://host[:port]` or `mqtts://host[:port]` as people
//! write it, and what the settings say besides of login and trust.

use crate::login::Login;
use crate::tls::Trust;
use std::fmt;
use std::str::FromStr;

/// Port of MQTT without TLS (IANA).
pub const DEFAULT_PORT: u16 = 1883;
/// Port of MQTT over TLS (IANA).
pub const DEFAULT_TLS_PORT: u16 = 8883;

/// A checked address. Shown without its login.
#[derive(Clone, PartialEq, Eq)]
pub struct BrokerUrl {
    host: String,
    port: u16,
    tls: bool,
    login: Option<Login>,
    trust: Option<Trust>,
}

/// Why a text is no address of a broker that this program can reach.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Another scheme, or none.
    #[error(
        "the address of a broker begins with mqtt:// or mqtts://, such as mqtt://127.0.0.1:1883"
    )]
    Scheme,
    /// There is no host.
    #[error("the address has no host; write mqtt://HOST:PORT or mqtts://HOST:PORT")]
    Host,
    /// The port is no number from 1 to 65535.
    #[error("the port {0:?} is no number from 1 to 65535")]
    Port(String),
    /// Something follows the port.
    #[error("nothing may follow the port, but {0:?} does")]
    Rest(String),
    /// A user name or a password is part of it. What it was is not repeated.
    #[error(
        "a login does not belong into the address, which every log shows; write \
         user = \"NAME\" and password_from = \"/path/of/a/file\" below it"
    )]
    Login,
}

impl BrokerUrl {
    /// The address of a broker on this machine or elsewhere, without TLS and login.
    pub fn new(host: impl Into<String>, port: u16) -> BrokerUrl {
        BrokerUrl {
            host: host.into(),
            port,
            tls: false,
            login: None,
            trust: None,
        }
    }

    /// The same with a login.
    pub fn with_login(self, login: Login) -> BrokerUrl {
        BrokerUrl {
            login: Some(login),
            ..self
        }
    }

    /// The same with whom to believe there; only TLS asks for it.
    pub fn with_trust(self, trust: Trust) -> BrokerUrl {
        BrokerUrl {
            trust: Some(trust),
            ..self
        }
    }

    /// Name or address; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Name or address; an IPv6 address without brackets.
    pub fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is met over TLS.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// User name and password.
    pub fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }

    /// Whom to believe there.
    pub fn trust(&self) -> Option<&Trust> {
        self.trust.as_ref()
    }

    /// Whether nothing leaves this machine on the way to the broker.
    pub fn is_loopback(&self) -> bool {
        let bare = self.bare_host();
        bare == "localhost"
            || bare
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for BrokerUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<BrokerUrl, UrlError> {
        let (rest, tls) = match (text.strip_prefix("mqtt://"), text.strip_prefix("mqtts://")) {
            (Some(rest), _) => (rest, false),
            (None, Some(rest)) => (rest, true),
            (None, None) => return Err(UrlError::Scheme),
        };
        // Before the rest is looked at, because what is wrong with it would be repeated.
        if rest.contains('@') {
            return Err(UrlError::Login);
        }
        let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !path.is_empty() {
            return Err(UrlError::Rest(path.to_owned()));
        }
        let (host, port) = match place.rsplit_once(':') {
            // The colons of an address in brackets are its own.
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (place, None),
        };
        let default = if tls { DEFAULT_TLS_PORT } else { DEFAULT_PORT };
        let port = port.map_or(Ok(default), parse_port)?;
        if host.is_empty() || host.contains(char::is_whitespace) {
            return Err(UrlError::Host);
        }
        Ok(BrokerUrl {
            tls,
            ..BrokerUrl::new(host, port)
        })
    }
}

fn parse_port(text: &str) -> Result<u16, UrlError> {
    match text.parse() {
        Ok(0) | Err(_) => Err(UrlError::Port(text.to_owned())),
        Ok(port) => Ok(port),
    }
}

impl fmt::Display for BrokerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "mqtts" } else { "mqtt" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
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
        for (text, host, port, tls, shown) in [
            ("mqtt://broker", "broker", 1883, false, "mqtt://broker:1883"),
            (
                "mqtt://broker.lan:1884/",
                "broker.lan",
                1884,
                false,
                "mqtt://broker.lan:1884",
            ),
            (
                "mqtts://broker",
                "broker",
                8883,
                true,
                "mqtts://broker:8883",
            ),
            ("mqtts://broker:1", "broker", 1, true, "mqtts://broker:1"),
            ("mqtt://[::1]", "[::1]", 1883, false, "mqtt://[::1]:1883"),
            (
                "mqtts://[::1]:1885",
                "[::1]",
                1885,
                true,
                "mqtts://[::1]:1885",
            ),
        ] {
            let url: BrokerUrl = text.parse().unwrap();
            assert_eq!((url.host(), url.port(), url.is_tls()), (host, port, tls));
            assert_eq!(url.to_string(), shown);
        }
        let six: BrokerUrl = "mqtts://[::1]".parse().unwrap();
        assert_eq!(six.bare_host(), "::1");
    }

    #[test]
    fn a_login_is_never_shown() {
        let url = BrokerUrl::new("broker", 1883).with_login(Login::new("picket", "secret"));
        let shown = format!("{url} {url:?}");
        assert!(
            !shown.contains("secret") && !shown.contains("picket"),
            "{shown}"
        );
        assert_eq!(url.login().unwrap().password(), "secret");
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
            ("broker:1883", UrlError::Scheme),
            ("mqtt://", UrlError::Host),
            ("mqtt://:1883", UrlError::Host),
            ("mqtt://broker:0", UrlError::Port("0".into())),
            ("mqtt://broker:mqtt", UrlError::Port("mqtt".into())),
            ("mqtt://broker:1883/topic", UrlError::Rest("topic".into())),
            ("mqtt://user:secret@broker", UrlError::Login),
            ("mqtts://user@broker", UrlError::Login),
            ("mqtt://user:se/cret@broker", UrlError::Login),
        ] {
            assert_eq!(text.parse::<BrokerUrl>(), Err(error), "{text}");
        }
    }
}
