//! What a pass writes down: the records of the next manifest, and what is against files. A finding is
//! told when it is on the medium, so that it is found once however often the process is killed.

use super::Progress;
use crate::clock::Moment;
use crate::scrub::finding::{Finding, MAX_TOLD};
use crate::scrub::ledger::{Against, Counted, finding};
use crate::scrub::manifest::NEW;
use crate::scrub::manifest::book::Book;
use crate::scrub::manifest::record::{Fault, Record};
use crate::scrub::manifest::writer::{Unwritten, Writer};
use crate::scrub::sums::Sums;
use picket_wire::{FindingKind, FindingState};

/// Least time between two flushes because of findings, in milliseconds: a card that rots in a
/// thousand places is not written to a thousand times.
const BETWEEN_MS: u64 = 5000;
/// Most words that are kept for whoever asks.
const MAX_SAID: usize = 32;

/// What a pass writes down.
#[derive(Debug)]
pub(super) struct Pages {
    pub(super) book: Book,
    writer: Option<Writer>,
    account: Account,
    /// What is not yet on the medium.
    pending: Vec<Against>,
    flushed_ms: Option<u64>,
    found: Vec<Finding>,
    pub(super) said: Vec<String>,
}

/// Under which counts one file stood, and stands. What the old manifest has of it shows bit by bit.
#[derive(Debug, Default)]
struct Account {
    path: Vec<u8>,
    before: Counted,
    after: Counted,
    /// What of it stands in the ledger already.
    entered: (Counted, Counted),
}

impl Pages {
    pub(super) fn new(mut book: Book, sums: Option<&dyn Sums>, now: Moment) -> Pages {
        book.tell(sums);
        let mut said = Vec::new();
        let writer = match &book.resumed {
            Some(resumed) => Writer::go_on(&book.folder, &resumed.prefix, now.uptime_ms),
            None => Writer::begin(&book.folder, &book.header, now.uptime_ms),
        };
        let writer = writer.map_err(|error| said.push(lost(&error))).ok();
        let mut account = Account::default();
        if let Some(path) = book.from() {
            account.path = path.to_owned();
            account.before = book.counted;
            account.after = book.counted;
        }
        Pages {
            book,
            writer,
            account,
            pending: Vec::new(),
            flushed_ms: None,
            found: Vec::new(),
            said,
        }
    }

    /// Writes a record down, in the place of what the manifest before had.
    pub(super) fn put(&mut self, old: Option<&Fault>, record: Record) {
        self.enter(&record.path, old, record.fault.as_ref());
        if record.open().is_some() {
            self.end_gone(Some(record.stamp.inode));
        }
        let was_open = old.is_some_and(Fault::is_open);
        match record.fault {
            Some(fault) if was_open != fault.is_open() => self.news(&record, fault),
            Some(fault) if fault.kind == FindingKind::Transient => self.news(&record, fault),
            fault if fault.as_ref() != old => {
                let ledger = &mut self.book.ledger;
                ledger.keep(&record.path, record.segment, fault.as_ref());
            }
            Some(_) | None => {}
        }
        self.write(record);
    }

    /// Writes a record down of which nothing is told yet.
    pub(super) fn write(&mut self, record: Record) {
        if let Some(Err(error)) = self.writer.as_mut().map(|writer| writer.add(record)) {
            self.lose(&error);
        }
    }

    /// Names that are gone have their end: of a file that was found under another, or all.
    fn end_gone(&mut self, inode: Option<u64>) {
        let gone = self.book.inodes.take_gone(inode);
        for file in gone.chunk_by(|a, b| a.path == b.path) {
            let mut stood = Counted::default();
            for record in file {
                stood.take(record.fault.as_ref());
                let over = |fault| Fault {
                    state: FindingState::Deleted,
                    ..fault
                };
                if let Some(fault) = record.fault.map(over) {
                    self.news(record, fault);
                }
            }
            self.book.ledger.recount(stood, Counted::default());
        }
    }

    /// A record is in no manifest any more, and nothing was against it.
    pub(super) fn forget(&mut self, record: &Record) {
        if record.fault.is_some() {
            self.enter(&record.path, record.fault.as_ref(), None);
            self.book.ledger.keep(&record.path, record.segment, None);
        }
    }

