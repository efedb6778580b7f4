//! How several reads of one segment go together.

use super::{Content, Expected, Failure, Read, Seen};

/// How several reads go together.
pub(super) enum Agreed<'a> {
    /// Every one gave the same.
    All(&'a Content),
    /// The first one did not, and the two after it did.
    AfterAll(&'a Content),
    /// There was an error, and nothing that is right, nor two things that differ.
    Failed(&'a Failure),
    /// None of these.
    Nothing,
}

pub(super) fn agreed<'a>(reads: &'a [Read], expected: Option<Expected>) -> Agreed<'a> {
    let is_right =
        |content: &Content| expected.is_some_and(|expected| *expected.digest == content.digest);
    let mut failed = reads.iter().filter_map(|read| match &read.seen {
        Seen::Failed(failure) => Some(failure),
        Seen::Bytes(_) => None,
    });
    let any_right = reads
        .iter()
        .any(|read| matches!(&read.seen, Seen::Bytes(content) if is_right(content)));
    match (reads, failed.next()) {
        (
            [
                Read {
                    seen: Seen::Bytes(first),
                    ..
                },
                rest @ ..,
            ],
            None,
        ) => match rest {
            _ if rest.iter().all(|read| is(&read.seen, first)) => Agreed::All(first),
            [
                Read {
                    seen: Seen::Bytes(second),
                    ..
                },
                last,
            ] if is(&last.seen, second) && is_right(second) => Agreed::AfterAll(second),
            _ => Agreed::Nothing,
        },
        (
            [
                first,
                Read {
                    seen: Seen::Bytes(second),
                    ..
                },
                last,
            ],
            Some(_),
        ) if matches!(first.seen, Seen::Failed(_)) && is(&last.seen, second) => {
            Agreed::AfterAll(second)
        }
        (_, Some(failure)) if !any_right && !do_contents_differ(reads) => Agreed::Failed(failure),
        _ => Agreed::Nothing,
    }
}

fn is(seen: &Seen, content: &Content) -> bool {
    matches!(seen, Seen::Bytes(bytes) if bytes.digest == content.digest)
}

fn do_contents_differ(reads: &[Read]) -> bool {
    let mut contents = reads.iter().filter_map(|read| match &read.seen {
        Seen::Bytes(content) => Some(content.digest),
        Seen::Failed(_) => None,
    });
    let first = contents.next();
    contents.any(|content| Some(content) != first)
}
