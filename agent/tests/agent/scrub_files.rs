//! Files are read back by the program itself: at once by hand, and by the process that has rights.

mod taken_off;

use crate::support::{Agent, Broker, Message, Witness, program, wait_until};
use crate::uplink::{FACTS, REPORT};
use picket_testing::{LoopFs, needs_root};
use picket_wire::{FindingKind, FindingState, Quantity, Section};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A disk with some files, and a folder to remember in what they read as.
struct Site {
    dir: TempDir,
    disk: LoopFs,
    /// Where it remembers.
    state: PathBuf,
}

/// What stands in the second block of the file that rots.
const SECOND: &[u8] = b"the second block of what will rot";

impl Site {
    fn new() -> Site {
        let dir = tempfile::tempdir().unwrap();
        let disk = LoopFs::ext4(64);
        let settings = format!("[scrub]\npaths = [\"{}\"]\n", disk.point().display());
        fs::write(dir.path().join("agent.toml"), settings).unwrap();
        for i in 0..5 {
            disk.write(&format!("good/{i}"), &[i; 10_000]);
        }
        let content = [&[1; 4096], SECOND, &[2; 4000]].concat();
        disk.write("a/rotten", &content);
        let state = dir.path().join("state");
        Site { dir, disk, state }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.arg("scrub").args(args);
        command.arg("--settings").arg(self.path("agent.toml"));
        command.arg("--state-dir").arg(&self.state);
        command.arg("--runtime-dir").arg(self.dir.path());
        command
    }

    /// Everything is read back now: exit status, and what was printed.
    fn now(&self) -> (Option<i32>, String) {
        let Output { status, stdout, .. } = self.command(&["--now"]).output().unwrap();
        (status.code(), String::from_utf8(stdout).unwrap())
    }

    /// Every file is known: what was just written is not compared with anything, and what was read
    /// once may have been a misread.
    fn learn(&self) {
        wait_until("files that nobody writes any more", || {
            !self.now().1.contains("are being written")
        });
        let (status, said) = self.now();
        assert_eq!(status, Some(0), "{said}");
    }

    /// Behind the filesystem's back.
    fn rot(&self) {
        self.disk.sync();
        self.disk.flip(self.disk.find(SECOND));
    }
}

#[test]
fn a_file_that_rots_is_named_until_somebody_writes_it_anew() {
    if needs_root("a_file_that_rots_is_named_until_somebody_writes_it_anew") {
        return;
    }
    let site = Site::new();
    site.learn();
    site.rot();
    for _ in 0..2 {
        let (status, said) = site.now();
        assert_eq!(status, Some(1), "{said}");
        let rotten = site.disk.point().join("a/rotten");
        let line = format!("  {}: block 1 (sector ", rotten.display());
        assert!(said.contains("6 files, "), "{said}");
        assert!(said.contains("1 file does not read as it was written:\n"));
        assert!(said.contains(&line), "{line:?} in {said}");
        assert!(
            said.contains("a good copy was in memory when it was found"),
            "{said}"
        );
    }
    site.disk.write("a/rotten", b"something else");
    // What was just written ends nothing yet.
    let mut last = (None, String::new());
    wait_until("a file that nobody writes any more", || {
        last = site.now();
        last.0 != Some(1)
    });
    let (status, said) = last;
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("somebody wrote it anew"), "{said}");
}

/// The findings of all reports: kind, state, block and the end of the path.
fn findings(reports: &[Message]) -> Vec<(FindingKind, FindingState, u64, bool)> {
    let of = |section: Section<'_>| match section {
        Section::Findings(findings) => {
            let row = |finding: picket_wire::Finding<'_>| {
                let kind = finding.finding_kind();
                let is_it = finding.path.ends_with("/a/rotten");
                (kind, finding.finding_state(), finding.block, is_it)
            };
            Some(findings.map(row).collect::<Vec<_>>())
        }
        _ => None,
    };
    let all = reports.iter().flat_map(|report| report.sections(of));
    all.flatten().collect()
}

#[test]
fn the_hub_hears_of_it_and_the_scrub_that_runs_makes_a_pass_when_it_is_asked() {
    if needs_root("the_hub_hears_of_it_and_the_scrub_that_runs_makes_a_pass_when_it_is_asked") {
        return;
    }
    let site = Site::new();
    site.learn();
    let broker = Broker::start();
    let witness = Witness::of(&broker);
    let _agent = Agent::with(&broker.url(), |command| {
        command.arg("--runtime-dir").arg(site.dir.path());
    });
    let mut scrub = Agent::with("", |command| *command = site.command(&[]));
    scrub.wait_for_log("files are read back");
    let said = |quantity: Quantity, value: i64| {
        let of = |section: Section<'_>| match section {
            Section::Readings(mut readings) => {
                let is_it = |r: &picket_wire::Reading| r.quantity == quantity;
                Some(readings.any(|r| is_it(&r) && r.value == Ok(value)))
            }
            _ => None,
        };
        let reports = witness.of_topic(REPORT);
        let mut told = reports.iter().flat_map(|report| report.sections(of));
        told.any(|is_said| is_said)
    };
    wait_until("what earlier passes know", || {
        said(Quantity::CORRUPT_FILES, 0)
            && said(Quantity::SCRUB_FILES, 6)
            && said(Quantity::SCRUB_UNREAD, 0)
    });
    site.rot();
    wait_until("the socket", || site.path("now.sock").exists());
    let (status, told) = site.now();
    assert_eq!(status, Some(1), "{told}");
    assert!(told.contains("/a/rotten: block 1"), "{told}");
    assert!(
        scrub
            .log()
            .contains("somebody asks to read everything back now")
    );
    assert!(
        scrub
            .log()
            .contains("/a/rotten does not read as it was written: stable")
    );
    wait_until("the reading", || said(Quantity::CORRUPT_FILES, 1));
    wait_until("the finding", || {
        let all = findings(&witness.of_topic(REPORT));
        all.contains(&(FindingKind::Stable, FindingState::Open, 1, true))
    });
    assert!(scrub.terminate().success());
}

