//! Frames that a node had to drop, so that a gap is known to be a loss.

use serde::{Deserialize, Serialize};

/// Frames that a node had to drop before they were acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Code of the [`Kind`](crate::Kind) whose sequence numbers these are.
    pub kind: u8,
    /// Lowest sequence number dropped.
    pub first: u32,
    /// Highest sequence number dropped. Between the two, what did arrive is no loss.
    pub last: u32,
    /// How many were dropped: at least 1, and at most `last - first + 1`. Others are refused.
    pub count: u32,
}

impl Loss {
    /// Whether so many can be missing between the two: at least one, and at most all of them. So a
    /// reader may subtract without a second look.
    pub(super) fn fits(&self) -> bool {
        let Some(further) = self.last.checked_sub(self.first) else {
            return false;
        };
        self.count
            .checked_sub(1)
            .is_some_and(|others| others <= further)
    }
}
