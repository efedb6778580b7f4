//! Nodes that go, by `enroll --replace`, `expel` and `clear --all`, and what they leave at the broker.

use crate::support::{Kind, Machine, Message, Program, Site, Watcher, complaint};
use crate::support::{seconds, wait_for};

/// Everything that Picket keeps at a broker.
const OURS: [&str; 2] = ["picket/v1/#", "homeassistant/#"];

#[track_caller]
fn wait_turned_away(agent: &Program, node: &str) {
    wait_for(&format!("{node} is let in no more"), seconds(60), || {
        let log = agent.log();
        let line = log
            .lines()
            .find(|line| line.contains("does not let this node in"))?;
        println!("{line}");
        Some(())
    });
}

/// The topics of a node on which something is retained.
#[track_caller]
fn kept_of(site: &Site, node: &str) -> Vec<String> {
    let mut kept = site.hub_login().retained(&OURS);
    kept.retain(|topic| topic.contains(node));
    kept
}

fn another_card_takes_the_place_of_the_old_one(kind: Kind) {
    let site = Site::start(kind);
    let old = site.joined("pi-07");
    let old_agent = old.run();
    site.wait_alive("pi-07");
    let old_password = site.login_of(&old);

    let token = site.hub.token("pi-07", &["--replace"]);
    let new = Machine::new(&site.place, "pi-07", "new");
    let joined = new.join(&token, &[]);
    assert!(joined.status.success(), "{}", complaint(&joined));
    wait_turned_away(&old_agent, "the old card");
    let refused = old_password.publish("picket/v1/pi-07/report", b"old", &[]);
    assert!(!refused.status.success());

    let facts = "picket/v1/pi-07/facts";
    let watcher = site.hub_login().watch(&[facts]);
    let _new_agent = new.run();
    watcher.expect("facts of the new card", seconds(60), |m| !m.retained);
    site.wait_alive("pi-07");
}

#[test]
fn another_card_takes_the_place_of_the_old_one_at_the_embedded_broker() {
    another_card_takes_the_place_of_the_old_one(Kind::Embedded);
}

#[test]
fn another_card_takes_the_place_of_the_old_one_at_mosquitto() {
    another_card_takes_the_place_of_the_old_one(Kind::Mosquitto);
}

fn what_goes_leaves_nothing_behind(kind: Kind) {
    let site = Site::start(kind);
    let [here, lost, stays] = ["pi-07", "pi-08", "pi-09"].map(|node| site.joined(node));
    let agent = here.run();
    let mut lost_agent = lost.run();
    let mut staying = stays.run();
    for node in ["pi-07", "pi-08", "pi-09"] {
        site.wait_alive(node);
    }
    lost_agent.kill();
    site.hub.wait_incident("pi-08", "silent_node", "open", 60);
    wait_for("all of it is at the broker", seconds(30), || {
        let kept = kept_of(&site, "pi-07");
        (kept.len() >= 4).then(|| println!("before: {}", kept.join(" ")))
    });

    for node in ["pi-07", "pi-08"] {
        let expelled = site.hub.ask(&["expel", "--yes", node]);
        println!("{}", String::from_utf8_lossy(&expelled.stdout));
        assert!(expelled.status.success(), "{}", complaint(&expelled));
        assert!(site.hub.node(node).is_none());
    }
    wait_turned_away(&agent, "pi-07");
    let incidents = site.hub.incidents("pi-08");
    assert!(!incidents.is_empty());
    for incident in incidents {
        assert_eq!(incident["state"], "closed", "{incident}");
        assert_eq!(incident["closed_by"], "retired", "{incident}");
    }
    for node in ["pi-07", "pi-08"] {
        wait_for("nothing of it is at the broker", seconds(30), || {
            let kept = kept_of(&site, node);
            println!("after, of {node}: {kept:?}");
            kept.is_empty().then_some(())
        });
    }
    assert!(!kept_of(&site, "pi-09").is_empty(), "the others stay");

    // And now the whole of it, as before uninstalling.
    staying.kill();
    site.hub.wait_incident("pi-09", "silent_node", "open", 60);
    let cleared = site.hub.ask(&["clear", "--all", "--yes"]);
    println!("{}", String::from_utf8_lossy(&cleared.stdout));
    assert!(cleared.status.success(), "{}", complaint(&cleared));
    let kept = site.hub_login().retained(&OURS);
    assert!(kept.is_empty(), "{kept:?}");
}

