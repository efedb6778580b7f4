//! The records of what nobody could read.

use crate::clock::Moment;
use crate::scrub::judge::{self, Look, with_open};
use crate::scrub::manifest::record::{Record, Stamp};
use picket_wire::FindingKind;

/// Somebody writes it: what is open against it is judged when it is at rest.
pub(super) fn changing(look: &Look, after: Stamp) -> Record {
    match look.old.filter(|old| old.open().is_some()) {
        Some(old) => with_open(old),
        None => Record::unsettled(look.path.to_owned(), look.segment, after),
    }
}

/// A file, or a folder, that gives an error before a byte of it is seen.
pub(super) fn lost(old: Option<Record>, path: &[u8], kind: FindingKind, now: Moment) -> Record {
    let since = old.as_ref().and_then(Record::open);
    let fault = judge::unreadable(kind, since.map_or(now.unix_s(), |was| was.found_unix_s));
    let nothing = || Record::unsettled(path.to_owned(), 0, Stamp::default());
    Record {
        fault: Some(fault),
        ..old.unwrap_or_else(nothing)
    }
}
