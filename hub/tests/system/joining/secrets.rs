//! Tokens, passwords and keys stand in the files that only their owner reads, in what `enroll`
//! prints, and nowhere else: not in a log, not in a list of processes.

use crate::support::joining::value_of;
use crate::support::{Kind, Machine, Site, seconds, wait_for};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use picket_wire::token::Token;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Pause between two looks at all processes, which leaves the others some processor.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// How long a token on the command line may be seen there, on a machine that is busy.
const SEEN_AT_MOST: Duration = Duration::from_secs(1);

/// What a list of processes showed: command lines and environments, each with a process that had it.
type Seen = BTreeMap<Vec<u8>, u32>;

/// Looks at all processes until it is told to stop.
struct Lookout {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<(Seen, u64)>,
}

impl Lookout {
    fn start() -> Lookout {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let (mut seen, mut rounds) = (Seen::new(), 0);
            while !told.load(Ordering::Relaxed) {
                look(&mut seen);
                rounds += 1;
                std::thread::sleep(LOOK_EVERY);
            }
            (seen, rounds)
        });
        Lookout { stop, thread }
    }

    fn end(self) -> (Seen, u64) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

fn look(seen: &mut Seen) {
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        for file in ["cmdline", "environ"] {
            // It may have ended, or be somebody else's.
            if let Ok(text) = std::fs::read(entry.path().join(file)) {
                seen.entry(text).or_insert(pid);
            }
        }
    }
}

/// Secrets by what they are, in every writing.
#[derive(Default)]
struct Secrets(Vec<(String, String)>);

impl Secrets {
    fn add(&mut self, what: &str, text: &str) {
        assert!(text.len() >= 16, "{what} is too short to be looked for");
        self.0.push((what.to_owned(), text.to_owned()));
        let bytes = Base64UrlUnpadded::decode_vec(text).or_else(|_| Base64::decode_vec(text));
        if let Ok(bytes) = bytes {
            self.0
                .push((what.to_owned(), Base64::encode_string(&bytes)));
            let url = Base64UrlUnpadded::encode_string(&bytes);
            self.0.push((what.to_owned(), url));
            let hex = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            self.0.push((what.to_owned(), hex));
        }
    }

    fn add_token(&mut self, text: &str) {
        self.add("a token", text);
        let token: Token = text.parse().unwrap();
        self.add("a token's secret", &token.secret.password());
    }

    fn add_pem(&mut self, file: &Path) {
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text
            .lines()
            .filter(|line| line.len() >= 40 && !line.starts_with('-'));
        for line in lines {
            self.0.push((file.display().to_string(), line.to_owned()));
        }
    }

    /// What of them stands in there.
    fn within(&self, bytes: &[u8]) -> Vec<&str> {
        let text = String::from_utf8_lossy(bytes);
        let found = self.0.iter().filter(|(_, secret)| text.contains(secret));
        found.map(|(what, _)| what.as_str()).collect()
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.symlink_metadata().unwrap().file_type();
        if kind.is_dir() {
            found.extend(files(&path));
        } else if kind.is_file() {
            found.push(path);
        }
    }
    found
}

/// Joins by a token on the command line; gives how long it could be seen there.
#[track_caller]
fn join_by_argument(machine: &Machine, token: &str) -> (Duration, u32, Output) {
    let mut command = machine.command();
    command.args(["join", token, "--settings"]);
    command.arg(&machine.settings).arg("--id").arg(&machine.id);
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let begin = Instant::now();
    let mut child = command.spawn().unwrap();
    let line = format!("/proc/{}/cmdline", child.id());
    let shows = |text: Vec<u8>| String::from_utf8_lossy(&text).contains(token);
    while std::fs::read(&line).is_ok_and(shows) {
        assert!(begin.elapsed() < SEEN_AT_MOST, "the token stays in ps");
    }
    let seen = begin.elapsed();
    assert!(child.try_wait().unwrap().is_none(), "it is still joining");
    let pid = child.id();
    (seen, pid, child.wait_with_output().unwrap())
}

/// What programs printed that is not meant to be a secret.
#[derive(Default)]
struct Printed(Vec<Vec<u8>>);

impl Printed {
    #[track_caller]
    fn note(&mut self, output: Output) {
        self.0.push([output.stdout, output.stderr].concat());
        let last = self.0.last().map(|text| String::from_utf8_lossy(text));
        assert!(output.status.success(), "{last:?}");
    }
}

