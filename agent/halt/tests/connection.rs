//! The real program on a real connection: it refuses, and it does not wait for ever.

#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than the program's own patience.
const DEADLINE: Duration = Duration::from_secs(20);

fn started() -> (UnixStream, Child) {
    let (near, far) = UnixStream::pair().unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_picket-halt"))
        .stdin(Stdio::from(OwnedFd::from(far)))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    near.set_read_timeout(Some(DEADLINE)).unwrap();
    (near, child)
}

/// What it answered, what it logged, and whether it ended well.
fn answer(mut near: UnixStream, child: Child) -> (String, String, bool) {
    let mut text = String::new();
    near.read_to_string(&mut text).unwrap();
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    (text, log, output.status.success())
}

#[test]
fn whatever_is_asked_is_refused_in_one_line_and_logged() {
    for (byte, word) in [(b'h', "halt hooks"), (b'p', "power off"), (0, "0x00")] {
        let (mut near, child) = started();
        near.write_all(&[byte]).unwrap();
        let (text, log, well) = answer(near, child);
        assert!(
            text.starts_with("failed ") && text.lines().count() == 1,
            "{text}"
        );
        assert!(
            log.starts_with("<5>picket-halt: refused: ") && log.contains(word),
            "{log}"
        );
        assert!(well);
    }
}

#[test]
fn who_says_nothing_is_refused_after_the_deadline() {
    let from = Instant::now();
    let (near, child) = started();
    let (text, log, _) = answer(near, child);
    assert!(text.starts_with("failed "), "{text}");
    assert!(log.contains("no byte came in time"), "{log}");
    assert!(from.elapsed() < DEADLINE);
}

#[test]
fn who_closes_at_once_does_no_harm() {
    let (near, child) = started();
    near.shutdown(Shutdown::Both).unwrap();
    let (text, log, well) = answer(near, child);
    assert_eq!(text, "");
    assert!(log.contains("closed"), "{log}");
    assert!(well, "{log}");
}

#[test]
fn what_is_no_connection_is_not_served() {
    let output = Command::new(env!("CARGO_BIN_EXE_picket-halt"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}
