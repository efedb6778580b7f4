//! A second look before anything is accused: what the index says may be old, or misread itself.

use super::index::{Index, Listed, Package, opened};
use super::lines::Lines;
use super::sums::{self, Said};
use super::verdict::{self, Verdict};
use crate::scrub::manifest::record::Stamp;

/// What is to be said of a file that a package has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The file is what its package has.
    Agrees,
    /// It is not, and nobody wrote it.
    Rotted {
        /// As of [`Verdict::Rotted`]: if false, the times are as good as weak.
        sure: bool,
    },
    /// The sum in the package's list has rotted.
    ListAtFault {
        /// The absolute path of the list.
        path: Vec<u8>,
        /// Where the line begins in it.
        offset: u64,
    },
    /// Somebody wrote it, or nobody can say that nobody did.
    Modified,
    /// No word this time: packages were installed meanwhile, or the list reads otherwise than a
    /// moment ago.
    Unclear,
}

impl Index {
    /// What is to be said of the file at an absolute path that has this sum, was read whole and has
    /// this stamp. Where the sums differ, this reads the package's lists again, and gives no word if
    /// they are no longer those of the index, if the path is no longer the package's, or if a line
    /// reads otherwise.
    pub fn word(&self, path: &[u8], md5: &[u8; 16], stamp: &Stamp, times_are_weak: bool) -> Word {
        let Some(listed) = self.listed(path) else {
            return Word::Unclear;
        };
        if listed.md5 == *md5 {
            return Word::Agrees;
        }
        let confirmed = self.package(listed.package).and_then(|package| {
            let offset = self.confirmed(path, &listed, package)?;
            Some((package, offset))
        });
        let Some((package, offset)) = confirmed else {
            return Word::Unclear;
        };
        match verdict::judge(&listed.md5, md5, stamp, &package.times(), times_are_weak) {
            Verdict::Agrees => Word::Agrees,
            Verdict::Rotted { sure } => Word::Rotted { sure },
            Verdict::Modified => Word::Modified,
            Verdict::ListAtFault => Word::ListAtFault {
                path: package.sums_path().into_bytes(),
                offset,
            },
        }
    }

    /// Where the line of a file begins in its package's list, if all still stands as it was read.
    fn confirmed(&self, path: &[u8], listed: &Listed, package: &Package) -> Option<u64> {
        let is_settled = self.is_current(package) && !self.whereabouts.overflowed;
        if !is_settled || !self.has(path, package)? {
            return None;
        }
        let (file, _) = opened(&self.root, &package.sums_path()).ok()?;
        let mut lines = Lines::of(file);
        while let Some(line) = lines.next().ok()? {
            if let Said::Sum { md5, path: named } = sums::said(line.bytes)
                && *self.whereabouts.of(&named, package.name()) == *path
            {
                return (md5 == listed.md5).then_some(line.offset);
            }
        }
        None
    }

    /// Whether a package still has the file: one that another package took over is in its list of
    /// sums for ever, and no more in its list of files.
    fn has(&self, path: &[u8], package: &Package) -> Option<bool> {
        let (file, _) = opened(&self.root, &package.list_path()).ok()?;
        let mut lines = Lines::of(file);
        while let Some(line) = lines.next().ok()? {
            if *self.whereabouts.of(line.bytes, package.name()) == *path {
                return Some(true);
            }
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests;
