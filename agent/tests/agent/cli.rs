//! The command line from outside: what is printed, and the exit status.

use crate::fixtures::copy_of;
use crate::support::{Agent, copy_program_to, program, wait_until};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};
use std::time::Duration;

fn agent(args: &[&str]) -> Output {
    Command::new(program()).args(args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn rows(json: &str) -> Vec<serde_json::Value> {
    let mut whole: serde_json::Value = serde_json::from_str(json).unwrap();
    whole["readings"]
        .as_array_mut()
        .unwrap()
        .drain(..)
        .collect()
}

fn row(output: &Output, name: &str) -> serde_json::Value {
    rows(&out(output))
        .into_iter()
        .find(|row| row["name"] == name)
        .unwrap()
}

#[test]
fn this_machine_has_readings_and_each_row_has_a_value_or_a_reason() {
    let output = agent(&["probe", "--json"]);
    let rows = rows(&out(&output));
    assert!(
        rows.iter().filter(|row| row.get("value").is_some()).count() >= 8,
        "{rows:?}"
    );
    for row in &rows {
        assert_ne!(
            row.get("value").is_some(),
            row.get("missing").is_some(),
            "{row}"
        );
        assert_eq!(
            row.get("value").is_some(),
            row.get("unit").is_some(),
            "{row}"
        );
    }
    let table = out(&agent(&["probe"]));
    let readings = table.lines().take_while(|line| !line.is_empty());
    assert_eq!(readings.count(), rows.len() + 1, "{table}");
}

#[test]
fn an_empty_tree_shows_nothing_of_this_machine() {
    let empty = tempfile::tempdir().unwrap();
    let output = agent(&["probe", "--json", "--root", empty.path().to_str().unwrap()]);
    let rows = rows(&out(&output));
    assert!(rows.len() >= 10);
    assert!(
        rows.iter().all(|row| row["missing"] == "not_supported"),
        "{rows:?}"
    );
}

#[test]
fn spoilt_sources_are_missings_and_nothing_hangs() {
    let (_dir, tree) = copy_of("pi-4b");
    let temperature = tree.join("sys/class/thermal/thermal_zone0/temp");
    let probe = || agent(&["probe", "--json", "--root", tree.to_str().unwrap()]);
    for garbage in ["", "\n", "hot\n", "48.2\n", "9999999\n", "\u{1b}[2J"] {
        fs::write(&temperature, garbage).unwrap();
        assert_eq!(
            row(&probe(), "cpu_temperature")["missing"],
            "garbled",
            "{garbage:?}"
        );
    }
    fs::write(&temperature, vec![b'1'; 100_000]).unwrap();
    assert_eq!(row(&probe(), "cpu_temperature")["missing"], "garbled");
    fs::remove_file(&temperature).unwrap();
    assert_eq!(row(&probe(), "cpu_temperature")["missing"], "not_fitted");
    assert!(
        Command::new("mkfifo")
            .arg(&temperature)
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(row(&probe(), "cpu_temperature")["missing"], "garbled");

    fs::write(tree.join("proc/self/mountinfo"), vec![b'x'; 2_000_000]).unwrap();
    fs::write(tree.join("sys/block/mmcblk0/stat"), [0xff, 0xfe, 0x00]).unwrap();
    let output = probe();
    assert_eq!(row(&output, "filesystem_size")["missing"], "garbled");
    assert_eq!(row(&output, "disk_written")["missing"], "garbled");
}

#[test]
fn what_may_not_be_read_is_denied() {
    let (dir, tree) = copy_of("pi-4b");
    let temperature = tree.join("sys/class/thermal/thermal_zone0/temp");
    fs::set_permissions(&temperature, Permissions::from_mode(0o000)).unwrap();
    let copy = dir.path().join("picket-agent");
    copy_program_to(&copy);
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(copy);
    command.args(["probe", "--json", "--root"]).arg(&tree);
    // Nothing is denied to root, who therefore asks as nobody.
    if fs::File::open(&temperature).is_ok() {
        command.uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    assert_eq!(
        row(&output, "cpu_temperature")["missing"],
        "denied",
        "{}",
        err(&output)
    );
}

#[test]
fn an_ordinary_user_hears_which_group_or_capability_would_help() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
    let copy = dir.path().join("picket-agent");
    copy_program_to(&copy);
    let as_nobody = |args: &[&str]| {
        let mut command = Command::new(&copy);
        command.args(args);
        if nix::unistd::geteuid().is_root() {
            command.uid(65534).gid(65534);
        }
        command.output().unwrap()
    };
    let json = as_nobody(&["probe", "--json"]);
    let table = out(&as_nobody(&["probe"]));
    let denied: Vec<_> = rows(&out(&json))
        .into_iter()
        .filter(|row| row["missing"] == "denied")
        .collect();
    for row in &denied {
        let name = row["name"].as_str().unwrap();
        let needs = row["needs"].as_str().unwrap_or_default();
        assert!(
            needs == "root" || needs == "group video" || needs.starts_with("CAP_"),
            "{row}"
        );
        let said = format!("missing: denied (give: {needs})");
        let is_it = |line: &str| line.contains(name) && line.ends_with(&said);
        assert!(table.lines().any(is_it), "{name}: {table}");
    }
    let check = out(&as_nobody(&[
        "check",
        "--hub",
        "mqtt://127.0.0.1:1",
        "--node",
        "n1",
    ]));
    let advices = check.lines().filter(|line| line.contains("=> "));
    assert_eq!(advices.count() > 0, !denied.is_empty(), "{check}");
}

#[test]
fn wrong_usage_and_wrong_settings_are_one_line_and_status_2() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("agent.toml");
    fs::write(&file, "hub = \"mqtt://127.0.0.1\"\nevrey = \"10s\"\n").unwrap();
    let file = file.to_str().unwrap();
    for (args, expected) in [
        (&["fly"][..], "unknown subcommand"),
        (&[], "no subcommand"),
        (&["run", "--fly"], "--fly"),
        (
            &["run", "--settings", file],
            ":2: unknown key \"evrey\"; did you mean \"every\"?",
        ),
        (&["check", "--settings", file], ":2: unknown key"),
        (
            &["run", "--settings", "/nowhere/agent.toml"],
            "cannot read the settings",
        ),
        (&["run", "--hub", "mqtts://127.0.0.1"], "picket-agent join"),
        (&["run", "--hub", "mqtt://192.0.2.1"], "--allow-plain"),
        (
            &["run", "--hub", "mqtt://127.0.0.1", "--every", "10"],
            "--every: \"10\" has no unit",
        ),
        (
            &["run", "--hub", "mqtt://127.0.0.1", "--node", "hub"],
            "reserved",
        ),
        (
            &["probe", "--root", "/nowhere"],
            "--root /nowhere: No such file",
        ),
    ] {
        let output = agent(args);
        let said = err(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert!(said.contains(expected), "{args:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{args:?}: {said}");
    }
}

#[test]
fn a_host_name_that_is_no_id_stops_the_agent_and_says_what_to_write() {
    let (_dir, tree) = copy_of("pi-4b");
    fs::write(tree.join("proc/sys/kernel/hostname"), "büro\n").unwrap();
    let output = agent(&[
        "run",
        "--hub",
        "mqtt://127.0.0.1",
        "--root",
        tree.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("node = \"NAME\""), "{}", err(&output));
}

#[test]
fn help_and_version_are_printed_and_a_reader_that_leaves_early_is_no_failure() {
    let help = agent(&["--help"]);
    assert!(help.status.success());
    assert!(out(&help).contains("Examples:"));
    let version = agent(&["--version"]);
    assert_eq!(
        out(&version),
        concat!("picket-agent ", env!("CARGO_PKG_VERSION"), "\n")
    );
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = Command::new(program())
        .arg("--help")
        .stdout(writer)
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn check_explains_and_fails_only_when_the_broker_is_not_there() {
    let port = crate::support::free_port();
    let hub = format!("mqtt://127.0.0.1:{port}");
    let away = agent(&["check", "--hub", &hub, "--node", "n1"]);
    assert_eq!(away.status.code(), Some(1));
    assert!(err(&away).contains("cannot be reached"), "{}", err(&away));
    assert!(
        out(&away).contains("readings have a value"),
        "{}",
        out(&away)
    );
    let broker = crate::support::Broker::start();
    let there = agent(&["check", "--hub", &broker.url(), "--node", "n1"]);
    assert!(there.status.success(), "{}", err(&there));
    assert!(out(&there).contains("broker    answers"));
}

#[test]
fn check_says_why_nobody_knows_who_writes_on_raspberry_pi_os() {
    let tree = crate::fixtures::fixture("pi-4b");
    let root = tree.to_str().unwrap();
    let hub = format!("mqtt://127.0.0.1:{}", crate::support::free_port());
    let said = out(&agent(&["check", "--hub", &hub, "--root", root]));
    assert!(said.contains("cgroup_enable=memory"), "{said}");
    assert!(!said.contains("DefaultIOAccounting"), "{said}");
}

#[test]
fn the_service_manager_hears_ready_the_watchdog_and_stopping() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let mut said = String::new();
    let mut hear = |expected: &str| {
        wait_until(&format!("{expected} to the service manager"), || {
            let mut chunk = [0; 512];
            while let Ok(read) = socket.recv(&mut chunk) {
                said.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
            }
            said.contains(expected)
        });
    };
    let hub = format!("mqtt://127.0.0.1:{}", crate::support::free_port());
    let mut agent = Agent::with(&hub, |command| {
        command
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", "400000");
    });
    hear("READY=1");
    hear("STATUS=not connected");
    hear("WATCHDOG=1");
    assert!(agent.terminate().success());
    hear("STOPPING=1");
}

#[test]
fn in_the_journal_each_line_begins_with_its_priority() {
    let hub = format!("mqtt://127.0.0.1:{}", crate::support::free_port());
    let agent = Agent::with(&hub, |command| {
        command.env("JOURNAL_STREAM", "8:1");
    });
    agent.wait_for_log("<4>cannot connect to");
    assert!(
        agent.log().starts_with("<6>agent started"),
        "{}",
        agent.log()
    );
}