    /// Flushes where it is time to, and tells what is on the medium then.
    pub(super) fn flush_if_due(
        &mut self,
        sums: Option<&dyn Sums>,
        progress: &Progress,
        now: Moment,
    ) {
        let is_long_ago = self
            .flushed_ms
            .is_none_or(|ms| now.uptime_ms.saturating_sub(ms) >= BETWEEN_MS);
        let is_told = !self.pending.is_empty() && (is_long_ago || self.pending.len() >= MAX_TOLD);
        let is_due = self
            .writer
            .as_ref()
            .is_some_and(|writer| writer.is_due(now.uptime_ms));
        if is_told || is_due {
            self.flush(sums, progress, now);
        }
    }

    /// Flushes, and tells what is on the medium then.
    pub(super) fn flush(&mut self, sums: Option<&dyn Sums>, progress: &Progress, now: Moment) {
        self.flushed_ms = Some(now.uptime_ms);
        // A pass that rests again and again is not to wear the disk by saying so.
        let writer = self.writer.as_mut().filter(|writer| !writer.is_flushed());
        let flushed = writer.map(|writer| writer.flush(progress, now.uptime_ms));
        if let Some(Err(error)) = flushed {
            self.lose(&error);
        }
        self.tell(sums);
    }

    /// Ends the manifest; whether it is the one that counts from now on.
    pub(super) fn end(
        &mut self,
        sums: Option<&dyn Sums>,
        progress: &Progress,
        now: Moment,
    ) -> bool {
        self.end_gone(None);
        let now_unix_s = now.unix_s();
        let transient = self.book.ledger.counts.transient;
        let ended = self
            .writer
            .take()
            .map(|writer| writer.end(progress, now_unix_s, transient));
        let is_kept = match ended {
            Some(Ok(root)) => {
                let known = &mut self.book.known;
                known.passes = self.book.header.pass;
                known.root = Some(root);
                known.ended_unix_s = Some(now_unix_s);
                known.progress = Some(*progress);
                true
            }
            Some(Err(error)) => {
                self.lose(&error);
                false
            }
            None => false,
        };
        if !is_kept {
            // The next pass is to read every file again, not only those behind the cut.
            let _ = std::fs::remove_file(self.book.folder.join(NEW));
        }
        self.tell(sums);
        is_kept
    }

    pub(super) fn take_found(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.found)
    }

    fn news(&mut self, record: &Record, fault: Fault) {
        let ledger = &mut self.book.ledger;
        if fault.kind == FindingKind::Transient {
            ledger.counts.transient += 1;
        }
        self.pending.push(Against {
            path: record.path.clone(),
            segment: record.segment,
            fault,
        });
    }

    fn tell(&mut self, sums: Option<&dyn Sums>) {
        self.account.settle(&mut self.book);
        for against in std::mem::take(&mut self.pending) {
            let Against {
                path,
                segment,
                fault,
            } = &against;
            self.book.ledger.keep(path, *segment, Some(fault));
            let told = finding(&against, &self.book.system, sums);
            self.found.push(told);
        }
        let more = self.found.len().saturating_sub(MAX_TOLD);
        self.found.drain(..more);
        self.book.tell(sums);
    }

    fn enter(&mut self, path: &[u8], old: Option<&Fault>, new: Option<&Fault>) {
        if self.account.path != path {
            self.account.settle(&mut self.book);
            self.account = Account {
                path: path.to_owned(),
                ..Account::default()
            };
        }
        self.account.before.take(old);
        self.account.after.take(new);
    }

    fn lose(&mut self, error: &Unwritten) {
        self.writer = None;
        if self.said.len() < MAX_SAID {
            self.said.push(lost(error));
        }
    }
}

impl Account {
    /// Enters how it stands, in the place of how it stood when this was done before.
    fn settle(&mut self, book: &mut Book) {
        let (before, after) = self.entered;
        book.ledger.recount(after, before);
        book.ledger.recount(self.before, self.after);
        self.entered = (self.before, self.after);
    }
}

fn lost(error: &Unwritten) -> String {
    format!(
        "{error}. The pass goes on without a new manifest: it compares with the one before, and the \
         next pass does so again. See that there is room and that the filesystem is writable"
    )
}
