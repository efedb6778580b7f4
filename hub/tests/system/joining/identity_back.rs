//! A hub comes back on another machine, or without its store, and no node joins again.

use crate::support::{Kind, Message, Site, complaint, hub, seconds, wait_for};
use picket_wire::{Frame, Section};

const NODES: [&str; 2] = ["pi-07", "pi-08"];

/// The ordinal of a run: the hub's own, or the one that a node holds.
fn ordinal(message: &Message) -> Option<u32> {
    let frame = Frame::decode(&message.payload).ok()?;
    frame.sections().find_map(|section| match section {
        Ok(Section::Holds(holds)) => Some(holds.run_ordinal),
        Ok(Section::HubRun(run)) => Some(run.ordinal),
        Ok(_) | Err(_) => None,
    })
}

/// Waits until every node says that it follows a run above `above`, and gives the run's ordinal.
#[track_caller]
fn wait_followed(site: &Site, above: u32) -> u32 {
    let login = site.hub_login();
    let watcher = login.watch(&["picket/v1/hub/status", "picket/v1/+/facts"]);
    let last = |topic: &str| {
        let messages = watcher.messages();
        let of_topic = messages.iter().rev().find(|m| m.topic == topic);
        of_topic.and_then(ordinal)
    };
    let run = wait_for("every node follows the hub's run", seconds(60), || {
        let run = last("picket/v1/hub/status").filter(|run| *run > above)?;
        let follows = |node: &str| last(&format!("picket/v1/{node}/facts")) == Some(run);
        NODES.iter().all(|node| follows(node)).then_some(run)
    });
    NODES.iter().for_each(|node| site.wait_alive(node));
    run
}

fn the_identity_is_restored_on_another_machine(kind: Kind) {
    let mut site = Site::start(kind);
    let agents = NODES.map(|node| site.joined(node).run());
    let before = wait_followed(&site, 0);
    let backup = site.place.path("picket.backup");
    let mut command = hub::command();
    command.arg("backup").arg("--output").arg(&backup);
    command.arg("--config").arg(site.place.path("hub.toml"));
    let kept = command.output().unwrap();
    assert!(kept.status.success(), "{}", complaint(&kept));
    let length = std::fs::metadata(&backup).unwrap().len();
    println!("the backup has {length} bytes");

    // The other machine has this one's address and the settings from Git, and nothing else.
    site.hub.kill();
    std::fs::rename(&site.settings.state_dir, site.place.path("gone")).unwrap();
    std::fs::remove_file(site.place.path("nodes.toml")).unwrap();
    site.settings.state_dir = site.place.path("state-of-the-other");
    site.write_settings();
    let mut command = hub::command();
    command.arg("restore").arg(&backup);
    command.arg("--config").arg(site.place.path("hub.toml"));
    let restored = command.output().unwrap();
    println!("{}", String::from_utf8_lossy(&restored.stdout));
    assert!(restored.status.success(), "{}", complaint(&restored));

    let site = site.again();
    let after = wait_followed(&site, before);
    println!("run {before} before, {after} after");
    for mut agent in agents {
        agent.assert_running();
    }
}

#[test]
fn the_identity_is_restored_on_another_machine_with_the_embedded_broker() {
    the_identity_is_restored_on_another_machine(Kind::Embedded);
}

#[test]
fn the_identity_is_restored_on_another_machine_with_mosquitto() {
    the_identity_is_restored_on_another_machine(Kind::Mosquitto);
}

#[test]
fn a_hub_that_lost_its_store_has_its_fleet_back_in_a_higher_run() {
    let site = Site::start(Kind::Embedded);
    let agents = NODES.map(|node| site.joined(node).run());
    let first = wait_followed(&site, 0);
    let mut site = site.again();
    let before = wait_followed(&site, first);
    site.hub.kill();
    for entry in std::fs::read_dir(&site.settings.state_dir).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("hub.db")
        {
            std::fs::remove_file(path).unwrap();
        }
    }
    assert!(!site.settings.state_dir.join("hub.db").exists());
    let site = site.again();
    let after = wait_followed(&site, before);
    println!("runs {first}, {before}, and {after} without the store");
    for mut agent in agents {
        agent.assert_running();
    }
}
