//! Who is connected to the broker: the machines, and one hub after another.

use crate::broker::{Down, Peer, Up};
use crate::config::Config;
use crate::hub_shell::HubShell;
use crate::installed::Installed;
use crate::machine::Machine;
use crate::random::Random;
use crate::witness::Witness;
use picket_hub_core::{Config as HubConfig, Counters, Presence};
use picket_wire::NodeId;

/// The machines, the hub, and what the hub's runs came to.
#[derive(Debug)]
pub(crate) struct Peers {
    seed: u64,
    machines: Vec<Machine>,
    hub: Option<HubShell>,
    hub_starts: u16,
    witness: Witness,
    /// What the hub's runs that are over had counted.
    past: Sums,
}

/// What is summed over the runs of the hub.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) taken: u64,
    pub(crate) not_taken: u64,
    pub(crate) undated: u64,
    pub(crate) lost: u64,
}

impl Sums {
    fn add(&mut self, counters: &Counters) {
        self.taken += counters.reports_live + counters.reports_backlog;
        self.not_taken += counters.frames_garbled + counters.frames_refused;
        self.undated += counters.reports_undated;
        self.lost += counters.reports_lost;
    }
}

impl Peers {
    /// Machines whose agents start after `from_ms` as `random` says. There is no hub yet.
    pub(crate) fn new(config: &Config, from_ms: u64, random: &mut Random) -> Peers {
        let ids = (0..config.nodes).filter_map(|i| NodeId::parse(&format!("node-{i:03}")).ok());
        let machines: Vec<Machine> = ids
            .zip(0..)
            .map(|(id, label)| {
                let starts_ms = from_ms + random.between(0, config.join_within_ms);
                let own = Random::stream(config.seed, label);
                Machine::new(id, config.every_ms, config.outbox_bytes, starts_ms, own)
            })
            .collect();
        let booted_ms = machines.iter().map(|m| (m.id(), m.booted_ms())).collect();
        Peers {
            seed: config.seed,
            machines,
            hub: None,
            hub_starts: 0,
            witness: Witness::new(booted_ms),
            past: Sums::default(),
        }
    }

    pub(crate) fn machines(&self) -> &[Machine] {
        &self.machines
    }

    pub(crate) fn hub_starts(&self) -> u16 {
        self.hub_starts
    }

    pub(crate) fn witness(&self) -> &Witness {
        &self.witness
    }

    /// All that the hub counted, over all its runs.
    pub(crate) fn sums(&self) -> Sums {
        let mut sums = self.past;
        if let Some(shell) = &self.hub {
            sums.add(shell.hub().counters());
        }
        sums
    }

    /// How many nodes the hub takes for alive, and how many it has heard live in its present run.
    pub(crate) fn presences(&self) -> (usize, usize) {
        let nodes = || self.hub.iter().flat_map(|shell| shell.hub().nodes());
        let alive = nodes()
            .filter(|node| node.presence() == Presence::Alive)
            .count();
        let live = nodes().filter(|node| node.last_live().is_some()).count();
        (alive, live)
    }

    pub(crate) fn start_hub(&mut self, now_ms: u64) {
        self.hub_starts = self.hub_starts.saturating_add(1);
        // Labels above those of the machines.
        let label = (1 << 32) + u64::from(self.hub_starts);
        let random = Random::stream(self.seed, label);
        let config = HubConfig {
            max_nodes: self.machines.len(),
            ..HubConfig::default()
        };
        // Every second one has not joined.
        let enrolled = self.machines.iter().map(Machine::id).step_by(2).collect();
        let attempt = u32::from(self.hub_starts) << 16;
        self.hub = Some(HubShell::start(
            now_ms,
            config,
            enrolled,
            attempt,
            random,
            &mut self.witness,
        ));
    }

    /// The hub ends without a word; only what its store kept remains.
    pub(crate) fn end_hub(&mut self) {
        if let Some(shell) = self.hub.take() {
            self.past.add(shell.hub().counters());
        }
    }

    /// A machine has this installed from now on.
    pub(crate) fn install(&mut self, machine: usize, installed: Installed) {
        if let Some(machine) = self.machines.get_mut(machine) {
            machine.install(installed);
        }
    }

    pub(crate) fn stop_sampling(&mut self) {
        self.machines.iter_mut().for_each(Machine::stop_sampling);
    }

    /// Lets a peer do what is due.
    pub(crate) fn wake(&mut self, peer: Peer, now_ms: u64) {
        match self.of(peer) {
            Some(Either::Hub(shell, witness)) => shell.wake(now_ms, witness),
            Some(Either::Machine(machine)) => machine.wake(now_ms),
            None => {}
        }
    }

    /// Hands a packet of the broker to a peer.
    pub(crate) fn hear(&mut self, peer: Peer, now_ms: u64, packet: Down) {
        match self.of(peer) {
            Some(Either::Hub(shell, witness)) => shell.hear(now_ms, packet, witness),
            Some(Either::Machine(machine)) => machine.hear(now_ms, packet),
            None => {}
        }
    }

    /// Tells a peer that its connection is gone.
    pub(crate) fn close(&mut self, peer: Peer, now_ms: u64) {
        match self.of(peer) {
            Some(Either::Hub(shell, witness)) => shell.close(now_ms, witness),
            Some(Either::Machine(machine)) => machine.close(now_ms),
            None => {}
        }
    }

    /// What a peer has to send, and when it is to be woken; none while it does not exist.
    pub(crate) fn take_outgoing(&mut self, peer: Peer) -> Option<(Vec<Up>, u64)> {
        Some(match self.of(peer)? {
            Either::Hub(shell, _) => (shell.take_outgoing(), shell.next_wake_ms()),
            Either::Machine(machine) => (machine.take_outgoing(), machine.next_wake_ms()),
        })
    }

    /// The attempt that a peer's present connection comes from; 0 if it never tried.
    pub(crate) fn attempt_of(&self, peer: Peer) -> u32 {
        let attempt = match peer {
            Peer::Hub => self.hub.as_ref().map(HubShell::attempt),
            Peer::Machine(index) => self.machines.get(index).map(Machine::attempt),
        };
        attempt.unwrap_or(0)
    }

    fn of(&mut self, peer: Peer) -> Option<Either<'_>> {
        match peer {
            Peer::Hub => Some(Either::Hub(self.hub.as_mut()?, &mut self.witness)),
            Peer::Machine(index) => Some(Either::Machine(self.machines.get_mut(index)?)),
        }
    }
}

/// A peer that exists.
enum Either<'a> {
    Hub(&'a mut HubShell, &'a mut Witness),
    Machine(&'a mut Machine),
}
