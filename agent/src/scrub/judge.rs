//! What it means that a segment reads as it does: pure, and slow to accuse.
//!
//! What was written is known from the package's sum, or from two scrubs that read the same
//! (*truth*). One scrub alone may have misread (*candidate*), and says nothing against anybody.
//!
//! | the file's times | it reads | so it is |
//! |---|---|---|
//! | young, or changing | anyhow | nobody's business: no baseline, and nothing ends |
//! | changed | otherwise | changed: a new candidate; the same content keeps what it was |
//! | as before | like the candidate | a truth |
//! | as before | unlike the candidate, three times the same | a new candidate |
//! | as before | unlike the truth, three times the same | *stable*: the medium |
//! | as before | wrong at first, then right twice | *transient* |
//! | as before | each time otherwise | *flapping*, also where there is no truth |
//! | any | with an error, and never right | *unreadable*, or the filesystem's *checksum* |
//! | untouched since it was unpacked | unlike its package's sum, three times the same | *stable* |
//!
//! What is open stays open, whatever it turns into, until three reads are right (*good again*), or
//! the content is another one and the file's times say that somebody wrote it (*rewritten*). A
//! change of the file's rights or name alone ends nothing: its content is as wrong as before.

mod agreed;
mod differing;
mod fault;
mod open;

use super::manifest::record::{Fault, Record, Stamp, Trust};
use super::sums::Word;
use agreed::{Agreed, agreed};
pub use differing::differing;
pub use fault::{accused, unreadable, with_open};
use fault::{fault, since, with_fault};
use picket_wire::{FindingKind, FindingState, GroundTruth};

/// Reads by which somebody is accused, or a finding ends.
pub const READS: usize = 3;
/// How old a change must be, in nanoseconds, so that a later one shows in the file's times: those of
/// ext4 go with the kernel's tick of 10 ms at most, those of FAT count in 2 s.
pub const SETTLED_NS: i64 = 2_000_000_000;

/// One read of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// What was read.
    pub seen: Seen,
    /// What the file's package says of it, where that was asked.
    pub word: Option<Word>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// All of its bytes.
    Bytes(Content),
    /// An error, somewhere in it.
    Failed(Failure),
}

/// The bytes of a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Their BLAKE3.
    pub digest: [u8; 32],
    /// The CRC-32C of each block; empty for one hole.
    pub blocks: Vec<u32>,
}

/// Blocks of a segment that give an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// [`FindingKind::Unreadable`] or [`FindingKind::Checksum`].
    pub kind: FindingKind,
    /// The first of them.
    pub block: u32,
    /// How many; 0 if nobody counted to the end.
    pub blocks: u32,
}

/// A segment that was read once or [`READS`] times.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// What the manifest has of it.
    pub old: Option<&'a Record>,
    /// The path of the file.
    pub path: &'a [u8],
    /// Which segment.
    pub segment: u32,
    /// The file, before and after it was read.
    pub stamp: Stamp,
    /// Whether its last change was [`SETTLED_NS`] ago when reading began.
    pub is_settled: bool,
    /// When it was read, in seconds since 1970.
    pub now_unix_s: u64,
    /// The reads.
    pub reads: &'a [Read],
}

/// What is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What the next manifest has of it.
    pub record: Record,
    /// Whether nothing could be said because somebody writes it.
    pub is_changing: bool,
}

/// What a content is compared with.
#[derive(Clone, Copy)]
struct Expected<'a> {
    digest: &'a [u8; 32],
    blocks: &'a [u32],
    /// None of a candidate.
    truth: Option<GroundTruth>,
}

/// Whether a change is old enough for a later one to show.
pub fn is_settled(stamp: &Stamp, now_unix_ns: i64) -> bool {
    now_unix_ns.saturating_sub(stamp.ctime_ns) >= SETTLED_NS
}

/// Whether one read is not enough.
pub fn needs_more(look: &Look) -> bool {
    let Some(first) = look.reads.first() else {
        return true;
    };
    let Seen::Bytes(content) = &first.seen else {
        return true;
    };
    if look.is_left_alone() {
        return false;
    }
    let accuses = matches!(first.word, Some(Word::Rotted | Word::ListAtFault));
    let is_other = |old: &Record| {
        old.stamp == look.stamp && old.trust != Trust::Unsettled && old.digest != content.digest
    };
    look.open().is_some() || look.is_settled && (accuses || look.old.is_some_and(is_other))
}

