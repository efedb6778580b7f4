//! A machine joins, reports, and comes back as itself; hub and agent are different users.

use crate::support::site::NODE_USER;
use crate::support::{Kind, Machine, Message, Site, complaint, hub, seconds};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().mode() & 0o777
}

/// What `picket-hub decode` says of a message.
#[track_caller]
fn decoded(message: &Message) -> String {
    let hex: String = message.payload.iter().map(|b| format!("{b:02x}")).collect();
    let said = hub::command().args(["decode", &hex]).output().unwrap();
    assert!(said.status.success(), "{}", complaint(&said));
    String::from_utf8(said.stdout).unwrap()
}

fn joins(kind: Kind) {
    let separate = nix::unistd::geteuid().is_root();
    let site = match separate {
        true => Site::of_another_user(kind),
        false => Site::start(kind),
    };
    let machine = Machine::new(&site.place, "pi-07", "a");
    let machine = match separate {
        true => machine.owned_by(&site.place, NODE_USER),
        false => machine,
    };
    let watcher = site.hub_login().watch(&["picket/v1/#"]);

    let token = site.hub.token("pi-07", &[]);
    let joined = machine.join(&token, &[]);
    println!("{}", String::from_utf8_lossy(&joined.stdout));
    assert!(joined.status.success(), "{}", complaint(&joined));
    let mut agent = machine.run();
    site.wait_alive("pi-07");

    assert_eq!(mode(&machine.id), 0o600);
    for secret in ["keys.toml", "credentials.toml", "ca.key", "server.key"] {
        assert_eq!(mode(&site.identity(secret)), 0o600, "{secret}");
    }
    if separate {
        let owner = |pid: u32| std::fs::metadata(format!("/proc/{pid}")).unwrap().uid();
        println!(
            "users: hub {}, agent {}",
            owner(site.hub.pid()),
            owner(agent.pid())
        );
        assert_ne!(owner(site.hub.pid()), owner(agent.pid()));
        assert_ne!(owner(agent.pid()), 0);
        assert_eq!(std::fs::metadata(&machine.id).unwrap().uid(), NODE_USER);
        assert_eq!(mode(&machine.folder), 0o700);
    }
    let nodes = std::fs::read_to_string(site.place.path("nodes.toml")).unwrap();
    println!("{nodes}");
    assert!(
        nodes.contains("pi-07") && nodes.contains("key = "),
        "{nodes}"
    );

    let facts = "picket/v1/pi-07/facts";
    for topic in ["picket/v1/hub/status", facts] {
        let heard = watcher.expect(topic, seconds(20), |message| message.topic == topic);
        let words = decoded(&heard);
        println!("{topic}: {words}");
        assert!(words.contains("bytes, signed"), "{words}");
    }

    // A restart of the agent: nobody types anything.
    let session = |message: &Message| {
        let frame = picket_wire::Frame::decode(&message.payload).unwrap();
        frame.header.session
    };
    let before = watcher.expect(facts, seconds(1), |message| message.topic == facts);
    let before = session(&before);
    agent.kill();
    let _agent = machine.run();
    watcher.expect("facts of another session", seconds(60), |message| {
        message.topic == facts && session(message) != before
    });
    site.wait_alive("pi-07");
}

#[test]
fn a_machine_of_another_user_joins_by_the_embedded_broker_and_signs() {
    joins(Kind::Embedded);
}

#[test]
fn a_machine_of_another_user_joins_by_mosquitto_and_signs() {
    joins(Kind::Mosquitto);
}

#[test]
fn a_machine_joins_and_reports_whatever_its_clock_says() {
    let site = Site::start(Kind::Embedded);
    let dates = [
        ("pi-1970", "1970-01-01 00:00:10"),
        ("pi-2021", "2021-06-01 12:00:00"),
        ("pi-2090", "2090-06-01 12:00:00"),
    ];
    let agents = dates.map(|(node, date)| {
        let machine = Machine::new(&site.place, node, "a").at_date(date);
        let token = site.hub.token(node, &[]);
        let joined = machine.join(&token, &[]);
        assert!(joined.status.success(), "{date}: {}", complaint(&joined));
        (machine.run(), node, date)
    });
    for (mut agent, node, date) in agents {
        site.wait_alive(node);
        agent.assert_running();
        // Its log shows that it was lied to.
        let log = agent.log();
        assert!(log.starts_with(&date[..10]), "{log}");
        println!("{node}: {}", log.lines().next().unwrap_or_default());
    }
}
