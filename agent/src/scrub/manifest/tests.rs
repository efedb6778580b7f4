//! Manifests that are written, cut off, damaged, and read again.

use super::book::Book;
use super::format::{BEGINNING, Body, Header, encode};
use super::reader::{Broken, Item, Reader, Refused};
use super::record::{Fault, MAX_BLOCKS, Record, SEGMENT, Stamp, Trust};
use super::writer::Writer;
use super::{MANIFEST, NEW};
use crate::scrub::pass::{Progress, System};
use crate::scrub::standing::Unread;
use picket_wire::{FindingKind, FindingState, GroundTruth};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const HEADER: Header = Header {
    identity: 7,
    era: 0xfee1_dead,
    pass: 1,
    transient: 3,
    boot: 9,
};

/// What the pass looked at that wrote it.
const PASSED: Progress = Progress {
    files: 6,
    bytes: 1 << 40,
    unread: Unread {
        denied: 1,
        cached: 2,
        changing: 3,
        other: 4,
    },
};

fn record(path: &[u8], segment: u32, blocks: usize) -> Record {
    let seed = (path.len() as u32).wrapping_add(segment);
    Record {
        path: path.to_vec(),
        segment,
        stamp: Stamp {
            inode: u64::MAX - u64::from(seed),
            size: 4096 * blocks as u64,
            mtime_ns: -1,
            ctime_ns: i64::MAX - i64::from(seed),
        },
        trust: match seed % 3 {
            0 => Trust::Unsettled,
            1 => Trust::Candidate,
            _ => Trust::Truth,
        },
        attested: seed.is_multiple_of(2),
        digest: *blake3::hash(path).as_bytes(),
        blocks: (0..blocks as u32)
            .map(|block| block.wrapping_mul(0x9e37_79b9))
            .collect(),
        fault: None,
    }
}

fn fault(state: FindingState) -> Fault {
    Fault {
        kind: FindingKind::Stable,
        state,
        truth: GroundTruth::Package,
        found_unix_s: u64::MAX,
        block: 4095,
        blocks: u32::MAX,
        sector: u64::MAX,
        cached_copy_is_good: true,
        times_are_weak: true,
    }
}

fn records() -> Vec<Record> {
    let mut records = vec![
        record(b"a/b", 0, 1),
        record(b"a/b", 1, 2),
        record(b"a/b\xff\n", 0, 0),
        record(b"a-b", 0, 3),
        record(b"b", u32::MAX, 1),
        record(b"x", 0, 1),
    ];
    records[1].fault = Some(fault(FindingState::Open));
    records[3].fault = Some(fault(FindingState::GoodAgain));
    records
}

/// So many files, and so many KiB of content, a KiB of a manifest is enough for. The hub takes an agent
/// that writes more for one that writes too much: `FILES_A_KIB` and `READ_KIB_A_KIB` in its
/// `detect/own_writes.rs` are these two.
const FILES_A_KIB: u64 = 8;
const READ_KIB_A_KIB: u64 = 512;

/// Bytes of the frames of these records.
fn length(records: &[Record]) -> u64 {
    let (mut bytes, mut previous) = (Vec::new(), Vec::new());
    for record in records {
        encode(&Body::Record(record.clone()), &previous, &mut bytes);
        previous.clone_from(&record.path);
    }
    bytes.len() as u64
}

#[test]
fn a_manifest_is_no_longer_than_the_hub_allows_for() {
    let stamp = |nth: u64| Stamp {
        inode: 1_000_000 + nth,
        size: 4096,
        mtime_ns: 1_790_000_000_000_000_000,
        ctime_ns: 1_790_000_003_000_000_000,
    };
    let small: Vec<Record> = (0..1000)
        .map(|nth| {
            let path = format!("usr/lib/{nth:04}/a-name-as-long-as-names-are.so.1");
            Record {
                stamp: stamp(nth),
                ..record(path.as_bytes(), 0, 1)
            }
        })
        .collect();
    assert!(
        length(&small) <= 1000 * 1024 / FILES_A_KIB,
        "{}",
        length(&small)
    );
    let segments = 64;
    let large: Vec<Record> = (0..segments)
        .map(|nth| record(b"srv/a-film.mkv", nth, MAX_BLOCKS))
        .collect();
    let read_kib = u64::from(segments) * SEGMENT / 1024;
    assert!(
        length(&large) <= read_kib * 1024 / READ_KIB_A_KIB,
        "{}",
        length(&large)
    );
}

fn system() -> System {
    System {
        root: b"/".to_vec(),
        identity: HEADER.identity,
        times_are_weak: false,
        boot: HEADER.boot,
    }
}

