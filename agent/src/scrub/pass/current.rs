//! The file that a pass is reading.

use super::Pass;
use super::shot::Range;
use super::sum::{MAX_HELD, Sum, accuse, attest};
use super::take::{Halt, Taken};
use super::unread::{changing, lost};
use super::why::{Why, count, why};
use crate::scrub::files::ReadBack;
use crate::scrub::judge::{self, Look, is_settled, with_open};
use crate::scrub::manifest::record::{BLOCK, Fault, Record, SEGMENT, Stamp, Trust};
use crate::scrub::sums::Word;
use nix::errno::Errno;
use picket_wire::{FindingKind, FindingState, GroundTruth};

/// Longest file that is read back, in bytes: its segments can be counted. No medium holds more, but
/// a file of holes may say so.
const LONGEST: u64 = u32::MAX as u64 * SEGMENT;

/// The file that a pass is reading.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) file: Box<dyn ReadBack>,
    pub(super) path: Vec<u8>,
    pub(super) segment: u32,
    /// What its package says, and its sum so far; none where that is not needed or not possible.
    pub(super) sum: Option<Sum>,
    /// Records that wait for the sum, each with what was against it.
    held: Vec<(Option<Fault>, Record)>,
}

/// The device is gone, and what it gives is no word of any file.
#[derive(Debug)]
pub(super) struct DeviceGone;

/// What is known of a segment before it is read.
struct Was {
    /// The record of it, or of the file under another name that it had.
    old: Option<Record>,
    /// What the manifest has against what stood at the path.
    before: Option<Fault>,
    /// Whether the record is of another name.
    is_moved: bool,
}

impl Current {
    pub(super) fn new(file: Box<dyn ReadBack>, segment: u32) -> Current {
        Current {
            path: file.path().to_owned(),
            file,
            segment,
            sum: None,
            held: Vec::new(),
        }
    }
}

