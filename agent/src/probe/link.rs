//! Errors, lost carriers and speed of the network interfaces.

use super::{Found, Measured, Needs, Probe, SLOW, class, number};
use crate::parts::Named;
use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use picket_wire::{Missing, PartKind, Quantity, Value};
use std::time::Duration;

/// Most interfaces that are read.
pub const MAX_LINKS: usize = 8;
/// Longest list of routes that is read.
pub const MAX_ROUTES: usize = 64 * 1024;

const CLASS: &str = "/sys/class/net";
const ROUTES: &str = "/proc/net/route";
/// A route's flag that it is up (Linux, include/uapi/linux/route.h).
const RTF_UP: u16 = 1;

const QUANTITIES: [Quantity; 3] = [
    Quantity::LINK_ERRORS,
    Quantity::LINK_CHANGES,
    Quantity::LINK_SPEED,
];

/// The probe: the interface of the default route first, whatever it is, then those with a device
/// behind them. Addresses may be random, so that an interface is known by its name.
#[derive(Debug, Default)]
pub struct Links {}

impl Probe for Links {
    fn quantities(&self) -> &'static [Quantity] {
        &QUANTITIES
    }

    fn every(&self) -> Duration {
        SLOW
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        let uplink = uplink_of(root);
        let names = match names(root, uplink.as_ref().ok().and_then(Option::as_deref)) {
            Ok(names) => names,
            Err(why) => return out.all_missing(&QUANTITIES, why),
        };
        match uplink {
            // The default route may go over a bridge, of which nobody knows now.
            Err(why) => out.all_missing(&QUANTITIES, why),
            Ok(_) if names.is_empty() => out.all_missing(&QUANTITIES, Missing::NotFitted),
            Ok(_) => {}
        }
        for name in names.iter().take(MAX_LINKS) {
            let part = Named::new(PartKind::Interface, &format!("net/{name}"), name);
            let values = [errors(root, name), changes(root, name), speed(root, name)];
            for (quantity, value) in QUANTITIES.into_iter().zip(values) {
                let measured = Measured::of_part(quantity, &part, value);
                out.push(measured.needing(Needs::DacReadSearch));
            }
        }
    }
}

/// The interfaces that are read, in order.
fn names(root: &Root, uplink: Option<&str>) -> Result<Vec<String>, Missing> {
    let mut names = class::entries(root, CLASS)?;
    let is_uplink = |name: &String| Some(name.as_str()) == uplink;
    names.retain(|name| is_uplink(name) || has_device(root, name));
    names.sort_by_key(|name| !is_uplink(name));
    Ok(names)
}

/// The interface of the default route. A kernel without IPv4 has no such list; of one that has only
/// IPv6 to the outside it is not known.
fn uplink_of(root: &Root) -> Result<Option<String>, Missing> {
    match Source::with_limit(ROUTES, MAX_ROUTES).read(root) {
        Ok(routes) if routes.starts_with("Iface") => Ok(uplink(routes).map(str::to_owned)),
        Ok(_) => Err(Missing::Garbled),
        Err(Errno::ENOENT) => Ok(None),
        Err(errno) => Err(reason(errno)),
    }
}

/// A bridge, a tunnel or the loopback has none.
fn has_device(root: &Root, name: &str) -> bool {
    let device = format!("{CLASS}/{name}/device");
    root.link_end(&device).is_ok() || root.list(&device).is_ok()
}

/// The interface of the IPv4 default route that is up and has the lowest metric: columns Iface,
/// Destination, Gateway, Flags, RefCnt, Use, Metric, Mask (Linux, net/ipv4/fib_trie.c).
fn uplink(routes: &str) -> Option<&str> {
    let default = |line| -> Option<(u32, &str)> {
        let fields: Vec<&str> = str::split_ascii_whitespace(line).collect();
        let [name, destination, _, flags, _, _, metric, mask, ..] = fields.as_slice() else {
            return None;
        };
        let flags = u16::from_str_radix(flags, 16).ok()?;
        let default = *destination == "00000000" && *mask == "00000000" && flags & RTF_UP != 0;
        Some((metric.parse().ok()?, *name)).filter(|_| default)
    };
    let routes = routes.lines().skip(1).filter_map(default);
    routes
        .min_by_key(|(metric, _)| *metric)
        .map(|(_, name)| name)
}

/// Receive and send errors since the interface was made.
fn errors(root: &Root, name: &str) -> Value {
    let count = |file| {
        let text = class::attribute(root, &format!("{CLASS}/{name}/statistics/{file}"))?;
        number::count(&text)
    };
    let sum = count("rx_errors")?.checked_add(count("tx_errors")?);
    sum.ok_or(Missing::Garbled)
}

/// How often the carrier was lost or came.
fn changes(root: &Root, name: &str) -> Value {
    number::count(&class::attribute(
        root,
        &format!("{CLASS}/{name}/carrier_changes"),
    )?)
}

