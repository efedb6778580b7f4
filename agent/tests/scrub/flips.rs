//! Bits that flip on the medium while the filesystem and the cache know nothing of it.

use crate::passes::{Scrubbed, cache};
use crate::seed::Seed;
use crate::this_machine;
use picket_agent::scrub::files::{Entry, Files, LeftOut, Tree};
use picket_agent::scrub::finding::Finding;
use picket_testing::{LoopFs, cache_drops, needs_root};
use picket_wire::{FindingKind, FindingState, GroundTruth};
use std::collections::BTreeMap;

const FILES: u64 = 2000;
const FLIPPED: usize = 50;

/// What is done to a file: a byte of it, and the sector of its block.
#[derive(Clone, Copy)]
struct Flip {
    offset: u64,
    sector: u64,
}

/// Some files, each with a byte of it, and where the filesystem says that it lies.
fn choose(fs: &LoopFs, seed: &mut Seed) -> BTreeMap<String, Flip> {
    let mut tree = Tree::open(this_machine(), &fs.point(), None, LeftOut::default()).unwrap();
    let mut flips = BTreeMap::new();
    let mut number = 0;
    while let Some(Entry::File(mut file)) = tree.next() {
        number += 1;
        if number % (FILES as usize / FLIPPED) == 0 {
            let offset = seed.below(file.stamp().unwrap().size);
            let sector = file.sector(offset - offset % 4096).unwrap();
            let path = String::from_utf8(file.path().to_vec()).unwrap();
            flips.insert(path, Flip { offset, sector });
        }
    }
    flips
}

#[test]
fn of_2000_files_on_ext4_the_50_with_a_flipped_bit_are_found_and_no_other() {
    if needs_root("of_2000_files_on_ext4_the_50_with_a_flipped_bit_are_found_and_no_other") {
        return;
    }
    let fs = LoopFs::ext4(256);
    let mut seed = Seed(1);
    for i in 0..FILES {
        let path = fs.point().join(format!("{}/{}/{i}", i % 13, i % 7));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let size = seed.size();
        std::fs::write(path, seed.bytes(size)).unwrap();
    }
    // One has several segments, of which a late one is spoilt.
    let large = seed.bytes(40_000_000);
    fs.write("7/large", &large);
    fs.sync();
    let scrubbed = Scrubbed::new(fs.point());
    scrubbed.know(FILES + 1);

    let mut flips = choose(&fs, &mut seed);
    assert_eq!(flips.len(), FLIPPED);
    let offset = 35_000_000;
    let sector = scrubbed.sector("7/large", offset);
    flips.insert("7/large".to_owned(), Flip { offset, sector });
    let drops = cache_drops();
    for (path, flip) in &flips {
        cache(&fs.point().join(path));
        fs.flip(flip.sector * 512 + flip.offset % 4096);
    }
    let passed = scrubbed.pass();
    assert_eq!(passed.said, Vec::<String>::new());
    let found: BTreeMap<&str, _> = passed.found.iter().map(|f| (f.path.as_str(), f)).collect();
    assert_eq!(found.len(), passed.found.len());
    let named: Vec<String> = flips.keys().map(|path| scrubbed.named(path)).collect();
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), sorted(&named));
    for (path, flip) in &flips {
        let finding = found[scrubbed.named(path).as_str()];
        assert_eq!(finding.kind, FindingKind::Stable, "{finding:?}");
        assert_eq!(finding.state, FindingState::Open);
        assert_eq!(finding.truth, GroundTruth::Manifest);
        let is_cached = finding.cached_copy_is_good || cache_drops() > drops;
        assert!(is_cached && !finding.times_are_weak, "{finding:?}");
        let place = (finding.block, finding.blocks, finding.sector);
        assert_eq!(place, (flip.offset / 4096, 1, flip.sector), "{finding:?}");
    }
    assert_eq!(passed.known.counts.corrupt, flips.len() as u64);
    assert_eq!(
        (passed.known.counts.flapping, passed.known.counts.unreadable),
        (0, 0)
    );

    // They are not found again, and what is mended is good again.
    for flip in flips.values() {
        fs.flip(flip.sector * 512 + flip.offset % 4096);
    }
    let passed = scrubbed.pass();
    assert!(
        passed
            .found
            .iter()
            .all(|f| f.state == FindingState::GoodAgain)
    );
    assert_eq!(passed.found.len(), flips.len());
    assert_eq!(passed.known.counts.corrupt, 0);
}

