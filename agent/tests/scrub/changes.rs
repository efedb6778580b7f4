//! Changes that somebody meant: of each kind, between passes and while the scrub reads the very
//! file. None of them is a finding.

mod kinds;
mod meddling;

use crate::passes::{Passed, Scrubbed};
use kinds::{Changer, KINDS, MAPPED};
use meddling::Meddling;
use picket_agent::scrub::ledger::Counts;
use picket_testing::{LoopFs, needs_root};
use std::cell::RefCell;
use std::rc::Rc;

const CHANGES: u64 = 10_000;
const FILES: u64 = 600;
/// Changes between two passes.
const BETWEEN: u64 = 400;
/// A file of the package, of more than one block.
const PACKAGED_FILE: &str = "root/usr/share/sample/24";
/// Changes of each kind at least.
const OF_EACH: u64 = 100;

#[test]
fn ten_thousand_changes_of_every_kind_are_no_finding() {
    if needs_root("ten_thousand_changes_of_every_kind_are_no_finding") {
        return;
    }
    let fs = LoopFs::ext4(256);
    let changer = Rc::new(RefCell::new(Changer::new(&fs.point(), FILES)));
    let scrubbed = Scrubbed::new(fs.point());
    scrubbed.rest();
    for _ in 0..2 {
        let passed = undisturbed(&scrubbed);
        assert_eq!(passed.progress.files, FILES + MAPPED, "{passed:?}");
    }
    let mut round = 0;
    while changer.borrow().done() < CHANGES {
        round += 1;
        (0..BETWEEN).for_each(|_| changer.borrow_mut().change());
        changer.borrow_mut().upgrade();
        // In every other pass much of what was changed counts as at rest.
        if round % 2 == 0 {
            scrubbed.rest();
        }
        let meddler = Some(Rc::clone(&changer));
        let passed = scrubbed
            .pass_through(|tree| Box::new(Meddling::new(tree, meddler)), &mut |_| {
                changer.borrow_mut().change()
            });
        nothing_is_found(&passed);
    }
    assert_eq!(changer.borrow().counts().count(), KINDS.len() + 2);
    for (kind, count) in changer.borrow().counts() {
        assert!(count >= OF_EACH, "{kind}: {count}");
    }
    scrubbed.rest();
    for _ in 0..2 {
        let passed = undisturbed(&scrubbed);
        assert_eq!(passed.progress.unread.changing, 0, "{passed:?}");
    }
    // A scrub that sees nothing at all would have come this far too.
    fs.sync();
    fs.flip(scrubbed.sector(PACKAGED_FILE, 5000) * 512);
    let passed = unmeddled(&scrubbed);
    let found: Vec<&str> = passed.found.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(found, [scrubbed.named(PACKAGED_FILE)]);
}

/// A pass while nothing changes.
fn unmeddled(scrubbed: &Scrubbed) -> Passed {
    scrubbed.pass_through(|tree| Box::new(Meddling::new(tree, None)), &mut |_| {})
}

/// The same, which finds nothing.
fn undisturbed(scrubbed: &Scrubbed) -> Passed {
    let passed = unmeddled(scrubbed);
    nothing_is_found(&passed);
    passed
}

fn nothing_is_found(passed: &Passed) {
    assert!(passed.found.is_empty() && passed.is_kept, "{passed:?}");
    assert_eq!(passed.known.counts, Counts::default(), "{passed:?}");
}
