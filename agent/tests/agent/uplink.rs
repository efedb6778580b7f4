//! The agent and a real broker: what is retained, what is lost (nothing), and what the will says.

use crate::support::{Agent, Broker, Message, SOON, Witness, hub_status, wait_for, wait_until};
use picket_wire::{
    Holds, Kind, Missing, Quantity, RunBits, Section, StatusText, StatusWord, topic,
};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

pub(crate) const FACTS: &str = "picket/v1/n1/facts";
pub(crate) const STATUS: &str = "picket/v1/n1/status";
pub(crate) const REPORT: &str = "picket/v1/n1/report";

pub(crate) fn status(message: &[u8]) -> StatusText {
    StatusText::parse(message).expect("a status text")
}

pub(crate) fn seqs(reports: &[Message]) -> BTreeSet<u32> {
    reports.iter().map(|report| report.header().seq).collect()
}

fn readings(report: &Message) -> Vec<(Quantity, u8)> {
    let readings = |section: Section<'_>| match section {
        Section::Readings(readings) => Some(readings.map(|r| (r.quantity, r.part)).collect()),
        _ => None,
    };
    report
        .sections::<Vec<_>>(readings)
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn facts_and_status_are_retained_and_reports_follow_live_and_without_a_gap() {
    let broker = Broker::start();
    let witness = Witness::of(&broker);
    let _agent = Agent::start(&broker.url());
    let reports = witness.wait_for_count(REPORT, 4);
    assert_eq!(seqs(&reports[..4]), BTreeSet::from([0, 1, 2, 3]));
    assert!(reports.iter().all(|report| !report.header().flags.backlog));

    let facts = Message {
        topic: FACTS.to_owned(),
        payload: broker.retained(FACTS).unwrap(),
    };
    assert_eq!(facts.header().kind, Kind::Facts);
    assert_eq!(facts.header().boot, reports[0].header().boot);
    let every_ms = facts.sections(|section| match section {
        Section::Facts(facts) => Some((facts.every_ms, facts.agent.to_owned())),
        _ => None,
    });
    let agent = concat!("picket-agent ", env!("CARGO_PKG_VERSION")).to_owned();
    assert_eq!(every_ms, [(1000, agent)]);
    let named = facts.sections(|section| match section {
        Section::Parts(parts) => Some(parts.map(|part| part.number).collect::<BTreeSet<_>>()),
        _ => None,
    });
    let named: BTreeSet<u8> = named.into_iter().flatten().chain([0]).collect();
    let rows = readings(&reports[3]);
    assert!(rows.len() >= 8, "{rows:?}");
    assert!(
        rows.iter().all(|(_, part)| named.contains(part)),
        "{rows:?} of parts {named:?}"
    );

    let online = status(&broker.retained(STATUS).unwrap());
    assert_eq!(online.word, StatusWord::Online);
    assert_eq!(online.connection.session, reports[0].header().session);
    assert_eq!(online.connection.number, 1);
}

#[test]
fn an_agent_on_another_tree_reports_that_tree_and_nothing_of_this_machine() {
    let broker = Broker::start();
    let witness = Witness::of(&broker);
    let tree = crate::fixtures::fixture("pi-4b");
    let _agent = Agent::with(&broker.url(), |command: &mut Command| {
        *command = Command::new(crate::support::program());
        command
            .args(["run", "--every", "1s", "--hub", &broker.url(), "--root"])
            .arg(tree);
    });
    // The name of the node is the host name of the tree.
    let report = witness
        .wait_for_count("picket/v1/pi-04/report", 1)
        .remove(0);
    let rows = report.sections(|section| match section {
        Section::Readings(readings) => Some(readings.collect::<Vec<_>>()),
        _ => None,
    });
    let rows: BTreeMap<_, _> = rows
        .into_iter()
        .flatten()
        .map(|r| ((r.quantity, r.part), r.value))
        .collect();
    assert_eq!(rows[&(Quantity::CPU_TEMPERATURE, 0)], Ok(482));
    assert_eq!(rows[&(Quantity::DISK_WRITTEN, 1)], Ok(2_621_440));
    for quantity in [
        Quantity::LOAD_1MIN,
        Quantity::MEMORY_TOTAL,
        Quantity::UPTIME,
    ] {
        assert_eq!(rows[&(quantity, 0)], Err(Missing::NotSupported));
    }
    wait_until("facts that name the card", || {
        let facts = witness.of_topic("picket/v1/pi-04/facts");
        let ids = facts.last().map(|facts| {
            facts.sections(|section| match section {
                Section::Parts(parts) => Some(parts.map(|p| p.id.to_owned()).collect::<Vec<_>>()),
                _ => None,
            })
        });
        ids.into_iter()
            .flatten()
            .flatten()
            .any(|id| id == "cid/275048534431364730dad55e61010101")
    });
}

