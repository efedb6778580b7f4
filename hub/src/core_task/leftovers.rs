//! What a broker still holds, or says late, of a node that was expelled: it is not to come back by
//! its own shadow. A node that speaks on later comes back as one that has not joined.

use picket_hub_core::time::{Millis, Moment};
use picket_wire::{NodeId, NodeTopic, StatusText, StatusWord};
use std::collections::BTreeMap;

/// Most expelled nodes that are remembered; the one expelled first makes room.
const MAX_NODES: usize = 256;
/// What a node said may be under way for so long.
const UNDER_WAY: Millis = Millis::from_s(10);
/// What a broker keeps of a node.
pub(super) const KEPT: [NodeTopic; 2] = [NodeTopic::Facts, NodeTopic::Status];

/// Nodes that were expelled since the hub started, and when.
#[derive(Debug, Default)]
pub(super) struct Leftovers {
    expelled: BTreeMap<NodeId, Moment>,
}

impl Leftovers {
    /// A node was expelled.
    pub(super) fn expelled(&mut self, node: NodeId, now: Moment) {
        self.expelled.insert(node, now);
        let first = self.expelled.iter().min_by_key(|(_, at)| **at);
        if let Some(first) = first.map(|(node, _)| *node)
            && self.expelled.len() > MAX_NODES
        {
            self.expelled.remove(&first);
        }
    }

    /// A node is enrolled: what it says counts.
    pub(super) fn enrolled(&mut self, node: NodeId) {
        self.expelled.remove(&node);
    }

    /// Whether a message is nothing but a leftover. What a new card says to join never is: it has a
    /// token that was given out later.
    pub(super) fn are(
        &mut self,
        node: NodeId,
        topic: NodeTopic,
        payload: &[u8],
        retained: bool,
        now: Moment,
    ) -> bool {
        let Some(at) = self.expelled.get(&node) else {
            return false;
        };
        match topic {
            NodeTopic::Status | NodeTopic::Facts | NodeTopic::Report | NodeTopic::Power => {}
            NodeTopic::Order | NodeTopic::Join | NodeTopic::Joined => return false,
        }
        let is_will = topic == NodeTopic::Status
            && StatusText::parse(payload).is_some_and(|text| text.word == StatusWord::Offline);
        if retained || is_will || now.since(*at) < UNDER_WAY {
            return true;
        }
        self.expelled.remove(&node);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_expelled_node_says_now_brings_it_back() {
        let node = NodeId::parse("pi-01").unwrap();
        let facts = |left: &mut Leftovers, retained, at| {
            left.are(node, NodeTopic::Facts, b"x", retained, Moment(at))
        };
        let mut left = Leftovers::default();
        assert!(!facts(&mut left, true, 0), "nobody was expelled");
        left.expelled(node, Moment(1_000));
        assert!(facts(&mut left, false, 10_999), "still under way");
        assert!(facts(&mut left, true, 3_600_000));
        let will = b"offline 1a2b.1";
        let late = Moment(3_600_000);
        assert!(left.are(node, NodeTopic::Status, will, false, late));
        assert!(!facts(&mut left, false, 3_600_000), "it speaks");
        assert!(!facts(&mut left, true, 3_600_000), "and is taken as others");
        left.expelled(node, Moment(1_000));
        left.enrolled(node);
        assert!(!facts(&mut left, true, 1_000));
    }

    #[test]
    fn who_was_expelled_may_ask_at_once_to_join_and_its_shadow_stays_out() {
        let node = NodeId::parse("pi-01").unwrap();
        let mut left = Leftovers::default();
        left.expelled(node, Moment(1_000));
        for at in [1_000, 3_600_000] {
            assert!(!left.are(node, NodeTopic::Join, b"x", false, Moment(at)));
        }
        for topic in [
            NodeTopic::Status,
            NodeTopic::Facts,
            NodeTopic::Report,
            NodeTopic::Power,
        ] {
            assert!(left.are(node, topic, b"x", false, Moment(1_000)));
        }
    }

    #[test]
    fn expelled_nodes_are_forgotten_in_the_end() {
        let mut left = Leftovers::default();
        for number in 0..MAX_NODES as u64 + 5 {
            let node = NodeId::parse(&format!("pi-{number}")).unwrap();
            left.expelled(node, Moment(number));
        }
        assert_eq!(left.expelled.len(), MAX_NODES);
        let first = NodeId::parse("pi-0").unwrap();
        assert!(!left.are(first, NodeTopic::Facts, b"x", true, Moment(9)));
    }
}
