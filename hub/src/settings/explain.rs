//! What the settings lead to, in words for their owner.

use super::{Broker, DEFAULT_DISCOVERY_PREFIX, External, HomeAssistant, LoginFrom, Settings};
use crate::access::mosquitto::SAMPLE;
use crate::broker_url::BrokerUrl;
use picket_hub_core::wear::{Endurance, WhichDisk, size};
use std::fmt::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Several lines, each a sentence.
pub fn explain(settings: &Settings) -> String {
    let mut lines = vec![format!(
        "Site {:?}, at most {} nodes.",
        settings.site, settings.max_nodes
    )];
    match &settings.broker {
        Broker::Embedded { listen, listen_tls } => lines.extend(embedded(listen, listen_tls)),
        Broker::External(external) => lines.extend(of_external(external)),
    }
    if let Some(address) = &settings.address {
        lines.push(format!("Nodes that join are told to find it at {address}."));
    }
    lines.extend(home_assistant(&settings.home_assistant));
    let readers = if settings.web.ip().is_loopback() {
        "only from this machine"
    } else {
        "and everybody who reaches that address can read it: it has no login"
    };
    lines.push(format!(
        "The page is at http://{}/, {readers}.",
        settings.web
    ));
    let dir = settings.state_dir.display();
    lines.push(format!("Incidents are kept in {dir}/hub.db."));
    let nodes = settings.nodes_file.display();
    lines.push(format!(
        "Enrolled nodes are listed in {nodes}, which is public; keys are in {dir}/identity, which \
         is not: back that up by `picket-hub backup`."
    ));
    lines.extend(settings.endurance.iter().map(endurance));
    let excuse_s = settings.stopping_excuse.0 / 1000;
    lines.push(format!(
        "A node that says that it stops is not missed for {excuse_s} s."
    ));
    lines.into_iter().fold(String::new(), |mut out, line| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{line}");
        out
    })
}

fn embedded(listen: &[SocketAddr], listen_tls: &[SocketAddr]) -> Vec<String> {
    let list = |addresses: &[SocketAddr]| {
        let texts: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        texts.join(", ")
    };
    let mut lines = vec![format!(
        "Nodes meet the hub at its own broker on {}: this machine only, without login.",
        list(listen)
    )];
    lines.push(match listen_tls {
        [] => "It does not listen for other machines; the first `picket-hub enroll` offers to add \
               listen_tls."
            .to_owned(),
        some => format!(
            "Nodes that have joined reach it with TLS and their own password on {}.",
            list(some)
        ),
    });
    if !cfg!(feature = "embedded-broker") {
        lines.push("But this program was built without it: name a broker by [mqtt] url.".into());
    }
    lines
}

fn of_external(external: &External) -> Vec<String> {
    let url = &external.url;
    let mut lines = vec![format!(
        "Nodes meet the hub at the broker {url}{}.",
        way(url, external.ca_file.as_ref())
    )];
    lines.push(match &external.login {
        LoginFrom::Nobody => "The hub does not log in there: whoever reaches that broker can \
                              speak for your nodes, unless it has rules of its own."
            .to_owned(),
        LoginFrom::Identity => "The hub logs in there as the user \"hub\".".to_owned(),
        LoginFrom::Owner(login) => format!(
            "The hub logs in there as {:?}, with the password in {}.",
            login.user,
            login.password_from.display()
        ),
    });
    let named = !matches!(external.login, LoginFrom::Nobody);
    if named && !url.is_tls() && !url.is_loopback() {
        lines.push("That password travels in plain text.".to_owned());
    }
    if let Some(files) = &external.files {
        let reload = match files.reload.as_slice() {
            [] => "you make that broker read them anew".to_owned(),
            words => format!("then `{}` is run", words.join(" ")),
        };
        lines.push(format!(
            "Whenever a node joins or is expelled, its users are written into {} and their rights \
             into {}; {reload}. A sample of that broker's settings is written to {}.",
            files.password_file.display(),
            files.acl_file.display(),
            files.password_file.with_file_name(SAMPLE).display()
        ));
    }
    lines
}

fn home_assistant(feed: &HomeAssistant) -> Vec<String> {
    let mut lines = vec![match &feed.url {
        Some(url) => {
            let way = way(url, feed.ca_file.as_ref());
            format!("Home Assistant is fed through {url}{way}.")
        }
        None => "Home Assistant is fed through the same broker.".to_owned(),
    }];
    if let (Some(url), Some(login)) = (&feed.url, &feed.login) {
        let danger = match url.is_tls() || url.is_loopback() {
            true => "",
            false => ", which travels in plain text",
        };
        lines.push(format!(
            "The hub logs in there as {:?}, with the password in {}{danger}.",
            login.user,
            login.password_from.display()
        ));
    }
    if feed.discovery_prefix != DEFAULT_DISCOVERY_PREFIX {
        lines.push(format!(
            "Its discovery topics begin with {:?}.",
            feed.discovery_prefix
        ));
    }
    lines
}

fn endurance(stated: &Endurance) -> String {
    let what = match &stated.disk {
        WhichDisk::Id(id) | WhichDisk::Name(id) => format!("The disk {id}"),
        WhichDisk::Product(product) => format!("Every disk of the product {product:?}"),
    };
    let whose = stated
        .node
        .map_or(String::new(), |node| format!(" of {node}"));
    let before = match stated.written_before_kib {
        0 => String::new(),
        kib => format!(", of which {} were written before", size(kib)),
    };
    format!(
        "{what}{whose} stands {} written{before}, as you state it: its days left rest on that.",
        size(stated.kib)
    )
}

/// What to think of the way to a broker.
fn way(url: &BrokerUrl, ca_file: Option<&PathBuf>) -> String {
    match (url.is_tls(), ca_file) {
        (true, Some(file)) => format!(
            " with TLS, believed if a CA of {} vouches for that host name",
            file.display()
        ),
        (true, None) => {
            " with TLS, believed if it has a certificate of this site's own CA".to_owned()
        }
        (false, _) if url.is_loopback() => String::new(),
        (false, _) => ", unencrypted: whoever is on the way can read and forge".to_owned(),
    }
}
