//! What is against which file of a place: counted over all, and kept for the newest.

use super::finding::{Finding, MAX_TOLD, path_hash, rank, shown};
use super::manifest::record::{Fault, MAX_BLOCKS, Record};
use super::pass::System;
use super::sums::Sums;
use picket_wire::{FindingKind, FindingState, GroundTruth};
use std::cmp::Reverse;

/// Under which counts a file stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    corrupt: bool,
    flapping: bool,
    unreadable: bool,
}

impl Counted {
    /// Takes in one segment of the file.
    pub fn take(&mut self, fault: Option<&Fault>) {
        let Some(fault) = fault.filter(|fault| fault.is_open()) else {
            return;
        };
        match fault.kind {
            FindingKind::Stable => self.corrupt = true,
            FindingKind::Flapping => self.flapping = true,
            FindingKind::Unreadable | FindingKind::Checksum => self.unreadable = true,
            FindingKind::Transient | FindingKind::Unknown(_) => {}
        }
    }
}

/// Something against one segment of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Against {
    /// The path below the root.
    pub path: Vec<u8>,
    /// Which segment.
    pub segment: u32,
    /// What.
    pub fault: Fault,
}

/// How much is against the files of a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files that read wrong, each time the same.
    pub corrupt: u64,
    /// Files that read otherwise each time.
    pub flapping: u64,
    /// Files of which the medium or the filesystem gives an error.
    pub unreadable: u64,
    /// How often a file read wrong once and then right, since the manifest was begun.
    pub transient: u64,
}

/// What is against which file of a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Over all of them.
    pub counts: Counts,
    kept: Vec<Against>,
}

impl Ledger {
    /// A file stood under some counts, and stands under others.
    pub fn recount(&mut self, before: Counted, after: Counted) {
        let changed = |count: &mut u64, before: bool, after: bool| {
            let left = count.saturating_sub(u64::from(before));
            *count = left + u64::from(after);
        };
        let counts = &mut self.counts;
        changed(&mut counts.corrupt, before.corrupt, after.corrupt);
        changed(&mut counts.flapping, before.flapping, after.flapping);
        changed(&mut counts.unreadable, before.unreadable, after.unreadable);
    }

    /// Keeps what is against a segment in the place of what was; of too many, what is open and
    /// new.
    pub fn keep(&mut self, path: &[u8], segment: u32, fault: Option<&Fault>) {
        self.kept
            .retain(|kept| kept.segment != segment || kept.path != path);
        let Some(fault) = fault else { return };
        self.kept.push(Against {
            path: path.to_owned(),
            segment,
            fault: *fault,
        });
        self.kept.sort_by(|a, b| order(a).cmp(&order(b)));
        self.kept.truncate(MAX_TOLD);
    }

    /// The machine booted since: what its kernel had in memory is gone.
    pub fn forget_memory(&mut self) {
        for kept in &mut self.kept {
            kept.fault.cached_copy_is_good = false;
        }
    }

    /// Whether a segment is kept as one whose file is gone.
    pub fn is_deleted(&self, path: &[u8], segment: u32) -> bool {
        self.kept.iter().any(|kept| {
            let is_deleted = kept.fault.state == FindingState::Deleted;
            is_deleted && kept.segment == segment && kept.path == path
        })
    }

    /// What is told of what is kept: one finding for each file, what is open first.
    pub fn findings(&self, system: &System, sums: Option<&dyn Sums>) -> Vec<Finding> {
        let mut told: Vec<Finding> = Vec::new();
        for against in &self.kept {
            let next = finding(against, system, sums);
            let same = |one: &&mut Finding| one.path_hash == next.path_hash;
            match told.iter_mut().find(same) {
                Some(one) if one.state == next.state => join(one, &next),
                Some(_) => {}
                None => told.push(next),
            }
        }
        told
    }
}

/// Counts the files of records that come in their order.
#[derive(Debug, Default)]
pub struct Count {
    path: Vec<u8>,
    counted: Counted,
}

impl Count {
    /// Takes in the next record.
    pub fn take(&mut self, record: &Record, ledger: &mut Ledger) {
        if record.path != self.path {
            self.end(ledger);
            self.path.clone_from(&record.path);
        }
        self.counted.take(record.fault.as_ref());
        if record.fault.is_some() {
            ledger.keep(&record.path, record.segment, record.fault.as_ref());
        }
    }

    /// Under which counts the last file stands, as far as it was taken in.
    pub fn so_far(&self) -> Counted {
        self.counted
    }

    /// The last file is whole.
    pub fn end(&mut self, ledger: &mut Ledger) {
        ledger.recount(Counted::default(), std::mem::take(&mut self.counted));
    }
}

/// What is open first, then the newest; the path makes the order the same each time.
fn order(against: &Against) -> ((bool, Reverse<u64>), &[u8], u32) {
    let fault = &against.fault;
    let rank = rank(fault.state, fault.found_unix_s);
    (rank, &against.path, against.segment)
}

/// Two segments of one file.
fn join(one: &mut Finding, next: &Finding) {
    if next.block < one.block {
        one.block = next.block;
        one.sector = next.sector;
    }
    one.blocks = match (one.blocks, next.blocks) {
        (0, _) | (_, 0) => 0,
        (a, b) => a.saturating_add(b),
    };
    one.cached_copy_is_good &= next.cached_copy_is_good;
}

/// The finding that something against a segment is told as.
pub fn finding(against: &Against, system: &System, sums: Option<&dyn Sums>) -> Finding {
    let fault = &against.fault;
    let path = system.absolute(&against.path);
    let package = sums.and_then(|sums| Some((sums, sums.listed(&path)?.package)));
    // The times of a copy do not tell what was written before it, which the manifest need not know.
    let is_copied = fault.truth == GroundTruth::Package
        && package.is_some_and(|(sums, package)| !sums.is_as_unpacked(package));
    let first = u64::from(against.segment) * MAX_BLOCKS as u64;
    let mut finding = Finding {
        kind: fault.kind,
        state: fault.state,
        truth: fault.truth,
        cached_copy_is_good: fault.cached_copy_is_good,
        times_are_weak: system.times_are_weak || fault.times_are_weak || is_copied,
        found_unix_s: fault.found_unix_s,
        block: first + u64::from(fault.block),
        blocks: fault.blocks,
        sector: fault.sector,
        path_hash: path_hash(&path),
        path: shown(&path),
        package: package
            .map_or("", |(sums, package)| sums.name(package))
            .to_owned(),
    };
    if fault.truth == GroundTruth::PackageList {
        let list = package.map(|(sums, package)| sums.list(package));
        of_the_list(&mut finding, list.as_deref().unwrap_or(&path));
    }
    finding
}

/// Not the file is at fault but the list that it stands in; nobody knows which block of that.
fn of_the_list(finding: &mut Finding, list: &[u8]) {
    finding.path_hash = path_hash(list);
    finding.path = shown(list);
    finding.block = 0;
    finding.blocks = 0;
    finding.sector = 0;
}
