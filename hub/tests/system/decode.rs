//! `picket-hub decode`: a frame in words, for whoever looks at a broker's traffic.

use crate::support::{FakeNode, hub};
use picket_wire::{BootId, RunBits, SessionId};
use std::process::Output;

const NODE: FakeNode = FakeNode {
    boot: BootId(0x1234_5678),
    session: SessionId(0xbeef),
    run: RunBits(7),
    every_ms: 10_000,
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn decode(hex: &str) -> (Output, String) {
    let said = hub::command().arg("decode").arg(hex).output().unwrap();
    let text =
        String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    println!("{text}");
    (said, text)
}

#[test]
fn a_report_is_told_in_words() {
    let (said, text) = decode(&hex(&NODE.report(41, 3_600_000)));
    assert!(said.status.success(), "{text}");
    for word in [
        "report",
        "12345678",
        "beef",
        "41",
        "load_1min",
        "0.42",
        "uptime",
        "3600",
    ] {
        assert!(text.contains(word), "no {word:?} in:\n{text}");
    }
}

#[test]
fn facts_are_told_in_words() {
    let (said, text) = decode(&hex(&NODE.facts(0, 1_000, 2)));
    assert!(said.status.success(), "{text}");
    for word in [
        "facts",
        "made-up 0.0.0",
        "no machine at all",
        "serial/0123456789",
    ] {
        assert!(text.contains(word), "no {word:?} in:\n{text}");
    }
}

#[test]
fn garbage_is_refused_with_the_reason() {
    let good = NODE.report(1, 1_000);
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut newer = good.clone();
    newer[1] = 9;
    let cases = [
        (hex(&good[..20]), "few"),
        (hex(&flipped), "checksum"),
        (hex(&newer), "version 9"),
        (hex(&[0; 40]), "first byte"),
        ("zz".to_owned(), "hex"),
        ("a7a".to_owned(), "hex"),
        (String::new(), "no hex"),
    ];
    for (bytes, reason) in cases {
        let (said, text) = decode(&bytes);
        assert!(!said.status.success(), "{bytes:?} was taken: {text}");
        assert!(text.contains(reason), "no {reason:?} in {text:?}");
    }
}
