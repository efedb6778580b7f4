//! The sums of all installed packages in a bounded table, by path.

use super::lines::Lines;
use super::status::{self, Installed};
use super::sums::{self, Said};
use super::verdict::Times;
use super::whereabouts::Whereabouts;
use crate::device::file;
use crate::root::Root;
use crate::scrub::files::errno;
use crate::scrub::manifest::record::Stamp;
use crate::scrub::standing::MAX_PACKAGES;
use crate::scrub::sums::Listed;
use nix::errno::Errno;
use nix::libc::{S_IFMT, S_IFREG};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Most files whose sums are known, 26 bytes each: a desktop has some 200,000. Those beyond are
/// compared with the manifest alone.
pub const MAX_FILES: usize = 262_144;
/// Most damaged lists that are known.
pub const MAX_DAMAGED: usize = 64;

/// The folder of dpkg's lists.
const INFO: &str = "/var/lib/dpkg/info";
const STATUS: &str = "/var/lib/dpkg/status";
const DIVERSIONS: &str = "/var/lib/dpkg/diversions";

/// Why there are no sums.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unavailable {
    /// Another distribution.
    #[error("this system has no {STATUS}: its files are compared with the manifest alone")]
    NoDpkg,
    /// It is there and cannot be read.
    #[error("cannot read {0}: {1}; files are compared with the manifest alone until it can")]
    Unread(&'static str, Errno),
}

/// An installed package that has a list of sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// How its files in dpkg's folder begin: the name, and `:` with the architecture where several
    /// can be installed at once.
    base: String,
    /// First 8 bytes of BLAKE3 over name, version, architecture and BLAKE3 of the list of sums: only
    /// what has the same key was built from the same.
    pub key: u64,
    /// How many of its files have sums.
    pub files: u32,
    /// Its list of files and of sums when they were read.
    list: Stamp,
    sums: Stamp,
}

impl Package {
    /// Its name.
    pub fn name(&self) -> &str {
        self.base.split(':').next().unwrap_or(&self.base)
    }

    /// Its list of sums.
    pub(super) fn sums_path(&self) -> String {
        format!("{INFO}/{}.md5sums", self.base)
    }

    /// Its list of files.
    pub(super) fn list_path(&self) -> String {
        format!("{INFO}/{}.list", self.base)
    }

    /// When dpkg wrote its two lists.
    pub(super) fn times(&self) -> Times {
        Times {
            list_mtime_ns: self.list.mtime_ns,
            list_ctime_ns: self.list.ctime_ns,
            sums_mtime_ns: self.sums.mtime_ns,
            sums_ctime_ns: self.sums.ctime_ns,
        }
    }
}

/// A row of the table. Bytes alone, so that it has no gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    path: [u8; 8],
    md5: [u8; 16],
    package: [u8; 2],
}
const _: () = assert!(MAX_PACKAGES <= 1 << 16);

/// The sums of all installed packages, as of one moment.
#[derive(Debug)]
pub struct Index {
    pub(super) root: Arc<Root>,
    /// By path.
    rows: Vec<Row>,
    packages: Vec<Package>,
    pub(super) whereabouts: Whereabouts,
    status: Stamp,
    diversions: Option<Stamp>,
    /// Packages whose lists have damaged lines.
    damaged: Vec<u32>,
    left_out: u64,
    /// Below which folders files are asked for.
    below: Vec<PathBuf>,
}

impl Index {
    /// Reads dpkg's lists below a root. They are some megabytes, so that this takes a while. Only
    /// files below these folders have a row: what is not read back needs no memory.
    ///
    /// # Errors
    /// Where there is no dpkg, or its status cannot be read. A list that cannot be read leaves its
    /// package out.
    pub fn load(root: Arc<Root>, below: &[PathBuf]) -> Result<Index, Unavailable> {
        let (status, stamp) = opened(&root, STATUS).map_err(|errno| match errno {
            Errno::ENOENT => Unavailable::NoDpkg,
            other => Unavailable::Unread(STATUS, other),
        })?;
        let diversions = match opened(&root, DIVERSIONS) {
            Ok(open) => Some(open),
            Err(Errno::ENOENT) => None,
            Err(errno) => return Err(Unavailable::Unread(DIVERSIONS, errno)),
        };
        let diverted = diversions.as_ref().map(|(_, stamp)| *stamp);
        let whereabouts = Whereabouts::look(&root, diversions.map(|(file, _)| file));
        let mut index = Index {
            whereabouts: whereabouts.map_err(|error| unread(DIVERSIONS, &error))?,
            root,
            rows: Vec::new(),
            packages: Vec::new(),
            status: stamp,
            diversions: diverted,
            damaged: Vec::new(),
            left_out: 0,
            below: below.to_vec(),
        };
        status::each_installed(status, |installed| index.add(&installed))
            .map_err(|error| unread(STATUS, &error))?;
        index.rows.sort_unstable();
        // Architectures of one package may share a file; that is listed twice with one sum.
        index.rows.dedup();
        index.rows.shrink_to_fit();
        Ok(index)
    }

