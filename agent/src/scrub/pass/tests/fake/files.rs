//! The walk over files that are made up, and reading them.

use super::*;

pub(super) fn is_left_out(path: &[u8], folder: Option<&str>) -> bool {
    folder.is_some_and(|folder| path.starts_with(folder.as_bytes()))
}

impl Files for Walk {
    fn next(&mut self) -> Option<Entry> {
        assert!(!self.is_let_go);
        let (path, unseen) = self.entries.pop_front()?;
        Some(match unseen {
            Some(unseen) => Entry::Unread(unseen),
            None => Entry::File(Box::new(self.open(path))),
        })
    }

    fn is_there(&self) -> bool {
        true
    }

    fn let_go(&mut self) {
        self.is_let_go = true;
    }

    fn take_up(&mut self) -> Result<(), Errno> {
        if self.is_taken_off {
            return Err(Errno::ESTALE);
        }
        self.is_let_go = false;
        Ok(())
    }

    fn again(&mut self, path: &[u8]) -> Result<Box<dyn ReadBack>, Errno> {
        assert!(!self.is_let_go);
        let mut file = self.open(path.to_owned());
        file.stamp()?;
        Ok(Box::new(file))
    }

    fn leaves_out(&self, path: &[u8]) -> bool {
        is_left_out(path, self.left_out)
    }
}

impl Walk {
    fn open(&self, path: Vec<u8>) -> Open {
        let disk = Rc::clone(&self.disk);
        Open { disk, path }
    }
}

#[derive(Debug)]
struct Open {
    disk: Disk,
    path: Vec<u8>,
}

impl Open {
    fn with<T>(&self, look: impl FnOnce(&mut Fake) -> T) -> Result<T, Errno> {
        let mut disk = self.disk.borrow_mut();
        disk.get_mut(&self.path).map(look).ok_or(Errno::ENOENT)
    }
}

pub(super) fn fill(bytes: &[u8], offset: u64, into: &mut Buffer) -> usize {
    let rest = bytes.get(offset as usize..).unwrap_or_default();
    let room = into.all();
    let length = rest.len().min(room.len());
    room[..length].copy_from_slice(&rest[..length]);
    length
}

impl ReadBack for Open {
    fn path(&self) -> &[u8] {
        &self.path
    }

    fn stamp(&mut self) -> Result<Stamp, Errno> {
        self.with(|fake| {
            if fake.is_busy {
                fake.stamp.mtime_ns += 1;
                fake.stamp.ctime_ns += 1;
            }
            fake.stamp
        })
    }

    fn extent(&mut self, offset: u64) -> Result<Extent, Errno> {
        self.with(|fake| match fake.hole {
            Some((from, until)) if (from..until).contains(&offset) => Extent::Hole { until },
            Some((from, _)) if offset < from => Extent::Data { until: from },
            _ => Extent::Data {
                until: fake.stamp.size,
            },
        })
    }

    fn read(&mut self, offset: u64, into: &mut Buffer) -> Result<usize, Errno> {
        assert_eq!(offset % BLOCK, 0);
        self.with(|fake| {
            let misread = fake.misreads.pop_front().unwrap_or(Misread::None);
            let until = offset + into.all().len() as u64;
            if let Some((block, errno)) = fake.bad
                && (offset..until).contains(&(block * BLOCK))
            {
                return Err(errno);
            }
            let length = fill(&fake.bytes, offset, into);
            match misread {
                Misread::None => {}
                Misread::Flip(at) => into.all()[at] ^= 1,
                Misread::Error(errno) => return Err(errno),
            }
            Ok(length)
        })?
    }

    fn read_cached(&mut self, offset: u64, into: &mut Buffer) -> Result<usize, Errno> {
        self.with(|fake| {
            let bytes = fake.cached.as_ref().unwrap_or(&fake.bytes);
            fill(bytes, offset, into)
        })
    }

    fn sector(&mut self, offset: u64) -> Option<u64> {
        Some(offset / 512)
    }
}
