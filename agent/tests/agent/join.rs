//! A machine joins, or is refused, or dies in between.

use crate::support::{Agent, Process, SOON, Site, Witness, home, node, program, wait_for};
use picket_wire::sign::{self, VerifyingKey, Whose};
use picket_wire::token::{Address, Secret, Token};
use picket_wire::{Answer, Frame, Join, Section};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

const REQUEST: &str = "picket/v1/pi-07/join";

/// `picket-agent join` with its files in the site's folder, and the token where it belongs.
fn join(site: &Site, token: &Token, flags: &[&str]) -> Child {
    join_with(site, token, flags, |_| {})
}

fn join_with(
    site: &Site,
    token: &Token,
    flags: &[&str],
    change: impl FnOnce(&mut Command),
) -> Child {
    let mut command = Command::new(program());
    change(&mut command);
    let mut child = command
        .args(["join", "--settings"])
        .arg(site.path("agent.toml"))
        .args(flags)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(token.to_text().as_bytes()).unwrap();
    child
}

fn told(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(text).unwrap()
}

/// The requests that arrived, each signed by the key that it brings.
fn requests(witness: &Witness, count: usize) -> Vec<Join> {
    let messages = witness.wait_for_count(REQUEST, count);
    let request = |payload: &[u8]| {
        let frame = Frame::decode(payload).unwrap();
        let Some(Ok(Section::Join(join))) = frame.sections().next() else {
            panic!("{frame:?}")
        };
        let key = VerifyingKey::from_bytes(&join.key).unwrap();
        let whose = Whose::Node(node());
        assert_eq!(sign::verify(&frame, &key, &home(), whose), Ok(()));
        join
    };
    messages
        .iter()
        .map(|message| request(&message.payload))
        .collect()
}

#[test]
fn a_machine_that_joins_is_let_in_as_itself_and_reports() {
    let site = Site::start();
    let witness = Witness::of(&site.broker);
    let settings = site.path("agent.toml");
    fs::write(&settings, "# mine\nevery = \"1s\"\nallow_plain = true\n").unwrap();
    let child = join(&site, &site.token(), &[]);
    site.answer(&requests(&witness, 1)[0], Answer::Welcome);
    let output = child.wait_with_output().unwrap();
    let text = told(&output);
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains("was let in as itself") && text.contains("next: "),
        "{text}"
    );

    let id = site.path("agent.id");
    assert_eq!(
        fs::metadata(&id).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(!site.path("agent.id.new").exists());
    let url = site.url();
    let written = fs::read_to_string(&settings).unwrap();
    assert!(written.starts_with("# mine\nevery = \"1s\"\n"), "{written}");
    assert!(written.contains(&format!("hub = \"{url}\"")), "{written}");
    assert!(!written.contains("allow_plain"), "{written}");
    assert!(!text.contains(&*site.token().secret.password()), "{text}");

    let _agent = Agent::with("", |command| {
        *command = Command::new(program());
        command.args(["run", "--settings"]).arg(&settings);
    });
    witness.wait_for_count("picket/v1/pi-07/facts", 1);

    let again = join(&site, &site.token(), &[]).wait_with_output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(told(&again).contains("--replace"), "{}", told(&again));
}

/// libfaketime's library, which lies about the time of day to a program that is linked dynamically.
fn faketime() -> PathBuf {
    let libraries = fs::read_dir("/usr/lib").unwrap();
    libraries
        .map(|entry| entry.unwrap().path().join("faketime/libfaketime.so.1"))
        .find(|path| path.exists())
        .expect("libfaketime has to be installed: apt-get install faketime")
}

#[test]
fn a_machine_whose_clock_is_wrong_joins_and_reports() {
    let library = faketime();
    for date in [
        "1970-01-01 00:00:10",
        "2021-06-01 12:00:00",
        "2090-06-01 12:00:00",
    ] {
        let wrong = |command: &mut Command| {
            command
                .env("LD_PRELOAD", &library)
                .env("FAKETIME", format!("@{date}"))
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        };
        let site = Site::start();
        let witness = Witness::of(&site.broker);
        let child = join_with(&site, &site.token(), &[], wrong);
        site.answer(&requests(&witness, 1)[0], Answer::Welcome);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{date}: {}", told(&output));
        let agent = Agent::with("", |command| {
            *command = Command::new(program());
            command
                .args(["run", "--settings"])
                .arg(site.path("agent.toml"));
            wrong(command);
        });
        witness.wait_for_count("picket/v1/pi-07/facts", 1);
        // Its log shows that it was lied to.
        assert!(agent.log().starts_with(&date[..10]), "{}", agent.log());
    }
}