#[test]
fn what_goes_leaves_nothing_behind_at_the_embedded_broker() {
    what_goes_leaves_nothing_behind(Kind::Embedded);
}

#[test]
fn what_goes_leaves_nothing_behind_at_mosquitto() {
    what_goes_leaves_nothing_behind(Kind::Mosquitto);
}

fn home_assistant_reads_what_is_for_it_and_asks(kind: Kind) {
    let site = Site::start(kind);
    let node = site.joined("pi-07");
    let _agent = node.run();
    site.wait_alive("pi-07");
    let given = site.hub.ask(&["enroll", "--home-assistant", "--json"]);
    assert!(given.status.success(), "{}", complaint(&given));
    let given: serde_json::Value = serde_json::from_slice(&given.stdout).unwrap();
    let word = |key: &str| given[key].as_str().unwrap().to_owned();
    let login = site.login(&word("user"), &word("password"));
    let login = login.with_id("home-assistant");

    let heard =
        |watcher: &Watcher, of: &dyn Fn(&Message) -> bool| watcher.messages().iter().any(of);
    let ear = login.watch(&[
        "picket/v1/pi-07/report",
        "picket/v1/pi-07/facts",
        "picket/v1/#",
        "picket/v1/hub/#",
        "homeassistant/#",
    ]);
    for topic in [
        "picket/v1/hub/available",
        "picket/v1/hub/node/pi-07",
        "homeassistant/device/picket_pi-07/config",
    ] {
        ear.expect(topic, seconds(30), |message| message.topic == topic);
    }

    // What it may say is heard, and what it may not say before that is not.
    let hub_ear = site.hub_login().watch(&OURS);
    for topic in [
        "picket/v1/pi-07/order",
        "picket/v1/pi-07/report",
        "picket/v1/pi-07/status",
        "picket/v1/pi-07/join",
        "picket/v1/hub/status",
        "picket/v1/hub/available",
        "picket/v1/hub/node/pi-07",
        "homeassistant/device/picket_pi-07/config",
        "picket/v1/hub/ask/pi-07/identify",
        "homeassistant/status",
    ] {
        let said = login.publish(topic, b"said", &[]);
        println!("{topic}: {}", complaint(&said).trim_end());
    }
    hub_ear.expect("the last", seconds(20), |message| {
        message.topic == "homeassistant/status" && message.payload == b"said"
    });
    let said: Vec<_> = hub_ear
        .messages()
        .into_iter()
        .filter(|message| message.payload == b"said")
        .map(|message| message.topic)
        .collect();
    let allowed = ["picket/v1/hub/ask/pi-07/identify", "homeassistant/status"];
    assert_eq!(said, allowed);
    // By now the node has reported more than once.
    let foreign = |message: &Message| message.topic.starts_with("picket/v1/pi-07/");
    assert!(heard(&hub_ear, &foreign), "the node has said something");
    assert!(!heard(&ear, &foreign), "{:?}", ear.messages());
}

#[test]
fn home_assistant_reads_what_is_for_it_and_asks_at_the_embedded_broker() {
    home_assistant_reads_what_is_for_it_and_asks(Kind::Embedded);
}

#[test]
fn home_assistant_reads_what_is_for_it_and_asks_at_mosquitto() {
    home_assistant_reads_what_is_for_it_and_asks(Kind::Mosquitto);
}
