//! A pass: every file is read back once, compared with the manifest, and written into the next one.
//!
//! ```text
//! files, in the manifest's order ──▶ current ──shot──▶ judge ──▶ pages ──▶ manifest.new
//! old: the manifest before, in step ───────────────────▲           └────▶ what is told
//! ```
//! | file | one idea |
//! |---|---|
//! | `current` | the file that is being read |
//! | `take` | a segment of it, read as often as it takes to judge it |
//! | `shot` | one read of one segment past the cache |
//! | `sum` | the sum of a file of a package |
//! | `unread` | the records of what nobody could read |
//! | `why` | what an error of the kernel says of a file |
//! | `let_go` | nothing open while it rests, so that the filesystem can be taken off |
//! | `old` | the manifest before, in step with the files |
//! | `pages` | what is written down, and told when it is on the medium |

mod current;
mod let_go;
mod old;
mod pages;
mod shot;
mod sum;
mod take;
mod unread;
mod why;

use super::files::{Entry, Files, ReadBack, Unseen, compare};
use super::finding::Finding;
use super::judge::with_open;
use super::known::Known;
use super::manifest::book::Book;
use super::manifest::record::{Record, Trust};
use super::standing::Unread;
use super::sums::Sums;
use crate::clock::Moment;
use current::{Current, DeviceGone};
use old::{Old, is_nothing, over};
use pages::Pages;
use picket_wire::{FindingKind, FindingState};
use shot::Room;
use std::cmp::Ordering;
use std::fmt;
use why::{Why, why};

/// Most records of the manifest before that one step passes over: of files that are gone.
const MAX_OVER: usize = 1024;
/// So many files in a row of which not a byte can be read end a pass: that is no rot, but a device
/// that is gone, though nobody says so.
pub const MAX_LOST: u32 = 16;

/// What there is to know of the filesystem of a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// The absolute path of the folder that is read back.
    pub root: Vec<u8>,
    /// What tells one filesystem from another: `f_fsid` of statvfs(3).
    pub identity: u64,
    /// Whether its times do not show every change.
    pub times_are_weak: bool,
    /// The boot of the machine, as [`identity::boot`](crate::identity::boot) names it.
    pub boot: u32,
}

impl System {
    /// The absolute path of what is at a path below the root.
    pub fn absolute(&self, path: &[u8]) -> Vec<u8> {
        let root = self.root.strip_suffix(b"/").unwrap_or(&self.root);
        match path {
            [] if root.is_empty() => b"/".to_vec(),
            [] => root.to_vec(),
            path => [root, b"/", path].concat(),
        }
    }
}

/// What one step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many bytes were read from the medium, those of second looks included.
    Read {
        /// Bytes.
        bytes: u64,
    },
    /// Something else than reading: a file that cannot be read, or that is gone.
    Looked,
    /// The device is gone, and what it gives is no word of any file; there is no further step.
    /// What is passed is written down, for who goes on from there later.
    Gone,
    /// While the pass had let go of it, the filesystem was taken off; there is no further step. What
    /// is passed is written down, as above.
    TakenOff,
    /// Every file was passed; there is no further step.
    Done {
        /// Whether there is a new manifest; if not, why stands in what was said.
        is_kept: bool,
    },
}

/// How far a pass is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files that were read back.
    pub files: u64,
    /// Bytes that were read back; of an interrupted pass an estimate of the last megabyte.
    pub bytes: u64,
    /// Files that nobody looked at.
    pub unread: Unread,
}

/// A pass under way. It stops where it is when it is dropped, and goes on from there with the next
/// [`Book`].
pub struct Pass<'a> {
    system: System,
    /// Whether the manifest before is of another boot.
    is_of_another_boot: bool,
    files: Box<dyn Files>,
    sums: Option<&'a dyn Sums>,
    clock: &'a dyn Fn() -> Moment,
    old: Old,
    pages: Pages,
    room: Room,
    progress: Progress,
    current: Option<Current>,
    /// An entry that waits until the manifest before was passed over up to it.
    waiting: Option<Entry>,
    /// The path that was passed last, and the segment behind which an interrupted pass goes on.
    last: Option<(Vec<u8>, Option<u32>)>,
    /// A folder that nobody can look into: what is known of its files stays.
    unseen: Option<Vec<u8>>,
    /// Files in a row that were found to be lost as a whole.
    lost: u32,
    /// Whether nothing is open on the filesystem.
    has_let_go: bool,
}

