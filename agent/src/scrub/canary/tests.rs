//! The canary on real filesystems, also those that are full, refuse, or are restored.

mod media;

use super::*;
use picket_testing::{LoopFs, SOON, needs_root, wait_for};
use std::fs;
use std::io::Write;
use std::process::Command;

const BOOT: BootId = BootId(1);
const NEXT_BOOT: BootId = BootId(2);

fn at(uptime_ms: u64) -> Moment {
    Moment {
        uptime_ms,
        unix_ns: 1_800_000_000_000_000_000,
    }
}

fn well(generation: i64, found: Value) -> Canary {
    Canary {
        generation: Ok(generation),
        found,
        lineage: Ok(77),
        dropped: Ok(0),
        refused: Ok(0),
    }
}

const NONE: Value = Err(Missing::NotFitted);

#[test]
fn each_boot_and_each_day_has_a_generation_and_finds_the_last() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::new(dir.path(), BOOT);
    assert!(keeper.is_due(0) && keeper.told().is_none());
    keeper.put_off(at(5));
    assert!(!keeper.is_due(AGAIN_MS) && keeper.is_due(AGAIN_MS + 5));
    assert_eq!(keeper.look(at(5), 77), well(1, NONE));
    assert!(!keeper.is_due(EVERY_MS) && keeper.is_due(EVERY_MS + 5));
    assert_eq!(keeper.look(at(EVERY_MS + 5), 88), well(2, NONE));
    assert_eq!(keeper.told(), Some(well(2, NONE)));
    let mut keeper = Keeper::new(dir.path(), NEXT_BOOT);
    assert_eq!(keeper.look(at(9), 99), well(3, Ok(2)));
    assert_eq!(keeper.look(at(EVERY_MS + 9), 99), well(4, Ok(2)));
}

#[test]
fn a_process_that_is_started_again_writes_no_more_than_one_that_was_not() {
    let dir = tempfile::tempdir().unwrap();
    Keeper::new(dir.path(), BOOT).look(at(5), 77);
    Keeper::new(dir.path(), NEXT_BOOT).look(at(5), 88);
    let path = dir.path().join("canary");
    let before = fs::read(&path).unwrap();
    let mut keeper = Keeper::new(dir.path(), NEXT_BOOT);
    assert_eq!(keeper.look(at(50), 99), well(2, Ok(1)));
    assert_eq!(fs::read(&path).unwrap(), before);
    assert!(!keeper.is_due(EVERY_MS) && keeper.is_due(EVERY_MS + 5));
    assert_eq!(keeper.look(at(EVERY_MS + 5), 99), well(3, Ok(1)));
    assert_ne!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_power_cut_while_it_is_written_loses_no_lineage() {
    let dir = tempfile::tempdir().unwrap();
    let mut keeper = Keeper::new(dir.path(), BOOT);
    for day in 0..4 {
        keeper.look(at(day * EVERY_MS), 77);
    }
    let path = dir.path().join("canary");
    let mut bytes = fs::read(&path).unwrap();
    // Generation 5 was begun, in the place of 3.
    bytes[SLOT + 100] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let mut keeper = Keeper::new(dir.path(), NEXT_BOOT);
    assert_eq!(keeper.look(at(0), 88), well(5, Ok(4)));
}

#[test]
fn what_cannot_be_read_is_told_and_another_lineage_begins() {
    for garbage in [vec![0; LEN], vec![7; 3], Vec::new(), vec![9; 1 << 20]] {
        let dir = tempfile::tempdir().unwrap();
        Keeper::new(dir.path(), BOOT).look(at(0), 66);
        fs::write(dir.path().join("canary"), &garbage).unwrap();
        let looked = Keeper::new(dir.path(), NEXT_BOOT).look(at(0), 77);
        assert_eq!(looked, well(1, Err(Missing::Garbled)), "{}", garbage.len());
        let again = Keeper::new(dir.path(), NEXT_BOOT).look(at(1), 88);
        assert_eq!(again, looked);
    }
}

#[test]
fn memory_is_no_medium() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    let mut keeper = Keeper::new(dir.path(), BOOT);
    assert_eq!(keeper.look(at(0), 77), missing(Missing::NotSupported));
    assert!(!keeper.is_due(EVERY_MS - 1));
}

#[test]
fn an_image_that_is_restored_shows_its_older_generation() {
    if needs_root("an_image_that_is_restored_shows_its_older_generation") {
        return;
    }
    let disk = LoopFs::ext4(16);
    let folder = disk.point().join("scrub");
    fs::create_dir(&folder).unwrap();
    Keeper::new(&folder, BOOT).look(at(0), 77);
    disk.sync();
    let saved = fs::read(disk.image()).unwrap();
    let mut keeper = Keeper::new(&folder, NEXT_BOOT);
    for day in 0..5 {
        keeper.look(at(day * EVERY_MS), 88);
    }
    assert_eq!(keeper.told(), Some(well(6, Ok(1))));
    disk.off();
    fs::write(disk.image(), saved).unwrap();
    disk.on();
    let shown = Keeper::new(&folder, BootId(3)).look(at(0), 99);
    assert_eq!(shown, well(2, Ok(1)), "6 was confirmed");
}

