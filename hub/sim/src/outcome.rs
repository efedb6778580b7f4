//! What a world came to, and what of it is wrong.

use core::fmt;

/// Most reports that may wait at one machine: the longest outage of a story, and what is made
/// until the connection is back and the backlog gone.
const MOST_WAITING: usize = 128;
/// Most events that may be to come for each peer of the broker.
const MOST_EVENTS_PER_PEER: usize = 256;

/// Most reports of each machine that a start of the hub may leave undated: those that were made
/// while it was down, or before the node knew the run.
const MOST_UNDATED_PER_START: usize = 8;

/// What was counted in a world from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What the world was made from.
    pub seed: u64,
    /// Machines.
    pub nodes: usize,
    /// Nodes that the hub took for alive at the end.
    pub alive: usize,
    /// Nodes that the hub's last run had heard live.
    pub live_in_run: usize,
    /// Incidents that were ever opened, other than notes of lost reports.
    pub incidents: usize,
    /// Notes of lost reports that were ever opened.
    pub loss_notes: usize,
    /// The first of them in words.
    pub alarms: Vec<String>,
    /// Reports that the nodes made.
    pub made: u64,
    /// Reports that the hub took, over all its runs.
    pub taken: u64,
    /// Reports that the hub showed with a moment.
    pub dated: u64,
    /// Reports that the hub took but could not date.
    pub undated: u64,
    /// Reports that the hub dated wrongly.
    pub misdated: u64,
    /// Reports that arrived again and were dropped by their number.
    pub repeated: u64,
    /// Frames that the hub refused or could not read.
    pub not_taken: u64,
    /// Reports that the hub took for lost.
    pub lost: u64,
    /// Reports that a full outbox dropped.
    pub dropped: u64,
    /// Reports that the broker acknowledged and that never reached the hub, because one of the two
    /// ended or broke off in between. Acknowledgements go from hop to hop, so that nobody but the
    /// hub can know.
    pub cut: u64,
    /// Reports that were not acknowledged at the end.
    pub waiting: usize,
    /// Most reports that waited at one machine at once.
    pub most_waiting: usize,
    /// Most events that were to come at once.
    pub most_events: usize,
    /// How often the hub started.
    pub hub_starts: u16,
    /// One number for every effect of the hub and its moment.
    pub digest: u64,
}

impl Outcome {
    /// What is wrong, a line each: in a world in which only links, the broker and the hub were
    /// away for a while, every node is alive, nobody is alarmed, and every report arrived once.
    pub fn failures(&self) -> Vec<String> {
        let nodes = self.nodes as u64;
        let starts = usize::from(self.hub_starts);
        let most_undated = bound(self.nodes.saturating_mul(starts), MOST_UNDATED_PER_START);
        let expected = [
            ("nodes alive", self.alive as u64, nodes, nodes),
            (
                "nodes live in the hub's last run",
                self.live_in_run as u64,
                nodes,
                nodes,
            ),
            ("incidents", self.incidents as u64, 0, 0),
            ("notes of losses", self.loss_notes as u64, 0, self.cut),
            (
                "reports taken",
                self.taken,
                self.made.saturating_sub(self.cut),
                self.made,
            ),
            (
                "reports dated or undated",
                self.dated + self.undated,
                self.taken,
                self.taken,
            ),
            ("reports undated", self.undated, 0, most_undated),
            ("reports misdated", self.misdated, 0, 0),
            ("frames not taken", self.not_taken, 0, 0),
            ("reports lost", self.lost, 0, self.cut),
            ("reports dropped", self.dropped, 0, 0),
            ("reports waiting", self.waiting as u64, 0, 0),
            (
                "most reports waiting",
                self.most_waiting as u64,
                1,
                MOST_WAITING as u64,
            ),
            (
                "most events",
                self.most_events as u64,
                1,
                bound(self.nodes + 1, MOST_EVENTS_PER_PEER),
            ),
        ];
        let wrong = expected
            .iter()
            .filter(|(_, is, least, most)| is < least || is > most);
        wrong
            .map(|(what, is, least, most)| format!("{what}: {is}, expected {least} to {most}"))
            .chain(self.alarms.iter().cloned())
            .collect()
    }
}

/// A bound for so many of which each has its share.
fn bound(count: usize, share: usize) -> u64 {
    count.saturating_mul(share) as u64
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "seed {}: {} of {} alive, {} of {} reports taken, {} incidents, {} lost, digest {:016x}",
            self.seed,
            self.alive,
            self.nodes,
            self.taken,
            self.made,
            self.incidents,
            self.lost,
            self.digest
        )
    }
}
