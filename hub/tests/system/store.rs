//! A store that cannot be written: said in one line, and the hub does everything else.

use crate::support::{Agent, Hub, HubSettings, Place, http, hub, needs_root, seconds, wait_for};
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's `nobody` and `nogroup`.
const NOBODY: u32 = 65_534;

fn store_of(hub: &Hub) -> String {
    let health =
        http::get(hub.web, "/healthz").and_then(|(_, body)| serde_json::from_str(&body).ok());
    let health: serde_json::Value = health.unwrap_or_default();
    health["store"]["state"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// The lines of the log that speak of the store's folder, without counting the start's listing.
fn complaints(hub: &Hub) -> Vec<String> {
    let words = ["WARN", "ERROR"];
    let log = hub.log();
    let speaks = |line: &&str| words.iter().any(|w| line.contains(w)) && line.contains("store");
    log.lines().filter(speaks).map(str::to_owned).collect()
}

/// Loses a node and looks that its incident is shown, store or not.
#[track_caller]
fn assert_incidents_are_shown(place: &Place, hub: &Hub) {
    let mut agent = Agent::start(place, "pi-lost", hub.broker, "1s");
    hub.wait_presence("pi-lost", "alive", 30);
    agent.kill();
    let opened = hub.wait_incident("pi-lost", "silent_node", "open", 30);
    println!("shown all the same: {}", opened["summary"]);
}

#[test]
fn a_folder_without_permission_costs_the_store_and_nothing_else() {
    let place = Place::new();
    std::fs::set_permissions(place.root(), Permissions::from_mode(0o755)).unwrap();
    let state_dir = place.path("state");
    std::fs::create_dir(&state_dir).unwrap();
    let settings = HubSettings {
        state_dir: state_dir.clone(),
        ..HubSettings::embedded(&place)
    };
    // Root may write everywhere, so that as root the hub runs as nobody.
    let is_root = nix::unistd::geteuid().is_root();
    if is_root {
        std::fs::create_dir(place.path("run")).unwrap();
        for dir in [&place.path("run"), &state_dir] {
            chown(dir, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    let command = || match is_root {
        true => as_nobody(&place),
        false => hub::command(),
    };
    drop(Hub::run_by(&place, &settings, command()));
    forget_store(&state_dir);
    std::fs::set_permissions(&state_dir, Permissions::from_mode(0o555)).unwrap();
    let hub = Hub::run_by(&place, &settings, command());
    assert_incidents_are_shown(&place, &hub);
    assert_eq!(store_of(&hub), "absent");
    let complaints = complaints(&hub);
    println!("{}", complaints.join("\n"));
    assert_eq!(complaints.len(), 1, "{complaints:?}");
}

/// Leaves the keys of an earlier start, without which a hub does not start, and nothing else.
fn forget_store(state_dir: &Path) {
    for entry in std::fs::read_dir(state_dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::remove_file(path).unwrap();
        }
    }
}

/// The hub's program as the user nobody, from where nobody can read it.
fn as_nobody(place: &Place) -> Command {
    let words = place.program_by(NOBODY, Path::new(env!("CARGO_BIN_EXE_picket-hub")));
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]);
    command
}

/// A file system of its own in memory, unmounted at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    #[track_caller]
    fn mount(at: &Path, size: &str) -> SmallDisk {
        std::fs::create_dir_all(at).unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &options, "picket-test"])
            .arg(at);
        assert!(mount.status().unwrap().success(), "{mount:?}");
        SmallDisk(at.to_owned())
    }

    /// Writes until nothing fits any more; gives the file.
    fn fill(&self) -> PathBuf {
        let file = self.0.join("filler");
        let mut filler = std::fs::File::create(&file).unwrap();
        while std::io::Write::write(&mut filler, &[0; 4096]).is_ok() {}
        file
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_disk_that_is_full_from_the_start_costs_the_store_and_nothing_else() {
    if needs_root("a_disk_that_is_full_from_the_start_costs_the_store_and_nothing_else") {
        return;
    }
    let place = Place::new();
    let state_dir = place.path("state");
    let disk = SmallDisk::mount(&state_dir, "128k");
    let settings = HubSettings::embedded(&place);
    drop(Hub::run(&place, &settings));
    forget_store(&state_dir);
    disk.fill();
    let hub = Hub::run(&place, &settings);
    assert_incidents_are_shown(&place, &hub);
    assert_ne!(store_of(&hub), "good");
    let complaints = complaints(&hub);
    println!("{}", complaints.join("\n"));
    assert_eq!(complaints.len(), 1, "{complaints:?}");
}

#[test]
fn a_disk_that_fills_up_later_is_said_and_survived() {
    if needs_root("a_disk_that_fills_up_later_is_said_and_survived") {
        return;
    }
    let place = Place::new();
    let disk = SmallDisk::mount(&place.path("state"), "1m");
    let settings = HubSettings::embedded(&place);
    let hub = Hub::run(&place, &settings);
    assert_eq!(store_of(&hub), "good");
    let filler = disk.fill();
    assert_incidents_are_shown(&place, &hub);
    wait_for("the health says that the store fails", seconds(30), || {
        (store_of(&hub) == "failing").then_some(())
    });
    let complaints = complaints(&hub);
    println!("{}", complaints.join("\n"));
    assert_eq!(complaints.len(), 1, "{complaints:?}");

    // Room again: what was open is kept over the next restart.
    std::fs::remove_file(filler).unwrap();
    wait_for("the store is good again", seconds(90), || {
        (store_of(&hub) == "good").then_some(())
    });
    let opened = hub.wait_incident("pi-lost", "silent_node", "open", 5);
    drop(hub);
    let hub = Hub::run(&place, &settings);
    let kept = hub.incidents_by("pi-lost", "silent_node");
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0]["id"], opened["id"]);
}
