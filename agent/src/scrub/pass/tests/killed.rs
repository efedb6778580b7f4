//! A process that is killed again and again while it makes passes: the manifest is whole or the one
//! before, and nothing is found twice.

use super::fake::Bench;
use crate::scrub::manifest::MANIFEST;
use crate::scrub::manifest::reader::{Item, Reader, Refused};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The folder of the manifests, for the process that is to be killed.
const FOLDER: &str = "PICKET_TEST_KILLED_FOLDER";
/// Set when it is no longer killed, but is to make its pass to the end.
const LAST: &str = "PICKET_TEST_KILLED_LAST";
const FILES: usize = 400;
const KILLS: u64 = 60;
/// How many files rot after each pass, and how many in all: no more than are told at once.
const ROT_EACH: usize = 4;
const ROT: usize = 60;

fn name(file: usize) -> String {
    format!("{:02}/{file}", file % 20)
}

/// What rotted until a pass that comes behind so many whole ones: two are the baseline.
fn rotten(passes: u32) -> impl Iterator<Item = String> {
    let count = ROT_EACH * usize::try_from(passes).unwrap().saturating_sub(1);
    (0..count.min(ROT)).map(|which| name(which * 6))
}

/// Not a test of its own: the process that is killed.
#[test]
fn a_process_that_makes_passes() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let mut out = std::io::stdout();
    loop {
        let mut bench = Bench::at(Path::new(&folder));
        bench.tick_ms = 10_000;
        for file in 0..FILES {
            bench.put(&name(file), vec![file as u8; 5000]);
        }
        let before = bench.book().known().passes;
        rotten(before).for_each(|path| bench.flip(&path, 4500));
        writeln!(out, "\nbegun {before}").unwrap();
        let ran = bench.steps_telling(usize::MAX, &mut |found| {
            writeln!(
                out,
                "found {} {} {}",
                found.path,
                found.block,
                found.state.name()
            )
            .unwrap();
        });
        for words in &ran.said {
            writeln!(out, "said {words}").unwrap();
        }
        assert!(ran.is_kept == Some(true));
        if std::env::var_os(LAST).is_some() {
            return;
        }
    }
}

fn start(folder: &Path, is_last: bool) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let test = "scrub::pass::tests::killed::a_process_that_makes_passes";
    command
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, folder);
    if is_last {
        command.env(LAST, "1");
    }
    command.stdout(Stdio::piped()).spawn().unwrap()
}

/// Kills it some time after it began; gives all that it said.
fn kill(mut child: Child, after: Duration) -> String {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("begun") {
        assert!(out.read_line(&mut text).unwrap() > 0, "{text}");
    }
    // Nothing is waited for: the moment is to be any.
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    out.read_to_string(&mut text).unwrap();
    text
}

fn is_whole(manifest: &Path) -> bool {
    let mut reader = match Reader::open(manifest, 7) {
        Ok(reader) => reader,
        Err(Refused::Missing) => return true,
        Err(refused) => panic!("{refused}"),
    };
    loop {
        match reader.read() {
            Ok(Item::End(_)) => return true,
            Ok(_) => {}
            Err(broken) => panic!("{broken}"),
        }
    }
}

#[test]
fn a_process_that_is_killed_at_any_moment_finds_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut said = String::new();
    let mut random: u64 = 20_261_122;
    for _ in 0..KILLS {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let after = Duration::from_micros((random >> 33) % 150_000);
        said += &kill(start(dir.path(), false), after);
        assert!(is_whole(&dir.path().join(MANIFEST)));
    }
    let last = start(dir.path(), true).wait_with_output().unwrap();
    assert!(last.status.success());
    said += &String::from_utf8(last.stdout).unwrap();
    let mut found = BTreeMap::new();
    for line in said.lines().filter(|line| line.starts_with("found ")) {
        *found.entry(line).or_insert(0) += 1;
    }
    assert!(!found.is_empty(), "{said}");
    assert!(found.values().all(|times| *times == 1), "{found:?}");
    assert!(!said.contains("counts in part"), "{said}");
    let book = Bench::at(dir.path()).book();
    let known = book.known();
    assert!(known.passes > 3, "only {} passes", known.passes);
    // Some were found by a process that was killed before it could say so: they stand there too.
    let mut told: Vec<_> = known.findings.iter().map(|one| one.path.clone()).collect();
    told.sort();
    let mut all: Vec<_> = rotten(known.passes - 1)
        .map(|path| format!("/root/{path}"))
        .collect();
    all.sort();
    assert_eq!(told, all);
    assert_eq!(known.counts.corrupt, all.len() as u64);
    assert!(found.len() <= all.len());
}
