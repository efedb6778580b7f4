//! Explains the settings in words, and what this machine answers.

mod missing;

pub use missing::{disk_program, probes};

use crate::duration;
use crate::parts::printable;
use crate::probe::writers::{self, Lack};
use crate::root::Root;
use crate::settings::Settings;
use crate::settings::scrub::Scrub;
use crate::standing::Standing;
use crate::tls::Distrust;
use crate::uplink::{Door, exchange};
use std::fmt::Write;
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::Duration;

/// Longest that a broker is waited for.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// The settings in words, and what this machine is to its hub; an error of that is told by whoever
/// calls.
pub fn settings(settings: &Settings, standing: Result<&Standing, &String>) -> String {
    let mut text = String::new();
    let file = match &settings.file {
        Some(path) => path.display().to_string(),
        None => "none; the command line says it all".to_owned(),
    };
    let way = match (settings.hub.tls, settings.hub.is_loopback()) {
        (true, _) => "by TLS 1.3",
        (false, true) => "on this machine",
        (false, false) => "in plain text over the network: others there can read and forge it",
    };
    let every = duration::show(settings.every);
    // Writing to a text cannot fail.
    let _ = writeln!(text, "settings  {file}");
    let _ = writeln!(text, "hub       {}, {way}", settings.hub);
    match standing {
        Ok(standing) => {
            let _ = writeln!(
                text,
                "node      {}{}",
                standing.node,
                origin(settings, standing)
            );
            let _ = writeln!(text, "joined    {}", joined(standing));
        }
        Err(_) => {
            let _ = writeln!(text, "joined    no, or not usable: see below");
        }
    }
    let _ = writeln!(text, "every     a report each {every}");
    for card in &settings.sd_health_cards {
        let _ = writeln!(
            text,
            "sd_health card {card} may be asked for its health by its maker's own command"
        );
    }
    if !settings.sd_health_cards.is_empty() {
        let _ = writeln!(
            text,
            "sd_health counts after `systemctl restart picket-scrub`"
        );
    }
    text.push_str(&scrub(&settings.scrub));
    text
}

/// What is read back, and how often.
fn scrub(scrub: &Scrub) -> String {
    if !scrub.enabled {
        return "scrub     off: no file is read back, and nobody watches over silent corruption\n"
            .to_owned();
    }
    let list = |paths: &[PathBuf]| {
        let paths = paths.iter().map(|path| printable(&path.to_string_lossy()));
        paths.collect::<Vec<String>>().join(", ")
    };
    let mut text = format!(
        "scrub     every file below {} is read back once in {}, each folder as far as its own\n          \
         filesystem goes\n",
        list(&scrub.paths),
        duration::show(scrub.period)
    );
    if !scrub.exclude.is_empty() {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "          but not {}", list(&scrub.exclude));
    }
    if *scrub != Scrub::default() {
        text.push_str("          counts after `systemctl restart picket-scrub`\n");
    }
    text
}

fn origin(settings: &Settings, standing: &Standing) -> &'static str {
    match (settings.node, &standing.membership) {
        (Some(_), _) => "",
        (None, Some(_)) => " (as it joined)",
        (None, None) => " (the host name)",
    }
}

fn joined(standing: &Standing) -> String {
    match (standing.site(), &standing.id_file) {
        (Some(site), Some(file)) => format!(
            "site \"{site}\"; facts are signed, and only its hub is believed ({})",
            file.display()
        ),
        (Some(site), None) => format!("site \"{site}\""),
        (None, _) => format!(
            "no; nothing is signed, and any hub is believed. To join: `picket-hub enroll {}` on \
             the hub, then `picket-agent join` here",
            standing.node
        ),
    }
}

/// What to do so that everybody may know who writes to the disks; nothing if that is so.
pub fn who_writes(root: &Root) -> String {
    let lacks = writers::lacks(root);
    if lacks.is_empty() {
        return String::new();
    }
    let mut text =
        "writers   who writes most is not known, because units are not counted with all \
                    that they write:\n"
            .to_owned();
    for lack in lacks {
        let advice = match lack {
            Lack::Groups => {
                "there are no control groups of version 2, which systemd has at /sys/fs/cgroup"
            }
            Lack::Memory => {
                "the memory controller is off: write cgroup_enable=memory at the end of the \
                 kernel's\n             command line, on a Raspberry Pi that is the one line of \
                 /boot/firmware/cmdline.txt,\n             and restart the machine"
            }
            Lack::Io => {
                "the io controller is off: write the two lines\n             [Manager] and \
                 DefaultIOAccounting=yes into /etc/systemd/system.conf.d/picket.conf,\n             \
                 then `sudo systemctl daemon-reexec`"
            }
        };
        // Writing to a text cannot fail.
        let _ = writeln!(text, "          => {advice}");
    }
    text
}

