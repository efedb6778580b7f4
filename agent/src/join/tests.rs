//! What joining finds out and keeps before anything is sent.

use super::*;
use crate::testing::{Tree, fifo, in_time};
use picket_testing::needs_root;
use picket_wire::sign::SigningKey;
use picket_wire::token::{Address, Secret};
use picket_wire::{NodeId, SiteId};
use std::os::unix::fs::MetadataExt;
use tempfile::TempDir;

fn token(node: &str, hub: u8, secret: u8) -> Token {
    Token {
        address: Address::try_from("192.0.2.10:8883").unwrap(),
        site: SiteId::parse("home").unwrap(),
        node: NodeId::parse(node).unwrap(),
        ca_sha256: [1; 32],
        hub_key: SigningKey::from_bytes(&[hub; 32])
            .verifying_key()
            .to_bytes(),
        secret: Secret([secret; 16]),
    }
}

fn files(dir: &TempDir) -> Files {
    Files::of(&JoinOptions {
        settings: Some(dir.path().join("agent.toml")),
        ..JoinOptions::default()
    })
}

fn quiet(_: &str) {}

fn machine(host_name: &str) -> Tree {
    Tree::new().file("proc/sys/kernel/hostname", host_name)
}

#[test]
fn an_attempt_that_was_cut_off_goes_on_with_its_key_and_another_one_does_not_take_it() {
    let dir = tempfile::tempdir().unwrap();
    let files = files(&dir);
    let first = own(&token("pi-07", 8, 3), &files, &mut quiet).unwrap();
    let same = own(&token("pi-07", 8, 3), &files, &mut quiet).unwrap();
    assert_eq!((&same.key, &same.password), (&first.key, &first.password));
    // A new token of the same hub finds the key that the hub may know already.
    let newer = own(&token("pi-07", 8, 4), &files, &mut quiet).unwrap();
    assert_eq!(newer.key, first.key);
    for other in [token("pi-08", 8, 3), token("pi-07", 9, 3)] {
        let before = own(&token("pi-07", 8, 3), &files, &mut quiet).unwrap();
        assert_ne!(own(&other, &files, &mut quiet).unwrap().key, before.key);
    }
}

#[test]
fn a_pending_file_that_others_could_read_is_not_gone_on_with() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let files = files(&dir);
    let first = own(&token("pi-07", 8, 3), &files, &mut quiet).unwrap();
    fs::set_permissions(&files.pending, fs::Permissions::from_mode(0o644)).unwrap();
    assert_ne!(
        own(&token("pi-07", 8, 3), &files, &mut quiet).unwrap().key,
        first.key
    );
    let mode = fs::metadata(&files.pending).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_pending_file_of_another_user_is_not_gone_on_with_and_that_is_said() {
    use std::os::unix::fs::chown;
    if needs_root("a_pending_file_of_another_user_is_not_gone_on_with_and_that_is_said") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let files = files(&dir);
    let planted = own(&token("pi-07", 8, 3), &files, &mut quiet).unwrap();
    chown(&files.pending, Some(4242), Some(4242)).unwrap();
    // Whoever has the file open still reads and writes the old one.
    let old = fs::File::open(&files.pending).unwrap();
    let mut said = String::new();
    let mut say = |line: &str| said.push_str(line);
    let mine = own(&token("pi-07", 8, 3), &files, &mut say).unwrap();
    assert_ne!(
        (&mine.key, &mine.password),
        (&planted.key, &planted.password)
    );
    assert!(
        said.contains("warning") && said.contains("user 4242"),
        "{said}"
    );
    let (new, old) = (
        fs::metadata(&files.pending).unwrap(),
        old.metadata().unwrap(),
    );
    assert_eq!((new.uid(), new.mode() & 0o777), (0, 0o600));
    assert_ne!(new.ino(), old.ino());
}

