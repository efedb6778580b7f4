//! A second look before anything is accused: what the index says may be old, or misread itself.

use super::index::{Index, Package, opened};
use super::lines::Lines;
use super::sums::{self, Said};
use super::verdict;
use crate::scrub::sums::{Computed, Listed, Sums, Word};

impl Sums for Index {
    fn listed(&self, path: &[u8]) -> Option<Listed> {
        let mut all = self.all_listed(path);
        let first = all.next()?;
        all.all(|other| other.md5 == first.md5).then_some(first)
    }

    /// Where the sums differ, this reads the package's lists again, and says nothing if they are no
    /// longer those of the index, if the file is no longer the package's, or if its line reads
    /// otherwise.
    fn word(&self, path: &[u8], listed: &Listed, computed: &Computed) -> Word {
        if listed.md5 == computed.md5 {
            return Word::Agrees;
        }
        let package = self.package(listed.package);
        let confirmed = |package: &&Package| self.confirms(path, listed, package) == Some(true);
        let Some(package) = package.filter(confirmed) else {
            return Word::Silent;
        };
        verdict::judge(listed, computed, &package.times())
    }

    fn is_as_unpacked(&self, package: u32) -> bool {
        let package = self.package(package);
        package.is_some_and(|package| package.times().are_of_dpkg())
    }

    fn name(&self, package: u32) -> &str {
        self.package(package).map_or("", Package::name)
    }

    fn list(&self, package: u32) -> Vec<u8> {
        let package = self.package(package);
        package.map_or_else(Vec::new, |package| package.sums_path().into_bytes())
    }

    fn is_unreadable_list(&self, path: &[u8]) -> bool {
        self.is_damaged(path)
    }
}

impl Index {
    /// Whether all still stands in dpkg's folder as it was read; none if it cannot be read now.
    fn confirms(&self, path: &[u8], listed: &Listed, package: &Package) -> Option<bool> {
        let is_settled = self.is_current(package) && !self.whereabouts.overflowed;
        if !is_settled || !self.has(path, package)? {
            return Some(false);
        }
        let (file, _) = opened(&self.root, &package.sums_path()).ok()?;
        let mut lines = Lines::of(file);
        while let Some(line) = lines.next().ok()? {
            if let Said::Sum { md5, path: named } = sums::said(line.bytes)
                && *self.whereabouts.of(&named, package.name()) == *path
            {
                return Some(md5 == listed.md5);
            }
        }
        Some(false)
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
