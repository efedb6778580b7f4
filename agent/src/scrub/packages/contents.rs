//! What the files of each package read as, so that nodes can be compared.
//!
//! It is made of the records of a manifest once its pass has ended, in one reading from its start to
//! its end: so it does not matter how often the pass was interrupted. A package's content is a sum
//! over its files in which their order does not count, because they may lie on several filesystems
//! and a manifest's order is not that of the package's list.
//!
//! A package has a content only if every file of its list of sums was read, is as the list says, or
//! differs from it though nobody wrote it. Where somebody did, or did not let a file be looked at, or
//! a file is not installed, the package says nothing: such a node is no voter.

use super::index::{Index, first};
use crate::scrub::manifest::record::{Record, SEGMENT, Trust};
use crate::scrub::standing::PackageContent;
use picket_wire::GroundTruth;

/// The contents, while a manifest is read.
#[derive(Debug)]
pub struct Contents<'i> {
    index: &'i Index,
    /// By the packages' numbers.
    sums: Vec<Sum>,
    /// The file whose segments come one after the other.
    path: Vec<u8>,
    file: File,
}

/// A package so far.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    files: u32,
    content: u64,
}

/// A file so far.
#[derive(Clone, Copy, Debug, Default)]
struct File {
    next_segment: u32,
    content: u64,
    /// A segment is missing, or does not count.
    is_broken: bool,
}

impl<'i> Contents<'i> {
    /// Nothing was read yet.
    pub fn new(index: &'i Index) -> Contents<'i> {
        Contents {
            index,
            sums: vec![Sum::default(); index.packages().len()],
            path: Vec::new(),
            file: File::default(),
        }
    }

    /// Adds a record of the manifest of the folder at an absolute path. The records of a file come
    /// one after the other, by segment.
    pub fn add(&mut self, folder: &[u8], record: &Record) {
        let folder = folder.strip_suffix(b"/").unwrap_or(folder);
        let path = [folder, b"/", record.path.as_slice()].concat();
        if self.path != path {
            self.path = path;
            self.file = File::default();
        }
        let file = &mut self.file;
        file.is_broken |= record.segment != file.next_segment || !counts(record);
        file.next_segment = file.next_segment.saturating_add(1);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.path);
        hasher.update(&record.segment.to_le_bytes());
        hasher.update(&record.digest);
        let digest = u64::from_le_bytes(first(hasher.finalize().as_bytes()));
        file.content = file.content.wrapping_add(digest);
        let segments = record.stamp.size.div_ceil(SEGMENT).max(1);
        if u64::from(file.next_segment) == segments && !file.is_broken {
            self.add_file();
        }
    }

    fn add_file(&mut self) {
        for listed in self.index.all_listed(&self.path) {
            let number = usize::try_from(listed.package).unwrap_or(usize::MAX);
            if let Some(sum) = self.sums.get_mut(number) {
                sum.files = sum.files.saturating_add(1);
                sum.content = sum.content.wrapping_add(self.file.content);
            }
        }
    }

    /// The packages that have a content, by name.
    pub fn finish(self) -> Vec<PackageContent> {
        let packages = self.index.packages().iter().zip(&self.sums);
        let whole =
            packages.filter(|(package, sum)| package.files > 0 && sum.files == package.files);
        let mut all: Vec<PackageContent> = whole
            .map(|(package, sum)| PackageContent {
                name: package.name().to_owned(),
                key: package.key,
                content: sum.content,
            })
            .collect();
        all.sort_by(|one, other| (&one.name, one.key).cmp(&(&other.name, other.key)));
        all
    }
}

/// Whether a record says what the package's file reads as: it agrees with the package's sum, or does
/// not though nobody wrote it. With an older fault of the manifest's, the record still has what was
/// read before.
fn counts(record: &Record) -> bool {
    let of_package = |truth| matches!(truth, GroundTruth::Package | GroundTruth::PackageList);
    match record.open() {
        Some(fault) => of_package(fault.truth),
        None => record.attested && record.trust != Trust::Unsettled,
    }
}

#[cfg(test)]
mod tests;
