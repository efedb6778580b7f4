//! Real files that somebody rewrites at the very moments at which the scrub reads them.

use super::kinds::Changer;
use nix::errno::Errno;
use picket_agent::scrub::files::{Buffer, Entry, Extent, Files, ReadBack, Tree};
use picket_agent::scrub::manifest::record::Stamp;
use std::cell::RefCell;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

/// How coarse a kernel before 6.13 tells the times of a file: by the ticks of its clock, of which a
/// Raspberry Pi has 250 in a second and others 100. A change within the tick shows in no time.
const TICK_NS: i64 = 10_000_000;

/// The files of a tree by a coarse clock, each of which may change around any call.
#[derive(Debug)]
pub(crate) struct Meddling {
    tree: Tree,
    changer: Option<Rc<RefCell<Changer>>>,
}

impl Meddling {
    /// Without a changer nothing changes.
    pub(crate) fn new(tree: Tree, changer: Option<Rc<RefCell<Changer>>>) -> Meddling {
        Meddling { tree, changer }
    }

    fn meddled(&self, file: Box<dyn ReadBack>) -> Box<dyn ReadBack> {
        let changer = self.changer.clone();
        Box::new(Meddled { file, changer })
    }
}

impl Files for Meddling {
    fn next(&mut self) -> Option<Entry> {
        Some(match self.tree.next()? {
            Entry::File(file) => Entry::File(self.meddled(file)),
            unread => unread,
        })
    }

    fn is_there(&self) -> bool {
        self.tree.is_there()
    }

    fn let_go(&mut self) {
        self.tree.let_go();
    }

    fn take_up(&mut self) -> Result<(), Errno> {
        self.tree.take_up()
    }

    fn again(&mut self, path: &[u8]) -> Result<Box<dyn ReadBack>, Errno> {
        let file = self.tree.again(path)?;
        Ok(self.meddled(file))
    }

    fn leaves_out(&self, path: &[u8]) -> bool {
        self.tree.leaves_out(path)
    }
}

#[derive(Debug)]
struct Meddled {
    file: Box<dyn ReadBack>,
    changer: Option<Rc<RefCell<Changer>>>,
}

impl Meddled {
    fn meddle(&self) {
        let path = Path::new(OsStr::from_bytes(self.file.path()));
        // What is mapped and what is a package's are changed by others.
        if path.starts_with("mapped") || path.starts_with("root") {
            return;
        }
        if let Some(changer) = &self.changer {
            changer.borrow_mut().meddle(path);
        }
    }
}

impl ReadBack for Meddled {
    fn path(&self) -> &[u8] {
        self.file.path()
    }

    fn stamp(&mut self) -> Result<Stamp, Errno> {
        let stamp = self.file.stamp();
        self.meddle();
        stamp.map(|stamp| Stamp {
            mtime_ns: stamp.mtime_ns - stamp.mtime_ns.rem_euclid(TICK_NS),
            ctime_ns: stamp.ctime_ns - stamp.ctime_ns.rem_euclid(TICK_NS),
            ..stamp
        })
    }

    fn extent(&mut self, offset: u64) -> Result<Extent, Errno> {
        self.file.extent(offset)
    }

    fn read(&mut self, offset: u64, into: &mut Buffer) -> Result<usize, Errno> {
        let read = self.file.read(offset, into);
        self.meddle();
        read
    }

    fn read_cached(&mut self, offset: u64, into: &mut Buffer) -> Result<usize, Errno> {
        self.file.read_cached(offset, into)
    }

    fn sector(&mut self, offset: u64) -> Option<u64> {
        self.file.sector(offset)
    }
}
