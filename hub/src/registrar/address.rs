//! Which address of the hub a token tells its node.

use picket_wire::token::{Address, MAX_ADDRESS};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// Port of MQTT over TLS (IANA).
pub const TLS_PORT: u16 = 8883;

/// Where an address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The owner named it with the command.
    Named,
    /// `address` of the settings.
    Settings,
    /// The listener has one address only, or the external broker one URL.
    Listener,
    /// The machine's address on its default route.
    DefaultRoute,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Named => "as you named it",
            Source::Settings => "from the settings",
            Source::Listener => "where the broker listens",
            Source::DefaultRoute => "this machine's address on its default route",
        })
    }
}

/// An address, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// `host:port`.
    pub address: Address,
    /// Where it comes from.
    pub source: Source,
}

/// Why there is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    /// The text is none.
    #[error("{0:?} is no HOST:PORT; write it like hub.lan:8883 or 192.0.2.10:8883")]
    Malformed(String),
    /// The machine has no default route.
    #[error(
        "this machine has no default route, so it cannot tell under which address the nodes reach \
         it; name one by --address HOST:PORT"
    )]
    NoRoute,
}

/// The first of: what was named, what the settings say, the listener's own address, the address on
/// the default route (which `route` finds) with the listener's port.
pub fn choose(
    named: Option<&str>,
    settings: Option<&str>,
    listener: Listener,
    route: impl FnOnce() -> Option<IpAddr>,
) -> Result<Chosen, NoAddress> {
    let chosen = |text: &str, source| {
        let address = parse(text)?;
        Ok(Chosen { address, source })
    };
    if let Some(named) = named {
        return chosen(named, Source::Named);
    }
    if let Some(settings) = settings {
        return chosen(settings, Source::Settings);
    }
    let port = match listener {
        Listener::At(address) if !address.ip().is_unspecified() => {
            return chosen(&address.to_string(), Source::Listener);
        }
        Listener::Elsewhere(text) => return chosen(&text, Source::Listener),
        Listener::At(address) => address.port(),
        Listener::Local => TLS_PORT,
    };
    let ip = route().ok_or(NoAddress::NoRoute)?;
    chosen(&SocketAddr::new(ip, port).to_string(), Source::DefaultRoute)
}

/// Where the broker listens for nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listener {
    /// The embedded broker, here.
    At(SocketAddr),
    /// An external broker, under this `host:port`.
    Elsewhere(String),
    /// An external broker on this machine, whose port for nodes is not known.
    Local,
}

/// Checks `host:port`; an IPv6 address stands in brackets.
pub fn parse(text: &str) -> Result<Address, NoAddress> {
    let malformed = || NoAddress::Malformed(text.chars().take(MAX_ADDRESS).collect());
    let (host, port) = text.rsplit_once(':').ok_or_else(malformed)?;
    let is_port =
        port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|p| p > 0);
    if !is_port || !is_host(host) {
        return Err(malformed());
    }
    Address::try_from(text).map_err(|_| malformed())
}

fn is_host(host: &str) -> bool {
    if let Some(bare) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        return bare.parse::<Ipv6Addr>().is_ok();
    }
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    !host.is_empty() && !host.starts_with(['-', '.']) && host.bytes().all(allowed)
}

/// Whether only this machine reaches it.
pub fn is_loopback(address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The address from which this machine would speak to the world. A UDP socket that is connected
/// sends nothing; the kernel only looks its route up (to documentation addresses, RFC 5737 and
/// RFC 3849).
pub fn on_default_route() -> Option<IpAddr> {
    let v4 = (
        Ipv4Addr::UNSPECIFIED.into(),
        Ipv4Addr::new(192, 0, 2, 1).into(),
    );
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    let v6 = (Ipv6Addr::UNSPECIFIED.into(), v6.into());
    [v4, v6]
        .into_iter()
        .find_map(|(any, far): (IpAddr, IpAddr)| {
            let socket = UdpSocket::bind((any, 0)).ok()?;
            // Port 9 throws away what comes; nothing does.
            socket.connect((far, 9)).ok()?;
            let ip = socket.local_addr().ok()?.ip();
            (!ip.is_unspecified()).then_some(ip)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAN: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::new(192, 168, 1, 5)));

    fn all(port: u16) -> Listener {
        Listener::At(SocketAddr::from(([0, 0, 0, 0], port)))
    }

    fn chosen(named: Option<&str>, settings: Option<&str>, listener: Listener) -> (String, Source) {
        let chosen = choose(named, settings, listener, || LAN).unwrap();
        (chosen.address.as_str().to_owned(), chosen.source)
    }

    #[test]
    fn what_is_named_goes_before_the_settings_the_listener_and_the_route() {
        let one = Listener::At(SocketAddr::from(([10, 0, 0, 1], 8884)));
        let (a, b) = (Some("a.lan:1"), Some("b.lan:2"));
        for (named, settings, listener, expected) in [
            (a, b, one.clone(), ("a.lan:1", Source::Named)),
            (None, b, one.clone(), ("b.lan:2", Source::Settings)),
            (None, None, one, ("10.0.0.1:8884", Source::Listener)),
            (
                None,
                None,
                all(8884),
                ("192.168.1.5:8884", Source::DefaultRoute),
            ),
            (
                None,
                None,
                Listener::Local,
                ("192.168.1.5:8883", Source::DefaultRoute),
            ),
            (
                None,
                None,
                Listener::Elsewhere("mq.lan:9".to_owned()),
                ("mq.lan:9", Source::Listener),
            ),
        ] {
            let (address, source) = chosen(named, settings, listener);
            assert_eq!((address.as_str(), source), expected);
        }
    }

    #[test]
    fn without_a_route_the_owner_has_to_name_one() {
        let error = choose(None, None, all(8883), || None).unwrap_err();
        assert!(error.to_string().contains("--address"), "{error}");
    }

    #[test]
    fn only_host_and_port_are_an_address() {
        for good in [
            "hub.lan:8883",
            "192.0.2.10:1",
            "[2001:db8::1]:8883",
            "my_pi:65535",
        ] {
            assert_eq!(parse(good).unwrap(), good);
        }
        let long = format!("{}:8883", "a".repeat(MAX_ADDRESS));
        for bad in [
            "",
            ":",
            "hub",
            "hub.lan:",
            ":8883",
            "hub.lan:0",
            "hub.lan:65536",
            "hub.lan:+1",
            "2001:db8::1:8883",
            "[hub]:1",
            "mqtts://hub:8883",
            "a b:1",
            "-a:1",
            "hub.lan:8883\n",
            &long,
        ] {
            let error = parse(bad).unwrap_err().to_string();
            assert!(error.contains("HOST:PORT"), "{bad:?}: {error}");
        }
    }

    #[test]
    fn loopback_is_seen_in_every_form() {
        for here in ["127.0.0.1:8883", "127.1.2.3:1", "localhost:1", "[::1]:8883"] {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in ["192.0.2.10:8883", "hub.lan:8883", "[2001:db8::1]:1"] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
