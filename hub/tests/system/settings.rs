//! A mistake in the settings is one line that says where it is and what to write; exit status 2.

use crate::support::{Mosquitto, Place, agent, hub};
use std::process::{Command, Output};

/// Runs to the end; everything was said in one line on stderr.
#[track_caller]
fn one_line(mut command: Command, status: i32) -> String {
    let Output {
        status: ended,
        stderr,
        ..
    } = command.output().unwrap();
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(ended.code(), Some(status), "{command:?}: {said}");
    assert_eq!(
        said.trim().lines().count(),
        1,
        "{command:?} says more than a line:\n{said}"
    );
    println!("{}", said.trim());
    said
}

/// A settings text, and what must be said of it.
type Case = (&'static str, &'static [&'static str]);

const HUB_CASES: [Case; 10] = [
    (
        "site = \"home\"\nmax_node = 5\n",
        &["hub.toml:2", "max_node", "max_nodes"],
    ),
    (
        "site = \"home\"\n\n[web]\nlistenn = \"127.0.0.1:1\"\n",
        &["hub.toml:4", "listenn", "listen"],
    ),
    (
        "[hom_assistant]\nurl = \"mqtt://127.0.0.1:1\"\n",
        &["hub.toml:1", "home_assistant"],
    ),
    ("max_nodes = \"many\"\n", &["hub.toml:1", "number"]),
    ("max_nodes = -1\n", &["hub.toml:1", "max_nodes"]),
    (
        "[presence]\nstopping_excuse = \"10\"\n",
        &["hub.toml:2", "stopping_excuse"],
    ),
    (
        "[presence]\nstopping_excuse = \"soon\"\n",
        &["hub.toml:2", "stopping_excuse"],
    ),
    (
        "[mqtt]\nurl = \"http://127.0.0.1\"\n",
        &["hub.toml:2", "mqtt://"],
    ),
    (
        "[web]\nlisten = \"127.0.0.1\"\n",
        &["hub.toml:2", "127.0.0.1:8470"],
    ),
    ("site = \"home\n", &["hub.toml:1"]),
];

const AGENT_CASES: [Case; 9] = [
    (
        "hub = \"mqtt://127.0.0.1\"\nevry = \"10s\"\n",
        &["agent.toml:2", "evry", "every"],
    ),
    (
        "hubb = \"mqtt://127.0.0.1\"\n",
        &["agent.toml:1", "hubb", "hub"],
    ),
    (
        "hub = \"mqtt://127.0.0.1\"\nevery = \"0.1s\"\n",
        &["agent.toml:2", "every", "1s"],
    ),
    (
        "hub = \"mqtt://127.0.0.1\"\nevery = 10\n",
        &["agent.toml:2"],
    ),
    (
        "hub = \"mqtt://127.0.0.1\"\nnode = \"Pi 1\"\n",
        &["agent.toml:2", "a-z"],
    ),
    (
        "hub = \"mqtt://127.0.0.1\"\nnode = \"hub\"\n",
        &["agent.toml:2", "reserved"],
    ),
    ("hub = \"127.0.0.1\"\n", &["agent.toml:1", "mqtt://"]),
    (
        "hub = \"mqtt://127.0.0.1\"\nevery = \"10s\n",
        &["agent.toml:2"],
    ),
    ("every = \"10s\"\n", &["hub"]),
];

#[track_caller]
fn assert_says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "{said:?} does not say {word:?}");
    }
}

#[test]
fn a_mistake_in_the_hubs_settings_is_named_with_file_line_and_nearest_key() {
    let place = Place::new();
    for (text, words) in HUB_CASES {
        let file = place.write("hub.toml", text);
        for subcommand in ["run", "check"] {
            let mut command = hub::command();
            command.arg(subcommand).arg("--config").arg(&file);
            command.arg("--runtime-dir").arg(place.path("run"));
            assert_says(&one_line(command, 2), words);
        }
    }
}

#[test]
fn a_mistake_in_the_agents_settings_is_named_with_file_line_and_nearest_key() {
    let place = Place::new();
    for (text, words) in AGENT_CASES {
        let file = place.write("agent.toml", text);
        for subcommand in ["run", "check"] {
            let mut command = Command::new(agent::binary());
            command.arg(subcommand).arg("--settings").arg(&file);
            assert_says(&one_line(command, 2), words);
        }
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let place = Place::new();
    let absent = place.path("absent.toml");
    let mut command = hub::command();
    command.arg("run").arg("--config").arg(&absent);
    assert_says(&one_line(command, 2), &["absent.toml"]);
    let mut command = Command::new(agent::binary());
    command.arg("run").arg("--settings").arg(&absent);
    assert_says(&one_line(command, 2), &["absent.toml"]);
}

#[test]
fn a_bad_node_id_on_the_command_line_is_refused_with_what_is_allowed() {
    for (id, words) in [
        ("Pi", "a-z"),
        ("ask", "reserved"),
        ("", "empty"),
        ("pi.lan", "a-z"),
    ] {
        let mut command = Command::new(agent::binary());
        command.args(["run", "--hub", "mqtt://127.0.0.1:1", "--node", id]);
        assert_says(&one_line(command, 2), &["--node", words]);
    }
}

#[test]
fn good_settings_are_explained_in_words() {
    let place = Place::new();
    let file = place.write(
        "hub.toml",
        "site = \"home\"\n[presence]\nstopping_excuse = \"10min\"\n",
    );
    let said = hub::command()
        .arg("check")
        .arg("--config")
        .arg(&file)
        .output()
        .unwrap();
    assert!(said.status.success(), "{said:?}");
    assert!(
        String::from_utf8_lossy(&said.stdout).contains("http://127.0.0.1:8470/"),
        "{said:?}"
    );

    let broker = Mosquitto::start(&place);
    let text = format!(
        "hub = \"mqtt://127.0.0.1:{}\"\nnode = \"pi-01\"\n",
        broker.port
    );
    let file = place.write("agent.toml", &text);
    let check = || {
        let mut command = Command::new(agent::binary());
        command.arg("check").arg("--settings").arg(&file);
        command.output().unwrap()
    };
    let said = check();
    assert!(said.status.success(), "{said:?}");
    assert!(
        String::from_utf8_lossy(&said.stdout).contains("pi-01"),
        "{said:?}"
    );
    // What the settings lead to is looked at, too.
    drop(broker);
    let said = check();
    assert_eq!(said.status.code(), Some(1), "{said:?}");
    assert_says(
        &String::from_utf8_lossy(&said.stderr),
        &["cannot be reached"],
    );
}