impl Pass<'_> {
    /// Reads and judges the next segment; gives the bytes that were read, and the file while there
    /// is more of it.
    pub(super) fn segment(
        &mut self,
        mut current: Current,
    ) -> Result<(u64, Option<Current>), DeviceGone> {
        let mut bytes = 0;
        match self.try_segment(&mut current, &mut bytes) {
            Ok(true) => return Ok((bytes, Some(current))),
            Ok(false) => {}
            Err(Halt::DeviceGone) => return Err(DeviceGone),
            Err(Halt::File(Why::Lost(_))) if self.loses() => return Err(DeviceGone),
            Err(Halt::File(why)) => {
                self.release(&mut current, None);
                self.unseen(&current.path, why);
            }
        }
        Ok((bytes, None))
    }

    /// Whether there is more of the file.
    fn try_segment(&mut self, current: &mut Current, bytes: &mut u64) -> Result<bool, Halt<Why>> {
        let now = (self.clock)();
        let stamp = current
            .file
            .stamp()
            .map_err(|errno| Halt::File(of(errno, current.segment > 0)))?;
        if stamp.size > LONGEST {
            return Err(Halt::File(Why::Other));
        }
        let range = Range::of(current.segment, stamp.size);
        if current.segment > 0 && range.is_empty() {
            self.release(current, None);
            return Ok(false);
        }
        let hole = match stamp.size > SEGMENT {
            true => range.hole(current.file.as_mut()),
            false => None,
        };
        let was = self.was(current, &stamp);
        if let Some(until) = hole {
            current.sum = None;
            if !needs_the_hole(was.old.as_ref(), &stamp) {
                let old = was.old.into_iter();
                old.for_each(|old| self.gone(old, FindingState::Rewritten));
                return Ok(self.skip(current, until, &stamp));
            }
        }
        self.begin_sum(current, was.old.as_ref(), &stamp);
        let look = Look {
            old: was.old.as_ref(),
            path: &current.path.clone(),
            segment: current.segment,
            stamp,
            is_settled: is_settled(&stamp, now.unix_ns),
            now_unix_s: now.unix_s(),
            reads: &[],
        };
        let taken = match self.take(current, look, (range, hole.is_some()), bytes) {
            Ok(taken) => taken,
            Err(Halt::DeviceGone) => return Err(Halt::DeviceGone),
            Err(Halt::File(errno)) => return Err(Halt::File(self.not_read(current, was, errno))),
        };
        let (record, is_changing) = self.judged(current, look, taken, range);
        let is_last = range.is_last;
        self.progress.unread.changing += u64::from(is_changing && is_last);
        self.progress.files += u64::from(is_last && !is_changing);
        current.held.push((was.before, record));
        let word = self.word(current, is_last);
        if current.sum.is_none() || is_last {
            self.release(current, word);
        }
        current.segment += 1;
        Ok(!is_last)
    }

    /// Passes over what the manifest has of the file before the segment, and gives what is known of
    /// the segment.
    fn was(&mut self, current: &Current, stamp: &Stamp) -> Was {
        while let Some(old) = self.old.take_below(&current.path, current.segment) {
            self.gone(old, FindingState::Rewritten);
        }
        let old = self.old.take(&current.path, current.segment);
        let before = old.as_ref().and_then(|old| old.fault);
        let moved = self.moved(current, old.as_ref(), stamp);
        Was {
            before,
            is_moved: moved.is_some(),
            old: moved.or(old),
        }
    }

    /// What is left of a segment that an error kept from being read: what is known of it stays,
    /// unless the file is gone. Gives what the error says of the file.
    fn not_read(&mut self, current: &mut Current, was: Was, errno: Errno) -> Why {
        self.release(current, None);
        let why = of(errno, current.segment > 0 || was.old.is_some());
        match (was.old, why) {
            (Some(_), Why::Gone) if was.is_moved => {}
            (Some(old), Why::Gone) => self.gone(old, FindingState::Deleted),
            (Some(old), _) => self.pages.put(was.before.as_ref(), with_open(&old)),
            (None, _) => {}
        }
        why
    }

    /// What is open against the file under another name that it had; none while it has that.
    fn moved(&mut self, current: &Current, old: Option<&Record>, stamp: &Stamp) -> Option<Record> {
        let inodes = &mut self.pages.book.inodes;
        match old {
            Some(old) if old.stamp.inode == stamp.inode => {
                inodes.seen(old);
                None
            }
            Some(_) | None => inodes.take(&current.path, current.segment, stamp),
        }
    }

    /// The package's word of a file of several segments, at its end.
    fn word(&self, current: &Current, is_last: bool) -> Option<Word> {
        let sum = current.sum.as_ref()?;
        let weak = self.system.times_are_weak;
        (is_last && current.segment > 0).then(|| sum.word(self.sums, weak))?
    }

    /// Computes the sum of a package's file that is not yet known to agree with it.
    fn begin_sum(&self, current: &mut Current, old: Option<&Record>, stamp: &Stamp) {
        if current.segment > 0 {
            let stays = |sum: &Sum| sum.stamp == *stamp && current.held.len() < MAX_HELD;
            current.sum = current.sum.take().filter(stays);
            return;
        }
        let is_attested = |old: &Record| old.attested && old.stamp == *stamp;
        let is_needed = stamp.size <= SEGMENT * MAX_HELD as u64 && !old.is_some_and(is_attested);
        if let Some(sums) = self.sums.filter(|_| is_needed) {
            let path = self.system.absolute(&current.path);
            current.sum = Sum::begin(sums, path, *stamp);
        }
    }

    /// The record of a segment, and whether somebody writes it.
    fn judged(
        &mut self,
        current: &mut Current,
        look: Look,
        taken: Taken,
        range: Range,
    ) -> (Record, bool) {
        let reads = match taken {
            Taken::Reads(reads) => reads,
            Taken::Changing(after) => return (changing(&look, after), true),
        };
        let judged = judge::judge(&Look {
            reads: &reads,
            ..look
        });
        let mut record = judged.record;
        if !look.is_settled {
            self.distrust(&mut record);
        }
        let was_stable = look
            .old
            .and_then(Record::open)
            .is_some_and(|was| was.kind == FindingKind::Stable);
        // Nobody writes in place what a package brought: of such a file a power cut leaves nothing
        // that its times do not tell.
        if let Some(fault) = &mut record.fault {
            let is_by_package = fault.truth == GroundTruth::Package;
            fault.times_are_weak |= self.is_of_another_boot && !was_stable && !is_by_package;
        }
        if let Some(fault) = record.fault.as_mut().filter(|fault| fault.is_open()) {
            let at = u64::from(look.segment) * SEGMENT + u64::from(fault.block) * BLOCK;
            let sector = current.file.sector(at);
            fault.sector = sector.unwrap_or_default();
            let cached = self.room.cached(current.file.as_mut(), range);
            let md5 = current.sum.as_ref().map(|sum| sum.listed.md5);
            fault.cached_copy_is_good = cached.is_some_and(|(digest, computed)| {
                let is_true = record.trust == Trust::Truth && digest == record.digest;
                is_true || range.is_whole() && md5 == Some(computed)
            });
        }
        (record, judged.is_changing)
    }

    /// Writes down the records that waited for the sum of their file's package.
    fn release(&mut self, current: &mut Current, word: Option<Word>) {
        let now = (self.clock)();
        let mut held = std::mem::take(&mut current.held);
        match word {
            Some(Word::Agrees) => held.iter_mut().for_each(|(_, record)| attest(record)),
            Some(word) => accuse(&mut held, word, now),
            None => {}
        }
        for (old, mut record) in held {
            self.weaken_if_copied(&mut record);
            self.pages.put(old.as_ref(), record);
        }
    }

    /// The times of a copy do not tell what was written before it. That is kept with what is against
    /// the file, for who tells it after a restart may not have the packages' lists.
    fn weaken_if_copied(&self, record: &mut Record) {
        let (Some(sums), Some(fault)) = (self.sums, &mut record.fault) else {
            return;
        };
        if fault.truth == GroundTruth::Package
            && let Some(listed) = sums.listed(&self.system.absolute(&record.path))
        {
            fault.times_are_weak |= !sums.is_as_unpacked(listed.package);
        }
    }

    /// Goes behind a hole, but not behind what the manifest has of it; whether there is more.
    fn skip(&mut self, current: &mut Current, until: u64, stamp: &Stamp) -> bool {
        let path = &current.path;
        let next = self.old.peek().filter(|old| old.path == *path);
        let behind = u32::try_from(until / SEGMENT).unwrap_or(u32::MAX);
        let next = next.map_or(behind, |old| old.segment.min(behind));
        self.release(current, None);
        current.segment = next.max(current.segment.saturating_add(1));
        let is_more = u64::from(current.segment) * SEGMENT < stamp.size;
        self.progress.files += u64::from(!is_more);
        is_more
    }

    /// A file that nobody can look at, from here on: what is known of it stays.
    pub(super) fn unseen(&mut self, path: &[u8], why: Why) {
        count(why, &mut self.progress.unread);
        if why == Why::Gone {
            return;
        }
        if let Why::Lost(kind) = why {
            let old = self.old.take_of(path);
            let before = old.as_ref().and_then(|old| old.fault);
            let record = lost(old, path, kind, (self.clock)());
            self.pages.put(before.as_ref(), record);
        }
        while let Some(old) = self.old.take_of(path) {
            self.keep(&old);
        }
    }
}

/// What an error says of a file of which something is written down already: no longer that nobody
/// could see a byte of it.
fn of(errno: Errno, is_begun: bool) -> Why {
    match why(errno) {
        Why::Lost(_) if is_begun => Why::Other,
        why => why,
    }
}

/// A hole is nothing that could rot; but a file may be without bytes that it had.
fn needs_the_hole(old: Option<&Record>, stamp: &Stamp) -> bool {
    old.is_some_and(|old| {
        old.stamp == *stamp && old.trust != Trust::Unsettled || old.open().is_some()
    })
}