#[test]
fn an_empty_card_has_a_lineage_of_its_own() {
    if needs_root("an_empty_card_has_a_lineage_of_its_own") {
        return;
    }
    let (old, new) = (LoopFs::ext4(16), LoopFs::ext4(16));
    Keeper::new(&old.point(), BOOT).look(at(0), 66);
    let shown = Keeper::new(&new.point(), NEXT_BOOT).look(at(0), 77);
    assert_eq!(shown, well(1, NONE));
}

#[test]
fn a_disk_that_takes_no_writes_behind_a_writable_filesystem_refuses() {
    if needs_root("a_disk_that_takes_no_writes_behind_a_writable_filesystem_refuses") {
        return;
    }
    let (disk, medium) = LoopFs::ext4_that_may_refuse(16);
    Keeper::new(&disk.point(), BOOT).look(at(0), 77);
    disk.sync();
    medium.refuse();
    let mut keeper = Keeper::new(&disk.point(), NEXT_BOOT);
    let shown = keeper.look(at(0), 88);
    let refused = Canary {
        refused: Ok(1),
        dropped: Err(Missing::Busy),
        ..well(1, Ok(1))
    };
    assert_eq!(shown, refused);
    // The filesystem has noticed meanwhile, or has not.
    assert_eq!(keeper.look(at(AGAIN_MS), 88).refused, Ok(1));
}

#[test]
fn a_filesystem_that_is_read_only_on_purpose_refuses_nothing() {
    if needs_root("a_filesystem_that_is_read_only_on_purpose_refuses_nothing") {
        return;
    }
    let disk = LoopFs::ext4(16);
    Keeper::new(&disk.point(), BOOT).look(at(0), 77);
    disk.remount("ro");
    let shown = Keeper::new(&disk.point(), NEXT_BOOT).look(at(0), 88);
    let silent = Err(Missing::NotSupported);
    let expected = Canary {
        dropped: silent,
        refused: silent,
        ..well(1, Ok(1))
    };
    assert_eq!(shown, expected);
}

#[test]
fn a_filesystem_that_turned_read_only_after_a_refusal_is_no_all_clear() {
    if needs_root("a_filesystem_that_turned_read_only_after_a_refusal_is_no_all_clear") {
        return;
    }
    let disk = LoopFs::ext4(16);
    Keeper::new(&disk.point(), BOOT).look(at(0), 77);
    let chattr = |flag: &str| {
        let path = disk.point().join("canary");
        let done = Command::new("chattr").arg(flag).arg(path).status();
        assert!(done.unwrap().success());
    };
    chattr("+i");
    let mut keeper = Keeper::new(&disk.point(), NEXT_BOOT);
    assert_eq!(keeper.look(at(0), 88).refused, Ok(1));
    disk.remount("ro");
    assert_eq!(keeper.look(at(AGAIN_MS), 88).refused, Ok(1));
    disk.remount("rw");
    chattr("-i");
    assert_eq!(keeper.look(at(2 * AGAIN_MS), 88), well(2, Ok(1)));
}

#[test]
fn a_full_disk_refuses_nothing_and_is_looked_at_again_within_the_hour() {
    if needs_root("a_full_disk_refuses_nothing_and_is_looked_at_again_within_the_hour") {
        return;
    }
    let disk = LoopFs::ext4(16);
    let fill = disk.point().join("fill");
    // What is freed when the first of it is written back is filled as well.
    for _ in 0..4 {
        let mut file = fs::File::options()
            .create(true)
            .append(true)
            .open(&fill)
            .unwrap();
        while file.write_all(&[1; SLOT]).is_ok() {}
        disk.sync();
    }
    let mut keeper = Keeper::new(&disk.point(), BOOT);
    let shown = keeper.look(at(0), 77);
    let busy = Err(Missing::Busy);
    assert_eq!(
        shown,
        Canary {
            found: NONE,
            ..missing(Missing::Busy)
        }
    );
    assert_eq!(shown.refused, busy);
    assert!(keeper.is_due(AGAIN_MS));
    fs::remove_file(&fill).unwrap();
    disk.sync();
    // The filesystem gives room back when it comes to it.
    let mut looks = 1..;
    let room = wait_for("room", SOON, || {
        let looked = keeper.look(at(looks.next()? * AGAIN_MS), 77);
        (looked != shown).then_some(looked)
    });
    assert_eq!(room, well(1, NONE));
}

#[test]
fn who_clears_or_restores_the_folder_is_no_disk_that_forgets() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("canary");
    let mut keeper = Keeper::new(dir.path(), BOOT);
    assert_eq!(keeper.look(at(0), 77), well(1, NONE));
    let saved = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(keeper.look(at(EVERY_MS), 88), well(2, NONE));
    fs::write(&path, &saved).unwrap();
    assert_eq!(keeper.look(at(2 * EVERY_MS), 88), well(3, NONE));
    fs::write(&path, b"cut off").unwrap();
    assert_eq!(keeper.look(at(3 * EVERY_MS), 88), well(4, NONE));
    let saved_as = dir.path().join("saved");
    fs::write(&saved_as, &saved).unwrap();
    fs::rename(&saved_as, &path).unwrap();
    assert_eq!(keeper.look(at(4 * EVERY_MS), 88), well(5, NONE));
}
