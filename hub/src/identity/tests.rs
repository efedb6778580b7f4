//! Tests of the identity on real files: what a start makes, finds, refuses and says.

mod certificates;
mod crash;
mod errors;

use super::*;
use crate::roster::{HOME_ASSISTANT_USER, HUB_USER, Who, verifier};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use tempfile::TempDir;

/// A place for an identity.
pub(super) struct Place {
    root: TempDir,
}

impl Place {
    pub(super) fn new() -> Place {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        Place { root }
    }

    pub(super) fn dir(&self) -> PathBuf {
        self.root.path().join("state/identity")
    }

    pub(super) fn nodes_file(&self) -> PathBuf {
        self.root.path().join("etc/nodes.toml")
    }

    pub(super) fn try_open(&self) -> Result<Identity, IdentityError> {
        Identity::open(&self.dir(), &self.nodes_file(), site("home"))
    }

    pub(super) fn open(&self) -> Identity {
        self.try_open().unwrap()
    }

    /// The one line that a start ends with, without the temporary folder.
    pub(super) fn error(&self) -> String {
        let line = self.try_open().unwrap_err().to_string();
        assert!(!line.contains('\n'), "{line}");
        line.replace(self.root.path().to_str().unwrap(), "")
    }

    pub(super) fn write_nodes(&self, text: &str) {
        fs::write(self.nodes_file(), text).unwrap();
    }

    pub(super) fn nodes_text(&self) -> String {
        fs::read_to_string(self.nodes_file()).unwrap()
    }
}

pub(super) fn site(name: &str) -> SiteId {
    SiteId::parse(name).unwrap()
}

pub(super) fn node(id: &str) -> NodeId {
    NodeId::parse(id).unwrap()
}

pub(super) fn key(seed: u8) -> VerifyingKey {
    SigningKey::from_bytes(&[seed; 32]).verifying_key()
}

