//! Every effect of the hub, noted and carried out: kept, counted, and checked for its moment.

use crate::digest::Digest;
use crate::store::Store;
use picket_hub_core::{Detector, Effect, Incident, Moment, Save, Show};
use picket_wire::{NodeId, Quantity, Reading};
use std::collections::{BTreeMap, BTreeSet};

/// How far a report may be dated from its sampling, when a first live frame is all that the hub has
/// to go by: the longest travel of any story (900 ms) twice, to the broker and on to the hub, and
/// the second that the uptime reading is cut to.
const DATED_WITHIN_MS: u64 = 2_800;

/// Most incidents that are kept in words.
const MAX_ALARMS: usize = 3;

/// What the hub's effects came to, over all its runs.
#[derive(Debug)]
pub(crate) struct Witness {
    digest: Digest,
    store: Store,
    /// When each machine booted, in the world's time.
    booted_ms: BTreeMap<NodeId, u64>,
    incidents: BTreeSet<String>,
    loss_notes: BTreeSet<String>,
    alarms: Vec<String>,
    shown: u64,
    misdated: u64,
    repeated: u64,
}

impl Witness {
    pub(crate) fn new(booted_ms: BTreeMap<NodeId, u64>) -> Witness {
        Witness {
            digest: Digest::new(),
            store: Store::default(),
            booted_ms,
            incidents: BTreeSet::new(),
            loss_notes: BTreeSet::new(),
            alarms: Vec::new(),
            shown: 0,
            misdated: 0,
            repeated: 0,
        }
    }

    pub(crate) fn note(&mut self, now_ms: u64, effect: &Effect) {
        self.digest.note(format_args!("{now_ms} {effect:?}"));
        self.store.keep(effect);
        match effect {
            Effect::Save(Save::Incident(incident)) => {
                if incident.detector == Detector::LostReports {
                    self.loss_notes.insert(incident.id.clone());
                } else if self.incidents.insert(incident.id.clone())
                    && self.alarms.len() < MAX_ALARMS
                {
                    self.alarms.push(alarm(now_ms, incident));
                }
            }
            Effect::Show(Show::Report {
                node, at, readings, ..
            }) => {
                self.shown = self.shown.saturating_add(1);
                if !self.dated_well(*node, *at, readings) {
                    self.misdated = self.misdated.saturating_add(1);
                }
            }
            Effect::Save(_) | Effect::Show(_) | Effect::Say(_) => {}
        }
    }

    /// A report arrived that the hub had taken before.
    pub(crate) fn note_repeated(&mut self) {
        self.repeated = self.repeated.saturating_add(1);
    }

    /// Reports that arrived again.
    pub(crate) fn repeated(&self) -> u64 {
        self.repeated
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn digest(&self) -> u64 {
        self.digest.value()
    }

    /// Incidents that were ever kept, and apart from them the notes of lost reports.
    pub(crate) fn incidents(&self) -> (usize, usize) {
        (self.incidents.len(), self.loss_notes.len())
    }

    /// The first incidents in words.
    pub(crate) fn alarms(&self) -> &[String] {
        &self.alarms
    }

    /// Reports that were shown with a moment.
    pub(crate) fn shown(&self) -> u64 {
        self.shown
    }

    /// Reports among them whose moment is not that of their sampling.
    pub(crate) fn misdated(&self) -> u64 {
        self.misdated
    }

    /// Whether the moment is that at which the machine's own uptime was what it says.
    fn dated_well(&self, node: NodeId, at: Moment, readings: &[Reading]) -> bool {
        let uptime_s = readings
            .iter()
            .find(|reading| reading.quantity == Quantity::UPTIME)
            .and_then(|reading| u64::try_from(reading.value.ok()?).ok());
        let (Some(booted_ms), Some(uptime_s)) = (self.booted_ms.get(&node), uptime_s) else {
            return false;
        };
        let sampled_ms = booted_ms.saturating_add(uptime_s.saturating_mul(1_000));
        at.0.abs_diff(sampled_ms) <= DATED_WITHIN_MS
    }
}

/// An incident in one line.
fn alarm(now_ms: u64, incident: &Incident) -> String {
    let Incident {
        node,
        detector,
        summary,
        evidence,
        ..
    } = incident;
    format!(
        "at {now_ms} ms {node} {}: {summary} ({})",
        detector.name(),
        evidence.join("; ")
    )
}
