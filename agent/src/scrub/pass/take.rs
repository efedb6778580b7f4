//! Reading a segment, once or as often as it takes to judge it.

use super::Pass;
use super::current::Current;
use super::shot::{Range, Room, Shot};
use crate::scrub::judge::{Look, READS, Read, Seen, needs_more};
use crate::scrub::manifest::record::{Record, Stamp};
use crate::scrub::sums::Word;
use nix::errno::Errno;
use picket_wire::GroundTruth;

/// How the names of the packages' lists of sums end.
const LIST: &[u8] = b".md5sums";
/// What reading a segment as often as needed gave.
pub(super) enum Taken {
    /// It is to be judged.
    Reads(Vec<Read>),
    /// Somebody writes it.
    Changing(Stamp),
}

/// What ends the reading of a file.
pub(super) enum Halt<Why> {
    DeviceGone,
    /// The file itself, and why.
    File(Why),
}

impl From<Errno> for Halt<Errno> {
    fn from(errno: Errno) -> Halt<Errno> {
        Halt::File(errno)
    }
}

impl Pass<'_> {
    /// Reads a segment once, and twice more where one read is not enough.
    pub(super) fn take(
        &mut self,
        current: &mut Current,
        look: Look,
        (range, is_hole): (Range, bool),
        bytes: &mut u64,
    ) -> Result<Taken, Halt<Errno>> {
        let mut reads = Vec::with_capacity(READS);
        let before = current.sum.as_ref().map(|sum| sum.md5.clone());
        while reads.len() < READS {
            let file = current.file.as_mut();
            let shot = match is_hole {
                true => Room::of_hole(range),
                false => self.room.shoot(file, range, before.clone())?,
            };
            if reads.is_empty() && self.is_off(&shot, look.old, range) {
                return Err(Halt::DeviceGone);
            }
            *bytes += shot.bytes;
            self.progress.bytes += shot.bytes;
            let after = file.stamp()?;
            if shot.is_cut || after != look.stamp {
                current.sum = None;
                return Ok(Taken::Changing(after));
            }
            let word = self.word_of_list(&look, range);
            let mut read = self.read(current, shot, range);
            read.word = read.word.or(word);
            reads.push(read);
            let look = Look {
                reads: &reads,
                ..look
            };
            if reads.len() == 1 && !needs_more(&look) {
                break;
            }
        }
        Ok(Taken::Reads(reads))
    }

    /// Whether an error is because the device is gone. What was open before is no news.
    fn is_off(&mut self, shot: &Shot, old: Option<&Record>, range: Range) -> bool {
        let Seen::Failed(failure) = &shot.seen else {
            self.lost = 0;
            return false;
        };
        let is_known = old.is_some_and(|old| old.open().is_some());
        let is_whole = shot.bytes == 0 && range.is_lost(failure);
        match is_whole && !is_known && range.is_first() {
            true => self.loses(),
            false => !self.files.is_there(),
        }
    }

    /// What one read says; a file of one segment has its package's word at once.
    fn read(&self, current: &mut Current, shot: Shot, range: Range) -> Read {
        let mut word = None;
        if let Some(sum) = &mut current.sum {
            match (&shot.seen, shot.md5) {
                (Seen::Bytes(_), Some(md5)) => {
                    sum.md5 = md5;
                    if range.is_whole() {
                        word = sum.word(self.sums, self.system.times_are_weak);
                    }
                }
                (Seen::Bytes(_) | Seen::Failed(_), _) => {
                    if !range.is_whole() {
                        current.sum = None;
                    }
                }
            }
        }
        Read {
            seen: shot.seen,
            word,
        }
    }

    /// What there is to say of a file that is itself a package's list of sums: it can be read, or
    /// not.
    fn word_of_list(&self, look: &Look, range: Range) -> Option<Word> {
        let sums = self.sums?;
        if !range.is_whole() || !look.path.ends_with(LIST) {
            return None;
        }
        let fault = look.old.and_then(|old| old.fault);
        match sums.is_unreadable_list(&self.system.absolute(look.path)) {
            true => Some(Word::ListAtFault),
            false => fault
                .filter(|fault| fault.truth == GroundTruth::PackageList)
                .map(|_| Word::Agrees),
        }
    }
}