#[test]
fn an_attempt_that_died_after_it_asked_goes_on_with_the_same_key_and_password() {
    let site = Site::start();
    let witness = Witness::of(&site.broker);
    let mut child = join(&site, &site.token(), &[]);
    let first = requests(&witness, 1)[0];
    child.kill().unwrap();
    child.wait().unwrap();
    // The hub has said yes, and nobody has heard it.
    site.answer(&first, Answer::Welcome);
    let child = join(&site, &site.token(), &[]);
    let second = requests(&witness, 2)[1];
    assert_eq!(second.key, first.key);
    site.answer(&second, Answer::Welcome);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
}

#[test]
fn a_refusal_of_the_hub_is_told_in_its_words_and_nothing_is_left() {
    let site = Site::start();
    let witness = Witness::of(&site.broker);
    let child = join(&site, &site.token(), &[]);
    site.answer(&requests(&witness, 1)[0], Answer::NameTaken);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = told(&output);
    assert!(text.contains("picket-hub enroll --replace"), "{text}");
    for file in ["agent.id", "agent.id.new", "agent.toml"] {
        assert!(!site.path(file).exists(), "{file}");
    }
}

#[test]
fn a_request_that_is_not_answered_is_said_again() {
    let site = Site::start();
    let witness = Witness::of(&site.broker);
    let child = join(&site, &site.token(), &[]);
    let requests = requests(&witness, 3);
    assert_eq!(requests[0], requests[2]);
    site.answer(&requests[2], Answer::Welcome);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    assert!(told(&output).contains("asked again"), "{}", told(&output));
}

#[test]
fn a_hub_that_did_not_give_the_token_or_does_not_know_it_is_told_apart() {
    let site = Site::start();
    let other_ca = Token {
        ca_sha256: [7; 32],
        ..site.token()
    };
    let other_secret = Token {
        secret: Secret([4; 16]),
        ..site.token()
    };
    let nobody = Token {
        address: Address::try_from("127.0.0.1:1").unwrap(),
        ..site.token()
    };
    for (token, expected) in [
        (other_ca, "is not the one that gave this token"),
        (other_secret, "does not know this token"),
        (nobody, "cannot connect to mqtts://127.0.0.1:1"),
    ] {
        let output = join(&site, &token, &[]).wait_with_output().unwrap();
        let text = told(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(expected), "{expected}: {text}");
        assert!(!site.path("agent.id").exists());
        assert!(!site.path("agent.toml").exists());
    }
}

#[test]
fn a_token_on_the_command_line_does_not_stay_there() {
    let site = Site::start();
    // It takes the connection and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let token = Token {
        address: Address::try_from(address.as_str()).unwrap(),
        ..site.token()
    };
    let text = token.to_text();
    let child = Command::new(program())
        .args(["join", &text, "--settings"])
        .arg(site.path("agent.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let child = Process(child);
    let (mut connection, _) = listener.accept().unwrap();
    connection.read_exact(&mut [0]).unwrap();
    let line = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    let line = String::from_utf8(line).unwrap();
    assert!(line.contains("join") && !line.contains(&*text), "{line}");
    let environment = fs::read(format!("/proc/{}/environ", child.id())).unwrap();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    assert!(!environment.contains(&*text));
}

#[test]
fn no_token_and_half_a_token_are_one_line_each() {
    let site = Site::start();
    let text = site.token().to_text();
    for (input, expected) in [("", "there is no token"), (&text[..90], "incomplete")] {
        let mut child = Command::new(program())
            .args(["join", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        let output = wait_for("the end", SOON, || {
            child.try_wait().unwrap().map(|status| {
                let mut text = String::new();
                let mut stderr = child.stderr.take().unwrap();
                stderr.read_to_string(&mut text).unwrap();
                (status.code(), text)
            })
        });
        assert_eq!(output.0, Some(1));
        assert!(output.1.contains(expected), "{}", output.1);
        assert_eq!(output.1.lines().count(), 1);
        assert!(!output.1.contains(&text[..90]));
    }
}
