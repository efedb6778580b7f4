//! Lists that one line may not hold, and that the agent keeps: what the scrub found, and what
//! packages read as. A list goes in pieces, each with its place in the whole; only a whole list
//! counts.

use super::{Part, Refused, named, part};
use crate::parts::{Named, printable};
use crate::scrub::finding::{Finding, MAX_TOLD};
use crate::scrub::standing::PackageContent;
use picket_wire::section::{self, MAX_PATH};
use picket_wire::{FindingKind, FindingState, GroundTruth};
use serde::{Deserialize, Serialize};

/// Most findings of a list.
pub const MAX_FINDINGS: usize = MAX_TOLD;
/// Findings of a line: one takes 3 KiB at most, with a path of nothing but quotation marks.
pub(super) const FINDINGS_OF_LINE: usize = 16;
/// Packages of a line: one takes 220 bytes at most.
pub(super) const PACKAGES_OF_LINE: usize = 256;

/// A finding and the disk that it lies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The disk, or the filesystem where no disk is known.
    pub place: Named,
    /// What is against the file.
    pub finding: Finding,
}

impl Located {
    /// As a frame carries it; the number is that of the place's part.
    pub fn on_wire(&self, part: u8) -> picket_wire::Finding<'_> {
        let finding = &self.finding;
        let flag = |is_set, bit| if is_set { bit } else { 0 };
        picket_wire::Finding {
            part,
            kind: finding.kind.code(),
            state: finding.state.code(),
            truth: finding.truth.code(),
            flags: flag(
                finding.cached_copy_is_good,
                picket_wire::Finding::CACHED_COPY_IS_GOOD,
            ) + flag(finding.times_are_weak, picket_wire::Finding::TIMES_ARE_WEAK),
            found_unix_s: finding.found_unix_s,
            block: finding.block,
            blocks: finding.blocks,
            sector: finding.sector,
            path_hash: finding.path_hash,
            path: &finding.path,
            package: &finding.package,
        }
    }
}

/// Some of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<T> {
    from: usize,
    of: usize,
    items: Vec<T>,
}

impl<T> Piece<T> {
    /// The rows of a line as what they mean.
    pub(super) fn new<R>(
        from: usize,
        of: usize,
        most: usize,
        rows: Vec<R>,
        meant: fn(R) -> Option<T>,
    ) -> Result<Piece<T>, Refused> {
        if of > most || from.saturating_add(rows.len()) > of {
            return Err(Refused::TooMany);
        }
        let items = rows.into_iter().map(meant).collect::<Option<_>>();
        let items = items.ok_or(Refused::Malformed)?;
        Ok(Piece { from, of, items })
    }
}

/// The pieces of a list that have come.
#[derive(Debug)]
pub struct Pieces<T> {
    items: Vec<T>,
}

impl<T> Default for Pieces<T> {
    fn default() -> Pieces<T> {
        Pieces { items: Vec::new() }
    }
}

impl<T> Pieces<T> {
    /// Takes a piece; gives the list when it is whole. A piece that does not go on where the one
    /// before ended takes the whole list with it: it comes again.
    pub fn take(&mut self, piece: Piece<T>) -> Option<Vec<T>> {
        if piece.from == 0 {
            self.items.clear();
        }
        if piece.from != self.items.len() {
            self.items.clear();
            return None;
        }
        self.items.extend(piece.items);
        (self.items.len() == piece.of).then(|| std::mem::take(&mut self.items))
    }
}

/// A list in pieces, each with its place; an empty list is one empty piece.
pub(super) fn split<T>(
    all: &[T],
    of_line: usize,
    most: usize,
) -> Result<impl Iterator<Item = (usize, &[T])>, Refused> {
    if all.len() > most {
        return Err(Refused::TooMany);
    }
    let empty = all.is_empty().then_some((0, all));
    let pieces = all.chunks(of_line).enumerate();
    let pieces = pieces.map(move |(i, piece)| (i * of_line, piece));
    Ok(empty.into_iter().chain(pieces))
}

/// A finding on a line. The hash is in hex; kind, state and truth are the codes of the wire.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingRow {
    place: Part,
    kind: u8,
    state: u8,
    truth: u8,
    cached_copy_is_good: bool,
    times_are_weak: bool,
    found_unix_s: u64,
    block: u64,
    blocks: u32,
    sector: u64,
    path_hash: String,
    path: String,
    package: String,
}

pub(super) fn finding_row(located: &Located) -> FindingRow {
    let Located { place, finding } = located;
    FindingRow {
        place: part(place),
        kind: finding.kind.code(),
        state: finding.state.code(),
        truth: finding.truth.code(),
        cached_copy_is_good: finding.cached_copy_is_good,
        times_are_weak: finding.times_are_weak,
        found_unix_s: finding.found_unix_s,
        block: finding.block,
        blocks: finding.blocks,
        sector: finding.sector,
        path_hash: blake3::Hash::from_bytes(finding.path_hash).to_string(),
        path: finding.path.clone(),
        package: section::cut(&finding.package).to_owned(),
    }
}

/// None if it says what no scrub says.
pub(super) fn located(row: FindingRow) -> Option<Located> {
    let fits = row.path.len() <= MAX_PATH && row.package.len() <= section::MAX_TEXT;
    let finding = Finding {
        kind: match FindingKind::from_code(row.kind) {
            FindingKind::Unknown(_) => return None,
            kind => kind,
        },
        state: match FindingState::from_code(row.state) {
            FindingState::Unknown(_) => return None,
            state => state,
        },
        truth: match GroundTruth::from_code(row.truth) {
            GroundTruth::Unknown(_) => return None,
            truth => truth,
        },
        cached_copy_is_good: row.cached_copy_is_good,
        times_are_weak: row.times_are_weak,
        found_unix_s: row.found_unix_s,
        block: row.block,
        blocks: row.blocks,
        sector: row.sector,
        path_hash: *blake3::Hash::from_hex(&row.path_hash).ok()?.as_bytes(),
        path: printable(&row.path),
        package: printable(&row.package),
    };
    Some(Located {
        place: named(row.place)?,
        finding: fits.then_some(finding)?,
    })
}

/// A package on a line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackageRow {
    name: String,
    key: u64,
    content: u64,
}

pub(super) fn package_row(package: &PackageContent) -> PackageRow {
    PackageRow {
        name: section::cut(&package.name).to_owned(),
        key: package.key,
        content: package.content,
    }
}

/// None if it says what no scrub says.
pub(super) fn package(row: PackageRow) -> Option<PackageContent> {
    (row.name.len() <= section::MAX_TEXT).then(|| PackageContent {
        name: printable(&row.name),
        key: row.key,
        content: row.content,
    })
}
