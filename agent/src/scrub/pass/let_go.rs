//! Nothing is open on the filesystem while a pass rests: its owner can take it off, and put it back.

use super::Pass;
use super::current::Current;
use crate::scrub::files::closed::Closed;
use crate::scrub::files::{Entry, ReadBack};
use nix::errno::Errno;

impl Pass<'_> {
    /// Lets go of everything that is open on the filesystem until the next step, so that its owner
    /// can take it off: before a rest.
    pub fn let_go(&mut self) {
        self.files.let_go();
        for file in open(&mut self.current, &mut self.waiting) {
            *file = Box::new(Closed::new(file.path(), Errno::EBADF));
        }
        self.has_let_go = true;
    }

    /// Opens again what it let go of. A file that cannot be opened says so when it is its turn.
    pub(super) fn take_up(&mut self) -> bool {
        if !self.has_let_go {
            return true;
        }
        if self.files.take_up().is_err() {
            return false;
        }
        self.has_let_go = false;
        for file in open(&mut self.current, &mut self.waiting) {
            let path = file.path().to_owned();
            *file = match self.files.again(&path) {
                Ok(file) => file,
                Err(why) => Box::new(Closed::new(&path, why)),
            };
        }
        true
    }
}

/// The files that are open: the one that is read, and the one that waits.
fn open<'f>(
    current: &'f mut Option<Current>,
    waiting: &'f mut Option<Entry>,
) -> impl Iterator<Item = &'f mut Box<dyn ReadBack>> {
    let waiting = waiting.iter_mut().filter_map(|entry| match entry {
        Entry::File(file) => Some(file),
        Entry::Unread(_) => None,
    });
    let current = current.iter_mut().map(|current| &mut current.file);
    current.chain(waiting)
}
