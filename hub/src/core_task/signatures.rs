//! Whether a frame bears the signature that it should: checked for enrolled nodes and for this hub's
//! own status only, and never more often than the processor can stand.

use crate::roster::Roster;
use picket_hub_core::time::Moment;
use picket_wire::sign::{self, VerifyingKey, Whose};
use picket_wire::{Frame, NodeId};
use std::collections::BTreeMap;

/// Frames that are checked per second in the long run. A check takes about 0.1 ms on a Pi.
const PER_SECOND: u64 = 200;
/// Frames of one node that are checked within a second: a UPS in trouble says one a second, and a
/// node that connects a handful at once.
const PER_NODE: u32 = 20;
/// Frames that are checked at once, for each node that may be known: when a connection comes up,
/// the facts of all nodes come together, and once more when the hub takes a run.
const AT_ONCE: u64 = 4;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// The signature is right.
    Good,
    /// It is missing or wrong, or there is no key to check it by.
    Not,
    /// It was not looked at, because too many came.
    TooMany,
}

/// Checks signatures by the keys of the roster.
#[derive(Debug)]
pub(crate) struct Signatures {
    roster: Roster,
    budget: Budget,
}

impl Signatures {
    /// For a hub that knows `max_nodes` nodes at most.
    pub(crate) fn new(roster: Roster, max_nodes: usize) -> Signatures {
        let budget = Budget::new(max_nodes);
        Signatures { roster, budget }
    }

    /// All enrolled nodes.
    pub(super) fn enrolled(&self) -> Vec<NodeId> {
        self.roster.nodes()
    }

    /// A frame of a node.
    pub(super) fn of_node(&mut self, node: NodeId, bytes: &[u8], now: Moment) -> Checked {
        match self.roster.key(node) {
            Some(key) => self.check(bytes, &[key], Whose::Node(node), now),
            None => Checked::Not,
        }
    }

    /// A frame on the hub's own topic.
    pub(super) fn of_hub(&mut self, bytes: &[u8], now: Moment) -> Checked {
        let keys = self.roster.hub_keys();
        self.check(bytes, &keys, Whose::Hub, now)
    }

    fn check(&mut self, bytes: &[u8], keys: &[VerifyingKey], whose: Whose, now: Moment) -> Checked {
        // What is no frame, or promises no signature, costs no check.
        let Some(frame) = Frame::decode(bytes).ok().filter(|f| f.header.flags.signed) else {
            return Checked::Not;
        };
        let node = match whose {
            Whose::Node(node) => Some(node),
            Whose::Hub => None,
        };
        if !self.budget.allows(node, now) {
            return Checked::TooMany;
        }
        let site = self.roster.site();
        let signed = |key: &VerifyingKey| sign::verify(&frame, key, &site, whose).is_ok();
        match keys.iter().any(signed) {
            true => Checked::Good,
            false => Checked::Not,
        }
    }
}

/// How many checks there may be: a bucket for all, and a count of this second for each, so that one
/// node cannot take what the others need.
#[derive(Debug)]
struct Budget {
    /// Thousandths of a check.
    level: u64,
    full: u64,
    at: Moment,
    /// Bounded by what the bucket holds.
    this_second: BTreeMap<Option<NodeId>, u32>,
}

impl Budget {
    fn new(max_nodes: usize) -> Budget {
        let nodes = u64::try_from(max_nodes).unwrap_or(u64::MAX);
        let full = nodes
            .saturating_mul(AT_ONCE)
            .saturating_add(PER_SECOND)
            .saturating_mul(1000);
        Budget {
            level: full,
            full,
            at: Moment(0),
            this_second: BTreeMap::new(),
        }
    }

    fn allows(&mut self, node: Option<NodeId>, now: Moment) -> bool {
        // A thousandth of a check per millisecond, times the checks per second.
        let gained = now.since(self.at).0.saturating_mul(PER_SECOND);
        self.level = self.level.saturating_add(gained).min(self.full);
        if now.0 / 1000 != self.at.0 / 1000 {
            self.this_second.clear();
        }
        self.at = now;
        let of_node = self.this_second.get(&node).copied().unwrap_or(0);
        if self.level < 1000 || of_node >= PER_NODE {
            return false;
        }
        self.level -= 1000;
        self.this_second.insert(node, of_node + 1);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u32) -> Option<NodeId> {
        NodeId::parse(&format!("pi-{number}")).ok()
    }

    #[test]
    fn one_node_cannot_take_what_the_others_need() {
        let mut budget = Budget::new(10);
        let of_one = (0..1_000).filter(|_| budget.allows(node(1), Moment(5_000)));
        assert_eq!(of_one.count(), PER_NODE as usize);
        assert!(budget.allows(node(2), Moment(5_000)));
        assert!(budget.allows(None, Moment(5_000)));
        assert!(budget.allows(node(1), Moment(6_000)), "the next second");
    }

    #[test]
    fn a_whole_fleet_may_speak_at_once_and_then_no_more_than_the_rate() {
        let mut budget = Budget::new(100);
        let mut flood = |at: Moment| (0..2_000).filter(|n| budget.allows(node(*n), at)).count();
        assert_eq!(flood(Moment(5_000)), 600);
        assert_eq!(flood(Moment(5_999)), 199);
        assert_eq!(flood(Moment(6_999)), 200);
        assert_eq!(flood(Moment(3_600_000)), 600, "it is not saved up for ever");
    }
}
