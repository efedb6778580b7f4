//! The sums that dpkg keeps of what it installed: a ground truth that is older than the first scrub.
//!
//! | file | one idea |
//! |---|---|
//! | `status` | which packages are installed |
//! | `sums` | a line of a package's list of sums |
//! | `whereabouts` | where a file stands that a list names |
//! | `index` | all lists in a bounded table, by path |
//! | `doubt` | a second look before anything is accused |
//! | `verdict` | what it means that a file and its sum differ |
//! | `contents` | what the files of each package read as, for the comparison of nodes |

pub mod contents;
mod doubt;
pub mod index;
mod lines;
mod status;
mod sums;
pub mod verdict;
mod whereabouts;

pub use contents::Contents;
pub use index::{Index, Unavailable};

#[cfg(test)]
pub(super) mod testing;
