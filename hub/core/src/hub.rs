//! The hub's core from outside: four calls that drive it, and what feeds may look at.

use crate::config::Config;
use crate::counters::Counters;
use crate::incident::Incident;
use crate::node::Node;
use crate::refusal::{Refusals, Refused};
use crate::seam::{Effect, Input, Run};
use crate::time::{Moment, Now};
use picket_wire::{NodeId, RunBits};
use std::collections::{BTreeMap, VecDeque};

/// Everything that the hub knows and decides.
#[derive(Debug)]
pub struct Hub {
    run: Run,
    nodes: BTreeMap<NodeId, Node>,
    incidents: Vec<Incident>,
    counters: Counters,
    refusals: Refusals,
    effects: VecDeque<Effect>,
}

impl Hub {
    /// A hub that knows nothing. `entropy` must be random: the bits of its runs come from it.
    /// The first input must be [`Input::Restore`].
    pub fn new(config: Config, entropy: u64, now: Now) -> Hub {
        let _ = (config, entropy, now);
        Hub {
            run: Run { ordinal: 1, bits: RunBits(1) },
            nodes: BTreeMap::new(),
            incidents: Vec::new(),
            counters: Counters::default(),
            refusals: Refusals::default(),
            effects: VecDeque::new(),
        }
    }

    /// Takes what happened. Never fails: what cannot be taken is counted and remembered.
    pub fn handle(&mut self, input: Input<'_>, now: Now) {
        let _ = (input, now);
    }

    /// Does what is due. To be called at [`Hub::next_wake`]; earlier does no harm.
    pub fn handle_timeout(&mut self, now: Now) {
        let _ = now;
    }

    /// The next thing that the shell is to do; to be asked until there is none.
    pub fn next_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Hub::handle_timeout`] is to be called; none while nothing is awaited.
    pub fn next_wake(&self) -> Option<Moment> {
        None
    }

    /// The present run.
    pub fn run(&self) -> Run {
        self.run
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
        self.incidents.iter()
    }

    /// One incident by its id.
    pub fn incident(&self, id: &str) -> Option<&Incident> {
        self.incidents.iter().find(|incident| incident.id == id)
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
