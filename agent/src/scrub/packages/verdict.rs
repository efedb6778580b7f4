//! What it means that a file of a package does not read as the package's list says. Pure.
//!
//! A wrong sum has four causes, and only one of them is the medium:
//! * **Somebody wrote the file**: the owner, a script, a program that keeps its data where it was
//!   installed. Then it was written after it was unpacked.
//! * **The list is wrong**: one that rotted differs in few digits, whereas two contents never have
//!   sums that are alike.
//! * **dpkg is at work**: what is half unpacked has new files and old lists. `doubt` looks
//!   whether the lists are still those that were read.
//! * **The medium**: the file is as it was unpacked, says everything that could tell.
//!
//! How one sees that a file is as it was unpacked. dpkg writes and renames the files of a package,
//! then writes its `.list`, then renames its `.md5sums` in, and only then runs the package's scripts:
//! the file's time of change is not later than that of either list. A script that overwrites a file
//! and puts its old time back, as `cp -p`, `rsync` and `prelink` do, changes the time of change; so
//! do `chown` by dpkg-statoverride and the rename by dpkg-divert, of files that are still good, which
//! costs nothing but a verdict. A list that is written again later, because another package took
//! files over, leaves the time of the `.md5sums`: hence both.
//!
//! And dpkg gives files the time of modification that the package has: whole seconds, before the
//! package was built, whose `.md5sums` was among the last that were made. Whoever writes a file
//! leaves the present, with its fraction of a second.
//!
//! **Images** that were made by copying (pi-gen runs `rsync` over its system in the end; a card is
//! cloned by `rpi-clone`; layers of containers) have the copy's times of change, in the order of
//! copying. What was changed before the copy is known by its time of modification alone, and that
//! may have been kept: so such a system's files are accused, but no louder than where times are weak
//! ([`Times::are_of_dpkg`]). The copy is seen by its lists, whose time of change is far from that of
//! modification though dpkg wrote them then, or has no fraction of a second because a program that
//! makes images chose it.

use crate::scrub::manifest::record::Stamp;
use crate::scrub::sums::{Computed, Listed, Word};

/// Most digits in which a listed sum differs from the right one if it is the list that rotted.
pub const MAX_DIGITS: u32 = 8;
/// Longest that dpkg takes from writing a `.list` until it has its name, in nanoseconds: it waits for
/// the disk in between.
const WRITTEN_NS: i64 = 60 * SECOND_NS;
const SECOND_NS: i64 = 1_000_000_000;

/// When dpkg wrote a package's two lists, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// Time of modification of the `.list`: when it was written.
    pub list_mtime_ns: i64,
    /// Its time of change: when it got its name.
    pub list_ctime_ns: i64,
    /// Time of modification of the `.md5sums`: when the package was built.
    pub sums_mtime_ns: i64,
    /// Its time of change: when the package was unpacked.
    pub sums_ctime_ns: i64,
}

impl Times {
    /// Whether these are the times that dpkg left, and not those of a copy: else nobody knows what
    /// was written before the copy and given its old time of modification.
    pub fn are_of_dpkg(&self) -> bool {
        let written_ns = self.list_ctime_ns.saturating_sub(self.list_mtime_ns);
        (0..=WRITTEN_NS).contains(&written_ns) && !is_whole(self.list_ctime_ns)
    }
}

/// Judges a file that was read whole.
pub fn judge(listed: &Listed, computed: &Computed, times: &Times) -> Word {
    let stamp = &computed.stamp;
    match digits_apart(&listed.md5, &computed.md5) {
        0 => Word::Agrees,
        1..=MAX_DIGITS => Word::ListAtFault,
        _ if !is_as_built(stamp, times) => Word::Silent,
        _ if computed.times_are_weak => Word::Rotted,
        _ if stamp.ctime_ns > times.list_ctime_ns.min(times.sums_ctime_ns) => Word::Silent,
        _ => Word::Rotted,
    }
}

/// In how many of their 32 hexadecimal digits two sums differ.
fn digits_apart(one: &[u8; 16], other: &[u8; 16]) -> u32 {
    let apart = one.iter().zip(other).map(|(one, other)| {
        let differs = one ^ other;
        u32::from(differs & 0xf0 != 0) + u32::from(differs & 0x0f != 0)
    });
    apart.sum()
}

/// Whether the file's time of modification is one that a package has.
fn is_as_built(stamp: &Stamp, times: &Times) -> bool {
    let built_ns = times.sums_mtime_ns.min(times.list_mtime_ns);
    is_whole(stamp.mtime_ns) && stamp.mtime_ns <= built_ns.saturating_add(SECOND_NS)
}

fn is_whole(time_ns: i64) -> bool {
    time_ns % SECOND_NS == 0
}

#[cfg(test)]
mod tests;
