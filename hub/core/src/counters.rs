//! What the hub has counted since it started. Every counter saturates.

/// Counts since the hub started. Every frame that arrives is counted in exactly one of the first
/// four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames that were taken.
    pub frames_taken: u64,
    /// Frames seen before, or older than the window of their session.
    pub frames_duplicate: u64,
    /// Payloads that are no frame, or whose sections do not decode.
    pub frames_garbled: u64,
    /// Good frames that are not wanted: of one node too many, or of another kind than their topic.
    pub frames_refused: u64,
    /// Status texts that were read.
    pub status_taken: u64,
    /// Payloads on a status topic that are no status text.
    pub status_garbled: u64,
    /// Good status texts of one node too many.
    pub status_refused: u64,
    /// Live reports among the frames taken.
    pub reports_live: u64,
    /// Reports among the frames taken that are history: sent late, or to another run of the hub.
    pub reports_backlog: u64,
    /// Reports of history without a moment, because their boot was not heard live: not shown.
    pub reports_undated: u64,
    /// Reports that are lost for good, of all nodes.
    pub reports_lost: u64,
    /// Readings, parts, tags, findings, packages, and disks that are read back, beyond what is kept of
    /// one node.
    pub beyond_bounds: u64,
    /// Readings of what was written to a disk that were disbelieved: far more than before.
    pub jumps_disbelieved: u64,
    /// Signs of another run of the hub that were not believed: too far ahead, or too many.
    pub runs_disbelieved: u64,
    /// Incidents that were not opened because the node has too many open ones.
    pub incidents_withheld: u64,
    /// Notices that were dropped because too many wait to be delivered.
    pub notices_dropped: u64,
    /// Changes that were not shown because nobody took the effects.
    pub shows_dropped: u64,
}

/// Adds one to a counter.
pub(crate) fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}
