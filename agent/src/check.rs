//! Explains the settings in words, and what this machine answers.

use crate::broker::Broker;
use crate::duration;
use crate::probe::Measured;
use crate::settings::Settings;
use crate::show;
use picket_wire::{Missing, NodeId};
use std::fmt::Write;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Longest that a broker is waited for.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// The settings in words.
pub fn settings(settings: &Settings, node: NodeId) -> String {
    let mut text = String::new();
    let file = match &settings.file {
        Some(path) => path.display().to_string(),
        None => "none; the command line says it all".to_owned(),
    };
    let way = match settings.hub.is_loopback() {
        true => "on this machine",
        false => "in plain text over the network: others there can read and forge it",
    };
    let named = match settings.node {
        Some(_) => "",
        None => " (the host name)",
    };
    let every = duration::show(settings.every);
    // Writing to a text cannot fail.
    let _ = writeln!(text, "settings  {file}");
    let _ = writeln!(text, "hub       {}, {way}", settings.hub);
    let _ = writeln!(text, "node      {node}{named}");
    let _ = writeln!(text, "every     a report each {every}");
    text
}

/// What the probes answer, and what is missing with the reason in words.
pub fn probes(measured: &[Measured]) -> String {
    let answered = measured
        .iter()
        .filter(|measured| measured.value.is_ok())
        .count();
    let mut text = format!(
        "probes    {answered} of {} readings have a value\n",
        measured.len()
    );
    for measured in measured {
        let (Err(why), Some(row)) = (measured.value, measured.quantity.row()) else {
            continue;
        };
        let part = show::part(&measured.about);
        let _ = writeln!(text, "missing   {} of {part}: {}", row.name, in_words(why));
    }
    text
}

/// Whether somebody listens where the broker should be.
///
/// # Errors
/// One line that says what failed.
pub fn reach(broker: &Broker) -> Result<(), String> {
    let address = format!("{}:{}", broker.host, broker.port);
    let failed = |error: std::io::Error| format!("{broker} cannot be reached: {error}");
    let mut last = format!("{broker} has no address");
    for address in address.to_socket_addrs().map_err(failed)? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(_) => return Ok(()),
            Err(error) => last = failed(error),
        }
    }
    Err(last)
}

fn in_words(why: Missing) -> &'static str {
    match why {
        Missing::NotFitted => "this machine has no such part (not_fitted)",
        Missing::NotSupported => "this kernel has no source for it (not_supported)",
        Missing::Denied => "the agent may not read it: check its user and groups (denied)",
        Missing::Busy => "somebody else was using it (busy)",
        Missing::Garbled => "the source said something that is no value (garbled)",
        Missing::TimedOut => "the source did not answer in time (timed_out)",
        Missing::Unknown(_) => "for a reason that this version does not know",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::written::{Said, Written};
    use picket_wire::Quantity;

    #[test]
    fn check_says_what_is_set_and_what_is_missing_and_why() {
        let hub = Said {
            value: "mqtt://127.0.0.1".to_owned(),
            origin: "--hub".to_owned(),
        };
        let flags = Written {
            hub: Some(hub),
            ..Written::default()
        };
        let node = NodeId::parse("pi-01").unwrap();
        let text = settings(&Settings::load(None, flags).unwrap(), node);
        assert!(
            text.contains("mqtt://127.0.0.1:1883, on this machine"),
            "{text}"
        );
        assert!(text.contains("pi-01 (the host name)"), "{text}");
        assert!(text.contains("a report each 10s"), "{text}");
        let measured = [
            Measured::of_node(Quantity::UPTIME, Ok(5)),
            Measured::of_node(Quantity::CPU_TEMPERATURE, Err(Missing::Denied)),
        ];
        let text = probes(&measured);
        assert!(text.contains("1 of 2 readings have a value"), "{text}");
        assert!(
            text.contains("cpu_temperature of node: the agent may not read it"),
            "{text}"
        );
    }
}
