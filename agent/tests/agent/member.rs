//! An agent that has joined, and a broker that speaks TLS: what it signs, and whom it believes.

use crate::support::{
    Agent, HUB_KEY, Message, Site, Witness, home, hub_status, node, program, wait_until,
};
use picket_wire::sign::{self, Whose};
use picket_wire::{Frame, RunBits, topic};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const FACTS: &str = "picket/v1/pi-07/facts";
const REPORT: &str = "picket/v1/pi-07/report";

fn agent(site: &Site) -> Agent {
    Agent::with("", |command| {
        *command = Command::new(program());
        command
            .args(["run", "--settings"])
            .arg(site.path("agent.toml"));
    })
}

fn run_of(message: Option<&Message>) -> Option<RunBits> {
    message.map(|message| message.header().run)
}

#[test]
fn a_member_reports_by_tls_signs_its_facts_and_believes_only_its_hub() {
    let site = Site::start();
    let id = site.member();
    let witness = Witness::of(&site.broker);
    let agent = agent(&site);
    let facts = witness.wait_for_count(FACTS, 1).remove(0);
    let frame = Frame::decode(&facts.payload).unwrap();
    let public = id.own.key.verifying_key();
    assert_eq!(
        sign::verify(&frame, &public, &home(), Whose::Node(node())),
        Ok(())
    );

    let stranger = site.hub_status(9, 0x9999, 7);
    for forged in [hub_status(7, 0x7777), stranger] {
        site.broker.say(topic::HUB_STATUS, &forged);
    }
    agent.wait_for_log("it is not from the hub of this site: the frame is not signed");
    // What the broker delivers in order was refused before the hub's word arrives.
    site.broker
        .say(topic::HUB_STATUS, &site.hub_status(3, 0x3333, HUB_KEY));
    let reports = witness.wait_for_count(REPORT, 2);
    let news = "facts of the hub's run";
    wait_until(news, || {
        run_of(witness.of_topic(FACTS).last()) == Some(RunBits(0x3333))
    });
    let runs =
        |messages: &[Message]| -> Vec<u32> { messages.iter().map(|m| m.header().run.0).collect() };
    for run in runs(&witness.of_topic(FACTS))
        .into_iter()
        .chain(runs(&reports))
    {
        assert!([0, 0x3333].contains(&run), "{run:x} was not the hub's");
    }
    let last = witness.of_topic(FACTS).pop().unwrap();
    let frame = Frame::decode(&last.payload).unwrap();
    assert_eq!(
        sign::verify(&frame, &public, &home(), Whose::Node(node())),
        Ok(())
    );
    assert!(!agent.log().contains(id.own.password.reveal()));
}

#[test]
fn no_report_goes_out_to_a_hub_that_is_not_believed() {
    let site = Site::start();
    site.member();
    let witness = Witness::of(&site.broker);
    let agent = agent(&site);
    witness.wait_for_count(FACTS, 1);
    site.broker
        .say(topic::HUB_STATUS, &site.hub_status(3, 0x3333, 7));
    agent.wait_for_log("the signature does not fit");
    assert!(witness.of_topic(REPORT).is_empty());
    site.broker
        .say(topic::HUB_STATUS, &site.hub_status(3, 0x3333, HUB_KEY));
    witness.wait_for_count(REPORT, 1);
}

#[test]
fn a_broker_with_another_ca_gets_no_password_and_the_log_says_what_to_do() {
    let (site, other) = (Site::start(), Site::start());
    site.member();
    fs::write(
        site.path("agent.toml"),
        format!("hub = \"{}\"\n", other.url()),
    )
    .unwrap();
    let agent = agent(&site);
    agent
        .wait_for_log("is not the hub that this node has joined: its certificate is of another CA");
    assert!(agent.log().contains("picket-hub enroll --replace pi-07"));
}

#[test]
fn a_member_that_was_expelled_says_how_to_come_back() {
    let site = Site::start();
    site.member();
    fs::write(site.path("passwords"), "").unwrap();
    site.broker.reload();
    let agent = agent(&site);
    agent.wait_for_log("does not let this node in");
    assert!(
        agent.log().contains("picket-hub enroll --replace pi-07"),
        "{}",
        agent.log()
    );
}

#[test]
fn check_says_whom_a_member_has_joined_and_whether_it_is_there_and_no_secret() {
    let site = Site::start();
    let id = site.member();
    let check = || {
        let output = Command::new(program())
            .args(["check", "--settings"])
            .arg(site.path("agent.toml"))
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (status, text) = check();
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("joined    site \"home\""), "{text}");
    assert!(
        text.contains("is the hub that this node has joined"),
        "{text}"
    );
    assert!(!text.contains(id.own.password.reveal()), "{text}");

    let file = site.path("agent.id");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let (status, text) = check();
    assert_eq!(status, Some(2), "{text}");
    assert!(
        text.contains("chmod 600") && text.contains("readings have a value"),
        "{text}"
    );

    fs::remove_file(&file).unwrap();
    let (status, text) = check();
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("sudo picket-agent join"), "{text}");
}
