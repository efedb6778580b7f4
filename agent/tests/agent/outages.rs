//! The agent while its broker or its hub is away, silent or unwilling: nothing is lost, and one line
//! says what to do.

use crate::support::{
    Agent, Broker, Gate, Message, SOON, Signal, Witness, hub_status, wait_for, wait_until,
};
use crate::uplink::{FACTS, REPORT, STATUS, seqs, status};
use picket_wire::topic;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

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
    agent.process.signal(Signal::SIGSTOP);
    broker.thaw();
    let patience = Duration::from_secs(40);
    wait_for("a long time", patience, || {
        (frozen.elapsed().as_secs() >= 20).then_some(())
    });
    let before = witness.of_topic(REPORT).len();
    agent.process.signal(Signal::SIGCONT);
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