/// What to make of a segment that was read once, or [`READS`] times where that [`needs_more`].
pub fn judge(look: &Look) -> Judged {
    let first = look.reads.first().map(|read| &read.seen);
    if let Some(Seen::Bytes(content)) = first
        && look.is_left_alone()
    {
        return look.left_alone(content);
    }
    let record = match look.open() {
        Some((old, fault)) => open::judge(look, old, fault),
        None => look.judge_anew(),
    };
    Judged {
        record,
        is_changing: false,
    }
}

impl<'a> Look<'a> {
    /// The record with something open against it.
    fn open(&self) -> Option<(&'a Record, &'a Fault)> {
        let old = self.old?;
        Some((old, old.open()?))
    }

    fn is_as_before(&self) -> bool {
        self.old.is_some_and(|old| old.stamp == self.stamp)
    }

    /// Too young to be judged: with the same times it may be anything between the two.
    fn is_left_alone(&self) -> bool {
        !(self.is_settled || self.is_as_before() && self.open().is_some())
    }

    fn left_alone(&self, content: &Content) -> Judged {
        // What was too young already says nothing of what is too young still.
        let is_good = |old: &&Record| {
            let is_known = old.trust != Trust::Unsettled && old.stamp == self.stamp;
            is_known && old.digest == content.digest
        };
        let keeps = |old: &&Record| {
            old.trust != Trust::Unsettled && old.stamp == self.stamp || self.open().is_some()
        };
        Judged {
            record: match self.old.filter(keeps) {
                Some(old) => with_open(old),
                None => self.record(content, Trust::Unsettled),
            },
            is_changing: self.old.filter(is_good).is_none(),
        }
    }

    /// Nothing is open against it.
    fn judge_anew(&self) -> Record {
        let expected = self.expected();
        match (self.agreed(), expected) {
            (Agreed::Failed(failure), _) => self.unreadable(failure, None),
            (Agreed::All(content), Some(expected)) if content.digest != *expected.digest => {
                self.otherwise(content, expected)
            }
            (Agreed::All(content), _) => self.by_package(self.good(content)),
            (Agreed::AfterAll(content), Some(expected)) if content.digest != *expected.digest => {
                self.flapping(Some(expected), None)
            }
            (Agreed::AfterAll(content), expected) => self.transient(content, expected),
            (Agreed::Nothing, expected) => self.flapping(expected, None),
        }
    }

