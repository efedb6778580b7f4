//! The agent and a real broker: what is retained, what is lost (nothing), and what the will says.

use crate::support::{
    Agent, Broker, Gate, Message, SOON, Witness, hub_status, wait_for, wait_until,
};
use picket_wire::{
    Holds, Kind, Missing, Quantity, RunBits, Section, StatusText, StatusWord, topic,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const FACTS: &str = "picket/v1/n1/facts";
const STATUS: &str = "picket/v1/n1/status";
const REPORT: &str = "picket/v1/n1/report";

fn status(message: &[u8]) -> StatusText {
    StatusText::parse(message).expect("a status text")
}

fn seqs(reports: &[Message]) -> BTreeSet<u32> {
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
    let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pi-4");
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
fn reports_wait_for_a_hub_and_a_hub_that_leaves_is_waited_for_again() {
    let broker = Broker::without_hub();
    // What a broker with a disk keeps of a hub that is gone.
    broker.publish_retained(topic::HUB_STATUS, &hub_status(7, 0xabcd));
    let witness = Witness::of(&broker);
    let _agent = Agent::start(&broker.url());
    witness.wait_for_count(FACTS, 2);
    let since = Instant::now();
    wait_until("reports that wait", || {
        since.elapsed() >= Duration::from_secs(3)
    });
    assert!(witness.of_topic(REPORT).is_empty(), "nobody takes them");

    broker.publish_retained(topic::HUB_STATUS, &hub_status(7, 0xabcd));
    let reports = witness.wait_for_count(REPORT, 6);
    assert!((0..6).all(|seq| seqs(&reports).contains(&seq)));
    broker.publish_retained(topic::HUB_STATUS, b"");
    // What was on its way when the hub left is through after one more tick.
    let left = Instant::now();
    wait_until("a tick", || left.elapsed() >= Duration::from_millis(1_500));
    let before = witness.of_topic(REPORT).len();
    wait_until("reports that wait", || {
        left.elapsed() >= Duration::from_secs(5)
    });
    assert_eq!(witness.of_topic(REPORT).len(), before);

    broker.publish_retained(topic::HUB_STATUS, &hub_status(8, 0xef01));
    let last = seqs(&witness.of_topic(REPORT)).last().copied().unwrap();
    wait_until("every report", || {
        let all = seqs(&witness.of_topic(REPORT));
        (0..last + 6).all(|seq| all.contains(&seq))
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
fn a_broker_that_is_killed_and_comes_back_empty_loses_no_report() {
    let first = Broker::start();
    let before = Witness::of(&first);
    let gate = Gate::to(&first);
    let agent = Agent::start(&gate.url());
    before.wait_for_count(REPORT, 3);
    // First it hangs, so that reports are handed over that it never acknowledges.
    let outage = Instant::now();
    first.freeze();
    wait_until("reports into the void", || {
        outage.elapsed() >= Duration::from_secs(3)
    });
    gate.close();
    first.kill();

    let second = Broker::start();
    let after = Witness::of(&second);
    agent.wait_for_log("reports wait");
    wait_until("an outage of eight reports", || {
        outage.elapsed() >= Duration::from_secs(8)
    });
    gate.open_to(&second);

    let last = seqs(&before.of_topic(REPORT)).last().copied().unwrap();
    let goal = last + 10;
    wait_until("the reports after the outage", || {
        seqs(&after.of_topic(REPORT))
            .last()
            .is_some_and(|seq| *seq >= goal)
    });
    wait_until("every report", || {
        let mut all = seqs(&before.of_topic(REPORT));
        all.extend(seqs(&after.of_topic(REPORT)));
        (0..=goal).all(|seq| all.contains(&seq))
    });
    let late = after
        .of_topic(REPORT)
        .into_iter()
        .filter(|r| r.header().flags.backlog)
        .count();
    assert!(late >= 6, "{late} reports came as backlog");
    let online = status(&second.retained(STATUS).unwrap());
    assert!(online.connection.number > 1);
    let facts = second.retained(FACTS).expect("facts on the new broker");
    let boot = Message {
        topic: FACTS.to_owned(),
        payload: facts,
    }
    .header()
    .boot;
    assert_eq!(boot, before.of_topic(REPORT)[0].header().boot);
}

#[test]
fn a_broker_that_acknowledges_nothing_is_given_up_after_fifteen_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("mqtt://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let agent = Agent::start(&url);
    listener.set_nonblocking(true).unwrap();
    let accept = || {
        let patience = Duration::from_secs(40);
        let (mut stream, _) = wait_for("a connection", patience, || listener.accept().ok());
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        let mut connect = [0; 512];
        assert!(stream.read(&mut connect).unwrap() > 0);
        // CONNACK, accepted, no session.
        stream.write_all(&[0x20, 2, 0, 0]).unwrap();
        stream
    };
    let mut silent = accept();
    let since = Instant::now();
    let _again = accept();
    let waited = since.elapsed();
    assert!(waited >= Duration::from_secs(15), "{waited:?}");
    agent.wait_for_log("acknowledged nothing for 15 s");
    // The old connection is closed, not only forgotten.
    let mut rest = Vec::new();
    silent.read_to_end(&mut rest).unwrap();
}

#[test]
fn an_agent_that_was_frozen_reads_the_acknowledgements_that_wait_for_it() {
    let broker = Broker::start();
    let witness = Witness::of(&broker);
    let agent = Agent::start(&broker.url());
    let frozen = Instant::now();
    witness.wait_for_count(REPORT, 1);
    broker.freeze();
    wait_until("reports without an answer", || {
        frozen.elapsed() >= Duration::from_secs(3)
    });
    agent.process.signal("STOP");
    broker.thaw();
    let patience = Duration::from_secs(40);
    wait_for("a long time", patience, || {
        (frozen.elapsed().as_secs() >= 20).then_some(())
    });
    let before = witness.of_topic(REPORT).len();
    agent.process.signal("CONT");
    witness.wait_for_count(REPORT, before + 4);
    assert!(!agent.log().contains("WARN"), "{}", agent.log());
    assert_eq!(
        status(&broker.retained(STATUS).unwrap()).connection.number,
        1
    );
}

#[test]
fn without_a_broker_there_is_one_warning_that_says_what_to_do_and_the_agent_still_stops_at_once() {
    let port = crate::support::free_port();
    let mut agent = Agent::start(&format!("mqtt://127.0.0.1:{port}"));
    agent.wait_for_log("cannot connect to");
    let since = Instant::now();
    wait_until("some more attempts", || {
        since.elapsed() >= Duration::from_secs(3)
    });
    assert!(agent.terminate().success());
    let log = agent.log();
    assert_eq!(log.matches("WARN").count(), 1, "{log}");
    assert!(
        log.contains("is the hub running, and is `hub` in the settings its address?"),
        "{log}"
    );
}

#[test]
fn a_broker_that_wants_a_password_is_named_as_such() {
    let broker = Broker::with("allow_anonymous false");
    let agent = Agent::start(&broker.url());
    agent.wait_for_log("does not let this node in");
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
