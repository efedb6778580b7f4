//! What the settings lead to, in words for their owner.

use super::{Broker, DEFAULT_DISCOVERY_PREFIX, Settings};
use crate::broker_url::BrokerUrl;
use std::fmt::Write;

/// Several lines, each a sentence.
pub fn explain(settings: &Settings) -> String {
    let mut out = String::new();
    let mut say = |line: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{line}");
    };
    say(format!(
        "Site {:?}, at most {} nodes.",
        settings.site, settings.max_nodes
    ));
    match &settings.broker {
        Broker::Embedded { listen } => {
            let listen: Vec<_> = listen.iter().map(ToString::to_string).collect();
            say(format!(
                "Nodes meet the hub at its own broker on {}: this machine only, without login.",
                listen.join(", ")
            ));
            if !cfg!(feature = "embedded-broker") {
                say("But this program was built without it: name a broker by [mqtt] url.".into());
            }
        }
        Broker::External(url) => {
            say(format!(
                "Nodes meet the hub at the broker {url}{}.",
                plain(url)
            ));
        }
    }
    let feed = &settings.home_assistant;
    match &feed.url {
        Some(url) => say(format!(
            "Home Assistant is fed through {url}{}.",
            plain(url)
        )),
        None => say("Home Assistant is fed through the same broker.".into()),
    }
    if feed.discovery_prefix != DEFAULT_DISCOVERY_PREFIX {
        say(format!(
            "Its discovery topics begin with {:?}.",
            feed.discovery_prefix
        ));
    }
    let readers = if settings.web.ip().is_loopback() {
        "only from this machine"
    } else {
        "and everybody who reaches that address can read it: it has no login"
    };
    say(format!(
        "The page is at http://{}/, {readers}.",
        settings.web
    ));
    let dir = settings.state_dir.display();
    say(format!("Incidents are kept in {dir}/hub.db."));
    let excuse_s = settings.stopping_excuse.0 / 1000;
    say(format!(
        "A node that says that it stops is not missed for {excuse_s} s."
    ));
    out
}

fn plain(url: &BrokerUrl) -> &'static str {
    if url.is_loopback() {
        ""
    } else {
        ", unencrypted: whoever is on the way can read and forge"
    }
}