#[test]
fn a_run_of_the_hub_is_followed_and_garbage_in_its_place_is_not() {
    let broker = Broker::without_hub();
    let witness = Witness::of(&broker);
    broker.publish_retained(topic::HUB_STATUS, b"garbage");
    let agent = Agent::start(&broker.url());
    agent.wait_for_log("a status of the hub was refused");
    let facts = witness.wait_for_count(FACTS, 1);
    assert_eq!(facts[0].header().run, RunBits::NONE);

    broker.publish_retained(topic::HUB_STATUS, &hub_status(7, 0xabcd));
    wait_until("a report of the new run", || {
        witness
            .of_topic(REPORT)
            .iter()
            .any(|report| report.header().run == RunBits(0xabcd))
    });
    let holds = |facts: &Message| {
        facts.sections(|section| match section {
            Section::Holds(Holds { run_ordinal }) => Some(run_ordinal),
            _ => None,
        })
    };
    let facts = Message {
        topic: FACTS.to_owned(),
        payload: broker.retained(FACTS).unwrap(),
    };
    assert_eq!(holds(&facts), [7]);
    assert_eq!(facts.header().run, RunBits(0xabcd));
}

#[test]
fn a_killed_agent_is_offline_by_its_will_with_the_number_of_its_connection() {
    let broker = Broker::start();
    let mut agent = Agent::start(&broker.url());
    let online = wait_for("the status", SOON, || broker.retained(STATUS));
    agent.process.kill();
    let offline = wait_for("the will", SOON, || {
        let now = status(&broker.retained(STATUS)?);
        (now.word == StatusWord::Offline).then_some(now)
    });
    assert_eq!(offline.connection, status(&online).connection);
}

#[test]
fn a_stopped_agent_says_so_and_leaves_no_will() {
    let broker = Broker::start();
    let witness = Witness::of(&broker);
    let mut agent = Agent::start(&broker.url());
    witness.wait_for_count(REPORT, 1);
    assert!(agent.terminate().success(), "{}", agent.log());
    let words = || -> Vec<StatusWord> {
        witness
            .of_topic(STATUS)
            .iter()
            .map(|m| status(&m.payload).word)
            .collect()
    };
    wait_until("the farewell", || {
        words().last() == Some(&StatusWord::Stopping)
    });
    // The broker has seen the connection end by then: the next agent's connection proves it.
    let _next = Agent::start(&broker.url());
    wait_until("the next agent", || words().len() == 3);
    assert_eq!(
        words(),
        [StatusWord::Online, StatusWord::Stopping, StatusWord::Online]
    );
    assert!(!agent.log().contains("WARN"), "{}", agent.log());
}

#[test]
fn the_agent_writes_to_no_disk() {
    let broker = Broker::start();
    let witness = Witness::of(&broker);
    let elsewhere = tempfile::tempdir().unwrap();
    let agent = Agent::with(&broker.url(), |command: &mut Command| {
        command.current_dir(elsewhere.path());
    });
    witness.wait_for_count(REPORT, 4);
    let io = std::fs::read_to_string(format!("/proc/{}/io", agent.process.id())).unwrap();
    let written = io
        .lines()
        .find_map(|line| line.strip_prefix("write_bytes: "))
        .unwrap();
    assert_eq!(written, "0", "{io}");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    let files = std::fs::read_dir(format!("/proc/{}/fd", agent.process.id())).unwrap();
    for file in files.map(|file| file.unwrap().path()) {
        let Ok(target) = std::fs::read_link(&file) else {
            continue;
        };
        let info = format!(
            "/proc/{}/fdinfo/{}",
            agent.process.id(),
            file.file_name().unwrap().to_str().unwrap()
        );
        let Ok(info) = std::fs::read_to_string(info) else {
            continue;
        };
        let flags = info
            .lines()
            .find_map(|line| line.strip_prefix("flags:\t"))
            .unwrap();
        let flags = u32::from_str_radix(flags, 8).unwrap();
        let for_writing = flags & 0o3 != 0 && target.is_absolute() && !target.starts_with("/dev");
        assert!(!for_writing, "{} is open for writing", target.display());
    }
}
