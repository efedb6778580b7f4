//! Readings of the node itself that are only there because no part was known to have them.
//!
//! A probe that never answered since the agent started cannot say of which parts it knows, and its
//! values are missing on the node. Once it answers, it says them of its parts, and nothing would
//! ever take back what was missing.

use super::{Kept, Known};
use crate::time::Moment;
use picket_wire::Quantity;

impl Known {
    /// Forgets what the node itself lacked of quantities that a part has in the report that was
    /// sampled at `at`, where that report says nothing of the node itself. Gives the quantities.
    pub(crate) fn forget_ghosts(&mut self, at: Moment) -> Vec<Quantity> {
        let rows = self
            .readings
            .chunk_by(|one, other| one.latest.quantity == other.latest.quantity);
        let ghosts: Vec<Quantity> = rows.filter_map(|rows| ghost(rows, at)).collect();
        if !ghosts.is_empty() {
            self.readings
                .retain(|kept| kept.latest.part != 0 || !ghosts.contains(&kept.latest.quantity));
        }
        ghosts
    }
}

/// The quantity of these rows, the node's own before those of its parts, if the first is a ghost.
fn ghost(rows: &[Kept], at: Moment) -> Option<Quantity> {
    let (first, parts) = rows.split_first()?;
    let is_stale = |kept: &Kept| kept.latest.at != at && kept.latest.value.is_err();
    let has_value = |kept: &Kept| kept.latest.at == at && kept.latest.value.is_ok();
    let is_ghost = first.latest.part == 0 && is_stale(first) && parts.iter().any(has_value);
    is_ghost.then_some(first.latest.quantity)
}
