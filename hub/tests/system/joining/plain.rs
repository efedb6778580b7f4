//! Plain text leaves no machine, unless its owner has said so and no password goes with it.

use crate::support::{Kind, Place, Site, agent, complaint, hub};
use std::process::{Command, Output};

#[track_caller]
fn assert_refused(said: &Output, words: &[&str]) {
    let text = complaint(said);
    println!("{}", text.trim_end());
    assert_eq!(said.status.code(), Some(2), "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in: {text}");
    }
}

#[test]
fn a_hub_does_not_listen_in_plain_text_for_others_and_says_what_to_write() {
    for (broker, words) in [
        (
            "[broker]\nlisten = [\"0.0.0.0:1883\"]",
            ["hub.toml", "listen_tls = [\"0.0.0.0:8883\"]"],
        ),
        (
            "[mqtt]\nurl = \"mqtt://192.0.2.10:1883\"",
            ["hub.toml", "write mqtts://"],
        ),
    ] {
        let place = Place::new();
        let file = place.write("hub.toml", &format!("site = \"test\"\n{broker}\n"));
        for subcommand in ["check", "run"] {
            let mut command = hub::command();
            command.arg(subcommand).arg("--config").arg(&file);
            command.arg("--runtime-dir").arg(place.path("run"));
            assert_refused(&command.output().unwrap(), &words);
        }
    }
}

#[test]
fn an_agent_does_not_speak_in_plain_text_to_others_and_never_with_a_password() {
    let place = Place::new();
    let far = ["--hub", "mqtt://192.0.2.10:1883", "--node", "pi-07"];
    let mut command = Command::new(agent::binary());
    command.arg("run").args(far);
    command.arg("--runtime-dir").arg(place.root());
    assert_refused(
        &command.output().unwrap(),
        &["picket-agent join", "plain text"],
    );

    let site = Site::start(Kind::Embedded);
    let member = site.joined("pi-07");
    let text = "hub = \"mqtt://192.0.2.10:1883\"\nnode = \"pi-07\"\nallow_plain = true\n";
    std::fs::write(&member.settings, text).unwrap();
    let mut command = member.command();
    command.arg("run").arg("--settings").arg(&member.settings);
    let said = command.output().unwrap();
    let words = ["agent.id", "plain text over the network", "mqtts://"];
    assert_refused(&said, &words);
}