/// Whether somebody listens where the broker should be, and by TLS whether it is the hub. Nobody
/// logs in: an agent that runs would lose its connection.
///
/// # Errors
/// One line that says what failed.
pub fn reach(door: &Door) -> Result<(), String> {
    let broker = &door.broker;
    let failed = |error: std::io::Error| format!("{broker} cannot be reached: {error}");
    let mut last = format!("{broker} has no address");
    for address in broker.address().to_socket_addrs().map_err(failed)? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return greet(door, stream),
            Err(error) => last = failed(error),
        }
    }
    Err(last)
}

fn greet(door: &Door, stream: TcpStream) -> Result<(), String> {
    let Some(tls) = &door.tls else {
        return Ok(());
    };
    let greeted = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
        .map_err(|error| Distrust::Other(error.to_string()))
        .and_then(|()| tls.greet(stream));
    greeted.map_err(|why| {
        let why = exchange::in_words(&why);
        format!(
            "what answers at {} is not the hub that this node has joined: {why}",
            door.broker
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::cid::Cid;
    use crate::settings::written::{Said, Written};
    use crate::testing::Tree;

    #[test]
    fn check_says_what_makes_known_who_writes_where_nobody_does() {
        const CONTROLLERS: &str = "sys/fs/cgroup/cgroup.controllers";
        let tree = Tree::new();
        let of = |tree: &Tree, words: &str| who_writes(&tree.root()).contains(words);
        assert!(of(&tree, "version 2"));
        // As Raspberry Pi OS boots.
        tree.write(CONTROLLERS, "cpuset cpu io pids\n");
        for words in [
            "cgroup_enable=memory at the end",
            "/boot/firmware/cmdline.txt",
            "[Manager] and DefaultIOAccounting=yes into /etc/systemd/system.conf.d/picket.conf",
            "`sudo systemctl daemon-reexec`",
        ] {
            assert!(of(&tree, words), "{words}");
        }
        tree.write(
            "sys/fs/cgroup/system.slice/a.service/io.stat",
            "179:0 wbytes=0\n",
        );
        assert!(of(&tree, "cgroup_enable=memory"));
        assert!(!of(&tree, "DefaultIOAccounting"));
        tree.write(CONTROLLERS, "cpuset cpu io memory pids\n");
        assert_eq!(who_writes(&tree.root()), "");
    }

    #[test]
    fn check_says_what_is_set() {
        let hub = Said {
            value: "mqtt://127.0.0.1".to_owned(),
            origin: "--hub".to_owned(),
        };
        let flags = Written {
            hub: Some(hub),
            ..Written::default()
        };
        let mut meant = Settings::load(None, flags).unwrap();
        let tree = Tree::new().file("proc/sys/kernel/hostname", "pi-01\n");
        let standing = Standing::of(&meant, None, &tree.root()).unwrap();
        let text = settings(&meant, Ok(&standing));
        assert!(
            text.contains("mqtt://127.0.0.1:1883, on this machine"),
            "{text}"
        );
        assert!(text.contains("pi-01 (the host name)"), "{text}");
        assert!(text.contains("a report each 10s"), "{text}");
        assert!(text.contains("picket-hub enroll pi-01"), "{text}");
        assert!(!text.contains("sd_health"), "{text}");
        meant.sd_health_cards = vec![Cid::parse("035344534431364780aabbccdd014a00").unwrap()];
        let text = super::settings(&meant, Ok(&standing));
        for expected in [
            "sd_health card 035344534431364780aabbccdd014a00 may be asked",
            "sd_health counts after `systemctl restart picket-scrub`",
        ] {
            assert!(text.contains(expected), "{text}");
        }
        assert!(
            text.contains("every file below / is read back once in 7d"),
            "{text}"
        );
        meant.scrub.exclude = vec![PathBuf::from("/srv/cache")];
        let text = super::settings(&meant, Ok(&standing));
        assert!(text.contains("but not /srv/cache\n"), "{text}");
        assert!(text.contains("systemctl restart picket-scrub"), "{text}");
        meant.scrub.enabled = false;
        let text = super::settings(&meant, Ok(&standing));
        assert!(
            text.contains("scrub     off: no file is read back"),
            "{text}"
        );
    }
}