fn write(folder: &Path, header: &Header, records: &[Record]) -> [u8; 32] {
    let mut writer = Writer::begin(folder, header, 0).unwrap();
    for record in records {
        writer.add(record.clone()).unwrap();
    }
    writer.flush(&Progress::default(), 0).unwrap();
    writer.end(&PASSED, 1234, 5).unwrap()
}

/// Everything that is read, and whether that ends well.
fn read(path: &Path) -> Result<(Vec<Record>, Result<(), Broken>), Refused> {
    let mut reader = Reader::open(path, HEADER.identity)?;
    let mut records = Vec::new();
    loop {
        match reader.read() {
            Ok(Item::Record(record)) => records.push(record),
            Ok(Item::Mark(_)) => {}
            Ok(Item::End(_)) => return Ok((records, Ok(()))),
            Err(broken) => return Ok((records, Err(broken))),
        }
    }
}

#[test]
fn a_small_file_takes_about_eighty_bytes() {
    // As README says; the hub counts on it when it judges what Picket writes.
    let written_ns = 1_750_000_000_123_456_789;
    for (changed_later_ns, bytes) in [(0, 77), (30 * 86_400_000_000_000, 84)] {
        let record = Record {
            path: b"usr/share/doc/a-name-of-12".to_vec(),
            stamp: Stamp {
                inode: 400_000,
                size: 3000,
                mtime_ns: written_ns,
                ctime_ns: written_ns + changed_later_ns,
            },
            ..record(b"", 0, 1)
        };
        let mut frame = Vec::new();
        encode(&Body::Record(record), b"usr/share/doc/Another", &mut frame);
        assert_eq!(frame.len(), bytes);
    }
}

#[test]
fn what_was_written_is_read_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = records();
    all.push(record(&[b'y'; 4096], 0, MAX_BLOCKS));
    let root = write(dir.path(), &HEADER, &all);
    let (read, ended) = read(&dir.path().join(MANIFEST)).unwrap();
    assert_eq!(read, all);
    assert!(ended.is_ok());
    assert!(!dir.path().join(NEW).exists());
    let book = Book::open(dir.path(), &system(), None, 1);
    let known = book.known();
    assert_eq!(book.said(), [""; 0]);
    assert!(!book.is_first());
    assert_eq!((known.root, known.ended_unix_s), (Some(root), Some(1234)));
    assert_eq!(known.progress, Some(PASSED));
    assert_eq!((known.era, known.passes), (HEADER.era, HEADER.pass));
    assert_eq!((known.counts.corrupt, known.counts.transient), (1, 5));
    let states: Vec<_> = known.findings.iter().map(|one| one.state).collect();
    assert_eq!(states, [FindingState::Open, FindingState::GoodAgain]);
}

#[test]
fn nothing_wrong_is_read_from_a_manifest_that_is_cut_or_damaged_anywhere() {
    let dir = tempfile::tempdir().unwrap();
    let all = records();
    write(dir.path(), &HEADER, &all);
    let whole = fs::read(dir.path().join(MANIFEST)).unwrap();
    let path = dir.path().join("damaged");
    let check = |bytes: &[u8], what: &str| {
        fs::write(&path, bytes).unwrap();
        let Ok((some, ended)) = read(&path) else {
            return;
        };
        assert!(ended.is_err(), "{what}");
        assert_eq!(some, all[..some.len()], "{what}");
    };
    for at in 0..whole.len() {
        check(&whole[..at], &format!("cut at {at}"));
        for flip in [1 << (at % 8), 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            check(&bytes, &format!("{flip:#x} at {at}"));
        }
    }
}

#[test]
fn why_a_manifest_is_not_used_is_said_and_another_era_begins() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &HEADER, &records());
    let path = dir.path().join(MANIFEST);
    let whole = fs::read(&path).unwrap();
    let mut newer = whole.clone();
    newer[8] = 2;
    let mut garbled = whole.clone();
    garbled[BEGINNING + 9] ^= 1;
    let other = System {
        identity: 8,
        ..system()
    };
    for (bytes, system, words) in [
        (&newer, system(), "of a newer picket-agent"),
        (&garbled, system(), "damaged from its beginning"),
        (&whole, other, "belongs to another filesystem"),
    ] {
        fs::write(&path, bytes).unwrap();
        let book = Book::open(dir.path(), &system, None, 99);
        assert_eq!(book.said().len(), 1, "{:?}", book.said());
        assert!(book.said()[0].contains(words), "{:?}", book.said());
        assert!(!book.is_first());
        assert_eq!((book.known().era, book.known().passes), (99, 0));
        assert!(book.base().is_none());
    }
    fs::remove_file(&path).unwrap();
    let book = Book::open(dir.path(), &system(), None, 99);
    assert!(book.is_first() && book.said().is_empty());
}