/// What happens while everybody looks; gives the process that had a token on its command line.
fn join_and_leave(site: &Site, secrets: &mut Secrets, printed: &mut Printed) -> u32 {
    // What enroll prints is its purpose; what it says beside that is not.
    let mut given = site.hub.ask(&["enroll", "--json", "pi-07", "pi-08"]);
    let text = std::mem::take(&mut given.stdout);
    printed.note(given);
    let given: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let [piped, typed] = [0, 1].map(|index: usize| given["tokens"][index]["token"].as_str());
    let [piped, typed] = [piped.unwrap(), typed.unwrap()];
    secrets.add_token(piped);
    secrets.add_token(typed);

    let machine = Machine::new(&site.place, "pi-07", "a").verbose();
    printed.note(machine.join(piped, &[]));
    let by_argument = Machine::new(&site.place, "pi-08", "a").verbose();
    let (seen, typing, joined) = join_by_argument(&by_argument, typed);
    println!("a token that was typed stood in the list of processes for {seen:?}");
    printed.note(joined);
    let agents = [machine.run(), by_argument.run()];
    site.wait_alive("pi-07");
    site.wait_alive("pi-08");

    let mut given = site.hub.ask(&["enroll", "--home-assistant", "--json"]);
    let text = std::mem::take(&mut given.stdout);
    printed.note(given);
    let login: serde_json::Value = serde_json::from_slice(&text).unwrap();
    secrets.add(
        "Home Assistant's password",
        login["password"].as_str().unwrap(),
    );
    for words in [
        &["status"][..],
        &["incidents"],
        &["expel", "--yes", "pi-08"],
    ] {
        printed.note(site.hub.ask(words));
    }
    wait_for("pi-08 is turned away", seconds(60), || {
        let log = agents[1].log();
        log.contains("does not let this node in").then_some(())
    });
    let second = Machine::new(&site.place, "pi-07", "b").join(piped, &[]);
    assert!(!second.status.success());
    printed.0.push([second.stdout, second.stderr].concat());
    for log in [site.hub.log(), agents[0].log(), agents[1].log()] {
        assert!(log.contains("connected"), "{log}");
    }

    for machine in [machine, by_argument] {
        secrets.add("a node's password", &machine.secret("password"));
        secrets.add("a node's key", &machine.secret("key"));
    }
    typing
}

/// The names of the files below a folder that hold secrets, which nobody but their owner reads.
#[track_caller]
fn holders(folder: &Path, secrets: &Secrets) -> Vec<String> {
    let mut holders = Vec::new();
    for file in files(folder) {
        let found = secrets.within(&std::fs::read(&file).unwrap()).len();
        if found > 0 {
            let mode = file.metadata().unwrap().mode() & 0o777;
            assert_eq!(mode, 0o600, "{} holds a secret", file.display());
            holders.push(file.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    holders.sort();
    holders
}

fn no_secret_goes_astray(kind: Kind) {
    let lookout = Lookout::start();
    let site = Site::with(kind, &["--verbose"], None);
    let mut secrets = Secrets::default();
    let mut printed = Printed::default();
    let typing = join_and_leave(&site, &mut secrets, &mut printed);
    for key in ["hub_key", "next_hub_key", "hub_password"] {
        secrets.add(key, &value_of(&site.identity("keys.toml"), key));
    }
    secrets.add_pem(&site.identity("ca.key"));
    secrets.add_pem(&site.identity("server.key"));

    let (seen, rounds) = lookout.end();
    let has = |word: &str| {
        seen.keys()
            .any(|t| String::from_utf8_lossy(t).contains(word))
    };
    assert!(
        has("picket-agent\0join") && has("picket-hub\0run"),
        "it saw them"
    );
    for (text, pid) in &seen {
        let found = secrets.within(text);
        let is_typed = *pid == typing && found.iter().all(|what| *what == "a token");
        assert!(
            found.is_empty() || is_typed,
            "process {pid} shows {found:?}"
        );
    }
    for text in &printed.0 {
        assert_eq!(secrets.within(text), [""; 0]);
    }
    // All logs are among these files.
    let holders = holders(site.place.root(), &secrets);
    println!(
        "{} writings of secrets, {} texts of processes in {rounds} rounds; held by {holders:?}",
        secrets.0.len(),
        seen.len()
    );
    let mut expected = vec!["agent.id", "agent.id", "ca.key", "keys.toml", "server.key"];
    if kind == Kind::Mosquitto {
        // Its own copy.
        expected.push("server.key");
    }
    assert_eq!(holders, expected);
}

#[test]
fn no_secret_goes_astray_with_the_embedded_broker() {
    no_secret_goes_astray(Kind::Embedded);
}

#[test]
fn no_secret_goes_astray_with_mosquitto() {
    no_secret_goes_astray(Kind::Mosquitto);
}
