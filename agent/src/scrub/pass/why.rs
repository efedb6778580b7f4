//! What an error of the kernel says of a file.

use super::Unread;
use crate::scrub::files::is_of_the_medium;
use nix::errno::Errno;
use picket_wire::FindingKind;

/// What an error says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Its content is lost: a finding.
    Lost(FindingKind),
    /// It is no longer there.
    Gone,
    /// It may not be read.
    Denied,
    /// It cannot be read past the cache.
    Cached,
    /// Anything else.
    Other,
}

/// What an error says of the file of which it came.
pub(super) fn why(errno: Errno) -> Why {
    match errno {
        errno if is_of_the_medium(errno) => Why::Lost(FindingKind::Unreadable),
        Errno::EBADMSG => Why::Lost(FindingKind::Checksum),
        Errno::ENOENT | Errno::ESTALE => Why::Gone,
        Errno::EACCES | Errno::EPERM => Why::Denied,
        Errno::EOPNOTSUPP => Why::Cached,
        _ => Why::Other,
    }
}

/// Counts a file that nobody looked at. One that is lost is a finding, and one that is gone nothing.
pub(super) fn count(why: Why, unread: &mut Unread) {
    match why {
        Why::Lost(_) | Why::Gone => {}
        Why::Denied => unread.denied += 1,
        Why::Cached => unread.cached += 1,
        Why::Other => unread.other += 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_to_the_medium_that_failed_is_no_other_error_than_the_medium() {
        for errno in [Errno::EIO, Errno::ENODATA, Errno::ENOLINK, Errno::EBADE] {
            assert_eq!(why(errno), Why::Lost(FindingKind::Unreadable));
        }
        assert_eq!(why(Errno::ENODEV), Why::Other);
    }
}