/// A driver that cannot tell says so by `EINVAL`, as does an interface that is down; a link of
/// unknown speed is -1, which old kernels show without a sign.
fn speed(root: &Root, name: &str) -> Value {
    let path = format!("{CLASS}/{name}/speed");
    if Source::new(path.as_str()).read(root) == Err(Errno::EINVAL) {
        return Err(Missing::NotSupported);
    }
    match number::within(&class::attribute(root, &path)?, -1..=i64::from(u32::MAX))? {
        -1 => Err(Missing::NotSupported),
        unknown if unknown == i64::from(u32::MAX) => Err(Missing::NotSupported),
        megabits => Ok(megabits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::About;
    use crate::testing::Tree;

    const ROUTE: &str = "\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
";

    fn rows(tree: &Tree) -> Vec<(String, Value)> {
        let mut out = Found::default();
        Links::default().read(&tree.root(), &mut out);
        let row = |m: Measured| match m.about {
            About::Node => ("node".to_owned(), m.value),
            About::Part(part) => (part.id().to_owned(), m.value),
        };
        out.measured.into_iter().map(row).collect()
    }

    fn with_link(tree: Tree, name: &str, speed: &str) -> Tree {
        let file = |file: &str| format!("sys/class/net/{name}/{file}");
        tree.file(&file("device/uevent"), "DRIVER=x\n")
            .file(&file("statistics/rx_errors"), "3\n")
            .file(&file("statistics/tx_errors"), "4\n")
            .file(&file("carrier_changes"), "2\n")
            .file(&file("speed"), speed)
    }

    fn of(name: &str, speed: Value) -> [(String, Value); 3] {
        [Ok(7), Ok(2), speed].map(|value| (format!("net/{name}"), value))
    }

    #[test]
    fn the_uplink_comes_first_then_the_others_with_a_device() {
        let tree = with_link(Tree::new(), "eth0", "1000\n")
            .file("sys/class/net/lo/carrier_changes", "0\n")
            .file("sys/class/net/docker0/carrier_changes", "0\n");
        let tree = with_link(tree, "a0", "-1\n");
        let (unknown, known) = (Err(Missing::NotSupported), Ok(1000));
        let by_name = [of("a0", unknown), of("eth0", known)].concat();
        assert_eq!(rows(&tree), by_name);
        tree.write("proc/net/route", ROUTE);
        let uplink_first = [of("eth0", known), of("a0", unknown)].concat();
        assert_eq!(rows(&tree), uplink_first);
    }

    #[test]
    fn the_uplink_is_the_default_route_of_the_lowest_metric_that_is_up() {
        assert_eq!(uplink(ROUTE), Some("eth0"));
        let without = ROUTE.lines().filter(|line| !line.starts_with("eth0"));
        assert_eq!(
            uplink(&without.collect::<Vec<_>>().join("\n")),
            Some("wlan0")
        );
        for none in [
            "",
            "Iface\n",
            "Iface\neth0 00000000 0 0002 0 0 0 00000000\n",
        ] {
            assert_eq!(uplink(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_bridge_that_carries_the_default_route_is_read_and_others_are_not() {
        let tree = Tree::new()
            .file("sys/class/net/br0/carrier_changes", "2\n")
            .file("sys/class/net/br1/carrier_changes", "2\n")
            .file("proc/net/route", &ROUTE.replace("eth0", "br0"));
        let none = Err(Missing::NotSupported);
        let expected = [none, Ok(2), none].map(|value| ("net/br0".to_owned(), value));
        assert_eq!(rows(&tree), expected);
        tree.write("proc/net/route", "");
        let unknown = vec![("node".to_owned(), Err(Missing::Garbled)); 3];
        assert_eq!(rows(&tree), unknown);
    }

    #[test]
    fn nonsense_is_garbled_and_counters_cannot_overflow() {
        let garbled = Err(Missing::Garbled);
        for (rx, changes, speed) in [
            ("9223372036854775807\n", "-1\n", "-2\n"),
            ("", "x\n", "4294967296\n"),
        ] {
            let tree = with_link(Tree::new(), "eth0", speed)
                .file("sys/class/net/eth0/statistics/rx_errors", rx)
                .file("sys/class/net/eth0/carrier_changes", changes);
            let values: Vec<Value> = rows(&tree).into_iter().map(|row| row.1).collect();
            assert_eq!(values, [garbled; 3]);
        }
        let old = with_link(Tree::new(), "eth0", "4294967295\n");
        assert_eq!(rows(&old), of("eth0", Err(Missing::NotSupported)));
    }

    #[test]
    fn no_interface_is_not_fitted_and_the_ninth_is_left_out() {
        let none = |why| vec![("node".to_owned(), Err(why)); 3];
        assert_eq!(rows(&Tree::new()), none(Missing::NotSupported));
        let lo = Tree::new().file("sys/class/net/lo/carrier_changes", "0\n");
        assert_eq!(rows(&lo), none(Missing::NotFitted));
        let many = (0..20).fold(Tree::new(), |tree, i| {
            with_link(tree, &format!("eth{i}"), "10\n")
        });
        assert_eq!(rows(&many).len(), 3 * MAX_LINKS);
    }
}