#[test]
fn a_fifo_in_place_of_a_pending_file_or_an_identity_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let files = files(&dir);
    fifo(&files.pending);
    fifo(&files.id);
    in_time(move || {
        own(&token("pi-07", 8, 3), &files, &mut quiet).unwrap();
        assert!(fs::metadata(&files.pending).unwrap().is_file());
        let why = refuse_second(&files.id).unwrap_err();
        assert!(why.contains("not a regular file"), "{why}");
    });
}

#[test]
fn the_node_is_named_in_the_settings_only_if_the_machine_would_have_another_name() {
    for (settings, host_name, expected) in [
        ("", "pi-07\n", None),
        ("", "PI-07.lan\n", None),
        ("", "raspberrypi\n", Some("node = \"pi-07\"")),
        ("", "büro\n", Some("node = \"pi-07\"")),
        (
            "node = \"pi-07\"\n",
            "raspberrypi\n",
            Some("node = \"pi-07\""),
        ),
        ("node = \"old\"\n", "pi-07\n", Some("node = \"pi-07\"")),
    ] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("agent.toml"), settings).unwrap();
        let root = machine(host_name);
        let plan = Plan::of(&token("pi-07", 8, 3), &files(&dir), &root.root()).unwrap();
        let node = plan.edit.text.lines().find(|line| line.starts_with("node"));
        assert_eq!(node, expected, "{settings} {host_name}");
        assert!(plan.edit.text.contains("hub = \"mqtts://192.0.2.10:8883\""));
    }
}

#[test]
fn a_plan_changes_nothing_and_fails_where_nothing_could_be_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent.toml");
    fs::write(&path, "# mine\n").unwrap();
    let root = machine("pi-07\n");
    let plan = |files: &Files| Plan::of(&token("pi-07", 8, 3), files, &root.root());
    plan(&files(&dir)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\n");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);

    let why = plan(&Files::of(&JoinOptions {
        settings: Some(path.clone()),
        id: Some(PathBuf::from("/proc/agent.id")),
        ..JoinOptions::default()
    }));
    let why = why.err().unwrap();
    assert!(why.contains("cannot write into /proc"), "{why}");
    fs::write(&path, "evry = \"1s\"\n").unwrap();
    let why = plan(&files(&dir)).err().unwrap();
    assert!(why.contains("did you mean \"every\""), "{why}");
}

#[test]
fn a_machine_that_has_joined_says_as_whom_and_how_to_join_anew() {
    let dir = tempfile::tempdir().unwrap();
    let files = files(&dir);
    assert_eq!(refuse_second(&files.id), Ok(()));
    let own = own(&token("pi-07", 8, 3), &files, &mut quiet).unwrap();
    let next_hub_key = own.hub_key;
    let id = AgentId {
        own,
        ca: vec![1],
        next_hub_key,
    };
    id.write(&files.id, None).unwrap();
    let why = refuse_second(&files.id).unwrap_err();
    assert!(
        why.contains("as pi-07 already") && why.contains("--replace"),
        "{why}"
    );
    fs::write(&files.id, "garbage").unwrap();
    assert!(refuse_second(&files.id).unwrap_err().contains("--replace"));
}

#[test]
fn root_neither_edits_settings_nor_believes_an_identity_of_another_user() {
    use std::os::unix::fs::chown;
    if needs_root("root_neither_edits_settings_nor_believes_an_identity_of_another_user") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let files = files(&dir);
    fs::write(&files.settings, "# planted\n").unwrap();
    chown(&files.settings, Some(4242), None).unwrap();
    let root = machine("pi-07\n");
    let why = Plan::of(&token("pi-07", 8, 3), &files, &root.root()).err();
    let why = why.unwrap();
    assert!(
        why.contains("user 4242") && why.contains("sudo rm"),
        "{why}"
    );
    assert_eq!(why.lines().count(), 1, "{why}");

    let own = own(&token("pi-07", 8, 3), &files, &mut quiet).unwrap();
    own.write(&files.id).unwrap();
    chown(&files.id, Some(4242), None).unwrap();
    let why = refuse_second(&files.id).unwrap_err();
    assert!(
        why.contains("user 4242") && why.contains("--replace"),
        "{why}"
    );
}
