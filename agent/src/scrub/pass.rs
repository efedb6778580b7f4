//! A pass: every file is read back once, compared with the manifest, and written into the next one.

use super::files::Files;
use super::finding::Finding;
use super::known::Known;
use super::manifest::book::Book;
use super::standing::Unread;
use super::sums::Sums;
use std::fmt;

/// What there is to know of the filesystem of a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// The absolute path of the folder that is read back.
    pub root: Vec<u8>,
    /// What tells one filesystem from another: `f_fsid` of statvfs(3).
    pub identity: u64,
    /// Whether its times do not show every change.
    pub times_are_weak: bool,
}

/// The clocks at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Nanoseconds since 1970, as the filesystem's times are.
    pub unix_ns: i64,
    /// Milliseconds since the machine booted.
    pub uptime_ms: u64,
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
    /// Every file was passed; there is no further step.
    Done(Outcome),
}

/// How a pass ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether there is a new manifest; if not, why stands in what was said.
    pub is_kept: bool,
}

/// How far a pass is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Files that were read back.
    pub files: u64,
    /// Bytes that were read back, holes included.
    pub bytes: u64,
    /// Files that nobody looked at.
    pub unread: Unread,
}

/// A pass under way. It stops where it is when it is dropped, and goes on from there with the next
/// [`Book`].
pub struct Pass<'a> {
    book: Book,
    system: System,
    files: Box<dyn Files>,
    sums: Option<&'a dyn Sums>,
    clock: &'a dyn Fn() -> Clock,
    progress: Progress,
    found: Vec<Finding>,
    said: Vec<String>,
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
        system: System,
        files: Box<dyn Files>,
        sums: Option<&'a dyn Sums>,
        clock: &'a dyn Fn() -> Clock,
    ) -> Pass<'a> {
        Pass {
            book,
            system,
            files,
            sums,
            clock,
            progress: Progress::default(),
            found: Vec::new(),
            said: Vec::new(),
        }
    }

    /// Reads one segment of one file, of [`SEGMENT`](super::manifest::record::SEGMENT) at most, and
    /// judges it; the caller paces, pauses and stops between two of them.
    pub fn step(&mut self) -> Step {
        Step::Done(Outcome { is_kept: false })
    }

    /// How far it is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What is known of the place at this moment. A finding stands here when it is on the disk.
    pub fn known(&self) -> &Known {
        self.book.known()
    }

    /// The findings that are new since this was asked last, or over since then; at most
    /// [`MAX_TOLD`](super::finding::MAX_TOLD), the newest.
    pub fn take_found(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.found)
    }

    /// What there is to say since this was asked last, in words for a log.
    pub fn take_said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.said)
    }
}