fn sorted(named: &[String]) -> Vec<&str> {
    let mut sorted: Vec<&str> = named.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    sorted
}

#[test]
fn on_btrfs_its_own_checksums_say_so() {
    if needs_root("on_btrfs_its_own_checksums_say_so") {
        return;
    }
    let fs = LoopFs::btrfs("");
    let mut seed = Seed(2);
    let spoilt = seed.bytes(300_000);
    for name in ["a", "c"] {
        fs.write(name, &seed.bytes(300_000));
    }
    fs.write("b", &spoilt);
    fs.sync();
    let scrubbed = Scrubbed::new(fs.point());
    scrubbed.know(3);
    let drops = cache_drops();
    cache(&fs.point().join("b"));
    fs.flip(fs.find(&spoilt[20 * 4096..20 * 4096 + 512]));
    let passed = scrubbed.pass();
    assert_eq!(passed.found.len(), 1, "{passed:?}");
    let finding = &passed.found[0];
    assert_eq!(finding.path, scrubbed.named("b"));
    assert_eq!((finding.kind, finding.block), (FindingKind::Checksum, 20));
    assert!(finding.cached_copy_is_good || cache_drops() > drops);
    assert_eq!(passed.known.counts.unreadable, 1);
}

#[test]
fn a_folder_that_is_renamed_does_not_make_its_files_right() {
    if needs_root("a_folder_that_is_renamed_does_not_make_its_files_right") {
        return;
    }
    let fs = LoopFs::ext4(64);
    let mut seed = Seed(7);
    for name in ["photos/a", "photos/b", "z"] {
        std::fs::create_dir_all(fs.point().join("photos")).unwrap();
        fs.write(name, &seed.bytes(50_000));
    }
    std::fs::hard_link(fs.point().join("photos/b"), fs.point().join("photos/c")).unwrap();
    fs.sync();
    let scrubbed = Scrubbed::new(fs.point());
    scrubbed.know(3);
    for name in ["photos/a", "photos/b"] {
        fs.flip(scrubbed.sector(name, 4096) * 512 + 5);
    }
    assert_eq!(scrubbed.pass().known.counts.corrupt, 2);
    // Behind the old name in the order, and before it.
    for (from, to) in [("photos", "photos-old"), ("photos-old", "older")] {
        std::fs::rename(fs.point().join(from), fs.point().join(to)).unwrap();
        scrubbed.rest();
        let known = scrubbed.pass().known;
        assert_eq!(known.counts.corrupt, 2, "{:?}", known.findings);
        let open = |f: &&Finding| f.state == FindingState::Open;
        let open: Vec<_> = known.findings.iter().filter(open).collect();
        assert_eq!(open.len(), 2, "{:?}", known.findings);
        let folder = scrubbed.named(to) + "/";
        assert!(open.iter().all(|f| f.path.starts_with(&folder)));
    }
    // The first of two names of a file.
    std::fs::remove_file(fs.point().join("older/b")).unwrap();
    scrubbed.rest();
    let passed = scrubbed.pass();
    assert_eq!(passed.known.counts.corrupt, 2, "{:?}", passed.found);
    let of_c = |f: &&Finding| f.path == scrubbed.named("older/c");
    let of_c = passed.found.iter().find(of_c).unwrap();
    assert_eq!(of_c.state, FindingState::Open);
}
