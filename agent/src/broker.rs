//! The address of the broker, as the settings write it: `mqtts://host[:port]`, or `mqtt://` without
//! TLS.

use std::fmt;
use std::net::IpAddr;

/// The port of MQTT without TLS.
pub const DEFAULT_PORT: u16 = 1883;
/// The port of MQTT with TLS.
pub const DEFAULT_TLS_PORT: u16 = 8883;

/// Where the broker listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Whether TLS is spoken there.
    pub tls: bool,
    /// A name or an address; an IPv6 address stands in brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Broker {
    /// Reads an address. The error says what is wrong and what to write.
    ///
    /// # Errors
    /// Another scheme than `mqtt` and `mqtts`, user names, paths, no host, or a port that is none.
    pub fn parse(text: &str) -> Result<Broker, String> {
        let how = "write \"mqtts://HOST:PORT\", or \"mqtt://HOST:PORT\" without TLS";
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!("\"{text}\" has no scheme: {how}"));
        };
        let tls = match scheme {
            "mqtt" => false,
            "mqtts" => true,
            _ => {
                return Err(format!(
                    "\"{scheme}\" in \"{text}\" is no scheme of MQTT: {how}"
                ));
            }
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err(format!(
                "a user name in the address is not supported: {how}"
            ));
        }
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, port)) => (format!("[{address}]"), port),
            None => {
                let at = rest.find(':').unwrap_or(rest.len());
                let (host, port) = rest.split_at(at);
                (host.to_owned(), port)
            }
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() && tls => DEFAULT_TLS_PORT,
            None if port.is_empty() => DEFAULT_PORT,
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(|| {
                format!("\"{port}\" in \"{text}\" is no port (1 to 65535): {how}")
            })?,
            None => return Err(format!("\"{text}\" is no address of a broker: {how}")),
        };
        if !is_host(&host) {
            return Err(format!("\"{host}\" in \"{text}\" is no host: {how}"));
        }
        Ok(Broker { tls, host, port })
    }

    /// The host without the brackets of an IPv6 address.
    pub fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Whether what is sent there stays on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.bare_host();
        host == "localhost"
            || host
                .parse()
                .is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

fn is_host(host: &str) -> bool {
    match host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(address) => address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_ipv6()),
        None => {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !host.is_empty() && host.len() <= 253 && host.chars().all(allowed)
        }
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "mqtts" } else { "mqtt" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_perhaps_a_port() {
        for (text, shown, loopback) in [
            ("mqtt://127.0.0.1", "mqtt://127.0.0.1:1883", true),
            ("mqtt://localhost:1884/", "mqtt://localhost:1884", true),
            ("mqtt://[::1]:2000", "mqtt://[::1]:2000", true),
            ("mqtt://hub.lan", "mqtt://hub.lan:1883", false),
            ("mqtt://192.0.2.10:1883", "mqtt://192.0.2.10:1883", false),
            ("mqtts://hub.lan", "mqtts://hub.lan:8883", false),
            ("mqtts://[::1]:8884", "mqtts://[::1]:8884", true),
        ] {
            let broker = Broker::parse(text).unwrap();
            assert_eq!(broker.to_string(), shown);
            assert_eq!(broker.is_loopback(), loopback, "{text}");
            assert_eq!(broker.tls, text.starts_with("mqtts:"), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_to_write() {
        for (text, expected) in [
            ("127.0.0.1:1883", "has no scheme"),
            ("http://hub.lan", "no scheme of MQTT"),
            ("mqtt://", "is no host"),
            ("mqtt://hub lan", "is no host"),
            ("mqtt://hub.lan:", "is no port"),
            ("mqtt://hub.lan:0", "is no port"),
            ("mqtt://hub.lan:65536", "is no port"),
            ("mqtt://hub.lan:1883/path", "is no port"),
            ("mqtt://me:secret@hub.lan", "user name"),
            ("mqtt://[::1", "is no port"),
            ("mqtt://[nonsense]", "is no host"),
            ("mqtt://[::1]1883", "is no address"),
        ] {
            let error = Broker::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
            assert!(error.contains("mqtt://HOST"), "{error}");
        }
    }
}
