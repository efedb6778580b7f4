//! The manifest that a pass compares with, in step with the files.

use crate::scrub::files::compare;
use crate::scrub::manifest::book::Book;
use crate::scrub::manifest::reader::{Item, Reader};
use crate::scrub::manifest::record::{Fault, Record, Trust};
use picket_wire::FindingState;
use std::cmp::Ordering;

/// The records of the manifest before, one after the other.
#[derive(Debug)]
pub(super) struct Old {
    reader: Option<Reader>,
    next: Option<Record>,
}

impl Old {
    /// From where the pass goes on.
    pub(super) fn new(book: &Book) -> Old {
        let mut old = Old {
            reader: book.base(),
            next: None,
        };
        old.read();
        while old
            .next
            .as_ref()
            .is_some_and(|record| book.is_passed(record))
        {
            old.read();
        }
        old
    }

    /// The next record, which is still there.
    pub(super) fn peek(&self) -> Option<&Record> {
        self.next.as_ref()
    }

    /// The next record, if its path stands before this one; any at the end of all paths.
    pub(super) fn take_before(&mut self, path: Option<&[u8]>) -> Option<Record> {
        let is_before =
            |record: &Record| path.is_none_or(|path| compare(&record.path, path) == Ordering::Less);
        self.take_if(is_before)
    }

    /// The next record of this file, if it is of a segment before this one.
    pub(super) fn take_below(&mut self, path: &[u8], segment: u32) -> Option<Record> {
        self.take_if(|record| record.path == path && record.segment < segment)
    }

    /// The record of this segment.
    pub(super) fn take(&mut self, path: &[u8], segment: u32) -> Option<Record> {
        self.take_if(|record| record.path == path && record.segment == segment)
    }

    /// The next record of this file.
    pub(super) fn take_of(&mut self, path: &[u8]) -> Option<Record> {
        self.take_if(|record| record.path == path)
    }

    fn take_if(&mut self, is_it: impl FnOnce(&Record) -> bool) -> Option<Record> {
        if !self.next.as_ref().is_some_and(is_it) {
            return None;
        }
        let taken = self.next.take();
        self.read();
        taken
    }

    /// What cannot be read is not known; the book has said so.
    fn read(&mut self) {
        self.next = None;
        while let Some(reader) = &mut self.reader {
            match reader.read() {
                Ok(Item::Record(record)) => {
                    self.next = Some(record);
                    return;
                }
                Ok(Item::Mark(_)) => {}
                Ok(Item::End(_)) | Err(_) => self.reader = None,
            }
        }
    }
}

/// What is left of a segment that is no longer there: it stays in one more manifest, so that the end
/// of what was open against it is told.
pub(super) fn over(old: Record, open: Fault, state: FindingState) -> Record {
    Record {
        trust: Trust::Unsettled,
        attested: false,
        blocks: Vec::new(),
        fault: Some(Fault { state, ..open }),
        ..old
    }
}

/// Whether it stands for something of which nobody saw more than an error.
pub(super) fn is_nothing(record: &Record) -> bool {
    record.stamp.inode == 0 && record.trust == Trust::Unsettled
}
