//! What is against a segment: made, carried on, and laid down.

use crate::scrub::manifest::record::{Fault, Record, Trust};
use crate::scrub::sums::Word;
use picket_wire::{FindingKind, FindingState, GroundTruth};

/// What a package has against a file that read the same each time: in two scrubs, or three times in
/// this one.
pub fn accused(record: Record, word: Word, now_unix_s: u64) -> Record {
    let fault = |truth| fault(FindingKind::Stable, truth, now_unix_s, (0, 0));
    match word {
        Word::Rotted => Record {
            trust: Trust::Candidate,
            fault: Some(fault(GroundTruth::Package)),
            ..record
        },
        Word::ListAtFault => Record {
            fault: Some(fault(GroundTruth::PackageList)),
            ..record
        },
        Word::Agrees | Word::Silent => record,
    }
}

/// What is against something that gives an error before a byte of it is seen.
pub fn unreadable(kind: FindingKind, found_unix_s: u64) -> Fault {
    fault(kind, GroundTruth::None, found_unix_s, (0, 0))
}

pub(super) fn fault(
    kind: FindingKind,
    truth: GroundTruth,
    now_unix_s: u64,
    at: (u32, u32),
) -> Fault {
    Fault {
        kind,
        state: FindingState::Open,
        truth,
        found_unix_s: now_unix_s,
        block: at.0,
        blocks: at.1,
        sector: 0,
        cached_copy_is_good: false,
        times_are_weak: false,
    }
}

/// What turns into something else was found when it was found.
pub(super) fn since(fault: Fault, was: Option<&Fault>) -> Fault {
    Fault {
        found_unix_s: was.map_or(fault.found_unix_s, |was| was.found_unix_s),
        times_are_weak: fault.times_are_weak || was.is_some_and(|was| was.times_are_weak),
        ..fault
    }
}

pub(super) fn with_fault(record: &Record, fault: Option<Fault>) -> Record {
    Record {
        fault,
        ..record.clone()
    }
}

/// A record as it goes on where nobody judged the file: what ended was told.
pub fn with_open(old: &Record) -> Record {
    with_fault(old, old.open().copied())
}
