//! The records of what nobody could read.

use crate::clock::Moment;
use crate::scrub::judge::{self, Content, Look, with_open};
use crate::scrub::manifest::record::{Fault, Record, Stamp, Trust};
use picket_wire::{FindingKind, FindingState};

/// Somebody writes it: what is open against it is judged when it is at rest.
pub(super) fn changing(look: &Look, after: Stamp) -> Record {
    let is_open = |old: &&Record| {
        let fault = old.fault.as_ref();
        fault.is_some_and(|fault| fault.state == FindingState::Open)
    };
    match look.old.filter(is_open) {
        Some(old) => with_open(old),
        None => {
            let nothing = Content::default();
            Record {
                path: look.path.to_owned(),
                segment: look.segment,
                stamp: after,
                trust: Trust::Unsettled,
                attested: false,
                digest: nothing.digest,
                blocks: nothing.blocks,
                fault: None,
            }
        }
    }
}

/// A file, or a folder, that gives an error before a byte of it is seen.
pub(super) fn lost(old: Option<Record>, path: &[u8], kind: FindingKind, now: Moment) -> Record {
    let open = |fault: &Fault| fault.state == FindingState::Open;
    let since = old.as_ref().and_then(|old| old.fault).filter(open);
    let fault = judge::unreadable(kind, since.map_or(now.unix_s(), |was| was.found_unix_s));
    let nothing = Record {
        path: path.to_owned(),
        segment: 0,
        stamp: Stamp {
            inode: 0,
            size: 0,
            mtime_ns: 0,
            ctime_ns: 0,
        },
        trust: Trust::Unsettled,
        attested: false,
        digest: [0; 32],
        blocks: Vec::new(),
        fault: None,
    };
    Record {
        fault: Some(fault),
        ..old.unwrap_or(nothing)
    }
}
