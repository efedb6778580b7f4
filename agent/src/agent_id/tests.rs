//! The file that makes a node: what comes back, what is refused, and what is never shown.

use super::*;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

fn public(seed: u8) -> VerifyingKey {
    SigningKey::from_bytes(&[seed; 32]).verifying_key()
}

fn sample() -> AgentId {
    AgentId {
        own: Own {
            site: SiteId::parse("home").unwrap(),
            node: NodeId::parse("pi-07").unwrap(),
            key: SigningKey::from_bytes(&[1; 32]),
            password: SecretText::new("pass-word"),
            hub_key: public(8),
        },
        ca: vec![0x30, 1, 2, 3],
        next_hub_key: public(9),
    }
}

/// A file with this text that only its owner may read, and what is said of it.
fn read_text(text: &str) -> Result<Option<AgentId>, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    AgentId::read(&path)
}

fn text() -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    sample().write(&path, None).unwrap();
    fs::read_to_string(&path).unwrap()
}

#[test]
fn an_identity_comes_back_as_it_was_written_and_only_its_owner_may_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    assert!(AgentId::read(&path).unwrap().is_none());
    sample().write(&path, None).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let read = AgentId::read(&path).unwrap().unwrap();
    assert_eq!(read.own.site, sample().own.site);
    assert_eq!(read.own.node, sample().own.node);
    assert_eq!(read.own.key, sample().own.key);
    assert_eq!(read.own.password, sample().own.password);
    assert_eq!(read.ca, sample().ca);
    assert_eq!(read.membership().hub_keys, [public(8), public(9)]);
}

#[test]
fn what_others_may_read_is_refused_with_what_to_type() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    sample().write(&path, None).unwrap();
    for mode in [0o640, 0o604, 0o644, 0o620, 0o602, 0o610] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let why = AgentId::read(&path).unwrap_err();
        assert!(
            why.contains(&format!("chmod 600 {}", path.display())),
            "{why}"
        );
        assert_eq!(why.lines().count(), 1);
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        assert!(AgentId::read(&path).unwrap().is_some());
    }
}

#[test]
fn a_damaged_identity_is_refused_and_none_of_it_is_in_the_error() {
    let whole = text();
    let without = |key: &str| {
        let lines = whole.lines().filter(|line| !line.starts_with(key));
        lines.collect::<Vec<_>>().join("\n")
    };
    for (text, expected) in [
        (without("ca"), "ca is missing"),
        (without("next_hub_key"), "next_hub_key is missing"),
        (without("password"), "is not what"),
        (format!("{whole}hub = \"x\"\n"), "line 10 is not what"),
        (
            whole.replace("key = \"AQ", "key = \"A"),
            "key is not 32 bytes",
        ),
        (
            whole.replace("password = \"", "password = "),
            "line 6 is not what",
        ),
        (whole.replace("\"home\"", "\"Home\""), "site: "),
        (whole.replace("ca = \"M", "ca = \"="), "ca is no base64url"),
        (
            format!("#{}\n{whole}", "x".repeat(MAX_FILE as usize)),
            "longer than",
        ),
    ] {
        let why = read_text(&text).unwrap_err();
        assert!(why.contains(expected), "{expected}: {why}");
        assert!(why.contains("picket-agent join --replace"), "{why}");
        assert!(!why.contains("pass-word") && !why.contains("AQEB"), "{why}");
        assert_eq!(why.lines().count(), 1, "{why}");
    }
}

#[test]
fn what_was_made_before_the_hub_was_asked_comes_back_and_is_no_identity() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent.id.new");
    let own = Own::make(sample().own.site, sample().own.node, public(8)).unwrap();
    own.write(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let read = Own::read(&path).unwrap().unwrap();
    assert_eq!((read.key, &read.password), (own.key.clone(), &own.password));
    assert!(AgentId::read(&path).unwrap_err().contains("ca is missing"));
}

#[test]
fn two_nodes_share_neither_key_nor_password() {
    let make = || Own::make(sample().own.site, sample().own.node, public(8)).unwrap();
    let (one, two) = (make(), make());
    assert_ne!(one.key, two.key);
    assert_ne!(one.password, two.password);
    // 32 bytes in base64url.
    assert_eq!(one.password.reveal().len(), 43);
}

#[test]
fn no_debug_form_shows_a_secret() {
    let id = sample();
    let shown = format!("{id:?} {:?} {:?}", id.own, id.own.password);
    assert!(shown.contains("pi-07 of home"), "{shown}");
    assert!(
        !shown.contains("pass-word") && !shown.contains("1, 1, 1"),
        "{shown}"
    );
}
