//! What an error of the kernel says of a file.

use super::Unread;
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

/// The errors of block devices are those of the kernel's `blk_errors` (`block/blk-core.c`): a medium
/// says `ENODATA`, a card that does not answer `ETIMEDOUT`; `EUCLEAN` is ext4's and xfs's word for
/// metadata whose checksum is wrong. A device that is gone (`ENODEV`, `ENXIO`) lost nothing.
pub(super) fn why(errno: Errno) -> Why {
    match errno {
        Errno::EIO
        | Errno::ENODATA
        | Errno::EREMOTEIO
        | Errno::EILSEQ
        | Errno::ETIMEDOUT
        | Errno::EUCLEAN => Why::Lost(FindingKind::Unreadable),
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
