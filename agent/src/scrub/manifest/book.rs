//! The manifests of one place: the one that is whole, and the one that a pass is writing.

use super::format::{Header, Trailer};
use super::reader::{Broken, Item, Reader, Refused};
use super::record::Record;
use super::resume::{Anew, Resumed, resume};
use super::{MANIFEST, NEW};
use crate::scrub::files::compare;
use crate::scrub::inodes::Inodes;
use crate::scrub::known::Known;
use crate::scrub::ledger::{Count, Counted, Ledger};
use crate::scrub::pass::System;
use crate::scrub::sums::Sums;
use picket_wire::FindingKind;
use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// The manifests of one place.
#[derive(Debug)]
pub struct Book {
    pub(crate) folder: PathBuf,
    pub(crate) system: System,
    pub(crate) known: Known,
    pub(crate) ledger: Ledger,
    /// Which manifest the pass is to write.
    pub(crate) header: Header,
    /// Which manifest it compares with.
    before: Option<Header>,
    /// Where it goes on.
    pub(crate) resumed: Option<Resumed>,
    /// What is against the file in the middle of which it goes on, up to there.
    pub(crate) counted: Counted,
    /// What is open against files, whatever their names are by now.
    pub(crate) inodes: Inodes,
    is_first: bool,
    said: Vec<String>,
}

impl Book {
    /// Looks at the manifests in a folder, which is there and belongs to this process. What cannot
    /// be used is no error: it is said, and begun anew with `entropy`, a random number.
    pub fn open(folder: &Path, system: &System, sums: Option<&dyn Sums>, entropy: u32) -> Book {
        let header = Header {
            identity: system.identity,
            era: entropy,
            pass: 1,
            transient: 0,
            boot: system.boot,
        };
        let mut book = Book {
            folder: folder.to_owned(),
            system: system.clone(),
            known: Known::default(),
            ledger: Ledger::default(),
            header,
            before: None,
            resumed: None,
            counted: Counted::default(),
            inodes: Inodes::default(),
            is_first: false,
            said: Vec::new(),
        };
        book.look();
        let begun = book.resumed.as_ref().map(|resumed| resumed.header);
        let mut headers = book.before.iter().chain(&begun);
        if headers.any(|header| header.boot != system.boot) {
            book.ledger.forget_memory();
        }
        book.tell(sums);
        book
    }

    /// What is known of the place without a pass.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// The path at which an interrupted pass goes on; none if a pass begins at the first file.
    pub fn from(&self) -> Option<&[u8]> {
        let prefix = self.resumed.as_ref().map(|resumed| &resumed.prefix);
        let begun = prefix.filter(|prefix| prefix.records > 0);
        begun.map(|prefix| prefix.path.as_slice())
    }

    /// Whether there is no manifest at all, not even one that was begun: as before the first pass, or
    /// when somebody removed them.
    pub fn is_first(&self) -> bool {
        self.is_first
    }

    /// What there is to say against the manifests, in words: once, at the start.
    pub fn said(&self) -> &[String] {
        &self.said
    }

    /// The manifest to compare with, from its beginning; none if there is none.
    pub(crate) fn base(&self) -> Option<Reader> {
        let reader = Reader::open(&self.folder.join(MANIFEST), self.header.identity).ok()?;
        let is_before = self.before.as_ref() == Some(reader.header());
        is_before.then_some(reader)
    }

    /// Whether what it compares with was recorded in another boot than this. Nobody knows how that
    /// ended: a power cut leaves what was written last, without the times that tell of it, for
    /// fdatasync(2) puts the bytes on the medium and the filesystem its times seconds later (ext4(5),
    /// `commit`; Linux, Documentation/filesystems/ext4/journal.rst).
    pub(crate) fn is_of_another_boot(&self) -> bool {
        self.before
            .is_some_and(|before| before.boot != self.system.boot)
    }

    /// Makes what is told from what is against files.
    pub(crate) fn tell(&mut self, sums: Option<&dyn Sums>) {
        self.known.counts = self.ledger.counts;
        self.known.findings = self.ledger.findings(&self.system, sums);
    }

    fn look(&mut self) {
        let anew = self.header;
        let Some(broken) = self.take_in(true) else {
            return;
        };
        self.header = anew;
        self.known = Known::default();
        self.ledger = Ledger::default();
        self.inodes = Inodes::default();
        self.resumed = None;
        self.said.clear();
        self.broken(&broken);
        self.take_in(false);
    }

