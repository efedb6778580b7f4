//! Tests of backup and restore on real files.

use super::*;
use crate::identity::{Identity, folder};
use crate::roster::{Enrolled, verifier};
use picket_wire::sign::SigningKey;
use picket_wire::{NodeId, SiteId};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use tempfile::TempDir;

/// A machine for a hub.
struct Machine {
    root: TempDir,
}

impl Machine {
    fn new() -> Machine {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        Machine { root }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn dir(&self) -> PathBuf {
        self.path("state/identity")
    }

    fn nodes(&self) -> PathBuf {
        self.path("etc/nodes.toml")
    }

    fn hub(&self) -> Identity {
        Identity::open(&self.dir(), &self.nodes(), site("home")).unwrap()
    }

    fn take(&self) -> Result<BackupFile, BackupError> {
        take(&self.dir(), &self.nodes())
    }

    fn restore(&self, backup: &BackupFile, force: bool) -> Result<Restored, BackupError> {
        self.restore_as(backup, force, |_| Ok(()))
    }

    fn restore_as(
        &self,
        backup: &BackupFile,
        force: bool,
        become_hub: impl FnOnce(&Path) -> Result<(), BackupError>,
    ) -> Result<Restored, BackupError> {
        let (dir, nodes) = (self.dir(), self.nodes());
        let (file, places) = (Path::new("picket.backup"), (&*dir, &*nodes));
        restore(backup, file, places, site("home"), force, become_hub)
    }
}

fn site(name: &str) -> SiteId {
    SiteId::parse(name).unwrap()
}

fn node(id: &str) -> NodeId {
    NodeId::parse(id).unwrap()
}

fn enrol(hub: &mut Identity, id: &str, seed: u8) {
    let enrolled = Enrolled {
        key: SigningKey::from_bytes(&[seed; 32]).verifying_key(),
        password: Some(verifier(id.as_bytes(), [seed; 12])),
    };
    hub.enrol(node(id), enrolled).unwrap();
}

#[test]
fn a_backup_of_a_running_hub_makes_another_machine_the_same_hub() {
    let old = Machine::new();
    let mut hub = old.hub();
    enrol(&mut hub, "pi-01", 1);
    let backup = old.take().unwrap();
    let file = old.path("picket.backup");
    backup.write(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let read = BackupFile::read(&file).unwrap();
    assert_eq!(read, backup);

    let new = Machine::new();
    let restored = new.restore(&read, false).unwrap();
    let first = Restored {
        nodes: Some(1),
        kept: Vec::new(),
    };
    assert_eq!(restored, first);
    let again = new.hub();
    assert_eq!(again.signing_key(), hub.signing_key());
    assert_eq!(again.ca_sha256(), hub.ca_sha256());
    assert!(again.roster().login("pi-01", b"pi-01").is_some());
    assert_eq!(fs::metadata(new.dir()).unwrap().mode() & 0o777, 0o700);
    for (name, _) in folder::FILES {
        let found = fs::metadata(new.dir().join(name)).unwrap();
        assert_eq!(found.mode() & 0o777, 0o600, "{name}");
    }
    drop(again);
    assert_eq!(new.restore(&read, false).unwrap(), first, "nothing to do");
}

#[test]
fn a_backup_is_refused_while_a_hub_runs_and_taken_when_it_has_stopped() {
    let machine = Machine::new();
    let hub = machine.hub();
    let backup = machine.take().unwrap();
    let line = machine.restore(&backup, true).unwrap_err().to_string();
    assert!(line.contains("in use by a running hub"), "{line}");
    drop(hub);
    machine.restore(&backup, true).unwrap();
    assert_eq!(machine.take().unwrap(), backup);
}

#[test]
fn other_keys_are_replaced_by_force_only_and_kept_aside() {
    let (old, new) = (Machine::new(), Machine::new());
    enrol(&mut old.hub(), "pi-01", 1);
    let backup = old.take().unwrap();
    enrol(&mut new.hub(), "pi-09", 9);
    let own = new.take().unwrap();
    let line = new.restore(&backup, false).unwrap_err().to_string();
    assert!(line.contains("--force"), "{line}");
    assert_eq!(new.take().unwrap(), own, "nothing was touched");
    let restored = new.restore(&backup, true).unwrap();
    let aside = [
        new.path("state/identity.old-1"),
        new.path("etc/nodes.toml.old-1"),
    ];
    assert_eq!(restored.kept, aside);
    assert_eq!(new.take().unwrap(), backup);
    let kept = take(&aside[0], &aside[1]).unwrap();
    assert_eq!(kept, own, "and can be taken from there");
    let back = new.restore(&kept, true).unwrap();
    assert_eq!(back.kept[0], new.path("state/identity.old-2"));
    let said = back.to_string();
    assert!(
        said.starts_with("restored: keys and 1 enrolled node\n"),
        "{said}"
    );
}

#[test]
fn an_older_backup_of_the_same_keys_needs_no_force_and_keeps_the_newer_aside() {
    let machine = Machine::new();
    let mut hub = machine.hub();
    enrol(&mut hub, "pi-01", 1);
    let backup = machine.take().unwrap();
    enrol(&mut hub, "pi-02", 2);
    drop(hub);
    assert_eq!(machine.restore(&backup, false).unwrap().kept.len(), 2);
    assert_eq!(machine.hub().roster().nodes(), [node("pi-01")]);
}

#[test]
fn a_damaged_identity_is_mended_by_its_backup() {
    let machine = Machine::new();
    enrol(&mut machine.hub(), "pi-01", 1);
    let backup = machine.take().unwrap();
    for (name, _) in folder::FILES {
        fs::remove_file(machine.dir().join(name)).unwrap();
        let line = machine.take().unwrap_err().to_string();
        assert!(line.contains(name), "a backup of half is none: {line}");
        machine.restore(&backup, false).unwrap();
        assert_eq!(machine.hub().roster().nodes(), [node("pi-01")], "{name}");
    }
}

#[test]
fn a_restore_that_was_interrupted_at_any_step_is_finished_by_another() {
    let machine = Machine::new();
    enrol(&mut machine.hub(), "pi-01", 1);
    let backup = machine.take().unwrap();
    let try_open = || Identity::open(&machine.dir(), &machine.nodes(), site("home"));
    // It died while it wrote the new folder: the old identity is as it was.
    fs::create_dir(machine.path("state/identity.new")).unwrap();
    fs::write(machine.path("state/identity.new/keys.toml"), "half").unwrap();
    drop(try_open().unwrap());
    // It died between the two renames: no hub makes new keys then.
    fs::rename(machine.dir(), machine.path("state/identity.old-1")).unwrap();
    fs::create_dir(machine.path("state/identity.new")).unwrap();
    let line = try_open().unwrap_err().to_string();
    assert!(line.contains("a restore was interrupted"), "{line}");
    machine.restore(&backup, false).unwrap();
    assert_eq!(try_open().unwrap().roster().nodes(), [node("pi-01")]);
}

#[test]
fn every_file_of_any_text_comes_back_from_a_backup() {
    let texts = [
        ("a", "plain\n"),
        ("b", "\"\"\" '''  \\ \\u0041 \t tab\r\n\r bare\n\n"),
        ("c", ""),
        (
            "d",
            "\u{1}\u{7f}\u{85}\u{2028}🐙\n# not a comment\n[files]\n",
        ),
        ("e.f", "\nfirst an empty line"),
    ];
    let files = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let backup = BackupFile {
        site: "home".to_owned(),
        files: files.into(),
    };
    let text = backup.to_text();
    let read = BackupFile::parse(&text, Path::new("f")).unwrap();
    assert_eq!(read, backup);
}

#[test]
fn what_was_changed_or_is_no_backup_is_refused() {
    let machine = Machine::new();
    enrol(&mut machine.hub(), "pi-01", 1);
    let text = machine.take().unwrap().to_text();
    let said = |text: &str| {
        let error = BackupFile::parse(text, Path::new("b.backup")).unwrap_err();
        error.to_string()
    };
    for (text, what) in [
        (
            text.replace("site = \"home\"\nsha", "site = \"lab\"\nsha"),
            "digest",
        ),
        (text.replace("[nodes.pi-01]", "[nodes.pi-02]"), "digest"),
        (text.replace("format = 1", "format = 0"), "no format 0"),
        (
            text.replace("format = 1", "format = 2\nnew = 1"),
            "is a backup of format 2 by picket-hub",
        ),
        (text[..text.len() / 2].to_owned(), "b.backup"),
        (String::new(), "missing field"),
        (format!("more = 1\n{text}"), "unknown field `more`"),
    ] {
        let line = said(&text);
        assert!(
            line.starts_with("b.backup ") && line.contains(what),
            "{what}: {line}"
        );
    }
    let line = BackupFile::read(&machine.path("none"))
        .unwrap_err()
        .to_string();
    assert!(line.ends_with("there is no such file"), "{line}");
}

#[test]
fn another_sites_backup_is_refused() {
    let machine = Machine::new();
    let lab = Identity::open(&machine.dir(), &machine.nodes(), site("lab")).unwrap();
    drop(lab);
    let backup = machine.take().unwrap();
    let line = Machine::new()
        .restore(&backup, true)
        .unwrap_err()
        .to_string();
    assert!(
        line.contains("\"lab\"") && line.contains("\"home\""),
        "{line}"
    );
}

#[test]
fn without_an_identity_there_is_nothing_to_back_up() {
    let machine = Machine::new();
    let line = machine.take().unwrap_err().to_string();
    assert!(
        line.contains("no keys in") && line.contains("--config"),
        "{line}"
    );
}

/// Set in the process of its own that a test needs to give up root's rights.
const CHILD: &str = "PICKET_TEST_IS_CHILD";

/// Runs a test again in a process of its own, whose temporary folder anybody may pass through.
fn in_a_child(test: &str) {
    let tmp = tempfile::tempdir().unwrap();
    fs::set_permissions(tmp.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let done = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("backup::tests::{test}"), "--nocapture"])
        .env(CHILD, "1")
        .env("TMPDIR", tmp.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    let wrong = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}{wrong}");
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
fn restored_files_belong_to_the_hubs_user() {
    let own = nix::unistd::geteuid();
    if own.is_root() && std::env::var_os(CHILD).is_none() {
        return in_a_child("restored_files_belong_to_the_hubs_user");
    }
    let old = Machine::new();
    enrol(&mut old.hub(), "pi-01", 1);
    let backup = old.take().unwrap();
    let new = Machine::new();
    // Root can become anybody, others are themselves only.
    let (uid, gid) = match own.is_root() {
        true => (4242, 4343),
        false => (own.as_raw(), nix::unistd::getegid().as_raw()),
    };
    let known = None;
    let owner = Owner { uid, gid, known };
    let become_hub = |state_dir: &Path| match own.is_root() {
        true => owner.take_over(state_dir),
        false => Ok(()),
    };
    fs::set_permissions(new.path(""), PermissionsExt::from_mode(0o755)).unwrap();
    std::os::unix::fs::chown(new.path("etc"), Some(uid), Some(gid)).unwrap();
    new.restore_as(&backup, false, become_hub).unwrap();
    let files = folder::FILES.map(|(name, _)| new.dir().join(name));
    let rest = [new.path("state"), new.dir(), new.nodes()];
    for path in files.iter().chain(&rest) {
        let found = fs::metadata(path).unwrap();
        assert_eq!((found.uid(), found.gid()), (uid, gid), "{}", path.display());
    }
    // A file that was there keeps its group and mode.
    fs::write(new.nodes(), "# other\n").unwrap();
    fs::set_permissions(new.nodes(), PermissionsExt::from_mode(0o664)).unwrap();
    new.restore(&backup, false).unwrap();
    let found = fs::metadata(new.nodes()).unwrap();
    assert_eq!((found.uid(), found.gid()), (uid, gid));
    assert_eq!(found.mode() & 0o777, 0o664);
}

#[test]
fn a_link_of_the_hubs_user_leads_root_to_no_file_of_roots() {
    if !nix::unistd::geteuid().is_root() {
        println!("needs root: a_link_of_the_hubs_user_leads_root_to_no_file_of_roots");
        return;
    }
    if std::env::var_os(CHILD).is_none() {
        return in_a_child("a_link_of_the_hubs_user_leads_root_to_no_file_of_roots");
    }
    let old = Machine::new();
    enrol(&mut old.hub(), "pi-01", 1);
    let backup = old.take().unwrap();
    let new = Machine::new();
    fs::set_permissions(new.path(""), PermissionsExt::from_mode(0o755)).unwrap();
    let (secret, open) = (new.path("secret"), new.path("open"));
    for (file, mode) in [(&secret, 0o600), (&open, 0o644)] {
        fs::write(file, "# root's\n").unwrap();
        fs::set_permissions(file, PermissionsExt::from_mode(mode)).unwrap();
    }
    std::os::unix::fs::chown(new.path("etc"), Some(4242), Some(4242)).unwrap();
    let (uid, gid, known) = (4242, 4242, None);
    let owner = Owner { uid, gid, known };
    let state = new.path("state");
    owner.take_over(&state).unwrap();
    for target in [&secret, &open] {
        std::os::unix::fs::symlink(target, new.nodes()).unwrap();
        let line = new.restore(&backup, false).unwrap_err().to_string();
        assert!(
            line.contains("no permission") && line.contains("folder"),
            "{line}"
        );
        let found = fs::metadata(target).unwrap();
        assert_eq!((found.uid(), found.len()), (0, 9), "{}", target.display());
        fs::remove_file(new.nodes()).unwrap();
    }
    assert!(!state.join("nodes.toml.old-1").exists());
    let text = fs::read_to_string(&open).unwrap();
    assert_eq!(text, "# root's\n");
}

#[test]
fn a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for() {
    let machine = Machine::new();
    let pipe = machine.path("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let (say, said) = std::sync::mpsc::channel();
    std::thread::spawn(move || say.send(BackupFile::read(&pipe)));
    let read = said.recv_timeout(std::time::Duration::from_secs(10));
    let line = read
        .expect("it waits for the pipe")
        .unwrap_err()
        .to_string();
    assert!(line.contains("is no regular file"), "{line}");
}
