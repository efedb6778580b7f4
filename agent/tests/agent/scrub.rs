//! The scrub process and the agent: what needs rights is read by the one and reported by the other.

use crate::support::{Agent, Broker, Message, Witness, copy_program_to, program, wait_until};
use crate::uplink::REPORT;
use picket_testing::needs_root;
use picket_wire::{Missing, PartKind, Quantity, Section, Value};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A machine with an NVMe that has used 4 % of its life, and a folder for the agent's socket.
struct Machine {
    dir: TempDir,
    broker: Broker,
}

impl Machine {
    fn new() -> Machine {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        let pc = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pc");
        let mut copy = Command::new("cp");
        copy.arg("-r").arg(pc).arg(dir.path().join("root"));
        assert!(copy.status().unwrap().success());
        fs::create_dir(dir.path().join("run")).unwrap();
        Machine {
            dir,
            broker: Broker::start(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn agent(&self) -> Agent {
        Agent::with(&self.broker.url(), |command| {
            command
                .arg("--root")
                .arg(self.path("root"))
                .arg("--runtime-dir")
                .arg(self.path("run"));
        })
    }

    fn scrub(&self) -> Agent {
        self.scrub_by(&program(), |_| {})
    }

    fn scrub_by(&self, program: &Path, change: impl FnOnce(&mut Command)) -> Agent {
        Agent::with("", |command| {
            *command = Command::new(program);
            command
                .args(["scrub", "--root"])
                .arg(self.path("root"))
                .arg("--runtime-dir")
                .arg(self.path("run"));
            change(command);
        })
    }

    /// The kernel says something more.
    fn kernel_says(&self, message: &str) {
        let path = self.path("root/dev/kmsg");
        let said = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{said}{message}\n")).unwrap();
    }
}

/// What the reports say of a quantity, the last one of each part last.
fn values(reports: &[Message], quantity: Quantity) -> Vec<(u8, Value)> {
    let of = |section: Section<'_>| match section {
        Section::Readings(readings) => {
            let wanted = readings.filter(|reading| reading.quantity == quantity);
            Some(wanted.map(|r| (r.part, r.value)).collect::<Vec<_>>())
        }
        _ => None,
    };
    reports
        .iter()
        .flat_map(|r| r.sections(of))
        .flatten()
        .collect()
}

/// Number of the part of the disk in the facts.
fn disk(witness: &Witness, name: &str) -> Option<u8> {
    let facts = witness.of_topic(crate::uplink::FACTS).pop()?;
    let number = facts.sections(|section| match section {
        Section::Parts(mut parts) => parts
            .find(|part| part.part_kind() == PartKind::Disk && part.name == name)
            .map(|part| part.number),
        _ => None,
    });
    number.first().copied()
}

#[test]
fn what_the_scrub_reads_is_in_the_reports_and_news_of_the_kernel_soon_after() {
    let machine = Machine::new();
    let witness = Witness::of(&machine.broker);
    let agent = machine.agent();
    let scrub = machine.scrub();
    scrub.wait_for_log("privileged probes only");
    scrub.wait_for_log("connected to the agent");
    agent.wait_for_log("the scrub is connected");
    let said = |quantity, name: &str, value| {
        let part = disk(&witness, name);
        let rows = values(&witness.of_topic(REPORT), quantity);
        part.is_some_and(|part| rows.contains(&(part, Ok(value))))
    };
    wait_until("the messages about the disk", || {
        said(Quantity::STORAGE_MESSAGES, "sda", 1)
    });
    assert!(!said(Quantity::STORAGE_MESSAGES, "sda", 2));
    wait_until("the life that the NVMe has used", || {
        said(Quantity::DISK_LIFE_USED, "nvme0n1", 4)
    });
    machine.kernel_says("3,912,9120055000,-;I/O error, dev sda, sector 8 op 0x0:(READ)");
    wait_until("the news", || said(Quantity::STORAGE_MESSAGES, "sda", 2));
    let denied = values(&witness.of_topic(REPORT), Quantity::STORAGE_MESSAGES);
    assert!(
        denied.iter().all(|(_, value)| value.is_ok()),
        "a scrub that comes in time is not missed: {denied:?}"
    );
    assert!(!agent.log().contains("WARN"), "{}", agent.log());
}

#[test]
fn an_agent_that_comes_back_is_found_by_the_scrub_and_one_scrub_is_enough() {
    let machine = Machine::new();
    let first = machine.agent();
    let scrub = machine.scrub();
    first.wait_for_log("the scrub is connected");
    let _second = machine.scrub();
    first.wait_for_log("a second scrub was refused");
    let mut first = first;
    assert!(first.terminate().success());
    let agent = machine.agent();
    agent.wait_for_log("the scrub is connected");
    assert_eq!(scrub.log().matches("privileged probes only").count(), 1);
}

#[test]
fn somebody_else_is_refused_though_the_socket_would_let_them() {
    if needs_root("somebody_else_is_refused_though_the_socket_would_let_them") {
        return;
    }
    let machine = Machine::new();
    let witness = Witness::of(&machine.broker);
    let agent = machine.agent();
    let socket = machine.path("run/scrub.sock");
    wait_until("the socket", || socket.exists());
    fs::set_permissions(&socket, Permissions::from_mode(0o666)).unwrap();
    let copy = machine.path("picket-agent");
    copy_program_to(&copy);
    let _nobody = machine.scrub_by(&copy, |command| {
        command.uid(65534).gid(65534);
    });
    agent.wait_for_log("somebody else than root or this user was refused");
    assert!(!agent.log().contains("the scrub is connected"));
    let rows = values(&witness.of_topic(REPORT), Quantity::STORAGE_MESSAGES);
    let is_believed = |(_, value): &(u8, Value)| *value != Err(Missing::Denied);
    assert!(!rows.iter().any(is_believed), "{rows:?}");
}

#[test]
fn each_drop_in_opens_the_devices_of_its_own_disks_and_the_unit_opens_none() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy");
    for (file, expected) in [
        ("systemd/picket-scrub.service", "/dev/kmsg r"),
        ("debian/scrub/mmc.conf", "block-mmc r"),
        ("debian/scrub/sata.conf", "block-sd r"),
        ("debian/scrub/nvme.conf", "char-nvme r"),
    ] {
        let text = fs::read_to_string(deploy.join(file)).unwrap();
        let opened = text
            .lines()
            .filter_map(|line| line.strip_prefix("DeviceAllow="));
        assert_eq!(opened.collect::<Vec<_>>(), [expected], "{file}");
    }
}

#[test]
fn each_drop_in_loads_the_module_that_makes_its_devices_known_before_the_scrub_starts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/debian/scrub");
    for (file, module) in [
        ("mmc.conf", "mmc_block"),
        ("sata.conf", "sd_mod"),
        ("nvme.conf", "nvme"),
    ] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        for key in ["Wants", "After"] {
            let line = format!("{key}=modprobe@{module}.service");
            let is_there = text.lines().any(|said| said == line);
            assert!(is_there, "{file}: {line}");
        }
    }
}

#[test]
fn a_slip_in_the_settings_is_said_once_and_ends_no_scrub() {
    let machine = Machine::new();
    let settings = machine.path("agent.toml");
    fs::write(&settings, "[sd_health]\ncrads = []\n").unwrap();
    let scrub = machine.scrub_by(&program(), |command| {
        command.arg("--settings").arg(&settings);
    });
    scrub.wait_for_log("privileged probes only");
    let log = scrub.log();
    assert_eq!(log.matches("no card is asked").count(), 1, "{log}");
    assert!(log.contains("agent.toml:2: unknown key"), "{log}");
    assert!(!log.contains("the settings say"), "{log}");
}
