//! Vectors: each sample frame decodes to exactly its values, and is encoded to exactly its bytes.
//!
//! Until the first tagged release they may be recorded again, in a commit of their own, with
//! `PICKET_RECORD=1 cargo test -p picket-wire --features sign --test vectors encoding`. From that
//! release on they are frozen: nodes that cannot be updated at once speak this.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test reads its vectors, and stops at the first thing that is wrong"
)]

#[path = "common/content.rs"]
mod content;
#[path = "common/samples.rs"]
mod samples;

use picket_wire::frame::{CRC_LEN, SIGNATURE_LEN};
use picket_wire::{Frame, HEADER_LEN, varint};
use samples::{Sample, samples};
use std::fmt::Write as _;
use std::path::PathBuf;

fn path(name: &str) -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests");
    tests.join("vectors").join(name).with_extension("hex")
}

/// The bytes of a file: hex digits, blanks between them, and comments from `#` on.
fn vector(name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(path(name)).unwrap();
    let lines = text.lines().map(|line| line.split('#').next().unwrap());
    let bytes = lines.flat_map(str::split_whitespace);
    bytes
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}

/// The file of a frame: a line for each of its pieces.
fn to_text(name: &str, frame: &[u8]) -> String {
    let signature = if Frame::decode(frame).unwrap().is_signed() {
        SIGNATURE_LEN
    } else {
        0
    };
    let (rest, crc) = frame.split_at(frame.len() - CRC_LEN);
    let (covered, signature) = rest.split_at(rest.len() - signature);
    let (header, mut body) = covered.split_at(HEADER_LEN);
    let mut pieces = vec![("header".to_owned(), header)];
    while let Some((tag, rest)) = varint::read(body) {
        let (length, rest) = varint::read(rest).unwrap();
        let end = body.len() - rest.len() + length as usize;
        pieces.push((format!("section {tag}"), &body[..end]));
        body = &body[end..];
    }
    if !signature.is_empty() {
        pieces.push(("signature".to_owned(), signature));
    }
    pieces.push(("crc".to_owned(), crc));
    let mut text = format!("# {name}, {} bytes\n", frame.len());
    for (what, bytes) in pieces {
        writeln!(text, "\n# {what}").unwrap();
        for line in bytes.chunks(16) {
            let line: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(text, "{}", line.join(" ")).unwrap();
        }
    }
    text
}

#[cfg(feature = "sign")]
fn encode(sample: &Sample) -> Vec<u8> {
    use picket_wire::sign::{SigningKey, Whose, sign};
    if !sample.header.flags.signed {
        return content::encode(&sample.header, &sample.contents);
    }
    let mut buf = [0; picket_wire::MAX_FRAME];
    let mut writer = picket_wire::FrameWriter::new(&mut buf, &sample.header).unwrap();
    for content in &sample.contents {
        content.write(&mut writer);
    }
    let key = SigningKey::from_bytes(&[7; 32]);
    let whose = Whose::Node("pi-01".parse().unwrap());
    sign(writer, &key, &"home".parse().unwrap(), whose)
        .unwrap()
        .to_vec()
}

/// Without the feature, everything but the signature itself is compared.
#[cfg(not(feature = "sign"))]
fn encode(sample: &Sample) -> Vec<u8> {
    let mut frame = content::encode(&sample.header, &sample.contents);
    if sample.header.flags.signed {
        let tail = CRC_LEN + SIGNATURE_LEN;
        let start = frame.len() - tail;
        let vector = vector(sample.name);
        frame[start..].copy_from_slice(&vector[vector.len() - tail..]);
    }
    frame
}

#[test]
fn encoding_gives_exactly_the_recorded_bytes() {
    let record = std::env::var_os("PICKET_RECORD").is_some();
    for sample in samples() {
        let frame = encode(&sample);
        if record {
            std::fs::write(path(sample.name), to_text(sample.name, &frame)).unwrap();
        }
        assert_eq!(frame, vector(sample.name), "{}", sample.name);
    }
}

#[test]
fn decoding_gives_exactly_the_values() {
    for sample in samples() {
        let bytes = vector(sample.name);
        let (header, contents) = content::decode(&bytes);
        assert_eq!(header, sample.header, "{}", sample.name);
        assert_eq!(contents, sample.contents, "{}", sample.name);
    }
}

#[test]
fn every_file_belongs_to_a_sample() {
    let names: Vec<PathBuf> = samples().iter().map(|sample| path(sample.name)).collect();
    for entry in path("x").parent().unwrap().read_dir().unwrap() {
        let file = entry.unwrap().path();
        assert!(names.contains(&file), "{} is no sample's", file.display());
    }
}

#[test]
fn a_heartbeat_takes_at_most_32_bytes() {
    assert!(vector("heartbeat").len() <= 32);
    assert!(vector("heartbeat_of_no_run").len() <= 32);
}

#[test]
fn twelve_readings_of_a_pi_5_take_at_most_96_bytes() {
    let bytes = vector("report_pi5");
    let content::Content::Readings(readings) = &content::decode(&bytes).1[0] else {
        panic!("the report holds readings");
    };
    assert_eq!(readings.len(), 12);
    assert!(bytes.len() <= 96, "{} bytes", bytes.len());
}

#[cfg(feature = "sign")]
#[test]
fn the_signed_vector_is_believed_as_pi_01s_at_home() {
    use picket_wire::sign::{SigningKey, VerifyError, Whose, verify};
    let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
    let site = "home".parse().unwrap();
    let bytes = vector("signed");
    let frame = Frame::decode(&bytes).unwrap();
    let pi_01 = Whose::Node("pi-01".parse().unwrap());
    assert_eq!(verify(&frame, &key, &site, pi_01), Ok(()));
    assert_eq!(
        verify(&frame, &key, &site, Whose::Hub),
        Err(VerifyError::Mismatch)
    );
}