    /// Adds a package, if it has a list of sums: one for several architectures has it by both names.
    fn add(&mut self, installed: &Installed) {
        let Installed {
            name, architecture, ..
        } = installed;
        let bases = [format!("{name}:{architecture}"), name.clone()];
        let open = |base: &String| opened(&self.root, &format!("{INFO}/{base}.md5sums")).ok();
        let Some((base, (sums, stamp))) = bases.into_iter().find_map(|base| {
            let open = open(&base)?;
            Some((base, open))
        }) else {
            return;
        };
        let Ok((_, list)) = opened(&self.root, &format!("{INFO}/{base}.list")) else {
            return;
        };
        if self.packages.len() >= MAX_PACKAGES {
            self.left_out += 1;
            return;
        }
        let mut package = Package {
            base,
            key: 0,
            files: 0,
            list,
            sums: stamp,
        };
        let before = self.rows.len();
        let Ok(digest) = self.read(sums, &mut package) else {
            self.rows.truncate(before);
            return;
        };
        package.key = key(installed, &digest);
        self.packages.push(package);
    }

    /// Reads a list of sums; gives its digest.
    fn read(&mut self, sums: File, package: &mut Package) -> io::Result<blake3::Hash> {
        let number = self.packages.len();
        let mut lines = Lines::of(Hashed::new(sums));
        while let Some(line) = lines.next()? {
            match sums::said(line.bytes) {
                Said::Sum { md5, path } if line.is_whole => {
                    package.files += 1;
                    let path = self.whereabouts.of(&path, package.name());
                    if !self.is_asked_for(&path) {
                        continue;
                    }
                    if self.rows.len() >= MAX_FILES {
                        self.left_out += 1;
                        continue;
                    }
                    self.rows.push(Row {
                        path: hash(&path),
                        md5,
                        package: u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes(),
                    });
                }
                Said::Damaged => self.note_damaged(number),
                // A last line without its end may be cut off in the midst of its path.
                Said::Sum { .. } | Said::Strange => {}
            }
        }
        Ok(lines.into_inner().hasher.finalize())
    }

    fn is_asked_for(&self, path: &[u8]) -> bool {
        let path = Path::new(OsStr::from_bytes(path));
        self.below.iter().any(|folder| path.starts_with(folder))
    }

    fn note_damaged(&mut self, number: usize) {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        if self.damaged.last() != Some(&number) && self.damaged.len() < MAX_DAMAGED {
            self.damaged.push(number);
        }
    }

    /// What the lists say of the file at an absolute path: of every package that has it.
    pub fn all_listed(&self, path: &[u8]) -> impl Iterator<Item = Listed> {
        let hash = hash(path);
        let from = self.rows.partition_point(|row| row.path < hash);
        let rows = self.rows.get(from..).unwrap_or_default();
        let rows = rows.iter().take_while(move |row| row.path == hash);
        rows.map(|row| Listed {
            package: u16::from_be_bytes(row.package).into(),
            md5: row.md5,
        })
    }

    /// A package by its number.
    pub fn package(&self, number: u32) -> Option<&Package> {
        self.packages.get(usize::try_from(number).ok()?)
    }

    /// All packages, by their numbers.
    pub fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// How many packages and sums there was no room for: of these nothing is known.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Whether the file at an absolute path is a package's list of sums with a damaged line: such a
    /// list is wrong whatever its times say.
    pub fn is_damaged(&self, path: &[u8]) -> bool {
        let mut damaged = self
            .damaged
            .iter()
            .filter_map(|&number| self.package(number));
        damaged.any(|package| package.sums_path().as_bytes() == path)
    }

    /// Whether what was read of a package still stands in dpkg's folder.
    pub(super) fn is_current(&self, package: &Package) -> bool {
        let is =
            |path: &str, then: Stamp| opened(&self.root, path).is_ok_and(|(_, now)| now == then);
        let diversions = match (opened(&self.root, DIVERSIONS), self.diversions) {
            (Ok((_, now)), Some(then)) => now == then,
            (Err(Errno::ENOENT), None) => true,
            (_, _) => false,
        };
        diversions
            && is(STATUS, self.status)
            && is(&package.list_path(), package.list)
            && is(&package.sums_path(), package.sums)
    }
}

/// Opens a file below the root, with its stamp.
pub(super) fn opened(root: &Root, path: &str) -> Result<(File, Stamp), Errno> {
    let file = File::from(root.open(path)?);
    let stat = file::stat(&file)?;
    match stat.mode & S_IFMT {
        S_IFREG => Ok((file, Stamp::from(&stat))),
        _ => Err(Errno::EINVAL),
    }
}

fn unread(path: &'static str, error: &io::Error) -> Unavailable {
    Unavailable::Unread(path, errno(error))
}

/// By what a path is found: a file of no package is taken for one of these with odds of 1 to 2^46
/// even in a full table, and is accused only if dpkg's own list has its very path.
fn hash(path: &[u8]) -> [u8; 8] {
    first(blake3::hash(path).as_bytes())
}

/// The first 8 bytes of a digest.
pub(super) fn first(digest: &[u8; 32]) -> [u8; 8] {
    digest.first_chunk().copied().unwrap_or_default()
}

fn key(installed: &Installed, list: &blake3::Hash) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for word in [&installed.name, &installed.version, &installed.architecture] {
        hasher.update(word.as_bytes());
        hasher.update(&[0]);
    }
    hasher.update(list.as_bytes());
    u64::from_le_bytes(first(hasher.finalize().as_bytes()))
}

/// A file of which a digest is made while it is read.
struct Hashed {
    file: File,
    hasher: blake3::Hasher,
}

impl Hashed {
    fn new(file: File) -> Hashed {
        Hashed {
            file,
            hasher: blake3::Hasher::new(),
        }
    }
}

impl Read for Hashed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = self.file.read(into)?;
        self.hasher.update(into.get(..len).unwrap_or_default());
        Ok(len)
    }
}

#[cfg(test)]
mod tests;
