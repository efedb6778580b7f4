//! The sum of a file of a package, and what it means for the file's records.

use crate::clock::Moment;
use crate::scrub::judge::accused;
use crate::scrub::manifest::record::{Fault, Record, Stamp, Trust};
use crate::scrub::sums::{Computed, Listed, Sums, Word};
use md5::{Digest, Md5};
use picket_wire::{FindingState, GroundTruth};

/// Most segments of a package's file that wait for its sum: of a larger one it is not computed.
pub(super) const MAX_HELD: usize = 64;

/// The sum of a file of a package.
#[derive(Debug)]
pub(super) struct Sum {
    /// The absolute path.
    path: Vec<u8>,
    pub(super) listed: Listed,
    /// Over the segments that were read.
    pub(super) md5: Md5,
    /// The file at its first segment: it is to be the same at the last.
    pub(super) stamp: Stamp,
}

impl Sum {
    /// None if the file stands in no package's list.
    pub(super) fn begin(sums: &dyn Sums, path: Vec<u8>, stamp: Stamp) -> Option<Sum> {
        Some(Sum {
            listed: sums.listed(&path)?,
            path,
            md5: Md5::new(),
            stamp,
        })
    }

    /// What the package says, when every segment was read.
    pub(super) fn word(&self, sums: Option<&dyn Sums>, times_are_weak: bool) -> Option<Word> {
        let computed = Computed {
            md5: self.md5.clone().finalize().into(),
            stamp: self.stamp,
            times_are_weak,
        };
        Some(sums?.word(&self.path, &self.listed, &computed))
    }
}

/// The whole file reads as its package has it.
pub(super) fn attest(record: &mut Record) {
    if record.trust == Trust::Unsettled {
        return;
    }
    match record.fault.as_mut().filter(|fault| fault.is_open()) {
        Some(fault) if matches!(fault.truth, GroundTruth::Package | GroundTruth::PackageList) => {
            fault.state = FindingState::GoodAgain;
        }
        // What is recorded here is not what was read just now.
        Some(_) => return,
        None => {}
    }
    record.trust = Trust::Truth;
    record.attested = true;
}

/// A file of several segments is accused by its package when two scrubs have read it the same. Nobody
/// knows in which of them it is wrong: none of them is a truth.
pub(super) fn accuse(held: &mut [(Option<Fault>, Record)], word: Word, now: Moment) {
    let is_sure =
        |(_, record): &(_, Record)| record.trust == Trust::Truth && record.fault.is_none();
    let is_sure = held.iter().all(is_sure);
    let Some((_, first)) = held.first_mut() else {
        return;
    };
    if is_sure {
        *first = accused(first.clone(), word, now.unix_s());
    }
    let is_by_package = |open: &Fault| open.truth == GroundTruth::Package;
    if word == Word::Rotted && first.open().is_some_and(is_by_package) {
        for (_, record) in held {
            record.trust = record.trust.min(Trust::Candidate);
        }
    }
}
