//! Reading past the cache, on real filesystems.
use super::*;
use crate::scrub::files::{Entry, Files, LeftOut, Tree};
use crate::testing::this_machine;
use picket_testing::{LoopFs, cache_drops, needs_root};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Content that does not repeat and cannot be packed.
fn noise(len: usize) -> Vec<u8> {
    let mut content = vec![0; len];
    blake3::Hasher::new().finalize_xof().fill(&mut content);
    content
}

/// The files below a folder, open.
fn files(dir: &Path) -> Vec<Box<dyn ReadBack>> {
    let mut tree = Tree::open(this_machine(), dir, None, LeftOut::default()).unwrap();
    let entries = std::iter::from_fn(|| tree.next());
    let file = |entry| match entry {
        Entry::File(file) => file,
        Entry::Unread(unseen) => panic!("{unseen:?}"),
    };
    entries.map(file).collect()
}

/// The one of that name.
fn open(fs: &LoopFs, name: &str) -> Box<dyn ReadBack> {
    let mut files = files(&fs.point()).into_iter();
    files.find(|file| file.path() == name.as_bytes()).unwrap()
}

type Reading = fn(&mut dyn ReadBack, u64, &mut Buffer) -> Result<usize, Errno>;
const PAST: Reading = |file, offset, into| file.read(offset, into);
const CACHED: Reading = |file, offset, into| file.read_cached(offset, into);

fn content(file: &mut dyn ReadBack, read: Reading, room: usize) -> Result<Vec<u8>, Errno> {
    let (mut content, mut into) = (Vec::new(), Buffer::new(room));
    loop {
        let len = read(file, content.len() as u64, &mut into)?;
        if len == 0 {
            return Ok(content);
        }
        content.extend_from_slice(into.first(len));
    }
}

/// What differs, by block.
fn differing(a: &[u8], b: &[u8]) -> Vec<usize> {
    assert_eq!(a.len(), b.len());
    let blocks = a.chunks(4096).zip(b.chunks(4096)).enumerate();
    blocks
        .filter(|(_, (a, b))| a != b)
        .map(|(i, _)| i)
        .collect()
}

#[test]
fn a_bit_that_flips_under_ext4_is_read_though_the_cache_has_it_right() {
    if needs_root("a_bit_that_flips_under_ext4_is_read_though_the_cache_has_it_right") {
        return;
    }
    let fs = LoopFs::ext4(32);
    let written = noise(1_000_001);
    fs.write("dir/file", &written);
    let mut file = open(&fs, "dir/file");
    let before = file.stamp().unwrap();
    assert!(content(&mut *file, PAST, 1 << 20).unwrap() == written);
    let drops = cache_drops();
    assert!(content(&mut *file, CACHED, 1 << 20).unwrap() == written);
    fs.flip(file.sector(7 * 4096).unwrap() * SECTOR);
    for room in [4096, 1 << 20] {
        let read = content(&mut *file, PAST, room).unwrap();
        assert_eq!(differing(&read, &written), [7]);
    }
    let cached = content(&mut *file, CACHED, 1 << 20).unwrap();
    assert!(cached == written || cache_drops() > drops);
    assert_eq!(file.stamp().unwrap(), before);
    fs::remove_file(fs.point().join("dir/file")).unwrap();
    assert_eq!(file.stamp(), Err(Errno::ENOENT));
}

#[test]
fn holes_are_told_and_what_is_between_them_is_read() {
    if needs_root("holes_are_told_and_what_is_between_them_is_read") {
        return;
    }
    let fs = LoopFs::ext4(32);
    let sparse = File::create(fs.point().join("sparse")).unwrap();
    sparse.write_all_at(&noise(10_000), 40_960).unwrap();
    sparse.set_len(1_000_000).unwrap();
    sparse.sync_all().unwrap();
    fs.write("whole", &noise(10_000));
    let mut file = open(&fs, "sparse");
    let end = 1_000_000u64.next_multiple_of(4096);
    assert_eq!(file.extent(0), Ok(Extent::Hole { until: 40_960 }));
    assert_eq!(file.extent(4096), Ok(Extent::Hole { until: 40_960 }));
    assert_eq!(file.extent(40_960), Ok(Extent::Data { until: 53_248 }));
    assert_eq!(file.extent(53_248), Ok(Extent::Hole { until: end }));
    assert_eq!(file.sector(0), None);
    assert!(file.sector(40_960).is_some());
    let mut expected = vec![0; 1_000_000];
    expected[40_960..50_960].copy_from_slice(&noise(10_000));
    assert!(content(&mut *file, PAST, 65_536).unwrap() == expected);
    let mut whole = open(&fs, "whole");
    assert_eq!(whole.extent(0), Ok(Extent::Data { until: 12_288 }));
}

/// It says what it is told, and ends when nobody tells it any more.
const PROGRAM: &str = "/bin/cat";

/// A program that runs from the filesystem, so that its pages stay in memory.
struct Running(Child);

