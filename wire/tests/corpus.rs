//! Replays the fuzzer's corpus, and holds it to the seeds that it is made of.
//!
//! New seeds are written with `PICKET_RECORD=1 cargo test -p picket-wire --test corpus exactly`.
//! What the fuzzer found lies beside them, named `found-…`.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test reads its corpus, and stops at the first thing that is wrong"
)]

#[path = "../fuzz/body.rs"]
mod body;
#[path = "common/content.rs"]
mod content;
#[path = "common/samples.rs"]
mod samples;
#[path = "common/seeds.rs"]
mod seeds;

use picket_wire::Frame;
use seeds::{Is, Seed, seeds};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/decode")
}

#[test]
fn every_file_of_the_corpus_passes_every_check() {
    let mut files = 0;
    for entry in folder().read_dir().unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        body::check(&std::fs::read(&path).unwrap());
        files += 1;
    }
    assert!(files >= seeds().len(), "{files} files");
}

#[test]
fn the_corpus_holds_exactly_the_seeds_and_what_was_found() {
    if std::env::var_os("PICKET_RECORD").is_some() {
        for seed in seeds() {
            std::fs::write(folder().join(&seed.name), &seed.bytes).unwrap();
        }
    }
    for Seed { name, bytes, .. } in seeds() {
        assert_eq!(
            std::fs::read(folder().join(&name)).unwrap(),
            bytes,
            "{name}"
        );
    }
    for entry in folder().read_dir().unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = seeds().iter().any(|seed| seed.name == name) || name.starts_with("found-");
        assert!(known, "{name} is no seed's, and not found-…");
    }
}

#[test]
fn every_seed_is_what_it_is_meant_to_be() {
    for Seed { name, bytes, is } in seeds() {
        let found = match Frame::decode(&bytes) {
            Err(why) => Is::Refused(why),
            Ok(frame) => match frame.sections().find_map(Result::err) {
                Some(error) => Is::Garbled(error.0),
                None => Is::Frame(content::decode(&bytes).1.len()),
            },
        };
        assert_eq!(found, is, "{name}");
    }
}

#[test]
fn no_seed_stands_twice() {
    let seeds = seeds();
    for (i, one) in seeds.iter().enumerate() {
        for other in &seeds[i + 1..] {
            assert_ne!(one.bytes, other.bytes, "{} and {}", one.name, other.name);
        }
    }
}
