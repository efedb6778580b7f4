//! What is on the medium when the current goes: the bytes that the device was given up to then.

use crate::passes::Scrubbed;
use crate::seed::Seed;
use picket_testing::{LoopFs, needs_root};
use picket_wire::FindingState;
use std::fs::{self, File};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

const FILES: u64 = 12;
const EXT4: [&str; 5] = ["mkfs.ext4", "-q", "-F", "-b", "4096"];

/// The filesystem as it is found when the current of its device goes at this moment.
fn cut(fs: &LoopFs) -> LoopFs {
    let found = LoopFs::ext4(8);
    found.off();
    fs::copy(fs.image(), found.image()).unwrap();
    found.on();
    found
}

fn fill(disk: &LoopFs) {
    let mut seed = Seed(11);
    for i in 0..FILES {
        disk.write(&format!("{i:02}"), &seed.bytes(20_000));
    }
}

/// Changes some bytes within a file, and waits until they are on the medium.
fn rewrite(path: &Path, bytes: &[u8]) {
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(bytes, 5000).unwrap();
    file.sync_data().unwrap();
}

fn ctime(path: &Path) -> (i64, i64) {
    let stat = fs::metadata(path).unwrap();
    (stat.ctime(), stat.ctime_nsec())
}

#[test]
fn a_power_cut_right_after_a_pass_leaves_its_manifest_whole() {
    if needs_root("a_power_cut_right_after_a_pass_leaves_its_manifest_whole") {
        return;
    }
    let (disk, card) = (LoopFs::ext4(32), LoopFs::ext4(16));
    fill(&disk);
    let scrubbed = Scrubbed::remembering(disk.point(), &card.point());
    scrubbed.rest();
    for pass in 1..=3 {
        let passed = scrubbed.pass();
        assert!(passed.is_kept && passed.progress.files == FILES);
        let found = cut(&card);
        let book = Scrubbed::remembering(disk.point(), &found.point()).book();
        assert_eq!(book.said(), [""; 0]);
        let (known, told) = (book.known(), &passed.known);
        assert_eq!((known.passes, known.era), (pass, told.era));
        assert_eq!(
            (known.root, known.ended_unix_s),
            (told.root, told.ended_unix_s)
        );
        assert!(known.root.is_some() && book.from().is_none());
    }
}

#[test]
fn what_is_told_is_on_the_medium_and_a_power_cut_makes_nobody_find_it_again() {
    if needs_root("what_is_told_is_on_the_medium_and_a_power_cut_makes_nobody_find_it_again") {
        return;
    }
    let (disk, card) = (LoopFs::ext4(32), LoopFs::ext4(16));
    fill(&disk);
    let scrubbed = Scrubbed::remembering(disk.point(), &card.point());
    scrubbed.know(FILES);
    disk.flip(scrubbed.sector("05", 4096) * 512);
    let mut found = None;
    let passed = scrubbed.pass_through(|tree| Box::new(tree), &mut |news| {
        if !news.is_empty() {
            found = Some(cut(&card));
        }
    });
    assert_eq!((passed.found.len(), passed.known.counts.corrupt), (1, 1));
    let found = found.unwrap();
    let scrubbed = Scrubbed::remembering(disk.point(), &found.point());
    let book = scrubbed.book();
    assert!(book.from().is_some(), "it goes on where it was");
    let told: Vec<_> = book
        .known()
        .findings
        .iter()
        .map(|one| (&one.path, one.state))
        .collect();
    assert_eq!(told, [(&scrubbed.named("05"), FindingState::Open)]);
    let again = scrubbed.pass();
    assert!(again.is_kept && again.found.is_empty(), "{again:?}");
    assert_eq!(
        (again.known.counts.corrupt, again.progress.files),
        (1, FILES)
    );
}

#[test]
fn lazytime_hides_no_change_before_a_power_cut_and_what_it_loses_then_accuses_weakly() {
    if needs_root(
        "lazytime_hides_no_change_before_a_power_cut_and_what_it_loses_then_accuses_weakly",
    ) {
        return;
    }
    let disk = LoopFs::made_by(&EXT4, "lazytime", 32);
    fill(&disk);
    let scrubbed = Scrubbed::new(disk.point());
    scrubbed.know(FILES);
    // In place, between two passes and while one goes on: before it comes to the file, and behind.
    let [before, during, after] = ["02", "11", "01"].map(|name| disk.point().join(name));
    let known = ctime(&before);
    rewrite(&before, b"before the pass");
    assert_ne!(ctime(&before), known);
    scrubbed.rest();
    let passed = scrubbed.pass_through(|tree| Box::new(tree), &mut |_| {
        for path in [&during, &after] {
            rewrite(path, b"during the pass");
        }
    });
    assert!(passed.found.is_empty() && passed.is_kept, "{passed:?}");
    scrubbed.rest();
    for _ in 0..2 {
        let passed = scrubbed.pass();
        assert!(passed.found.is_empty(), "{passed:?}");
        assert_eq!(passed.progress.files, FILES);
    }

    // What is known stands on the medium with its time, and what comes then has none.
    disk.sync();
    let known = ctime(&before);
    rewrite(&before, b"and then the current goes");
    let found = cut(&disk);
    let there = found.point().join("02");
    assert_eq!(
        fs::read(&there).unwrap()[5000..5025],
        *b"and then the current goes"
    );
    assert_eq!(ctime(&there), known, "its time is lost");
    let after_that = scrubbed.after_a_boot(found.point());
    let passed = after_that.pass();
    assert_eq!(passed.found.len(), 1, "{passed:?}");
    assert!(passed.found[0].times_are_weak && passed.found[0].path == after_that.named("02"));
}