    /// What it should read as: its package's word before that of the manifest, which counts while
    /// nobody touched the file.
    fn expected(&self) -> Option<Expected<'a>> {
        self.by_sum().or_else(|| {
            let old = self.old.filter(|old| old.stamp == self.stamp)?;
            expected(old)
        })
    }

    fn by_sum(&self) -> Option<Expected<'a>> {
        let agrees = |read: &&Read| read.word == Some(Word::Agrees);
        match &self.reads.iter().find(agrees)?.seen {
            Seen::Failed(_) => None,
            Seen::Bytes(content) => Some(Expected {
                digest: &content.digest,
                blocks: &content.blocks,
                truth: Some(GroundTruth::Package),
            }),
        }
    }

    /// Three times the same, and not what it should be.
    fn otherwise(&self, content: &Content, expected: Expected) -> Record {
        match (expected.truth, self.old) {
            (Some(truth), Some(old)) => {
                let (block, blocks) = differing(expected.blocks, &content.blocks);
                let fault = self.fault(FindingKind::Stable, truth, block, blocks);
                with_fault(old, Some(fault))
            }
            _ => self.by_package(self.record(content, Trust::Candidate)),
        }
    }

    /// It reads as it should, or there is nothing that it should read as.
    fn good(&self, content: &Content) -> Record {
        let is_attested = self.by_sum().is_some();
        let is_known = |old: &Record| old.trust != Trust::Unsettled && old.digest == content.digest;
        let trust = match is_attested || self.old.is_some_and(is_known) {
            true => Trust::Truth,
            false => Trust::Candidate,
        };
        let stays = |old: &Record| old.attested && old.stamp == self.stamp;
        Record {
            attested: is_attested || self.old.is_some_and(stays),
            ..self.record(content, trust)
        }
    }

    /// What the file's package has against a content that nothing else is against.
    fn by_package(&self, record: Record) -> Record {
        match self.reads.first().and_then(|read| read.word) {
            Some(word) if self.reads.len() >= READS => accused(record, word, self.now_unix_s),
            _ => record,
        }
    }

    /// Wrong once, then right.
    fn transient(&self, content: &Content, expected: Option<Expected>) -> Record {
        let first = self.reads.first().map(|read| &read.seen);
        let (block, blocks) = match first {
            Some(Seen::Bytes(wrong)) => differing(&content.blocks, &wrong.blocks),
            Some(Seen::Failed(failure)) => (failure.block, failure.blocks),
            None => (0, 0),
        };
        let truth = expected.map_or(GroundTruth::None, |expected| {
            expected.truth.unwrap_or(GroundTruth::Manifest)
        });
        let mut fault = self.fault(FindingKind::Transient, truth, block, blocks);
        fault.state = FindingState::GoodAgain;
        with_fault(&self.good(content), Some(fault))
    }

    /// Each time otherwise. `was` is what is open already.
    fn flapping(&self, expected: Option<Expected>, was: Option<&Fault>) -> Record {
        let contents = || {
            self.reads.iter().filter_map(|read| match &read.seen {
                Seen::Bytes(content) => Some(content),
                Seen::Failed(_) => None,
            })
        };
        let first = contents().next();
        let right = expected.map(|expected| expected.blocks);
        let right = right.or(first.map(|content| content.blocks.as_slice()));
        let differ = |content: &Content| differing(right.unwrap_or_default(), &content.blocks);
        let wrong = contents().map(differ).filter(|(_, blocks)| *blocks > 0);
        let (block, blocks) = wrong.min().unwrap_or_default();
        let truth = expected.and_then(|expected| expected.truth);
        let truth = truth.unwrap_or(GroundTruth::None);
        let fault = self.fault(FindingKind::Flapping, truth, block, blocks);
        with_fault(&self.keeping(first), Some(since(fault, was)))
    }

    /// An error, and never right. `was` is what is open already.
    fn unreadable(&self, failure: &Failure, was: Option<&Fault>) -> Record {
        let truth = GroundTruth::None;
        let fault = self.fault(failure.kind, truth, failure.block, failure.blocks);
        with_fault(&self.keeping(None), Some(since(fault, was)))
    }

    /// What is known of the file stays where only its content is in doubt.
    fn keeping(&self, content: Option<&Content>) -> Record {
        match self.old {
            Some(old) if touched_only(old, &self.stamp) => Record {
                stamp: self.stamp,
                ..old.clone()
            },
            Some(_) | None => {
                let nothing = Content::default();
                self.record(content.unwrap_or(&nothing), Trust::Unsettled)
            }
        }
    }

    fn record(&self, content: &Content, trust: Trust) -> Record {
        Record {
            trust,
            digest: content.digest,
            blocks: content.blocks.clone(),
            ..Record::unsettled(self.path.to_owned(), self.segment, self.stamp)
        }
    }

    fn fault(&self, kind: FindingKind, truth: GroundTruth, block: u32, blocks: u32) -> Fault {
        fault(kind, truth, self.now_unix_s, (block, blocks))
    }

    fn agreed(&self) -> Agreed<'a> {
        agreed(self.reads, self.expected())
    }
}

/// What a record says that its segment should read as.
fn expected(old: &Record) -> Option<Expected<'_>> {
    let truth = match (old.trust, old.attested) {
        (Trust::Unsettled, _) => return None,
        (Trust::Candidate, _) => None,
        (Trust::Truth, false) => Some(GroundTruth::Manifest),
        (Trust::Truth, true) => Some(GroundTruth::Package),
    };
    Some(Expected {
        digest: &old.digest,
        blocks: &old.blocks,
        truth,
    })
}

/// Whether nothing but rights, links or the name of a file changed, as far as its times tell.
fn touched_only(old: &Record, stamp: &Stamp) -> bool {
    let ctime_ns = old.stamp.ctime_ns;
    old.stamp == Stamp { ctime_ns, ..*stamp }
}

#[cfg(test)]
mod tests;
