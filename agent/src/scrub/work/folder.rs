//! One folder whose files are read back: where its manifests are, which disk it lies on, and what is
//! known of it.

use super::due::Last;
use crate::clock::Moment;
use crate::identity;
use crate::parts::Named;
use crate::root::Root;
use crate::scrub::files::Files;
use crate::scrub::files::left_out::LeftOut;
use crate::scrub::files::system;
use crate::scrub::files::tree::Tree;
use crate::scrub::known::Known;
use crate::scrub::manifest::book::Book;
use crate::scrub::manifest::reader::{Item, Reader};
use crate::scrub::manifest::{MANIFEST, make_folder};
use crate::scrub::packages::contents::Contents;
use crate::scrub::pass::System;
use crate::scrub::place;
use crate::scrub::sums::Sums;
use nix::sys::statvfs::statvfs;
use std::fmt::Display;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// After a pass that could not be begun or written down it is tried again so much later, in seconds.
/// A folder that could not be opened is looked at each time that it is asked whether a pass is due.
const AGAIN_S: u64 = 3600;

/// One folder whose files are read back.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Where its manifests are.
    manifests: PathBuf,
    pub(super) system: System,
    pub(super) part: Named,
    pub(super) known: Known,
    last: Last,
    /// Before this uptime, in seconds, no pass is begun.
    not_before_s: u64,
    /// Why it cannot be read back, as it was said last.
    complaint: Option<String>,
}