#[test]
fn of_a_manifest_that_is_cut_off_the_beginning_counts_and_that_is_said() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &HEADER, &records());
    let path = dir.path().join(MANIFEST);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let book = Book::open(dir.path(), &system(), None, 99);
    assert!(book.said()[0].contains("cut off"), "{:?}", book.said());
    assert_eq!(book.said().len(), 1, "{:?}", book.said());
    // Another era, and no pass of it: what was forgotten is not good.
    let known = book.known();
    assert_eq!((known.era, known.passes, known.root), (99, 0, None));
    assert_eq!(known.progress, None, "its pass is none of this era");
    assert_eq!(known.counts.corrupt, 1);
    assert!(book.base().is_some());
    // The pass that begins it goes on when it is interrupted, though the one before is as broken.
    let mut writer = Writer::begin(dir.path(), &book.header, 0).unwrap();
    writer.add(records()[0].clone()).unwrap();
    writer.flush(&Progress::default(), 0).unwrap();
    let book = Book::open(dir.path(), &system(), None, 100);
    assert_eq!((book.known().era, book.known().passes), (99, 0));
    assert!(book.from().is_some() && book.base().is_some());
    // One that compared with it when it was whole does not.
    let header = Header { pass: 2, ..HEADER };
    let mut writer = Writer::begin(dir.path(), &header, 0).unwrap();
    writer.add(records()[0].clone()).unwrap();
    writer.flush(&Progress::default(), 0).unwrap();
    let book = Book::open(dir.path(), &system(), None, 101);
    assert_eq!((book.known().era, book.from()), (101, None));
}

#[test]
fn what_was_interrupted_anywhere_goes_on_behind_its_last_whole_record() {
    let dir = tempfile::tempdir().unwrap();
    let all = records();
    let root = write(dir.path(), &HEADER, &all);
    let whole = fs::read(dir.path().join(MANIFEST)).unwrap();
    fs::remove_file(dir.path().join(MANIFEST)).unwrap();
    let mut gone_on_behind = BTreeSet::new();
    for at in 0..whole.len() {
        fs::write(dir.path().join(NEW), &whole[..at]).unwrap();
        let book = Book::open(dir.path(), &system(), None, 99);
        let Some(resumed) = &book.resumed else {
            assert!(book.said()[0].contains("begins anew"), "{:?}", book.said());
            continue;
        };
        let prefix = &resumed.prefix;
        let done = usize::try_from(prefix.records).unwrap();
        gone_on_behind.insert(done);
        assert!(prefix.until <= at as u64);
        assert_eq!(book.known().counts.corrupt, u64::from(done > 1));
        let last = done.checked_sub(1).map(|last| all[last].path.as_slice());
        assert_eq!(book.from(), last);
        let mut writer = Writer::go_on(dir.path(), prefix, 0).unwrap();
        for record in &all[done..] {
            writer.add(record.clone()).unwrap();
        }
        assert_eq!(writer.end(&PASSED, 1234, 5).unwrap(), root, "cut at {at}");
        let (read, ended) = read(&dir.path().join(MANIFEST)).unwrap();
        assert!(ended.is_ok());
        assert_eq!(read, all, "cut at {at}");
        fs::remove_file(dir.path().join(MANIFEST)).unwrap();
    }
    assert!(gone_on_behind.into_iter().eq(0..=all.len()));
}

#[test]
fn a_pass_goes_on_only_against_the_manifest_that_it_compared_with() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), &HEADER, &records());
    for (era, pass, goes_on) in [
        (HEADER.era, 2, true),
        (HEADER.era, 3, false),
        (HEADER.era, 1, false),
        (4, 2, false),
    ] {
        let header = Header {
            era,
            pass,
            ..HEADER
        };
        let mut writer = Writer::begin(dir.path(), &header, 0).unwrap();
        writer.flush(&Progress::default(), 0).unwrap();
        let book = Book::open(dir.path(), &system(), None, 99);
        assert_eq!(book.resumed.is_some(), goes_on, "{era} {pass}");
        assert_eq!(book.said().is_empty(), goes_on);
        assert_eq!(book.header.pass, 2);
    }
}

#[test]
fn work_is_put_on_the_medium_each_megabyte_or_hour() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = Writer::begin(dir.path(), &HEADER, 0).unwrap();
    writer.flush(&Progress::default(), 0).unwrap();
    assert!(!writer.is_due(u64::MAX), "there is nothing");
    assert!(writer.is_flushed());
    writer.add(record(b"a", 0, 1)).unwrap();
    assert!(!writer.is_flushed());
    assert!(!writer.is_due(3_599_999));
    assert!(writer.is_due(3_600_000));
    for segment in 0..64 {
        writer.add(record(b"b", segment, MAX_BLOCKS)).unwrap();
    }
    assert!(writer.is_due(0));
    writer.flush(&Progress::default(), 0).unwrap();
    assert!(!writer.is_due(0));
}