impl Running {
    fn of(fs: &LoopFs) -> Running {
        let program = fs.point().join("program");
        fs::copy(PROGRAM, &program).unwrap();
        File::open(&program).unwrap().sync_all().unwrap();
        let mut command = Command::new(program);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = pipes.spawn().unwrap();
        // Its answer shows that it runs: before, none of its pages is mapped, and each can be dropped.
        child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
        let answer = child.stdout.as_mut().unwrap();
        answer.read_exact(&mut [0]).unwrap();
        Running(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn where_a_direct_read_is_none_the_cache_is_dropped_and_what_stays_is_unread() {
    if needs_root("where_a_direct_read_is_none_the_cache_is_dropped_and_what_stays_is_unread") {
        return;
    }
    let mkfs = ["mkfs.ext4", "-q", "-F", "-b", "4096"];
    let fs = LoopFs::made_by(&mkfs, "data=journal", 64);
    let written = noise(300_000);
    let path = fs.write("file", &written);
    fs.sync();
    let mut file = open(&fs, "file");
    assert!(fs::read(&path).unwrap() == written);
    fs.flip(file.sector(4096).unwrap() * SECTOR);
    let read = content(&mut *file, PAST, 1 << 20).unwrap();
    assert_eq!(differing(&read, &written), [1]);
    let _running = Running::of(&fs);
    fs.sync();
    let mut program = open(&fs, "program");
    assert_eq!(
        content(&mut *program, PAST, 1 << 20),
        Err(Errno::EOPNOTSUPP)
    );
}

#[test]
fn a_running_program_is_read_past_the_cache_on_an_ordinary_ext4() {
    if needs_root("a_running_program_is_read_past_the_cache_on_an_ordinary_ext4") {
        return;
    }
    let fs = LoopFs::ext4(32);
    let _running = Running::of(&fs);
    let mut program = open(&fs, "program");
    let written = fs::read(PROGRAM).unwrap();
    fs.flip(program.sector(0).unwrap() * SECTOR);
    let read = content(&mut *program, PAST, 1 << 20).unwrap();
    assert_eq!(differing(&read, &written), [0]);
}

#[test]
fn what_has_no_medium_is_unread() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    fs::write(dir.path().join("file"), noise(10_000)).unwrap();
    let file = &mut files(dir.path())[0];
    assert_eq!(content(&mut **file, PAST, 4096), Err(Errno::EOPNOTSUPP));
    assert!(content(&mut **file, CACHED, 4096).unwrap() == noise(10_000));
}

#[test]
fn what_ext4_keeps_within_its_own_blocks_is_unread() {
    if needs_root("what_ext4_keeps_within_its_own_blocks_is_unread") {
        return;
    }
    let fs = LoopFs::made_by(&["mkfs.ext4", "-q", "-F", "-O", "inline_data"], "", 32);
    fs.write("small", b"12345");
    let mut small = open(&fs, "small");
    assert_eq!(content(&mut *small, PAST, 4096), Err(Errno::EOPNOTSUPP));
    assert_eq!(small.sector(0), None);
}

#[test]
fn btrfs_tells_of_corruption_by_its_checksums_packed_or_not() {
    if needs_root("btrfs_tells_of_corruption_by_its_checksums_packed_or_not") {
        return;
    }
    let fs = LoopFs::btrfs("compress=zstd");
    let written = noise(300_000);
    fs.write("plain", &written);
    let packed: Vec<u8> = (0..100_000u32)
        .flat_map(|i| (i / 7).to_le_bytes())
        .collect();
    fs.write("packed", &packed);
    fs.write("small", b"12345");
    fs.sync();
    for (name, expected) in [("plain", &written), ("packed", &packed)] {
        let mut file = open(&fs, name);
        assert!(
            content(&mut *file, PAST, 1 << 20).unwrap() == *expected,
            "{name}"
        );
        assert_eq!(file.sector(0), None);
    }
    assert_eq!(
        content(&mut *open(&fs, "small"), PAST, 4096),
        Err(Errno::EOPNOTSUPP)
    );
    let drops = cache_drops();
    assert!(fs::read(fs.point().join("plain")).unwrap() == written);
    fs.flip(fs.find(&written[20 * 4096..20 * 4096 + 512]));
    let mut file = open(&fs, "plain");
    let mut into = Buffer::new(1 << 20);
    let mut good = 0;
    while let Ok(len) = file.read(good, &mut into) {
        assert_ne!(len, 0);
        assert!(into.first(len) == &written[good as usize..good as usize + len]);
        good += len as u64;
    }
    assert_eq!(good, 20 * 4096);
    assert_eq!(file.read(good, &mut into), Err(Errno::EBADMSG));
    assert_eq!(file.read(good + 4096, &mut into), Ok(4096));
    let cached = content(&mut *file, CACHED, 1 << 20);
    assert!(cached == Ok(written) || cache_drops() > drops);
}

#[test]
fn where_nobody_can_say_how_it_lies_nothing_counts_as_read_past_the_cache() {
    // A folder of the source, since a filesystem in memory does not say how files lie.
    let dir = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    let path = dir.path().join("a");
    fs::write(&path, [7; 5000]).unwrap();
    let file = File::open(&path).unwrap();
    let (stat, system) = (file::stat(&file).unwrap(), System::of(&file).unwrap());
    // No file of ext4 reaches there, and some filesystems say that none is there.
    let offset = i64::MAX as u64 - BLOCK + 1;
    let Some(why) = file::lies(&file, offset, 1).err() else {
        return;
    };
    if why == Errno::EOPNOTSUPP {
        return;
    }
    let mut file = PastCache::new(file, false, b"a".to_vec(), stat, system);
    let mut into = Buffer::new(4096);
    let read = file.read_dropped(offset, into.all());
    assert_eq!(read, Err(why));
}
