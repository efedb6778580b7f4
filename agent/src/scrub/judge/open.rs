//! A segment that something is open against: what becomes of that.

use super::{
    Agreed, Content, Expected, Look, agreed, differing, expected, since, touched_only, with_fault,
};
use crate::scrub::manifest::record::{Fault, Record, Trust};
use crate::scrub::sums::Word;
use picket_wire::{FindingKind, FindingState, GroundTruth};

/// What becomes of it after three reads.
pub(super) fn judge(look: &Look, old: &Record, fault: &Fault) -> Record {
    let truth = look.by_sum().or_else(|| known(look, old));
    match agreed(look.reads, truth) {
        Agreed::Failed(failure) => look.unreadable(failure, Some(fault)),
        Agreed::Nothing | Agreed::AfterAll(_) => look.flapping(truth, Some(fault)),
        Agreed::All(content)
            if is_by_package(old, fault)
                && truth.is_none_or(|truth| *truth.digest == content.digest) =>
        {
            by_package(look, old, fault, content)
        }
        Agreed::All(content) => match truth {
            Some(truth) => by_truth(look, old, fault, content, truth),
            None if is_unproved(look, old, fault, content) => {
                let flaps = look.fault(fault.kind, fault.truth, fault.block, fault.blocks);
                let record = look.record(content, Trust::Candidate);
                with_fault(&record, Some(since(flaps, Some(fault))))
            }
            // It could not be read, and now it can be; or two scrubs agree on what read otherwise
            // each time.
            None => ended(look, fault, content, is_written(look, old)),
        },
    }
}

/// The truth that it was found by holds while the file was not written, even when its rights or its
/// name were changed; and a file that reads like it again is good, whoever made it so.
fn known<'a>(look: &Look, old: &'a Record) -> Option<Expected<'a>> {
    let holds = touched_only(old, &look.stamp) || look.reads.iter().any(|read| is_like(read, old));
    expected(old).filter(|expected| holds && expected.truth.is_some())
}

fn is_like(read: &super::Read, old: &Record) -> bool {
    matches!(&read.seen, super::Seen::Bytes(content) if content.digest == old.digest)
}

/// What read otherwise each time, and of which nobody knows the truth, may read the same for a
/// second without being right: the next scrub is to read the same.
fn is_unproved(look: &Look, old: &Record, fault: &Fault, content: &Content) -> bool {
    let is_written = old.stamp.inode != 0 && !touched_only(old, &look.stamp);
    let is_known = old.trust != Trust::Unsettled && old.digest == content.digest;
    fault.kind == FindingKind::Flapping && !is_known && !is_written
}

fn is_written(look: &Look, old: &Record) -> FindingState {
    // A file that nobody could even look at has no stamp: its inode is 0.
    match old.stamp.inode == 0 || touched_only(old, &look.stamp) {
        true => FindingState::GoodAgain,
        false => FindingState::Rewritten,
    }
}

/// Whether the package's word alone is against it: it read like this from the beginning.
fn is_by_package(old: &Record, fault: &Fault) -> bool {
    match fault.truth {
        GroundTruth::PackageList => true,
        GroundTruth::Package => !old.attested,
        GroundTruth::None | GroundTruth::Manifest | GroundTruth::Unknown(_) => false,
    }
}

fn by_package(look: &Look, old: &Record, fault: &Fault, content: &Content) -> Record {
    let word = look.reads.first().and_then(|read| read.word);
    let is_other = content.digest != old.digest && old.stamp != look.stamp;
    let truth = match word {
        Some(Word::Agrees) => return ended(look, fault, content, FindingState::GoodAgain),
        Some(Word::Rotted) => GroundTruth::Package,
        Some(Word::ListAtFault) => GroundTruth::PackageList,
        Some(Word::Silent) | None if is_other => {
            return ended(look, fault, content, FindingState::Rewritten);
        }
        Some(Word::Silent) | None => fault.truth,
    };
    let kind = FindingKind::Stable;
    let fault = since(
        look.fault(kind, truth, fault.block, fault.blocks),
        Some(fault),
    );
    let record = match truth {
        GroundTruth::PackageList => look.good(content),
        _ => look.record(content, Trust::Candidate),
    };
    with_fault(&record, Some(fault))
}

fn by_truth(
    look: &Look,
    old: &Record,
    fault: &Fault,
    content: &Content,
    truth: Expected,
) -> Record {
    if content.digest == *truth.digest {
        return ended(look, fault, content, FindingState::GoodAgain);
    }
    let (block, blocks) = differing(truth.blocks, &content.blocks);
    // Where only rights or the name were changed nobody wrote it, however many blocks are wrong.
    if !touched_only(old, &look.stamp) {
        return ended(look, fault, content, FindingState::Rewritten);
    }
    let ground = truth.truth.unwrap_or(GroundTruth::None);
    let open = look.fault(FindingKind::Stable, ground, block, blocks);
    with_fault(&look.keeping(None), Some(since(open, Some(fault))))
}

fn ended(look: &Look, fault: &Fault, content: &Content, state: FindingState) -> Record {
    let over = Fault { state, ..*fault };
    with_fault(&look.good(content), Some(over))
}
