//! What is open against files, by the file and not by its name: it stays with a file that gets
//! another name.
//!
//! A pass comes by the new name before the old one or behind it. Behind it, the old name's end is
//! told no earlier than the new name is found, or every file was passed: a count that were 0 in
//! between would look like a recovery.

use super::finding::MAX_TOLD;
use super::manifest::record::{Record, Stamp};

/// The records of the manifest before that something is open against: at most [`MAX_TOLD`], those
/// found last, so that they take about 1 MiB at most.
#[derive(Debug, Default)]
pub struct Inodes {
    kept: Vec<Kept>,
    /// Inodes and segments of what an interrupted pass has written already, with something open
    /// against it.
    written: Vec<(u64, u32)>,
}

#[derive(Debug)]
struct Kept {
    record: Record,
    /// Its name is gone, which is written down but not told.
    is_gone: bool,
    /// It goes on under another name.
    is_taken: bool,
}

impl Inodes {
    /// Notes what an interrupted pass has written.
    pub fn note_written(&mut self, record: &Record) {
        if record.open().is_some() && self.written.len() < MAX_TOLD {
            self.written.push((record.stamp.inode, record.segment));
        }
    }

    /// Whether its file was written with something open against it, under whatever name.
    pub fn is_written(&self, record: &Record) -> bool {
        let mut written = self.written.iter();
        written.any(|(inode, _)| *inode == record.stamp.inode)
    }

    /// Keeps a record if something is open against it; where inodes mean nothing they are 0. Its
    /// name may be gone as far as an interrupted pass has come.
    pub fn keep(&mut self, record: Record, is_gone: bool) {
        if record.open().is_none() || record.stamp.inode == 0 {
            return;
        }
        let taken = (record.stamp.inode, record.segment);
        let is_taken = self.written.contains(&taken);
        self.kept.push(Kept {
            record,
            is_gone,
            is_taken,
        });
        if self.kept.len() > MAX_TOLD {
            let found = |kept: &Kept| kept.record.fault.map(|fault| fault.found_unix_s);
            let oldest = self.kept.iter().enumerate().min_by_key(|(_, it)| found(it));
            if let Some((oldest, _)) = oldest {
                self.kept.remove(oldest);
            }
        }
    }

    /// The file still has the name of this record.
    pub fn seen(&mut self, record: &Record) {
        self.kept.retain(|kept| !is_of(&kept.record, record));
    }

    /// What is open against a file that had another name, as a record of its new one. Its size and
    /// its time of modification are the same: the name alone changes neither.
    pub fn take(&mut self, path: &[u8], segment: u32, stamp: &Stamp) -> Option<Record> {
        let is_it = |kept: &&mut Kept| {
            let was = &kept.record.stamp;
            let is_same =
                (was.inode, was.size, was.mtime_ns) == (stamp.inode, stamp.size, stamp.mtime_ns);
            is_same && !kept.is_taken && kept.record.segment == segment
        };
        let kept = self.kept.iter_mut().find(is_it)?;
        kept.is_taken = true;
        let path = path.to_owned();
        Some(Record {
            path,
            ..kept.record.clone()
        })
    }

    /// The name of a record is gone. Whether its end is to be told later: the file may be found
    /// under another name.
    pub fn gone(&mut self, record: &Record) -> bool {
        let mut all = self.kept.iter_mut();
        match all.find(|kept| is_of(&kept.record, record)) {
            Some(kept) if !kept.is_taken => {
                kept.is_gone = true;
                true
            }
            Some(_) | None => false,
        }
    }

    /// The records of names that are gone, whose end is to be told now: of a file that was found
    /// under another name, or of all.
    pub fn take_gone(&mut self, inode: Option<u64>) -> Vec<Record> {
        let is_due = |kept: &&mut Kept| {
            kept.is_gone && inode.is_none_or(|inode| kept.record.stamp.inode == inode)
        };
        let due = self.kept.iter_mut().filter(is_due);
        // Its further segments may be yet to be found.
        due.map(|kept| {
            kept.is_gone = false;
            kept.record.clone()
        })
        .collect()
    }
}

fn is_of(one: &Record, other: &Record) -> bool {
    one.segment == other.segment && one.path == other.path
}
