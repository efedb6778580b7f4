//! The agent and its scrub at work for a while with all probes on this machine, between two passes
//! over files: not one byte goes to a disk. A pass writes its manifest, once in a period, and the
//! canary is written once a day.
//!
//! `make test` waits for a minute of reports; `agent/tests/quiet` for an hour.

use crate::support::{Agent, Broker, Message, Witness, program, wait_for};
use crate::uplink::REPORT;
use std::path::Path;
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

/// A program that works in a folder which lies in memory, as `/run` does.
fn start(args: &[&str], folder: &Path) -> Agent {
    Agent::with("", |command: &mut Command| {
        *command = Command::new(program());
        command.args(args).arg("--runtime-dir").arg(folder);
        command.current_dir(folder);
    })
}

#[test]
fn all_probes_at_work_write_no_byte_to_a_disk() {
    let Extent { every_s, lasts_s } = Extent::wanted();
    let broker = Broker::start();
    let witness = Witness::of(&broker);
    let folder = tempfile::tempdir_in("/dev/shm").unwrap();
    let (hub, every) = (broker.url(), format!("{every_s}s"));
    let run = ["run", "--hub", &hub, "--node", "n1", "--every", &every];
    let agent = start(&run, folder.path());
    agent.wait_for_log("agent started");
    // A pass was made a moment ago, so that none is due.
    let disk = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let of_disk = |name: &str| disk.path().join(name).display().to_string();
    let (files, state, settings) = (of_disk("files"), of_disk("state"), of_disk("agent.toml"));
    std::fs::create_dir(&files).unwrap();
    std::fs::write(disk.path().join("files/one"), [1; 10_000]).unwrap();
    let table = format!("[scrub]\npaths = [\"{files}\"]\n");
    std::fs::write(&settings, table).unwrap();
    let mut scrub = vec!["scrub", "--settings", &settings, "--state-dir", &state];
    scrub.push("--now");
    let now = Command::new(program()).args(&scrub).output().unwrap();
    assert!(now.status.success(), "{now:?}");
    scrub.pop();
    let scrub = start(&scrub, folder.path());
    scrub.wait_for_log("files are read back");
    agent.wait_for_log("the scrub is connected");

    let patience = Duration::from_secs(lasts_s + lasts_s / 2 + 60);
    let reports = wait_for("reports over the whole time", patience, || {
        let reports = witness.of_topic(REPORT);
        let at_ms = |report: Option<&Message>| Some(report?.header().uptime_ms);
        let over_ms = at_ms(reports.last())?.saturating_sub(at_ms(reports.first())?);
        (over_ms >= lasts_s * 1000).then_some(reports.len())
    });
    for (name, process) in [("agent", &agent.process), ("scrub", &scrub.process)] {
        let written = io(process.id(), "write_bytes");
        let read = io(process.id(), "read_bytes");
        println!("{name}: {written} bytes written to disks and {read} read in {lasts_s} s");
        assert_eq!(written, 0, "bytes that the {name} wrote to a disk");
    }
    println!("{reports} reports");
    assert!(reports as u64 >= lasts_s / every_s, "{reports} reports");
    let left = std::fs::read_dir(folder.path()).unwrap().flatten();
    let mut left: Vec<_> = left.map(|entry| entry.file_name()).collect();
    left.sort();
    assert_eq!(left, ["now.sock", "scrub.sock"]);
}
