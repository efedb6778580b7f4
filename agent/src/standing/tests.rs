//! What settings and agent.id make of a machine together.

use super::*;
use crate::agent_id::{Own, SecretText};
use crate::settings::written::Written;
use crate::testing::Tree;
use picket_wire::sign::SigningKey;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

/// A folder of settings, with the identity of `pi-07` if it has joined.
fn folder(settings: &str, has_joined: bool) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("agent.toml"), settings).unwrap();
    let key = |seed| SigningKey::from_bytes(&[seed; 32]);
    let id = AgentId {
        own: Own {
            site: SiteId::parse("home").unwrap(),
            node: NodeId::parse("pi-07").unwrap(),
            key: key(1),
            password: SecretText::new("pass-word"),
            hub_key: key(8).verifying_key(),
        },
        ca: picket_testing::Ca::generate().der(),
        next_hub_key: key(9).verifying_key(),
    };
    if has_joined {
        id.write(&dir.path().join("agent.id"), None).unwrap();
    }
    dir
}

fn standing(dir: &TempDir, named: Option<&Path>) -> Result<Standing, String> {
    let file = Some(dir.path().join("agent.toml"));
    let settings = Settings::load(file, Written::default()).unwrap();
    let root = Tree::new().file("proc/sys/kernel/hostname", "raspberrypi\n");
    Standing::of(&settings, named, &root.root())
}

#[test]
fn who_has_joined_speaks_tls_with_a_password_and_has_the_name_it_joined_by() {
    let dir = folder("hub = \"mqtts://192.0.2.10\"\n", true);
    let standing = standing(&dir, None).unwrap();
    assert_eq!(standing.node.as_str(), "pi-07");
    assert_eq!(standing.site().unwrap().as_str(), "home");
    assert!(standing.door.tls.is_some());
    assert_eq!(standing.door.password, Some(SecretText::new("pass-word")));
    let shown = format!("{standing:?}");
    assert!(!shown.contains("pass-word"), "{shown}");
}

#[test]
fn who_has_not_joined_speaks_plain_text_as_anybody_by_its_host_name() {
    let dir = folder("hub = \"mqtt://127.0.0.1\"\n", false);
    let standing = standing(&dir, None).unwrap();
    assert_eq!(standing.node.as_str(), "raspberrypi");
    assert!(standing.membership.is_none());
    assert!(standing.door.tls.is_none() && standing.door.password.is_none());
}

#[test]
fn tls_without_an_identity_leads_to_join() {
    let dir = folder("hub = \"mqtts://192.0.2.10\"\nnode = \"pi-07\"\n", false);
    let why = standing(&dir, None).unwrap_err();
    assert!(why.contains("sudo picket-agent join"), "{why}");
    assert!(why.contains("picket-hub enroll pi-07"), "{why}");
    assert!(why.contains("agent.id"), "{why}");
}

#[test]
fn an_identity_that_is_named_has_to_be_there() {
    let dir = folder("hub = \"mqtt://127.0.0.1\"\n", false);
    let nowhere = dir.path().join("other.id");
    let why = standing(&dir, Some(&nowhere)).unwrap_err();
    assert!(why.contains("other.id"), "{why}");
    let dir = folder("hub = \"mqtt://127.0.0.1\"\n", true);
    let other = dir.path().join("other.id");
    fs::rename(dir.path().join("agent.id"), &other).unwrap();
    assert!(standing(&dir, None).unwrap().membership.is_none());
    assert!(standing(&dir, Some(&other)).unwrap().membership.is_some());
}

#[test]
fn an_identity_of_another_node_is_refused() {
    let dir = folder("hub = \"mqtts://192.0.2.10\"\nnode = \"pi-08\"\n", true);
    let why = standing(&dir, None).unwrap_err();
    assert!(why.contains("pi-07") && why.contains("pi-08"), "{why}");
}

#[test]
fn a_password_leaves_the_machine_by_tls_alone() {
    let plain = "hub = \"mqtt://192.0.2.10\"\nallow_plain = true\n";
    let why = standing(&folder(plain, true), None).unwrap_err();
    assert!(
        why.contains("password") && why.contains("mqtts://"),
        "{why}"
    );
    assert!(standing(&folder(plain, false), None).is_ok());
    let loopback = folder("hub = \"mqtt://localhost\"\n", true);
    let standing = standing(&loopback, None).unwrap();
    assert!(standing.door.tls.is_none());
    assert!(standing.door.password.is_some() && standing.membership.is_some());
}

#[test]
fn an_identity_that_others_may_read_stops_the_agent() {
    let dir = folder("hub = \"mqtts://192.0.2.10\"\n", true);
    let id = dir.path().join("agent.id");
    fs::set_permissions(&id, Permissions::from_mode(0o644)).unwrap();
    let why = standing(&dir, None).unwrap_err();
    assert!(why.contains("chmod 600"), "{why}");
}
