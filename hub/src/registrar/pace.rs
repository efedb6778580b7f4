//! How many requests to join are looked at: verifying one costs a Pi some time.

use picket_hub_core::time::{Millis, Moment};
use picket_wire::NodeId;
use std::collections::BTreeMap;

/// Requests within one second; what comes beyond is dropped, and its node asks again.
pub(super) const REQUESTS: u32 = 10;
/// Of those, requests of one node: one bearer of a token does not take the others' places.
const PER_NODE: u32 = 2;
const WINDOW: Millis = Millis::from_s(1);

/// Counts in seconds that begin with their first request.
#[derive(Debug, Default)]
pub(super) struct Pace {
    began: Option<Moment>,
    looked_at: u32,
    /// Nodes that were looked at, so no more than [`REQUESTS`].
    nodes: BTreeMap<NodeId, u32>,
}

impl Pace {
    /// Whether one more of this node is looked at.
    pub(super) fn allows(&mut self, node: NodeId, now: Moment) -> bool {
        if self.began.is_none_or(|began| now.since(began) >= WINDOW) {
            self.began = Some(now);
            self.looked_at = 0;
            self.nodes.clear();
        }
        if self.looked_at >= REQUESTS {
            return false;
        }
        let own = self.nodes.entry(node).or_default();
        if *own >= PER_NODE {
            return false;
        }
        *own += 1;
        self.looked_at += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u64) -> NodeId {
        NodeId::parse(&format!("pi-{number}")).unwrap()
    }

    #[test]
    fn ten_in_a_second_are_looked_at_and_ten_in_the_next() {
        let mut pace = Pace::default();
        let looked = |pace: &mut Pace, from: u64| {
            let steps = (0..100).filter(|step| pace.allows(node(*step), Moment(from + step)));
            steps.count()
        };
        assert_eq!(looked(&mut pace, 5_000), 10);
        assert_eq!(looked(&mut pace, 5_900), 0);
        assert_eq!(looked(&mut pace, 6_000), 10);
        assert_eq!(pace.nodes.len(), 10);
    }

    #[test]
    fn a_node_that_asks_without_pause_leaves_the_others_their_places() {
        let mut pace = Pace::default();
        let loud = (0..100).filter(|_| pace.allows(node(1), Moment(5_000)));
        assert_eq!(loud.count(), 2);
        let others = (2..100).filter(|other| pace.allows(node(*other), Moment(5_000)));
        assert_eq!(others.count(), 8);
        assert!(pace.allows(node(1), Moment(6_000)));
    }
}
