//! The hub's core from outside: four calls that drive it, and what feeds may look at.

use crate::config::Config;
use crate::counters::Counters;
use crate::effects::Effects;
use crate::incident::Incident;
use crate::ledger::Ledger;
use crate::node::Node;
use crate::refusal::{Refusals, Refused};
use crate::run::Runs;
use crate::seam::{Effect, Input, Run};
use crate::time::{Moment, Now};
use picket_wire::NodeId;
use std::collections::BTreeMap;

/// Everything that the hub knows and decides.
#[derive(Debug)]
pub struct Hub {
    pub(crate) config: Config,
    pub(crate) runs: Runs,
    pub(crate) nodes: BTreeMap<NodeId, Node>,
    pub(crate) ledger: Ledger,
    pub(crate) counters: Counters,
    pub(crate) refusals: Refusals,
    pub(crate) effects: Effects,
    /// Since when the connection to the broker is up; none while it is down.
    pub(crate) link_up_since: Option<Moment>,
    pub(crate) restored: bool,
    pub(crate) wake: Option<Moment>,
}

impl Hub {
    /// A hub that knows nothing. `entropy` must be random: the bits of its runs come from it.
    /// The first input must be [`Input::Restore`]: with it the hub takes its run. Until
    /// [`Input::Link`] says that the connection to the broker is up, nobody's silence is judged.
    pub fn new(config: Config, entropy: u64, now: Now) -> Hub {
        // The moment that the hub began at mixes in what tells two starts with bad entropy apart.
        let entropy = entropy ^ now.moment.0.rotate_left(32) ^ (now.wall.unix_ms as u64);
        Hub {
            config,
            runs: Runs::new(entropy),
            nodes: BTreeMap::new(),
            ledger: Ledger::default(),
            counters: Counters::default(),
            refusals: Refusals::default(),
            effects: Effects::default(),
            link_up_since: None,
            restored: false,
            wake: None,
        }
    }

    /// Takes what happened. Never fails: what cannot be taken is counted and remembered.
    pub fn handle(&mut self, input: Input<'_>, now: Now) {
        match input {
            Input::Frame(arrival) => self.hear_frame(&arrival, now),
            Input::Status {
                node,
                payload,
                retained,
            } => {
                self.hear_status(node, payload, retained, now);
            }
            Input::Link(up) => self.link(up, now),
            Input::Done { notice, delivered } => {
                let notices = &mut self.ledger.notices;
                notices.done(notice, delivered, now.moment, &mut self.effects);
                self.wake_by(self.ledger.notices.next_due());
            }
            Input::Restore(saved) => self.restore(saved, now),
        }
        self.gather_counts();
    }

    /// Does what is due. To be called at [`Hub::next_wake`]; earlier does no harm, and later than
    /// five seconds after says that the hub itself stood still.
    pub fn handle_timeout(&mut self, now: Now) {
        self.do_due(now);
        self.gather_counts();
    }

    /// The next thing that the shell is to do; to be asked until there is none.
    pub fn next_effect(&mut self) -> Option<Effect> {
        self.effects.next()
    }

    /// When [`Hub::handle_timeout`] is to be called; none while nothing is awaited. Never later
    /// than the earliest deadline of anything.
    pub fn next_wake(&self) -> Option<Moment> {
        self.wake
    }

    fn link(&mut self, up: bool, now: Now) {
        self.link_up_since = up.then_some(now.moment);
        for node in self.nodes.values_mut() {
            if up {
                node.watch.give_chance(now.moment);
            } else {
                node.watch.link_lost();
            }
        }
        self.plan_wake();
    }

    /// Some rooms count by themselves.
    pub(crate) fn gather_counts(&mut self) {
        self.counters.incidents_withheld = self.ledger.withheld;
        self.counters.notices_dropped = self.ledger.notices.dropped;
        self.counters.shows_dropped = self.effects.shows_dropped;
    }

    /// The present run.
    pub fn run(&self) -> Run {
        self.runs.present()
    }

    /// How many nodes may be known at once.
    pub fn max_nodes(&self) -> usize {
        self.config.max_nodes
    }

    /// All nodes by id.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    /// One node.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(&id)
    }

    /// All open incidents and the newest closed ones, oldest first.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.ledger.iter()
    }

    /// One incident by its id.
    pub fn incident(&self, id: &str) -> Option<&Incident> {
        self.ledger.by_id(id)
    }

    /// What was counted since the start.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// The newest payloads that were not taken, oldest first.
    pub fn refusals(&self) -> impl Iterator<Item = &Refused> {
        self.refusals.iter()
    }
}
