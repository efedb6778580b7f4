//! Media that drop or forget what they confirmed, and processes that cannot read it back.

use super::*;
use std::path::PathBuf;

/// A disk that says that a write is confirmed, and has what it had before.
#[derive(Debug)]
struct Dropping {
    file: file::File,
    image: PathBuf,
    /// The whole of it before.
    before: Vec<u8>,
    /// So many writes it drops.
    drops: u32,
    writes: u32,
}

impl Medium for Dropping {
    fn read(&mut self, into: &mut Buffer) -> Result<usize, Errno> {
        self.file.read(into)
    }

    fn create(&mut self, both: &[u8]) -> Result<(), Errno> {
        self.file.create(both)
    }

    fn write(&mut self, place: usize, slot: &mut Buffer) -> Result<(), Errno> {
        self.file.write(place, slot)?;
        self.writes += 1;
        if self.drops > 0 {
            self.drops -= 1;
            // In place, because the loop device has the file open.
            let image = fs::File::options().write(true).open(&self.image).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&image, &self.before, 0).unwrap();
        }
        Ok(())
    }

    fn is_read_only(&mut self) -> Result<bool, Errno> {
        self.file.is_read_only()
    }

    fn written(&mut self) -> Result<Inode, Errno> {
        self.file.written()
    }
}

fn dropping(disk: &LoopFs, drops: u32) -> Keeper {
    disk.sync();
    let medium = Dropping {
        file: file::File::in_folder(&disk.point()),
        image: disk.image(),
        before: fs::read(disk.image()).unwrap(),
        drops,
        writes: 0,
    };
    Keeper::of(Box::new(medium), NEXT_BOOT)
}

#[test]
fn a_disk_that_drops_what_it_confirmed_is_told() {
    if needs_root("a_disk_that_drops_what_it_confirmed_is_told") {
        return;
    }
    let disk = LoopFs::ext4(16);
    Keeper::new(&disk.point(), BOOT).look(at(0), 77);
    let mut keeper = dropping(&disk, u32::MAX);
    let dropped = Canary {
        dropped: Ok(1),
        ..well(1, Ok(1))
    };
    assert_eq!(keeper.look(at(0), 88), dropped);
    assert_eq!(keeper.look(at(EVERY_MS), 88), dropped);
    assert_eq!(fs::read(disk.point().join("canary")).unwrap().len(), LEN);
    drop(keeper);
    // Dropped once and then well: the disk had a moment, and is asked again.
    assert_eq!(dropping(&disk, 1).look(at(0), 88), well(2, Ok(1)));
}

#[test]
fn what_is_forgotten_between_two_looks_of_a_boot_is_told_too() {
    if needs_root("what_is_forgotten_between_two_looks_of_a_boot_is_told_too") {
        return;
    }
    let disk = LoopFs::ext4(16);
    Keeper::new(&disk.point(), BOOT).look(at(0), 77);
    disk.sync();
    let before = fs::read(disk.image()).unwrap();
    let mut keeper = Keeper::new(&disk.point(), NEXT_BOOT);
    assert_eq!(keeper.look(at(0), 88), well(2, Ok(1)));
    let image = fs::File::options().write(true).open(disk.image()).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&image, &before, 0).unwrap();
    let forgot = Canary {
        dropped: Ok(1),
        ..well(3, Ok(1))
    };
    assert_eq!(keeper.look(at(EVERY_MS), 88), forgot);
    assert_eq!(keeper.look(at(2 * EVERY_MS), 88), well(4, Ok(1)));
}

/// A medium that is well, in a process that cannot always read it.
#[derive(Debug)]
struct Hindered {
    file: file::File,
    reads: u32,
    /// At this read.
    at: u32,
    by: By,
}

/// What hinders.
#[derive(Debug)]
enum By {
    Error(Errno),
    /// Somebody has just put another file in its place.
    Replaced(PathBuf),
}

impl Medium for Hindered {
    fn read(&mut self, into: &mut Buffer) -> Result<usize, Errno> {
        self.reads += 1;
        match &self.by {
            By::Error(errno) if self.reads == self.at => return Err(*errno),
            By::Replaced(path) if self.reads == self.at => {
                let other = path.with_file_name("other");
                fs::write(&other, b"of somebody else").unwrap();
                fs::rename(other, path).unwrap();
            }
            By::Error(_) | By::Replaced(_) => {}
        }
        self.file.read(into)
    }

    fn create(&mut self, both: &[u8]) -> Result<(), Errno> {
        self.file.create(both)
    }

    fn write(&mut self, place: usize, slot: &mut Buffer) -> Result<(), Errno> {
        self.file.write(place, slot)
    }

    fn is_read_only(&mut self) -> Result<bool, Errno> {
        self.file.is_read_only()
    }

    fn written(&mut self) -> Result<Inode, Errno> {
        self.file.written()
    }
}

#[test]
fn what_cannot_be_read_back_for_want_of_something_else_is_not_lost() {
    for (by, why) in [
        (Errno::ENOENT, Missing::Busy),
        (Errno::EMFILE, Missing::Busy),
        (Errno::ENOMEM, Missing::Busy),
        (Errno::EACCES, Missing::Denied),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let medium = Hindered {
            file: file::File::in_folder(dir.path()),
            reads: 0,
            at: 4,
            by: By::Error(by),
        };
        let mut keeper = Keeper::of(Box::new(medium), BOOT);
        assert_eq!(keeper.look(at(0), 77), well(1, NONE));
        let mut unknown = well(1, NONE);
        unknown.dropped = Err(why);
        assert_eq!(keeper.look(at(EVERY_MS), 77), unknown, "{by}");
        assert!(keeper.is_due(EVERY_MS + AGAIN_MS));
        assert_eq!(keeper.look(at(EVERY_MS + AGAIN_MS), 77), well(3, NONE));
    }
}

#[test]
fn what_somebody_else_put_there_before_it_was_read_back_is_no_loss() {
    let dir = tempfile::tempdir().unwrap();
    let medium = Hindered {
        file: file::File::in_folder(dir.path()),
        reads: 0,
        at: 4,
        by: By::Replaced(dir.path().join("canary")),
    };
    let mut keeper = Keeper::of(Box::new(medium), BOOT);
    assert_eq!(keeper.look(at(0), 77), well(1, NONE));
    let unknown = Canary {
        dropped: Err(Missing::Busy),
        ..well(1, NONE)
    };
    assert_eq!(keeper.look(at(EVERY_MS), 77), unknown);
    assert_eq!(keeper.look(at(EVERY_MS + AGAIN_MS), 77), well(2, NONE));
}
