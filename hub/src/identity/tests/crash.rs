//! A hub that dies in the middle of a write: what it leaves is the old or the new.

use super::*;
use base64ct::{Base64, Encoding};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Tells the test below that it is the one to be killed, and where.
const VICTIM: &str = "PICKET_TEST_IDENTITY_OF_A_VICTIM";
/// Longest wait for the victim to come on.
const DEADLINE: Duration = Duration::from_secs(60);

#[test]
fn what_an_interrupted_write_left_is_ignored_and_removed() {
    let place = Place::new();
    let state = place.root.path().join("state");
    fs::create_dir_all(state.join("identity.new")).unwrap();
    fs::write(state.join("identity.new/keys.toml"), "half").unwrap();
    let mut hub = place.open();
    hub.enrol(node("pi-01"), enrolled(1, "p")).unwrap();
    drop(hub);
    let etc = place.root.path().join("etc");
    let left = [
        etc.join(".nodes.toml.new"),
        place.dir().join(".credentials.toml.new"),
    ];
    for path in &left {
        fs::write(path, "half").unwrap();
    }
    let hub = place.open();
    assert_eq!(hub.roster().nodes(), [node("pi-01")]);
    assert_eq!(names(&state), ["identity"]);
    assert_eq!(names(&etc), ["nodes.toml"]);
    assert_eq!(names(&place.dir()).len(), folder::FILES.len());
}

#[test]
fn a_crash_between_the_two_files_of_a_replacement_leaves_the_old_card() {
    let place = Place::new();
    let mut hub = place.open();
    hub.enrol(node("pi-01"), enrolled(1, "old")).unwrap();
    let before = place.nodes_text();
    hub.enrol(node("pi-01"), enrolled(2, "new")).unwrap();
    drop(hub);
    // As if only the first of the writes had been done: both credentials, the old key.
    let path = place.dir().join(folder::CREDENTIALS);
    let text = fs::read_to_string(&path).unwrap();
    let mut credentials = Credentials::parse(&text, &path).unwrap();
    let old = enrolled(1, "old");
    credentials.set(node("pi-01"), &old.key, old.password);
    fs::write(&path, credentials.to_text()).unwrap();
    fs::write(place.nodes_file(), before).unwrap();
    let mut hub = place.open();
    assert!(hub.roster().login("pi-01", b"old").is_some());
    assert!(hub.roster().login("pi-01", b"new").is_none());
    hub.enrol(node("pi-01"), enrolled(2, "new")).unwrap();
    assert!(hub.roster().login("pi-01", b"new").is_some());
}

/// The password that goes with a key: only this one may ever be found beside it.
fn password_of(key: &VerifyingKey) -> String {
    Base64::encode_string(key.as_bytes())
}

#[test]
fn a_victim_enrols_until_it_is_killed() {
    let Some(root) = std::env::var_os(VICTIM).map(PathBuf::from) else {
        // Run by itself it is nobody's victim; the test below starts it.
        return;
    };
    let (dir, file) = (root.join("state/identity"), root.join("etc/nodes.toml"));
    let mut hub = Identity::open(&dir, &file, site("home")).unwrap();
    for seed in (0..=u8::MAX).cycle() {
        let key = key(seed);
        let enrolled = enrolled(seed, &password_of(&key));
        // Five names, so that most of it are replacements, and now and then one goes.
        let id = node(&format!("pi-{:02}", seed % 5));
        match seed % 7 {
            6 => drop(hub.expel(id).unwrap()),
            _ => hub.enrol(id, enrolled).unwrap(),
        }
    }
}

fn spawn_victim(root: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "--test-threads=1"])
        .arg("identity::tests::crash::a_victim_enrols_until_it_is_killed")
        .env(VICTIM, root)
        .stdout(std::process::Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn a_hub_that_is_killed_while_it_writes_leaves_keys_with_their_own_passwords() {
    let place = Place::new();
    let mut seen = 0;
    for round in 0..12_u32 {
        let before = fs::read_to_string(place.nodes_file()).ok();
        let mut victim = spawn_victim(place.root.path());
        let until = Instant::now() + DEADLINE;
        // Killed as soon as it has written, at ever other places of its next write.
        while fs::read_to_string(place.nodes_file()).ok() == before {
            assert!(Instant::now() < until, "the victim writes nothing");
            assert_eq!(victim.try_wait().unwrap(), None, "the victim ended");
            std::thread::yield_now();
        }
        for _ in 0..round * 20_000 {
            std::hint::spin_loop();
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        let hub = place.open();
        let roster = hub.roster();
        for id in roster.nodes() {
            let password = password_of(&roster.key(id).unwrap());
            let login = roster.login(id.as_str(), password.as_bytes());
            assert_eq!(login, Some(Who::Node(id)), "round {round}");
            seen += 1;
        }
    }
    assert!(seen > 0, "somebody was enrolled");
}