    /// Takes in what both manifests say, and gives why the one before does not go on. One that is
    /// not whole is compared with up to there, by the first pass of another era: what was against
    /// the files behind that is forgotten, and nobody is to take that for good news.
    fn take_in(&mut self, is_whole: bool) -> Option<Broken> {
        let base = self.open_base();
        self.before = base.as_ref().map(|reader| *reader.header());
        let before = self.before.filter(|_| is_whole);
        let has_base = base.is_some();
        if let Some(before) = before {
            self.header.era = before.era;
            self.header.pass = before.pass.saturating_add(1);
            self.header.transient = before.transient;
            self.known.passes = before.pass;
        }
        let mut count = Count::default();
        let mut misreads = 0;
        let ledger = &mut self.ledger;
        let inodes = &mut self.inodes;
        let resumed = resume(
            &self.folder,
            self.system.identity,
            before.as_ref(),
            &mut |record| {
                let fault = record.fault.as_ref();
                misreads +=
                    u64::from(fault.is_some_and(|fault| fault.kind == FindingKind::Transient));
                count.take(record, ledger);
                inodes.note_written(record);
            },
        );
        self.counted = count.so_far();
        self.go_on(resumed, has_base);
        let broken = base.and_then(|base| self.scan(base, &mut count));
        count.end(&mut self.ledger);
        self.known.era = self.header.era;
        self.ledger.counts.transient = self.header.transient + misreads;
        broken
    }

    fn open_base(&mut self) -> Option<Reader> {
        let path = self.folder.join(MANIFEST);
        match Reader::open(&path, self.system.identity) {
            Ok(reader) => Some(reader),
            Err(Refused::Missing) => None,
            Err(refused) => {
                let path = path.display();
                self.said.push(format!(
                    "the manifest {path} is not used: {refused}. It is begun anew: nothing is \
                     known of the files until each was read twice"
                ));
                None
            }
        }
    }

    fn go_on(&mut self, resumed: Result<Resumed, Anew>, has_base: bool) {
        match resumed {
            Ok(resumed) => {
                self.header = resumed.header;
                self.resumed = Some(resumed);
            }
            Err(Anew::Refused(Refused::Missing)) => {
                self.is_first = !has_base && self.said.is_empty();
            }
            Err(anew) => {
                let path = self.folder.join(NEW);
                let path = path.display();
                self.said.push(format!(
                    "the pass that was interrupted begins anew: {path} is not used: {anew}"
                ));
            }
        }
    }

    /// Reads the manifest that is whole: what is against files behind where the pass goes on, and
    /// why it does not go on; none if it is whole.
    fn scan(&mut self, mut base: Reader, count: &mut Count) -> Option<Broken> {
        let mut gone = Count::default();
        let mut progress = None;
        let ended = loop {
            match base.read() {
                Ok(Item::Record(record)) if self.is_passed(&record) => {
                    self.passed(record, count, &mut gone);
                }
                Ok(Item::Record(record)) => {
                    count.take(&record, &mut self.ledger);
                    self.inodes.keep(record, false);
                }
                Ok(Item::Mark(so_far)) => progress = Some(so_far),
                Ok(Item::End(trailer)) => break Ok(trailer),
                Err(broken) => break Err(broken),
            }
        };
        gone.end(&mut self.ledger);
        match ended {
            Ok(trailer) => {
                self.ended(&trailer);
                self.known.progress = progress;
                None
            }
            Err(broken) => Some(broken),
        }
    }

    /// The interrupted pass has written this anew already. Where it wrote that the name is gone,
    /// that is told when the file is found under another one, or when the pass is over.
    fn passed(&mut self, record: Record, count: &mut Count, gone: &mut Count) {
        let is_gone = record.open().is_some()
            && record.stamp.inode != 0
            && self.ledger.is_deleted(&record.path, record.segment);
        if !is_gone {
            return;
        }
        let is_found = self.inodes.is_written(&record);
        if !is_found {
            // The last file that it wrote may go on behind.
            let is_last = self.from() == Some(record.path.as_slice());
            let count = if is_last { count } else { gone };
            count.take(&record, &mut self.ledger);
        }
        self.inodes.keep(record, !is_found);
    }

    /// Whether the interrupted pass has written this segment anew already.
    pub(crate) fn is_passed(&self, record: &Record) -> bool {
        self.resumed.as_ref().is_some_and(|resumed| {
            let path = compare(&record.path, &resumed.prefix.path);
            resumed.prefix.records > 0
                && path.then(record.segment.cmp(&resumed.segment)) != Ordering::Greater
        })
    }

    fn ended(&mut self, trailer: &Trailer) {
        self.known.root = Some(trailer.root);
        self.known.ended_unix_s = Some(trailer.ended_unix_s);
        self.header.transient = trailer.transient;
    }

    fn broken(&mut self, broken: &Broken) {
        let path = self.folder.join(MANIFEST);
        let path = path.display();
        self.said.push(format!(
            "the manifest {path} counts in part only: {broken}. Of the files behind that nothing \
             is known until each was read twice, nor what was against them: it is begun anew"
        ));
    }
}