pub(super) fn enrolled(seed: u8, password: &str) -> Enrolled {
    Enrolled {
        key: key(seed),
        password: Some(verifier(password.as_bytes(), [seed; 12])),
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn a_first_start_makes_an_identity_for_its_owner_alone_and_a_second_one_keeps_it() {
    let place = Place::new();
    let first = place.open();
    let paths = folder::FILES.map(|(name, _)| place.dir().join(name));
    assert_eq!(mode(&place.dir()), 0o700);
    assert_eq!(names(&place.dir()).len(), paths.len());
    let inodes = |paths: &[PathBuf]| -> Vec<u64> {
        let inode = |path: &PathBuf| fs::metadata(path).unwrap().ino();
        paths.iter().map(inode).collect()
    };
    for path in &paths {
        assert_eq!(mode(path), 0o600, "{}", path.display());
    }
    let before = inodes(&paths);
    let (key, ca, password) = (
        first.signing_key().clone(),
        first.ca_sha256(),
        first.hub_password().clone(),
    );
    assert_eq!(password.expose().len(), 43);
    let keys = first.roster().hub_keys();
    assert_eq!(keys, [key.verifying_key(), first.next_hub_key()]);
    assert_ne!(keys[0], keys[1]);
    drop(first);
    let second = place.open();
    assert_eq!(second.signing_key(), &key);
    assert_eq!(second.ca_sha256(), ca);
    assert_eq!(second.roster().hub_keys(), keys);
    let login = second
        .roster()
        .login(HUB_USER, password.expose().as_bytes());
    assert_eq!(login, Some(Who::Hub));
    assert_eq!(inodes(&paths), before, "nothing was written again");
    assert!(!place.nodes_file().exists(), "nobody is enrolled");
}

#[test]
fn who_is_enrolled_or_expelled_is_so_after_a_restart() {
    let place = Place::new();
    let mut hub = place.open();
    let roster = hub.roster();
    hub.enrol(node("pi-01"), enrolled(1, "one")).unwrap();
    hub.enrol(node("pi-02"), enrolled(2, "two")).unwrap();
    hub.let_home_assistant_in(verifier(b"ha", [9; 12])).unwrap();
    assert!(hub.expel(node("pi-02")).unwrap());
    assert!(!hub.expel(node("pi-02")).unwrap());
    let check = |roster: &Roster| {
        assert_eq!(roster.nodes(), [node("pi-01")]);
        assert_eq!(roster.key(node("pi-01")), Some(key(1)));
        assert!(roster.login("pi-01", b"one").is_some());
        assert!(roster.login("pi-02", b"two").is_none());
        let home_assistant = roster.login(HOME_ASSISTANT_USER, b"ha");
        assert_eq!(home_assistant, Some(Who::HomeAssistant));
    };
    check(&roster);
    drop(hub);
    check(&place.open().roster());
    assert_eq!(mode(&place.nodes_file()), 0o644);
    let credentials = place.dir().join(folder::CREDENTIALS);
    assert_eq!(mode(&credentials), 0o600);
    assert!(!fs::read_to_string(credentials).unwrap().contains("pi-02"));
}

#[test]
fn another_card_takes_a_name_over_and_the_old_password_counts_no_more() {
    let place = Place::new();
    let mut hub = place.open();
    hub.enrol(node("pi-01"), enrolled(1, "old")).unwrap();
    hub.enrol(node("pi-01"), enrolled(2, "new")).unwrap();
    for roster in [hub.roster(), {
        drop(hub);
        place.open().roster()
    }] {
        assert_eq!(roster.key(node("pi-01")), Some(key(2)));
        assert!(roster.login("pi-01", b"old").is_none());
        assert!(roster.login("pi-01", b"new").is_some());
    }
    let text = fs::read_to_string(place.dir().join(folder::CREDENTIALS)).unwrap();
    assert_eq!(text.matches("pi-01").count(), 1, "the old one is gone");
}

#[test]
fn what_people_wrote_into_the_nodes_file_stays() {
    let place = Place::new();
    let one = keys::to_base64(key(1).as_bytes());
    for text in [
        format!("# my fleet\n[nodes.pi-01] # in the attic\nkey = \"{one}\"\n"),
        format!("# my fleet\n[nodes]\npi-01 = {{ key = \"{one}\" }} # in the attic\n"),
        format!("# my fleet\nnodes.pi-01.key = \"{one}\" # in the attic\n"),
        format!("# my fleet\nnodes = {{ pi-01 = {{ key = \"{one}\" }} }} # in the attic\n"),
    ] {
        place.write_nodes(&text);
        fs::set_permissions(place.nodes_file(), PermissionsExt::from_mode(0o640)).unwrap();
        let mut hub = place.open();
        hub.enrol(node("pi-02"), enrolled(2, "two")).unwrap();
        hub.enrol(node("pi-01"), enrolled(3, "three")).unwrap();
        assert!(hub.expel(node("pi-02")).unwrap());
        let after = place.nodes_text();
        let three = keys::to_base64(key(3).as_bytes());
        assert_eq!(
            after,
            text.replace(&one, &three),
            "only the key has changed"
        );
        assert_eq!(mode(&place.nodes_file()), 0o640);
    }
}

#[test]
fn a_new_nodes_file_says_what_it_is() {
    let place = Place::new();
    place.open().enrol(node("pi-07"), enrolled(7, "p")).unwrap();
    let key = keys::to_base64(key(7).as_bytes());
    let text = place.nodes_text();
    assert!(text.starts_with("# Written by picket-hub"), "{text}");
    let entry = format!("\n[nodes.pi-07]\nkey = \"{key}\"\n");
    assert!(text.ends_with(&entry), "{text}");
}

#[test]
fn a_link_to_the_nodes_file_in_git_stays_a_link() {
    let place = Place::new();
    let real = place.root.path().join("git.toml");
    fs::write(&real, "# in Git\n").unwrap();
    symlink(&real, place.nodes_file()).unwrap();
    place.open().enrol(node("pi-01"), enrolled(1, "p")).unwrap();
    assert!(
        fs::symlink_metadata(place.nodes_file())
            .unwrap()
            .is_symlink()
    );
    assert!(fs::read_to_string(&real).unwrap().contains("[nodes.pi-01]"));
}

#[test]
fn the_nodes_file_is_the_truth_about_who_is_enrolled() {
    let place = Place::new();
    let mut hub = place.open();
    for (id, seed) in [("pi-01", 1), ("pi-02", 2)] {
        hub.enrol(node(id), enrolled(seed, "p")).unwrap();
    }
    drop(hub);
    // Taken out by its owner; and another key, of which there is no password.
    let text = |seed| {
        let key = keys::to_base64(key(seed).as_bytes());
        format!("[nodes.pi-01]\nkey = \"{key}\"\n")
    };
    for (seed, gets_in) in [(1, true), (5, false), (1, true)] {
        place.write_nodes(&text(seed));
        let roster = place.open().roster();
        assert_eq!(roster.nodes(), [node("pi-01")]);
        assert_eq!(roster.key(node("pi-01")), Some(key(seed)));
        assert_eq!(roster.login("pi-01", b"p").is_some(), gets_in);
        assert_eq!(roster.login("pi-02", b"p"), None);
    }
    let mut hub = place.open();
    assert!(hub.expel(node("pi-02")).unwrap(), "its credentials go too");
    assert!(!hub.expel(node("pi-02")).unwrap());
}

#[test]
fn files_that_others_could_read_are_closed_to_them() {
    let place = Place::new();
    drop(place.open());
    let open = |path: &Path, mode| fs::set_permissions(path, PermissionsExt::from_mode(mode));
    open(&place.dir(), 0o755).unwrap();
    open(&place.dir().join(folder::KEYS), 0o644).unwrap();
    drop(place.open());
    assert_eq!(mode(&place.dir()), 0o700);
    assert_eq!(mode(&place.dir().join(folder::KEYS)), 0o600);
}

#[test]
fn a_second_hub_does_not_get_the_identity_of_a_running_one() {
    let place = Place::new();
    let first = place.open();
    let line = place.error();
    assert!(line.contains("/state/identity is in use"), "{line}");
    drop(first);
    place.open();
}

#[test]
fn no_debug_form_shows_a_secret() {
    let place = Place::new();
    let hub = place.open();
    let keys = fs::read_to_string(place.dir().join(folder::KEYS)).unwrap();
    let secrets = keys.lines().filter_map(|line| line.split('"').nth(1));
    let secrets: Vec<_> = secrets.filter(|secret| secret.len() > 30).collect();
    assert_eq!(secrets.len(), 3);
    let shown = format!("{hub:?} {:?} {:?}", hub.hub_password(), hub.content.keys);
    let said = describe(&place.dir(), &place.nodes_file()).join("\n");
    for secret in secrets {
        assert!(!shown.contains(secret) && !said.contains(secret));
    }
}

#[test]
fn an_identity_is_told_in_words() {
    let place = Place::new();
    let say = || describe(&place.dir(), &place.nodes_file());
    assert!(say()[0].contains("the first start of the hub makes them"));
    let mut hub = place.open();
    hub.enrol(node("pi-01"), enrolled(1, "p")).unwrap();
    let lost = Enrolled {
        password: None,
        ..enrolled(2, "")
    };
    hub.enrol(node("pi-02"), lost).unwrap();
    // While the hub runs.
    let lines = say();
    assert!(
        lines[0].contains(&describe::hex(&hub.ca_sha256())),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("2 nodes are enrolled"), "{lines:?}");
    assert!(
        lines[2].ends_with("enroll --replace NODE`: pi-02"),
        "{lines:?}"
    );
    place.write_nodes("[nodes.pi-01]\nkey = 1\n");
    assert!(say()[0].contains("nodes.toml:2: "), "{:?}", say());
}

#[test]
fn the_identity_of_fifty_nodes_is_small() {
    let place = Place::new();
    let mut hub = place.open();
    for seed in 0..50 {
        let id = format!("kitchen-pi-{seed:02}");
        hub.enrol(node(&id), enrolled(seed, "p")).unwrap();
    }
    let files = folder::FILES.map(|(name, _)| place.dir().join(name));
    let size = |path: &PathBuf| fs::metadata(path).unwrap().len();
    let secret: u64 = files.iter().map(size).sum();
    let public = size(&place.nodes_file());
    println!("identity {secret} bytes, nodes.toml {public} bytes");
    assert!(secret < 20 << 10, "{secret} bytes");
    assert!(public < 6 << 10, "{public} bytes");
}