impl Folder {
    /// Looks at a folder, and at what earlier passes knew of it; what they found is told with what
    /// `sums` say of it.
    ///
    /// # Errors
    /// One line: what was tried, and what the kernel answered.
    pub fn open(
        root: &Root,
        path: &Path,
        state: &Path,
        now: Moment,
        sums: Option<&dyn Sums>,
    ) -> Result<Folder, String> {
        let kind = system_of(path)?;
        let manifests = state.join(name_of(path, kind.identity));
        make_folder(&manifests).map_err(|error| failed(&manifests, &error))?;
        let system = System {
            root: path.as_os_str().as_bytes().to_owned(),
            identity: kind.identity,
            times_are_weak: kind.times_are_weak,
            boot: identity::boot(root)?.0,
        };
        let book = Book::open(&manifests, &system, sums, 0);
        let known = book.known().clone();
        Ok(Folder {
            path: path.to_owned(),
            manifests,
            system,
            part: place::of(root, kind.device, path),
            last: Last {
                ended_unix_s: known.ended_unix_s,
                since_uptime_s: now.uptime_s(),
                is_of_this_process: false,
            },
            known,
            not_before_s: 0,
            complaint: None,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the filesystem that stands there is the one that was opened: a disk may have been
    /// plugged in or out.
    pub fn is_the_same(&self) -> bool {
        system_of(&self.path).is_ok_and(|now| now.identity == self.system.identity)
    }

    /// How long ago the last whole pass ended, in seconds; none before the first.
    pub fn age_s(&self, now: Moment) -> Option<u64> {
        self.last.age_s(now)
    }

    /// Whether a pass is due.
    pub fn is_due(&self, now: Moment, period_s: u64) -> bool {
        now.uptime_s() >= self.not_before_s && self.last.is_due(now, period_s)
    }

    /// Bytes that there are to read back: what the last pass read, else what the filesystem says
    /// that it holds; 0 where nobody knows, as of a folder within one.
    pub fn expected_bytes(&self) -> u64 {
        let last = self.known.progress.map(|progress| progress.bytes);
        last.unwrap_or_else(|| {
            if !is_whole_filesystem(&self.path) {
                return 0;
            }
            statvfs(&self.path).map_or(0, |stat| {
                bytes(stat.blocks(), stat.blocks_free(), stat.fragment_size())
            })
        })
    }

    /// Opens manifests and files for a pass, or for what is left of one that was interrupted.
    ///
    /// # Errors
    /// One line: what was tried, and what the kernel answered.
    pub fn begin(
        &self,
        root: &Arc<Root>,
        sums: Option<&dyn Sums>,
        left_out: LeftOut,
    ) -> Result<(Book, Box<dyn Files>), String> {
        let era = identity::entropy().map_err(|why| failed(&self.path, &why))?;
        let book = Book::open(&self.manifests, &self.system, sums, era);
        let tree = Tree::open(root.clone(), &self.path, book.from(), left_out);
        let tree = tree.map_err(|errno| failed(&self.path, &errno.desc()))?;
        // A disk may have been plugged in or out since the folder was opened.
        if tree.system().identity != self.system.identity {
            return Err(failed(
                &self.path,
                &"another filesystem is mounted there now",
            ));
        }
        Ok((book, Box::new(tree)))
    }

    /// What there is to say where a pass found no manifest at all, and whether that was to be
    /// expected: it is before the first pass, and not when there was one.
    pub fn without_manifest(&self) -> (String, bool) {
        let manifests = self.manifests.display();
        let begun = "one is begun, and nothing is known of the files until each was read twice";
        let is_expected = self.known.passes == 0;
        let said = match is_expected {
            true => format!("there is no manifest in {manifests} yet: {begun}"),
            false => format!("the manifest in {manifests} is gone, somebody removed it: {begun}"),
        };
        (said, is_expected)
    }

    /// A whole pass has ended and is written down, or is not.
    pub fn ended(&mut self, is_kept: bool, now: Moment) {
        self.complaint = None;
        match is_kept {
            true => {
                self.last = Last {
                    ended_unix_s: Some(self.known.ended_unix_s.unwrap_or(now.unix_s())),
                    since_uptime_s: now.uptime_s(),
                    is_of_this_process: true,
                };
            }
            false => self.not_before_s = now.uptime_s().saturating_add(AGAIN_S),
        }
    }

    /// A pass could not be begun. Gives whether that is news.
    pub fn failed(&mut self, why: &str, now: Moment) -> bool {
        self.not_before_s = now.uptime_s().saturating_add(AGAIN_S);
        let is_news = self.complaint.as_deref() != Some(why);
        self.complaint = Some(why.to_owned());
        is_news
    }

    /// Adds what its manifest says of the files of packages, if it is whole.
    pub fn add_to(&self, contents: &mut Contents<'_>) {
        let manifest = self.manifests.join(MANIFEST);
        let Ok(mut reader) = Reader::open(&manifest, self.system.identity) else {
            return;
        };
        while let Ok(item) = reader.read() {
            match item {
                Item::Record(record) => contents.add(&self.system.root, &record),
                Item::Mark(_) => {}
                Item::End(_) => return,
            }
        }
    }
}

/// What is used of so many blocks. The numbers are of the machine's word length.
fn bytes(blocks: impl Into<u64>, free: impl Into<u64>, block: impl Into<u64>) -> u64 {
    let used = blocks.into().saturating_sub(free.into());
    used.saturating_mul(block.into())
}

fn failed(what: &Path, why: &dyn Display) -> String {
    format!("cannot read files back: {}: {why}", what.display())
}

/// Whether a filesystem is mounted there, so that what it holds is what the folder holds.
fn is_whole_filesystem(path: &Path) -> bool {
    let device = |path: &Path| path.metadata().map(|metadata| metadata.dev()).ok();
    path.parent()
        .is_none_or(|parent| device(parent) != device(path))
}

/// What is known of the filesystem on which a folder lies.
fn system_of(path: &Path) -> Result<system::System, String> {
    let opened = File::open(path).map_err(|error| failed(path, &error))?;
    system::System::of(&opened).map_err(|errno| failed(path, &errno.desc()))
}

/// A name for the manifests of a path. Where several disks are mounted in turn each has its own, so
/// that a disk which comes back is still known.
fn name_of(path: &Path, identity: u64) -> String {
    if path == Path::new("/") {
        return "root".to_owned();
    }
    let path = path.as_os_str().as_bytes();
    let hash = blake3::hash(&[path, &identity.to_le_bytes()].concat()).to_hex();
    format!("path-{}", hash.get(..16).unwrap_or_default())
}