#[test]
fn settings_that_are_wrong_end_a_pass_by_hand_before_it_begins() {
    let dir = tempfile::tempdir().unwrap();
    let settings = dir.path().join("agent.toml");
    fs::write(&settings, "[scrub]\nperiod = \"7\"\n").unwrap();
    let mut command = Command::new(program());
    command
        .args(["scrub", "--now", "--settings"])
        .arg(&settings);
    let output = command.arg("--state-dir").arg(dir.path()).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("agent.toml:2: scrub.period"), "{said}");
}

#[test]
fn what_cannot_be_read_back_is_a_failure_and_no_all_clear() {
    let dir = tempfile::tempdir().unwrap();
    let settings = dir.path().join("agent.toml");
    fs::write(&settings, "[scrub]\npaths = [\"/nowhere\"]\n").unwrap();
    let mut command = Command::new(program());
    command
        .args(["scrub", "--now", "--settings"])
        .arg(&settings);
    let state = dir.path().join("state");
    let output = command.arg("--state-dir").arg(state).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("/nowhere: No such file"), "{said}");
    assert!(said.contains("not everything could be read back"), "{said}");
}

#[test]
fn the_first_manifest_is_expected_and_one_that_is_lost_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let files = dir.path().join("files");
    fs::create_dir(&files).unwrap();
    fs::write(files.join("one"), "what somebody wrote").unwrap();
    let settings = format!("[scrub]\npaths = [\"{}\"]\n", files.display());
    fs::write(dir.path().join("agent.toml"), settings).unwrap();
    let command = |args: &[&str]| {
        let mut command = Command::new(program());
        command.arg("scrub").args(args).current_dir(dir.path());
        command.args(["--settings", "agent.toml", "--state-dir", "state"]);
        command.args(["--runtime-dir", "."]);
        command
    };
    let mut scrub = Agent::with("", |served| *served = command(&[]));
    scrub.wait_for_log("the pass over");
    let line = |words: &str| {
        let log = scrub.log();
        let line = log.lines().find(|line| line.contains(words));
        line.map(str::to_owned)
    };
    let expected = line("there is no manifest in ").unwrap();
    assert!(expected.contains("INFO"), "{expected}");
    let manifests = fs::read_dir(dir.path().join("state")).unwrap();
    let manifests = manifests.map(|entry| entry.unwrap().path().join("manifest"));
    let manifest = manifests.into_iter().find(|path| path.exists()).unwrap();
    fs::remove_file(manifest).unwrap();
    wait_until("the socket", || dir.path().join("now.sock").exists());
    command(&["--now"]).output().unwrap();
    let lost = line("the manifest in ").unwrap();
    assert!(lost.contains("WARN") && lost.contains("is gone"), "{lost}");
    assert!(scrub.terminate().success());
}

#[test]
fn the_canary_is_told_of_its_own_disk_though_no_file_of_that_is_read_back() {
    if needs_root("the_canary_is_told_of_its_own_disk_though_no_file_of_that_is_read_back") {
        return;
    }
    let mut site = Site::new();
    let card = LoopFs::ext4(16);
    site.state = card.point();
    let broker = Broker::start();
    let witness = Witness::of(&broker);
    let _agent = Agent::with(&broker.url(), |command| {
        command.arg("--runtime-dir").arg(site.dir.path());
    });
    let _scrub = Agent::with("", |command| *command = site.command(&[]));
    let id = format!("mount/{}", card.point().display());
    let number = |section: Section<'_>| match section {
        Section::Parts(mut parts) => parts.find(|part| part.id == id).map(|part| part.number),
        _ => None,
    };
    wait_until("the canary of the other disk", || {
        let facts = witness.of_topic(FACTS);
        let number = facts.iter().flat_map(|facts| facts.sections(number)).last();
        let is_it = |r: &picket_wire::Reading| {
            let canary = (Quantity::CANARY_GENERATION, Ok(1));
            Some(r.part) == number && (r.quantity, r.value) == canary
        };
        let told = |section: Section<'_>| match section {
            Section::Readings(mut readings) => Some(readings.any(|r| is_it(&r))),
            _ => None,
        };
        let reports = witness.of_topic(REPORT);
        let mut told = reports.iter().flat_map(|report| report.sections(told));
        told.any(|is_told| is_told)
    });
}
