//! The agent at work for a while with all probes on this machine: not one byte goes to a disk.
//!
//! `make test` waits for a minute of reports; `agent/tests/quiet` for an hour.

use crate::support::{Agent, Broker, Witness, wait_for};
use crate::uplink::REPORT;
use std::process::Command;
use std::time::Duration;

/// How often the agent reports, and over how many seconds its reports have to go.
struct Extent {
    every_s: u64,
    lasts_s: u64,
}

impl Extent {
    /// As `PICKET_QUIET_S` says, at the interval that a new agent has; else a minute, quickly.
    fn wanted() -> Extent {
        let lasts_s = std::env::var("PICKET_QUIET_S").ok();
        match lasts_s {
            Some(lasts_s) => Extent {
                every_s: 10,
                lasts_s: lasts_s.parse().unwrap(),
            },
            None => Extent {
                every_s: 1,
                lasts_s: 60,
            },
        }
    }
}

/// What the kernel counts of a process (Linux, proc_pid_io(5)).
fn io(process: u32, what: &str) -> u64 {
    let io = std::fs::read_to_string(format!("/proc/{process}/io")).unwrap();
    let counted = io
        .lines()
        .find_map(|line| line.strip_prefix(what)?.strip_prefix(": "));
    counted.unwrap().parse().unwrap()
}

#[test]
fn all_probes_at_work_write_no_byte_to_a_disk() {
    let Extent { every_s, lasts_s } = Extent::wanted();
    let broker = Broker::start();
    let witness = Witness::of(&broker);
    let elsewhere = tempfile::tempdir().unwrap();
    let hub = broker.url();
    let agent = Agent::with(&hub, |command: &mut Command| {
        *command = Command::new(crate::support::program());
        command
            .args(["run", "--hub", &hub, "--node", "n1"])
            .args(["--every", &format!("{every_s}s")])
            .current_dir(elsewhere.path());
    });
    let process = agent.process.id();
    witness.wait_for_count(REPORT, 1);
    let started = io(process, "write_bytes");

    let patience = Duration::from_secs(lasts_s + lasts_s / 2 + 60);
    let reports = wait_for("reports over the whole time", patience, || {
        let reports = witness.of_topic(REPORT);
        let at_ms = |report: Option<&crate::support::Message>| Some(report?.header().uptime_ms);
        let over_ms = at_ms(reports.last())?.saturating_sub(at_ms(reports.first())?);
        (over_ms >= lasts_s * 1000).then_some(reports.len())
    });
    let (written, read) = (io(process, "write_bytes"), io(process, "read_bytes"));
    println!(
        "{lasts_s} s, {reports} reports: {started} bytes written to start, {written} in all; \
         {read} read from disks"
    );
    assert_eq!(written, 0, "bytes written to a disk");
    assert!(reports as u64 >= lasts_s / every_s, "{reports} reports");
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}