impl fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass")
            .field("system", &self.system)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

impl<'a> Pass<'a> {
    /// Begins a pass, or goes on with one that was interrupted: `files` then begin at
    /// [`Book::from`]. The clock is asked before each segment.
    pub fn begin(
        book: Book,
        files: Box<dyn Files>,
        sums: Option<&'a dyn Sums>,
        clock: &'a dyn Fn() -> Moment,
    ) -> Pass<'a> {
        let resumed = book.resumed.as_ref();
        let progress = resumed.map(|resumed| resumed.progress).unwrap_or_default();
        let segment = resumed.map(|resumed| resumed.segment);
        let last = book.from().map(|path| (path.to_owned(), segment));
        Pass {
            system: book.system.clone(),
            is_of_another_boot: book.is_of_another_boot(),
            files,
            sums,
            clock,
            old: Old::new(&book),
            pages: Pages::new(book, sums, clock()),
            room: Room::new(),
            progress,
            current: None,
            waiting: None,
            last,
            unseen: None,
            lost: 0,
            has_let_go: false,
        }
    }

    /// Reads one segment of one file, of [`SEGMENT`](super::manifest::record::SEGMENT) at most, and
    /// judges it; the caller paces, pauses and stops between two of them.
    pub fn step(&mut self) -> Step {
        if !self.take_up() {
            self.flush();
            return Step::TakenOff;
        }
        let step = match self.current.take() {
            Some(current) => self.go_on(current),
            None => self.next(),
        };
        match step {
            Step::Done { .. } => {}
            Step::Gone => self.flush(),
            Step::Read { .. } | Step::Looked | Step::TakenOff => {
                let now = (self.clock)();
                self.pages.flush_if_due(self.sums, &self.progress, now);
            }
        }
        step
    }

    /// Puts what is not yet on the medium there, and tells it: before a long rest.
    pub fn flush(&mut self) {
        let now = (self.clock)();
        self.pages.flush(self.sums, &self.progress, now);
    }

    /// How far it is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What is known of the place at this moment. A finding stands here when it is on the disk.
    pub fn known(&self) -> &Known {
        self.pages.book.known()
    }

    /// The findings that are new since this was asked last, or over since then; at most
    /// [`MAX_TOLD`](super::finding::MAX_TOLD), the newest.
    pub fn take_found(&mut self) -> Vec<Finding> {
        self.pages.take_found()
    }

    /// What there is to say since this was asked last, in words for a log.
    pub fn take_said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.pages.said)
    }

    fn go_on(&mut self, current: Current) -> Step {
        match self.segment(current) {
            Err(DeviceGone) => Step::Gone,
            Ok((bytes, current)) => {
                self.current = current;
                match bytes {
                    0 => Step::Looked,
                    bytes => Step::Read { bytes },
                }
            }
        }
    }

    /// Looks at the next entry, when the manifest before was passed over up to it.
    fn next(&mut self) -> Step {
        let entry = self.waiting.take().or_else(|| self.files.next());
        let path = entry.as_ref().map(path);
        if !self.pass_over(path) {
            self.waiting = entry;
            return Step::Looked;
        }
        match entry {
            None => {
                let is_kept = self.pages.end(self.sums, &self.progress, (self.clock)());
                Step::Done { is_kept }
            }
            Some(Entry::File(file)) => self.file(file),
            Some(Entry::Unread(unseen)) => {
                if matches!(why(unseen.why), Why::Lost(_)) && self.loses() {
                    return Step::Gone;
                }
                self.entry_unseen(&unseen);
                Step::Looked
            }
        }
    }

    /// Something gives nothing but errors: whether that is because its device is gone.
    fn loses(&mut self) -> bool {
        self.lost += 1;
        self.lost >= MAX_LOST || !self.files.is_there()
    }

    /// What stands before the last path was there already: it would break the manifest's order.
    fn file(&mut self, file: Box<dyn ReadBack>) -> Step {
        let order = self
            .last
            .as_ref()
            .map(|(last, _)| compare(file.path(), last));
        let from = match (order, &self.last) {
            (Some(Ordering::Less), _) | (Some(Ordering::Equal), Some((_, None))) => {
                return Step::Looked;
            }
            (Some(Ordering::Equal), Some((_, Some(segment)))) => segment.saturating_add(1),
            (Some(_) | None, _) => 0,
        };
        self.last = Some((file.path().to_owned(), None));
        self.go_on(Current::new(file, from))
    }

    fn entry_unseen(&mut self, unseen: &Unseen) {
        if unseen.is_folder {
            self.unseen = Some(unseen.path.clone());
        }
        let is_before = |(last, _): &(Vec<u8>, _)| compare(&unseen.path, last) != Ordering::Greater;
        if !self.last.as_ref().is_some_and(is_before) {
            self.last = Some((unseen.path.clone(), None));
            self.unseen(&unseen.path, why(unseen.why));
        }
    }

    /// Passes over what the manifest before has up to a path, or to its end: files that are gone,
    /// and files that nobody can look at. Whether that is all.
    fn pass_over(&mut self, path: Option<&[u8]>) -> bool {
        for _ in 0..MAX_OVER {
            let Some(old) = self.old.take_before(path) else {
                return true;
            };
            let is_rest = |(last, _): &(Vec<u8>, _)| *last == old.path;
            if self
                .unseen
                .as_ref()
                .is_some_and(|folder| is_below(&old.path, folder))
            {
                self.keep(&old);
            } else if is_nothing(&old) && path.is_some_and(|path| is_below(path, &old.path)) {
                // A folder that could not be looked into, and now can.
                self.gone(old, FindingState::GoodAgain);
            } else if self.last.as_ref().is_some_and(is_rest) {
                self.gone(old, FindingState::Rewritten);
            } else if old.open().is_some() && self.files.leaves_out(&old.path) {
                self.keep(&old);
            } else {
                self.name_gone(old);
            }
        }
        false
    }

    /// What is known of a file that nobody could look at stays.
    fn keep(&mut self, old: &Record) {
        let mut record = with_open(old);
        self.distrust(&mut record);
        self.pages.put(old.fault.as_ref(), record);
    }

    /// What another boot recorded, and nobody read since, accuses nobody later on: its times may be
    /// older than its bytes. What is open already is known to be weak.
    fn distrust(&self, record: &mut Record) {
        if !self.is_of_another_boot {
            return;
        }
        match &mut record.fault {
            Some(fault) => fault.times_are_weak |= fault.kind != FindingKind::Stable,
            None => {
                record.trust = record.trust.min(Trust::Candidate);
                record.attested = false;
            }
        }
    }

    /// A name that is no longer there: the file may have another one by now.
    fn name_gone(&mut self, old: Record) {
        match old.open().copied() {
            Some(open) if self.pages.book.inodes.gone(&old) => {
                self.pages.write(over(old, open, FindingState::Deleted));
            }
            Some(_) | None => self.gone(old, FindingState::Deleted),
        }
    }

    /// A segment that is no longer there. What was open against it is over.
    fn gone(&mut self, old: Record, state: FindingState) {
        match old.open().copied() {
            Some(open) => self.pages.put(Some(&open), over(old, open, state)),
            None => self.pages.forget(&old),
        }
    }
}

fn path(entry: &Entry) -> &[u8] {
    match entry {
        Entry::File(file) => file.path(),
        Entry::Unread(unseen) => &unseen.path,
    }
}

fn is_below(path: &[u8], folder: &[u8]) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests;
